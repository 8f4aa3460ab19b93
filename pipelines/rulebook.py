"""The rules in force: the shipped packs, with an admin's folder laid over them. Reads files, and judges nothing."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from rules.errors import RuleError, RuleErrors
from rules.ruleset import RuleSet
from rules.schema import load

_MAX_BYTES = 1_000_000


def load_rules(folder: Path | None) -> RuleSet:
    """The shipped packs with the ``.yaml`` files of ``folder`` over them; a folder that is not there adds nothing.

    A rule of the folder takes the place of a shipped one of the same name, and so does each single weight. Raises
    ``RuleErrors`` with all faults of both.
    """
    shipped, errors = _load(files("rules") / "packs", "packs/")
    own, more = _load(folder, f"{folder}/") if folder and folder.is_dir() else (None, ())
    if errors or more or shipped is None:
        raise RuleErrors((*errors, *more))
    return own.over(shipped) if own else shipped


def _load(folder: Traversable, prefix: str) -> tuple[RuleSet | None, tuple[RuleError, ...]]:
    """The rules of one folder, its faults named by ``prefix`` and file name."""
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
            errors.append(RuleError(name, 1, 1, f"cannot be read: {error.strerror}", "mend its permissions"))
    try:
        return load(texts), tuple(errors)
    except RuleErrors as found:
        return None, (*errors, *found.errors)
