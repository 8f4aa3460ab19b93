"""Reads the word lists of ``lexicon/`` into one table: phrase -> what it may mean."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import yaml

from pipelines.language.contexts import Context, read_contexts
from pipelines.language.gazetteer import Alias, Known, entities
from pipelines.language.inflection import FORMS, inflect

_YAML: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The loader in C reads the lists forty times faster; an installation without it has the slow one."""


@dataclass(frozen=True, slots=True)
class Sense:
    """One thing a phrase may mean: ``kind`` is topic, verb, noun, entity, form, flag, glue or block."""

    kind: str
    label: str
    points: int = 0
    form: str = ""
    exact: str = ""
    """The spelling asked for, where case tells ("US" is a country, "us" is not)."""
    context: Context | None = None
    """What must stand around it, where the name is also a common word."""


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


@cache
def load_lexicon() -> Lexicon:
    """The lexicon shipped with the package, read once in a process."""
    folder = files("pipelines.language.lexicon")
    lists, people = _texts(folder), _texts(folder / "entities")
    digest = hashlib.sha256(repr((sorted(lists.items()), sorted(people.items()))).encode()).hexdigest()[:16]
    return build_lexicon({**_parsed(lists), "entities": _parsed(people)}, digest)


def load_gazetteer() -> tuple[tuple[Known, tuple[Alias, ...]], ...]:
    """All entities with the ways to write them, in the order of the files. It reads them anew: for once a process."""
    return tuple(entities(_parsed(_texts(files("pipelines.language.lexicon") / "entities"))))


def _texts(folder: Traversable) -> dict[str, str]:
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".yaml"))
    return {name.removesuffix(".yaml"): (folder / name).read_text(encoding="utf-8") for name in names}


def _parsed(texts: Mapping[str, str]) -> dict[str, Any]:
    return {name: parse_yaml(text) for name, text in texts.items()}


def parse_yaml(text: str) -> Any:
    """What a YAML text of the package holds, by the quick loader where there is one."""
    return yaml.load(text, Loader=_YAML)  # noqa: S506  a safe loader too


def build_lexicon(data: Mapping[str, Any], digest: str) -> Lexicon:
    """One table of the parsed files. A wrong file raises ``KeyError`` or ``ValueError`` here, at the start."""
    phrases: dict[str, list[Sense]] = {}

    def add(phrase: str, sense: Sense) -> None:
        exact = ""
        if phrase.startswith("="):
            phrase = exact = phrase[1:]
        phrase = phrase.replace("-", " ")
        senses = phrases.setdefault(phrase.lower(), [])
        made = replace(sense, exact=exact.replace("-", " ")) if exact else sense
        if made not in senses:
            senses.append(made)

    verbs = dict(_verbs(data["verbs"], add))
    for phrase, sense in _listed(data):
        add(phrase, sense)
    known = dict(_known(data["entities"], read_contexts(data["contexts"]["contexts"]), add))
    return Lexicon(
        phrases={phrase: tuple(senses) for phrase, senses in phrases.items()},
        verbs=verbs,
        entities=known,
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


def _known(
    parts: Mapping[str, Any], contexts: Mapping[str, Context], add: Callable[[str, Sense], None]
) -> Iterator[tuple[str, Known]]:
    """The gazetteer, by id; its aliases go into the table of phrases."""
    for known, aliases in entities(parts):
        yield known.id, known
        for alias in aliases:
            context = contexts[alias.context] if alias.context else None
            add("=" * alias.exact + alias.phrase, Sense("entity", known.id, context=context))
