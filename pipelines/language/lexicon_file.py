"""Reads the word lists of ``lexicon/*.yaml`` into one table: phrase -> what it may mean."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import yaml

from pipelines.language.inflection import FORMS, inflect


@dataclass(frozen=True, slots=True)
class Sense:
    """One thing a phrase may mean: ``kind`` is topic, verb, noun, entity, form, flag, glue or block."""

    kind: str
    label: str
    points: int = 0
    form: str = ""
    exact: str = ""
    """The spelling asked for, where case tells ("US" is a country, "us" is not)."""


@dataclass(frozen=True, slots=True)
class Verb:
    """A group of verbs that say the same: how far the act is, which way it pushes, which events it speaks for."""

    name: str
    role: str
    stage: str
    step: str = ""
    pull: int = 0
    events: Mapping[str, int] = field(default_factory=dict)
    needs: frozenset[str] = frozenset()
    otherwise: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """An entity of the gazetteer."""

    id: str
    name: str
    kind: str
    authority: str = ""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All word lists, and the hash of their text."""

    phrases: Mapping[str, tuple[Sense, ...]]
    verbs: Mapping[str, Verb]
    entities: Mapping[str, Known]
    topics: Mapping[str, Any]
    events: Mapping[str, Any]
    frames: Mapping[str, Any]
    weights: Mapping[str, Any]
    words: Mapping[str, frozenset[str]]
    hash: str


def terms(text: str | Iterable[str]) -> Iterator[str]:
    """The terms of a comma-separated block, or of a list of such blocks."""
    for block in (text,) if isinstance(text, str) else text:
        for term in str(block).split(","):
            if term.strip():
                yield " ".join(term.split())


def load_lexicon() -> Lexicon:
    """The lexicon shipped with the package."""
    folder = files("pipelines.language.lexicon")
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".yaml"))
    texts = {name: (folder / name).read_text(encoding="utf-8") for name in names}
    digest = hashlib.sha256("".join(f"{name}\n{text}" for name, text in texts.items()).encode()).hexdigest()[:16]
    return build_lexicon({name.removesuffix(".yaml"): yaml.safe_load(text) for name, text in texts.items()}, digest)


def build_lexicon(data: Mapping[str, Any], digest: str) -> Lexicon:
    """One table of the parsed files. A wrong file raises ``KeyError`` or ``ValueError`` here, at the start."""
    phrases: dict[str, list[Sense]] = {}

    def add(phrase: str, sense: Sense) -> None:
        exact = ""
        if phrase.startswith("="):
            phrase = exact = phrase[1:]
        phrase = phrase.replace("-", " ")
        senses = phrases.setdefault(phrase.lower(), [])
        made = Sense(sense.kind, sense.label, sense.points, sense.form, exact.replace("-", " "))
        if made not in senses:
            senses.append(made)

    verbs = dict(_verbs(data["verbs"], add))
    for phrase, sense in _listed(data):
        add(phrase, sense)
    entities = dict(_entities(data["entities"], add))
    return Lexicon(
        phrases={phrase: tuple(senses) for phrase, senses in phrases.items()},
        verbs=verbs,
        entities=entities,
        topics=data["topics"]["topics"],
        events=data["events"]["events"],
        frames=data["events"],
        weights=data["weights"],
        words={name: frozenset(terms(block)) for name, block in data["glue"]["words"].items()},
        hash=digest,
    )


def _listed(data: Mapping[str, Any]) -> Iterator[tuple[str, Sense]]:
    """All phrases that stand in plain lists."""
    for topic, entry in data["topics"]["topics"].items():
        for points, block in entry["terms"].items():
            yield from ((term, Sense("topic", topic, int(points))) for term in terms(block))
    for event, entry in data["events"]["events"].items():
        for points, block in entry["nouns"].items():
            yield from ((term, Sense("noun", event, int(points))) for term in terms(block))
    lists = (("form", data["forms"]["forms"]), ("flag", data["forms"]["flags"]), ("glue", data["glue"]["glue"]))
    for kind, blocks in lists:
        for label, block in blocks.items():
            yield from ((term, Sense(kind, label)) for term in terms(block))
    yield from ((term, Sense("block", "false friend")) for term in terms(data["glue"]["false_friends"]))


def _verbs(data: Mapping[str, Any], add: Any) -> Iterator[tuple[str, Verb]]:
    for name, entry in data["groups"].items():
        yield (
            name,
            Verb(
                name=name,
                role=entry["role"],
                stage=entry.get("stage", "none"),
                step=entry.get("step", ""),
                pull=int(entry.get("pull", 0)),
                events=entry.get("events", {}),
                needs=frozenset(term.lower() for term in terms(entry.get("needs", ""))),
                otherwise=entry.get("otherwise", ""),
            ),
        )
        for verb in terms(entry.get("verbs", "")):
            for form, spelling in zip(FORMS, inflect(verb, data["irregular"]), strict=True):
                add(spelling, Sense("verb", name, form=form))
        for phrase in terms(entry.get("phrases", "")):
            add(phrase, Sense("verb", name, form="fixed"))


def _entities(data: Mapping[str, Any], add: Any) -> Iterator[tuple[str, Known]]:
    for kind, group in data["kinds"].items():
        for identity, entry in group["entries"].items():
            names = list(terms(entry))
            shown = names[0].removeprefix("=").rsplit("/", maxsplit=1)
            authority = shown[1] if len(shown) == 2 else str(group.get("authority", ""))
            names[0] = ("=" if names[0].startswith("=") else "") + shown[0]
            yield f"{kind}:{identity}", Known(f"{kind}:{identity}", shown[0], kind, authority)
            for alias in names:
                add(alias, Sense("entity", f"{kind}:{identity}"))
