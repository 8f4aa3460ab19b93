"""``lodestone rules init``: a folder of one's own rules, with a commented starter."""

from __future__ import annotations

import shlex
import sys
from importlib.resources import files
from pathlib import Path

import click

from bot.commandline.rules_schema import schema_text
from bot.settings import load_settings
from pipelines.upgrades import ACCEPTED, accept

STARTER, SCHEMA = "my-rules.yaml", ".rules.schema.json"


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), required=False)
def init(folder: Path | None) -> None:
    """Make a folder of your own rules (FOLDER, else the one of the settings) with a commented starter and the schema.

    Exit 1 where a starter is there already or nothing can be written. Neither a starter nor what was accepted of the
    shipped rules is ever overwritten.
    """
    folder = folder or load_settings().rules_folder
    starter = folder / STARTER
    try:
        _write(folder)
    except FileExistsError as error:
        print(f"{error.filename} is there already; edit it, or name another folder", file=sys.stderr)
        sys.exit(1)
    except OSError as error:
        print(f"{folder} cannot be written: {error.strerror}; mend its permissions", file=sys.stderr)
        sys.exit(1)
    print(f"wrote {starter}")
    named = shlex.quote(str(folder))
    print(f"next: edit it, then `lodestone check --rules {named}`")
    print(f"and `lodestone rules compare shipped {named}`, which shows what it gains and loses")


def _write(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / STARTER).open("x", encoding="utf-8") as starter:
        starter.write((files("rules") / "starter.yaml").read_text(encoding="utf-8"))
    (folder / SCHEMA).write_text(schema_text(), encoding="utf-8")
    if not (folder / ACCEPTED).exists():  # what was accepted before is still to be compared with
        accept(folder)
