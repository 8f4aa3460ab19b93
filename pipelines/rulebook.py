"""The rules in force: the shipped packs, with an admin's folder laid over them. Reads files, and judges nothing."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from rules.errors import RuleError, RuleErrors
from rules.ruleset import Filter, Rule, RuleSet
from rules.schema import load

SHIPPED = "packs/"
"""How the names of the shipped files begin; any other file is the admin's own."""
_MAX_BYTES = 1_000_000


def is_own(each: Rule | Filter) -> bool:
    """Whether a rule or filter is the admin's own and not shipped."""
    return not each.file.startswith(SHIPPED)


@dataclass(frozen=True, slots=True)
class Rulebook:
    """A rule set and the texts that it was read from: one mapping of file names to texts for each folder."""

    rules: RuleSet
    layers: tuple[dict[str, str], ...]


def load_rules(folder: Path | None) -> RuleSet:
    """The rule set of ``load_rulebook``."""
    return load_rulebook(folder).rules


def load_rulebook(folder: Path | None) -> Rulebook:
    """The shipped packs with the ``.yaml`` files of ``folder`` over them; a folder that is not there adds nothing.

    A rule, filter or list of the folder takes the place of a shipped one of the same name, and so does each single
    weight. Raises ``RuleErrors`` with all faults of both.
    """
    layers, errors = list[dict[str, str]](), list[RuleError]()
    # A folder of one's own that is called "packs" too is told apart.
    own = f"./{folder}/" if f"{folder}/".startswith(SHIPPED) else f"{folder}/"
    for place, prefix in ((files("rules") / "packs", SHIPPED), (folder, own)):
        try:
            if place is None or not place.is_dir():
                continue
            texts, faults = _texts(place, prefix)
        except OSError as error:
            errors.append(_unreadable(prefix, error))
            continue
        layers.append(texts)
        errors += faults
    try:
        rules = load(*layers)
    except RuleErrors as found:
        raise RuleErrors((*errors, *found.errors)) from None
    if errors:
        raise RuleErrors(errors)
    return Rulebook(rules, tuple(layers))


def _texts(folder: Traversable, prefix: str) -> tuple[dict[str, str], list[RuleError]]:
    """The files of one folder, each under ``prefix`` and its name, and the faults of those that cannot be read."""
    texts: dict[str, str] = {}
    errors: list[RuleError] = []
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.startswith(".") or not file.name.endswith((".yaml", ".yml")) or not file.is_file():
            continue
        name = f"{prefix}{file.name}"
        try:
            with file.open("rb") as handle:
                data = handle.read(_MAX_BYTES + 1)
            if len(data) > _MAX_BYTES:
                errors.append(RuleError(name, 1, 1, "the file is larger than 1 MB", "split it into several files"))
                continue
            texts[name] = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            errors.append(RuleError(name, line, 1, "a byte that is not UTF-8", "save the file as UTF-8"))
        except OSError as error:
            errors.append(_unreadable(name, error))
    return texts, errors


def _unreadable(name: str, error: OSError) -> RuleError:
    return RuleError(name, 1, 1, f"cannot be read: {error.strerror}", "mend its permissions")
