"""Reads the gazetteer, ``lexicon/entities/*.yaml``: who and what a headline may name.

An entry is ``id: name[/authority], alias, alias``. A leading ``=`` asks for that very spelling; a trailing ``~context``
lets an alias count only where that context holds. An id is ``kind:id``; one that carries its own prefix is kept
as it is, so that an entity may change its kind and keep its id.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

PLACES = frozenset(
    {"state", "region", "project", "fab", "refinery", "reactor", "dam", "pipeline", "lng-terminal", "oil-gas-field"}
    | {"waterway"}
)
"""Kinds of entities that stand somewhere, so that a headline that names one names a place."""

AUTHORITIES = frozenset({"", "A1", "A2", "A3", "A4", "A5", "A6", "A7"})


@dataclass(frozen=True, slots=True)
class Known:
    """An entity of the gazetteer."""

    id: str
    name: str
    kind: str
    authority: str = ""


@dataclass(frozen=True, slots=True)
class Alias:
    """One way to write an entity: the phrase, whether its case tells, and the context that it needs, if any."""

    phrase: str
    exact: bool
    context: str


def entities(parts: Mapping[str, Any]) -> Iterator[tuple[Known, tuple[Alias, ...]]]:
    """All entities of the parsed files, by file name, with their aliases. What is wrong raises ``ValueError``."""
    seen: dict[str, str] = {}
    for part, data in parts.items():
        for group in data["groups"]:
            kind = str(group["kind"])
            for key, entry in group["entries"].items():
                identity = str(key) if ":" in str(key) else f"{kind}:{key}"
                if identity in seen:
                    raise ValueError(f"entities/{part}.yaml: {identity} stands already in {seen[identity]}.yaml")
                seen[identity] = part
                name, authority, aliases = _entry(str(entry))
                authority = authority or str(group.get("authority", ""))
                if authority not in AUTHORITIES:
                    raise ValueError(f"entities/{part}.yaml: {identity} has the unknown authority {authority}")
                yield Known(identity, name, kind, authority), aliases


def _entry(text: str) -> tuple[str, str, tuple[Alias, ...]]:
    """Name, authority and aliases of an entry's text."""
    first, *rest = (" ".join(term.split()) for term in text.split(",") if term.strip())
    authority = ""
    if first[-3:-1] == "/A":
        first, authority = first[:-3], first[-2:]
    aliases = tuple(_alias(term) for term in (first, *rest))
    return first.removeprefix("=").partition("~")[0], authority, aliases


def _alias(term: str) -> Alias:
    phrase, _, context = term.partition("~")
    return Alias(_folded(phrase.removeprefix("=")), phrase.startswith("="), context)


def _folded(phrase: str) -> str:
    """Without accents, as texts are before they are matched."""
    if phrase.isascii():
        return phrase
    return "".join(char for char in unicodedata.normalize("NFKD", phrase) if unicodedata.category(char) != "Mn")
