"""Reads the settings file: a small, strict part of YAML in which every value is text until a setting gives it a type.

So ``NO`` stays two letters, ``0123`` does not turn octal and ``1:30`` is not ninety. What would surprise is refused.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

import yaml
from yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, DocumentStartEvent, NodeEvent

from bot.logs import redact

_MAX_BYTES = 1_000_000
_MAX_DEPTH = 8

Value = str | list[str] | dict[str, str]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with the settings: where it was found, what it is, and what to do."""

    where: str
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}; {self.remedy}"


@dataclass(slots=True)
class SettingsFile:
    """What a settings file holds: values and the line of each, and all that is wrong with it."""

    values: dict[str, Value] = field(default_factory=dict)
    lines: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def nearest(word: str, known: Collection[str]) -> str:
    """A remedy for an unknown name: the known one that it looks like, or the way to list them."""
    close = get_close_matches(word, known, n=1, cutoff=0.6)
    return f"did you mean {close[0]}?" if close else "remove it; README.md lists the settings"


def read_settings_file(path: Path, known: Collection[str]) -> SettingsFile:
    """Read a file whose keys may be ``known``; what is wrong with it is a problem, not an exception."""
    try:
        data = path.read_bytes()
    except OSError as error:
        remedy = "correct LODESTONE_CONFIG or make the file readable"
        return SettingsFile(problems=[Problem(str(path), f"cannot be read ({error.strerror})", remedy)])
    if len(data) > _MAX_BYTES:
        return SettingsFile(problems=[Problem(str(path), "is over 1 MB", "a settings file holds a few lines")])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return SettingsFile(problems=[Problem(str(path), "is not UTF-8", "save it as UTF-8 text")])
    return parse_settings(text, str(path), known)


def parse_settings(text: str, name: str, known: Collection[str]) -> SettingsFile:
    """Read the text of a settings file that is called ``name`` in messages."""
    found = SettingsFile()
    try:
        found.problems.extend(_surprises(text, name))
        root = None if found.problems else yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{name}:{mark.line + 1}" if mark is not None else name
        # The parser's own words may quote the line, and a line may hold a secret by mistake.
        found.problems.append(Problem(where, "is not YAML", "check indents, quotes and the colon after each name"))
        return found
    if root is None:
        return found
    if not isinstance(root, yaml.MappingNode):
        found.problems.append(Problem(f"{name}:1", "must hold lines of the form name: value", "write it that way"))
        return found
    for key, node in root.value:
        _take(found, f"{name}:{key.start_mark.line + 1}", key, node, known)
    return found


def _take(found: SettingsFile, where: str, key: yaml.Node, node: yaml.Node, known: Collection[str]) -> None:
    """Read one setting into ``found``."""
    word = key.value if isinstance(key, yaml.ScalarNode) else ""
    if word not in known:
        found.problems.append(Problem(where, f"unknown setting {redact(word)[:60]!r}", nearest(word, known)))
    elif word in found.lines:
        earlier = found.lines[word].rpartition(":")[2]
        found.problems.append(Problem(where, f"{word} was already set at line {earlier}", "keep one of the two"))
    else:
        try:
            found.values[word] = _plain(node)
            found.lines[word] = where
        except ValueError as error:
            found.problems.append(Problem(where, f"{word} {error}", "remove the line to get the default"))


def _plain(node: yaml.Node) -> Value:
    """The node as text, a list of texts or a mapping of texts; raises ValueError for anything deeper or empty."""
    if isinstance(node, yaml.ScalarNode):
        return _text(node)
    if isinstance(node, yaml.SequenceNode):
        return [_text(item) for item in node.value]
    pairs = [(_text(key), _text(value)) for key, value in node.value]
    if len(dict(pairs)) < len(pairs):
        raise ValueError("names one key twice")
    return dict(pairs)


def _text(node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise ValueError("is nested too deep")  # noqa: TRY004  one kind of error for one kind of mistake
    if node.style is None and node.value in {"", "~", "null", "Null", "NULL"}:
        raise ValueError("has no value")
    return str(node.value)


def _surprises(text: str, name: str) -> list[Problem]:
    """What YAML allows and a settings file does not need: aliases, tags, several documents, deep nesting."""
    problems: list[Problem] = []
    depth = documents = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        where = f"{name}:{event.start_mark.line + 1 if event.start_mark else 1}"
        if isinstance(event, CollectionStartEvent):
            depth += 1
        elif isinstance(event, CollectionEndEvent):
            depth -= 1
        elif isinstance(event, DocumentStartEvent):
            documents += 1
        if isinstance(event, AliasEvent) or (isinstance(event, NodeEvent) and event.anchor):
            problems.append(Problem(where, "uses an anchor or alias", "write the value out"))
        elif isinstance(event, NodeEvent) and getattr(event, "tag", None):
            problems.append(Problem(where, "uses a tag", "remove the word that starts with an exclamation mark"))
        if depth > _MAX_DEPTH or documents > 1:
            message = "is nested too deep" if depth > _MAX_DEPTH else "starts a second document"
            problems.append(Problem(where, message, "a settings file is one list of name: value"))
            break
    return problems
