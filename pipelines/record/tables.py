"""Reads the tables of the record: to which country a name belongs, and which words tell a strand or a direction."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from pipelines.language.lexicon_file import load_lexicon, parse_yaml, terms
from pipelines.record.phrases import Phrases, fold
from pipelines.record.turns import Strand
from rules.story import Direction, Event

CIRCUMSTANCE = "circumstances"
"""The list of the words behind which stands what a headline does not tell."""


def never(strand: Strand) -> str:
    """The list of the words that keep a story out of this strand."""
    return f"never {strand}"


@dataclass(frozen=True, slots=True)
class Cues:
    """What puts a story into a strand, besides its words."""

    events: frozenset[Event]
    kinds: frozenset[str]
    ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Tables:
    """All that the record knows beside the stories.

    ``countries``: id of an entity -> ISO codes; ``shared``: ids that count only where no other country is named;
    ``peoples``: how a people or its things are called -> code; ``names``: what a reader may type for a country -> code;
    ``shown``: code -> name; ``first``: the countries that always have a row; ``phrases``: the words that put a
    story into a strand, keep it out, speak for a direction or begin the circumstances, each list by its name;
    ``doubtful``: events for which a direction counts only beside a word that speaks for it.
    """

    countries: Mapping[str, tuple[str, ...]]
    shared: frozenset[str]
    peoples: Mapping[str, str]
    people: re.Pattern[str]
    names: Mapping[str, str]
    shown: Mapping[str, str]
    first: tuple[str, ...]
    strands: Mapping[Strand, Cues]
    phrases: Phrases
    doubtful: Mapping[Direction, frozenset[Event]]


@cache
def load_tables() -> Tables:
    """The shipped tables, read once in a process. A wrong file raises ``KeyError`` or ``ValueError`` here."""
    where, what = (_parsed(name) for name in ("countries.yaml", "strands.yaml"))
    others = {str(key): tuple(str(codes).split()) for key, codes in where["other_codes"].items()}
    countries: dict[str, tuple[str, ...]] = {}
    shown: dict[str, str] = {}
    names: dict[str, str] = {}
    for known in load_lexicon().entities.values():
        if known.kind == "state":
            short = known.id.partition(":")[2]
            codes = others.get(short, (short.upper(),))
            countries[known.id] = codes
            if len(codes) == 1:
                shown.setdefault(codes[0], known.name)
                names[fold(known.name)] = codes[0]
    shared = set[str]()
    for code, kinds in where["countries"].items():
        for kind, block in kinds.items():
            for term in terms(block):
                entity = f"{kind}:{term.rstrip('?')}"
                countries[entity] = (*countries.get(entity, ()), str(code))
                if term.endswith("?"):
                    shared.add(entity)
    peoples = {
        fold(word) + ending: str(code)
        for code, block in where["peoples"].items()
        for word in terms(block)
        for ending in ("", "s")
    }
    more = {fold(word): str(code) for code, block in where["names"].items() for word in terms(block)}
    return Tables(
        countries=countries,
        shared=frozenset(shared),
        peoples=peoples,
        people=_people(peoples),
        names=names | peoples | more | {code.lower(): code for code in shown},
        shown=shown,
        first=tuple(where["first"]),
        strands={Strand(name): _cues(entry) for name, entry in what["strands"].items()},
        phrases=Phrases(
            {Direction(way): terms(block) for way, block in what["speak for"].items()}
            | {CIRCUMSTANCE: terms(what["circumstances"])}
            | {name: terms(entry.get("words", "")) for name, entry in what["strands"].items()}
            | {never(Strand(name)): terms(entry.get("never", "")) for name, entry in what["strands"].items()}
        ),
        doubtful={Direction(way): frozenset(map(Event, events)) for way, events in what["doubtful"].items()},
    )


def _parsed(name: str) -> Any:
    return parse_yaml((files("pipelines.record") / name).read_text(encoding="utf-8"))


def _cues(entry: Mapping[str, Any]) -> Cues:
    return Cues(
        events=frozenset(map(Event, entry.get("events", ()))),
        kinds=frozenset(entry.get("kinds", ())),
        ids=frozenset(terms(entry.get("ids", ""))),
    )


def _people(names: Iterable[str]) -> re.Pattern[str]:
    longest_first = sorted(names, key=lambda name: (-len(name), name))
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")
