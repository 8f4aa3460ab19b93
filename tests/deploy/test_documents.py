"""The documents say what is so: every setting with its default, every command, and links that lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
from pydantic_core import PydanticUndefined

from bot.cli import lodestone
from bot.commands.handlers import COMMANDS
from bot.settings import Settings
from rules.schema import load

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = sorted(path for folder in (ROOT, ROOT / "deploy", ROOT / "bot/demo") for path in folder.glob("*.md"))


def default(name: str) -> str:
    """The default as the table writes it; empty where there is none."""
    value = Settings.model_fields[name].default
    if value is PydanticUndefined or value in (None, ()):
        return ""
    return f"`{','.join(value) if isinstance(value, tuple) else value}`"


def test_readme_lists_every_setting_with_its_default() -> None:
    rows = re.findall(r"(?m)^\| `([a-z_]+)` \|(?: (`[^`]*`))? \|", README)
    assert dict(rows) == {name: default(name) for name in Settings.model_fields}


def test_readme_lists_every_command_of_the_program() -> None:
    section = README.partition("## Command line")[2].partition("\n## ")[0]
    assert re.findall(r"(?m)^\| `([a-z]+)", section) == lodestone.list_commands(click.Context(lodestone))


def test_readme_lists_every_command_of_the_chat() -> None:
    section = README.partition("| In the chat |")[2].partition("\n\n")[0]
    assert set(re.findall(r"(?m)`/([a-z]+)", section)) == {entry.name for entry in COMMANDS}


def test_rules_of_the_readme_are_valid() -> None:
    blocks = re.findall(r"(?s)```yaml\n(.*?)```", README)
    assert [len(load({"mine.yaml": block}).rules) for block in blocks] == [1]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_to_files_lead_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#\s]+)", text) + re.findall(r'src="([^"]+)"', text)
    assert [each for each in targets if "://" not in each and not (document.parent / each).exists()] == []


def test_readme_names_only_targets_that_make_knows() -> None:
    targets = set(re.findall(r"(?m)^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8")))
    text = README + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = {word for line in re.findall(r"(?m)(?:^|`|… )make ([a-z ]+)", text) for word in line.split()[:1]}
    assert named <= targets
