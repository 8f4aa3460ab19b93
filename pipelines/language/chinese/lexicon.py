"""The word list of Chinese, and the finding of its phrases: longest first on characters, no splitting into words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any, NamedTuple

from pipelines.language.chinese.text import fold_table
from pipelines.language.gazetteer import Known
from pipelines.language.lexicon_file import Lexicon, parse_yaml, terms

_STRONGER = frozenset({"block", "entity"})
"""Within a longer phrase of these kinds no verb, noun, form or mark counts: 关税 in a body's name is no tariff."""
_LATIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")


@dataclass(frozen=True, slots=True)
class Word:
    """One thing a phrase may mean: ``kind`` is topic, noun, verb, form, mark, entity or block."""

    kind: str
    label: str
    points: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """A phrase at characters ``start`` to ``end``."""

    start: int
    end: int
    word: Word
    text: str


@dataclass(frozen=True, slots=True)
class Group:
    """Verbs that govern alike."""

    name: str
    role: str
    stage: str = "none"
    step: str = ""
    pull: int = 0
    events: Mapping[str, int] = field(default_factory=dict)
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChineseLexicon:
    """All of ``words.yaml``, made ready for matching."""

    table: Mapping[str, tuple[tuple[str, tuple[Word, ...]], ...]]
    groups: Mapping[str, Group]
    entities: Mapping[str, Known]
    folding: Mapping[int, str]
    weights: Mapping[str, Any]
    cuts: Mapping[str, Any]
    boosts: Sequence[Mapping[str, Any]]
    homes: Mapping[str, str]


def load_chinese(lexicon: Lexicon) -> ChineseLexicon:
    """The shipped list. Names of the English gazetteer are shared, so that a story has one id in both languages."""
    text = (files("pipelines.language.chinese") / "words.yaml").read_text(encoding="utf-8")
    return build_chinese(parse_yaml(text), lexicon)


def build_chinese(data: Mapping[str, Any], lexicon: Lexicon) -> ChineseLexicon:
    """The list from the parsed file. An unknown name raises ``KeyError`` here, at the start."""
    entities = {identity: lexicon.entities[identity] for identity in data["names"]}
    phrases: dict[str, list[Word]] = {}
    for phrase, word in _listed(data):
        phrases.setdefault(phrase, []).append(word)
    for identity, block in data["names"].items():
        for phrase in terms(str(block)):
            phrases.setdefault(phrase, []).append(Word("entity", identity))
    for identity, block in data["bodies"].items():
        first, *names = terms(block)
        shown, _, authority = first.partition("/")
        entities[identity] = Known(identity, shown, identity.partition(":")[0], authority)
        for phrase in names:
            phrases.setdefault(phrase, []).append(Word("entity", identity))
    for phrase, senses in lexicon.phrases.items():
        for sense in senses:
            named = any(word.kind == "entity" for word in phrases.get(phrase, ()))
            if sense.kind == "entity" and len(phrase) > 1 and not named:
                entities[sense.label] = lexicon.entities[sense.label]
                phrases.setdefault(phrase, []).append(Word("entity", sense.label))
    groups = {
        name: Group(
            name,
            entry["role"],
            entry.get("stage", "none"),
            entry.get("step", ""),
            int(entry.get("pull", 0)),
            entry.get("events", {}),
            tuple(entry.get("needs", ())),
        )
        for name, entry in data["verbs"].items()
    }
    return ChineseLexicon(
        table=_table(phrases),
        groups=groups,
        entities=entities,
        folding=fold_table(data["variants"]),
        weights=data["weights"],
        cuts=data["odds"],
        boosts=data["boosts"],
        homes={identity: f"state:{state}" for state, block in data["homes"].items() for identity in terms(block)},
    )


def _listed(data: Mapping[str, Any]) -> Iterator[tuple[str, Word]]:
    for kind, blocks in (("topic", data["topics"]), ("noun", data["events"])):
        for label, entry in blocks.items():
            for points, block in entry.items():
                yield from ((term, Word(kind, label, int(points))) for term in terms(str(block)))
    for name, entry in data["verbs"].items():
        yield from ((term, Word("verb", name)) for term in terms(entry["words"]))
    for kind in ("forms", "marks"):
        for label, block in data[kind].items():
            yield from ((term, Word(kind.removesuffix("s"), label)) for term in terms(str(block)))
    yield from ((term, Word("block", "")) for term in terms(data["false_friends"]))


def _table(phrases: Mapping[str, Iterable[Word]]) -> dict[str, tuple[tuple[str, tuple[Word, ...]], ...]]:
    """Phrases by their first two characters, the longest first; those of one character stand by themselves."""
    table: dict[str, list[tuple[str, tuple[Word, ...]]]] = {}
    for phrase in sorted(phrases, key=lambda phrase: (-len(phrase), phrase)):
        table.setdefault(phrase[:2], []).append((phrase, tuple(dict.fromkeys(phrases[phrase]))))
    return {key: tuple(value) for key, value in table.items()}


class _Match(NamedTuple):
    start: int
    end: int
    phrase: str
    words: tuple[Word, ...]


def find(text: str, lexicon: ChineseLexicon) -> tuple[Found, ...]:
    """All phrases of a folded text, in order. Within one kind the longest wins; nothing counts in a false friend."""
    matches = sorted(_matches(text, lexicon), key=lambda match: (match.start - match.end, match.start))
    covered: dict[str, list[tuple[int, int]]] = {}
    found: list[Found] = []
    for start, end, phrase, words in matches:
        if _inside(covered.get("block", ()), start, end):
            continue
        for word in words:
            weak = word.kind not in ("topic", *_STRONGER) and _inside(covered.get("entity", ()), start, end)
            if word.kind != "block" and not weak and not _inside(covered.get(_realm(word), ()), start, end):
                found.append(Found(start, end, word, phrase))
        for realm in {_realm(word) for word in words}:
            covered.setdefault(realm, []).append((start, end))
    found.sort(key=lambda one: (one.start, -one.end))
    return tuple(found)


def _matches(text: str, lexicon: ChineseLexicon) -> Iterator[_Match]:
    for start in range(len(text)):
        for key in dict.fromkeys((text[start : start + 2], text[start])):
            for phrase, words in lexicon.table.get(key, ()):
                if text.startswith(phrase, start) and _whole(text, start, start + len(phrase)):
                    yield _Match(start, start + len(phrase), phrase, words)


def _realm(word: Word) -> str:
    """Within what the longest phrase wins: each topic by itself, the other kinds as a whole."""
    return f"topic {word.label}" if word.kind == "topic" else word.kind


def _inside(spans: Iterable[tuple[int, int]], start: int, end: int) -> bool:
    """Whether one of the spans holds this one and is longer; the same span may mean several things."""
    return any(low <= start and end <= high and (low, high) != (start, end) for low, high in spans)


def _whole(text: str, start: int, end: int) -> bool:
    """Whether Latin letters do not run on beyond the phrase: "amd" is none in "amdahl"."""
    before = start > 0 and text[start] in _LATIN and text[start - 1] in _LATIN and not text[start].isdigit()
    after = end < len(text) and text[end - 1] in _LATIN and text[end] in _LATIN and not text[end - 1].isdigit()
    return not before and not after
