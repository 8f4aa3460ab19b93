"""Reads the tables of the record: to which country a name belongs, and which words tell a strand or a direction."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from pipelines.language.lexicon_file import load_lexicon, parse_yaml, terms
from pipelines.record.turns import Strand
from rules.story import Direction, Event


@dataclass(frozen=True, slots=True)
class Cues:
    """What puts a story into a strand."""

    events: frozenset[Event]
    kinds: frozenset[str]
    ids: frozenset[str]
    words: re.Pattern[str] | None
    never: re.Pattern[str] | None


@dataclass(frozen=True, slots=True)
class Tables:
    """All that the record knows beside the stories.

    ``countries``: id of an entity -> ISO codes; ``shared``: ids that count only where no other country is named;
    ``peoples``: how a people or its things are called -> code; ``names``: what a reader may type for a country -> code;
    ``shown``: code -> name; ``first``: the countries that always have a row; ``speaks_for``: words of a direction;
    ``doubtful``: events for which a direction counts only beside such a word.
    """

    countries: Mapping[str, tuple[str, ...]]
    shared: frozenset[str]
    peoples: Mapping[str, str]
    people: re.Pattern[str]
    names: Mapping[str, str]
    shown: Mapping[str, str]
    first: tuple[str, ...]
    strands: Mapping[Strand, Cues]
    speaks_for: Mapping[Direction, re.Pattern[str]]
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
    peoples = {fold(word): str(code) for code, block in where["peoples"].items() for word in terms(block)}
    more = {fold(word): str(code) for code, block in where["names"].items() for word in terms(block)}
    return Tables(
        countries=countries,
        shared=frozenset(shared),
        peoples=peoples,
        people=_phrases(peoples),
        names=names | peoples | more | {code.lower(): code for code in shown},
        shown=shown,
        first=tuple(where["first"]),
        strands={Strand(name): _cues(entry) for name, entry in what["strands"].items()},
        speaks_for={Direction(way): _phrases(terms(block)) for way, block in what["speak for"].items()},
        doubtful={Direction(way): frozenset(map(Event, events)) for way, events in what["doubtful"].items()},
    )


def fold(text: str) -> str:
    """A title or a phrase as it is compared: lower case, hyphens and dots as spaces, words one space apart."""
    return " ".join(_NO_WORD.sub(" ", text.replace("\u2019", "'").lower().replace("'s ", " ")).split())


_GAP = "\0"
"""Stands for up to three words within a phrase."""
_NO_WORD = re.compile(r"[^\w%$]+")


def _parsed(name: str) -> Any:
    return parse_yaml((files("pipelines.record") / name).read_text(encoding="utf-8"))


def _cues(entry: Mapping[str, Any]) -> Cues:
    return Cues(
        events=frozenset(map(Event, entry.get("events", ()))),
        kinds=frozenset(entry.get("kinds", ())),
        ids=frozenset(terms(entry.get("ids", ""))),
        words=_phrases(terms(entry["words"])) if "words" in entry else None,
        never=_phrases(terms(entry["never"])) if "never" in entry else None,
    )


def _phrases(phrases: Iterable[str]) -> re.Pattern[str]:
    folded = {_GAP.join(map(fold, phrase.split(" .. "))) for phrase in phrases}
    longest_first = sorted(folded, key=lambda phrase: (-len(phrase), phrase))
    written = (re.escape(phrase).replace(_GAP, r"(?: \S+){0,3}? ") for phrase in longest_first)
    return re.compile(rf"(?<!\w)(?:{'|'.join(written)})(?!\w)")
