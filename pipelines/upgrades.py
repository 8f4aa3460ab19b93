"""What a new version of the shipped rules changed beneath an admin's folder, in which the accepted ones are noted."""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path

from pipelines.rulebook import load_rules
from rules.errors import RuleErrors
from rules.printing import print_rule
from rules.upgrade import Upgrade, compare_shipped

ACCEPTED = ".shipped.json"
"""The shipped rules as last accepted, in the admin's folder: rule name -> text as understood."""


def accept(folder: Path) -> None:
    """Note the shipped rules of now as known to whoever keeps this folder."""
    texts = {each.name: print_rule(each) for each in load_rules(None).rules}
    kept = {"version": metadata.version("lodestone"), "rules": texts}
    (folder / ACCEPTED).write_text(json.dumps(kept, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


def moved_line(folder: Path) -> str:
    """One line on what moved beneath a folder, for whoever starts or checks the bot.

    "" where nothing did, where nothing was accepted yet, and where the rules have faults, which others tell.
    """
    try:
        found = look_up(folder)
    except RuleErrors:
        return ""
    return found.in_words() if found else ""


def look_up(folder: Path) -> Upgrade | None:
    """What moved since the note was written; None where this folder has none that can be read.

    Raises ``RuleErrors`` for faults of the shipped rules or of the folder.
    """
    try:
        kept = json.loads((folder / ACCEPTED).read_text(encoding="utf-8"))
        texts = {str(name): str(text) for name, text in kept["rules"].items()}
        version = str(kept["version"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return compare_shipped(texts, version, load_rules(None), load_rules(folder))
