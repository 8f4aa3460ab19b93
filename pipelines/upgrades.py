"""What a new version of the shipped rules changed beneath an admin's folder, in which the accepted ones are noted."""

from __future__ import annotations

import json
import shlex
from importlib import metadata
from pathlib import Path

from pipelines.rulebook import load_rules
from rules.errors import RuleErrors
from rules.upgrade import Upgrade, compare_shipped, texts_of, touched_by

ACCEPTED = ".shipped.json"
"""The shipped rules, filters and weights as last accepted, in the admin's folder: name -> text as understood."""


def accept(folder: Path) -> None:
    """Note the shipped rules of now as known to whoever keeps this folder."""
    kept = {"version": metadata.version("lodestone"), "rules": texts_of(load_rules(None))}
    (folder / ACCEPTED).write_text(json.dumps(kept, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


def moved_line(folder: Path) -> str:
    """One line on what moved beneath a folder, for whoever starts or checks the bot.

    Where nothing was accepted yet, that is said of a folder that touches what is shipped. "" where there is nothing
    to tell, and where the rules have faults, which others tell.
    """
    try:
        found = look_up(folder)
        touched = () if found else touched_by(load_rules(None), load_rules(folder))
    except RuleErrors:
        return ""
    if found:
        return found.in_words()
    if not touched:
        return ""
    beneath = f"{touched[0]}{f' and {len(touched) - 1} more' if touched[1:] else ''}"
    remedy = f"`lodestone rules upgrade --rules {shlex.quote(str(folder))}` notes the shipped rules of now"
    return f"what an upgrade changes beneath your own cannot be shown yet ({beneath}); {remedy}"


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
