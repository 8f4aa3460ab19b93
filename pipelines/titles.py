"""A bounded index of titles: which judged stories a person means, or looks for, by some words or a link."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from pipelines import keys
from pipelines.events import Alert
from pipelines.stage import Command
from rules.story import Story, Topic
from rules.verdict import Label

KEPT = 20_000
"""Stories that can be found by their words: the newest of noise, and as many of the others, which last for longer."""
# A word; of scripts that write without spaces, each character.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W_\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")
_SAME = str.maketrans({"\u064a": "\u06cc", "\u0649": "\u06cc", "\u0643": "\u06a9"})
"""Letters that an Arabic keyboard and an Urdu one write differently."""
_TITLE, _BESIDE = 200, 400
"""Letters kept of a title, and of the words that stand beside it."""
_ELSEWHERE = 0.75
"""What a word that stands beside the title counts for."""
_MOST_TERMS, _LONGEST_TOPIC = 12, 4
_AT_ONCE = 1000
_LABELS = frozenset(Label)
_STOP = frozenset("a an and as at by for from in is it of on or that the to what why with".split())


@dataclass(frozen=True, slots=True)
class Found:
    """A story that was found: its id, title, label and the unix time of its verdict."""

    story: str
    title: str
    label: Label
    at: float


@dataclass(frozen=True, slots=True)
class Hits:
    """What a search found, best first; ``whole`` says whether it holds all that was asked, else most of it."""

    found: tuple[Found, ...] = ()
    whole: bool = True


@dataclass(frozen=True, slots=True)
class _Row:
    """A story of the index: the digests of its links, its topics, and its words that do not stand in the title."""

    found: Found
    links: Sequence[str]
    topics: Sequence[str] = ()
    beside: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Term:
    """A word that is looked for, or the few that name a topic."""

    words: tuple[str, ...]
    topic: Topic | None = None


def write_title(alert: Alert) -> tuple[Command, ...]:
    """The write by which a story can be found: by the words of its reports, by names and topics, and by links."""
    story = alert.story
    # Of a link only a digest is kept: it is compared, never shown.
    links = ",".join(dict.fromkeys(_digest(report.link) for report in story.reports if report.link))
    topics = ",".join(dict.fromkeys(topic for report in story.reports for topic in report.topics))
    title = _line(story.lead.title)[:_TITLE]
    row = (f"{alert.judged.timestamp():.0f}", alert.verdict.label, links, title, topics, _beside(story, title))
    return (("HSET", keys.TITLES, alert.story.id, "\t".join(row)),)


async def trim_titles(store: Redis) -> int:
    """Drop all but the newest; how many went. Noise takes no place of the others."""
    client: Any = store
    if await client.hlen(keys.TITLES) <= KEPT:
        return 0
    noise, others = list[tuple[float, str]](), list[tuple[float, str]]()
    async for row in _rows(store, ("",)):
        (noise if row.found.label is Label.NOISE else others).append((row.found.at, row.found.story))
    old = [story for ages in (noise, others) for _, story in sorted(ages)[:-KEPT]]
    for first in range(0, len(old), _AT_ONCE):
        await client.hdel(keys.TITLES, *old[first : first + _AT_ONCE])
    return len(old)


async def find_stories(store: Redis, asked: str, most: int = 5) -> list[Found]:
    """The stories that somebody means: by an exact link, else by words, the best first.

    A title that holds more of the words comes first, of equal ones the newer; a word that only stands beside the title
    counts less. One that holds fewer than half of them is not meant. A title of just these words, or one that alone
    holds them all, is meant by itself. The search reads the whole index once: it is for a person's question, not for
    the line.
    """
    words, digest = words_of(asked), _link(asked)
    hits = dict[str, tuple[float, Found]]()
    async for row in _rows(store, {digest} if digest else words):
        share = 3.0 * (digest in row.links) if digest else _share(words, row)
        if share >= 0.5:
            hits[row.found.story] = (share, row.found)
    best = max((share for share, _ in hits.values()), default=0.0)
    near = [hit for hit in hits.values() if hit[0] >= best - 0.25]
    near.sort(key=lambda hit: (-hit[0], -hit[1].at, hit[1].story))
    if [share for share, _ in near].count(1.0) == 1:
        near = near[:1]
    return [found for _, found in near[:most]]


async def search_stories(store: Redis, asked: str, topics: Mapping[str, Topic]) -> Hits:
    """Every story that holds the words somebody looks for, best first, else those that hold most, but at least half.

    A word is found by its beginning too ("tariff" in "tariffs"); one of ``topics``, by the names that people give them,
    is also found in what is about it. What stands in the title goes first, of equal ones the newer. An exact link is
    taken as one. This reads the whole index once, as ``find_stories`` does.
    """
    digest = _link(asked)
    terms = () if digest else tuple(_terms(asked, topics))
    wanted = {_root(word) for each in terms for word in each.words} | {each.topic for each in terms if each.topic}
    hits = dict[str, tuple[int, float, Found]]()
    async for row in _rows(store, {digest} if digest else wanted):
        title = words_of(row.found.title) if terms else frozenset()
        counts = [1.0 if _held(each, title) else _ELSEWHERE * _held_beside(each, row, title) for each in terms]
        held = sum(map(bool, counts)) or int(digest != "" and digest in row.links)
        if held * 2 >= max(1, len(terms)):
            hits[row.found.story] = (held, sum(counts), row.found)
    best = max((held for held, _, _ in hits.values()), default=0)
    most = [(score, found) for held, score, found in hits.values() if held == best]
    most.sort(key=lambda hit: (-hit[0], -hit[1].at, hit[1].story))
    return Hits(tuple(found for _, found in most), whole=best >= len(terms))


def words_of(text: str) -> frozenset[str]:
    """The words of a text that tell stories apart: lower case, without accents and without the commonest."""
    return frozenset(_words(text)) - _STOP


async def _rows(store: Redis, wanted: Collection[str]) -> AsyncIterator[_Row]:
    """Each story of the index in whose row one of the ``wanted`` strings stands, some twice where it grows meanwhile.

    A row that is not of this form is left out; rows of an earlier version end with the title.
    """
    client: Any = store
    async for story, raw in client.hscan_iter(keys.TITLES, count=_AT_ONCE):
        row: str = raw.decode(errors="replace")
        folded = _folded(row)
        if not any(each in folded for each in wanted):
            continue
        parts = row.split("\t")
        if len(parts) in (4, 6) and parts[0].isdigit() and parts[1] in _LABELS:
            found = Found(story.decode(), parts[3], Label(parts[1]), float(parts[0]))
            topics, beside = parts[4:] or ("", "")
            yield _Row(found, parts[2].split(","), topics.split(","), frozenset(beside.split()))


def _share(words: frozenset[str], row: _Row) -> float:
    """How much of some words a story holds; 2 where its title is just these."""
    title = words_of(row.found.title)
    if not words or words == title:
        return 2.0 * bool(words)
    return (len(words & title) + _ELSEWHERE * len((words & row.beside) - title)) / len(words)


def _terms(asked: str, topics: Mapping[str, Topic]) -> Iterator[_Term]:
    """What is looked for, in the order in which it was said; the longest name of a topic goes first."""
    names = {tuple(map(_root, _words(name))): topic for name, topic in topics.items()}
    words, at = [word for word in dict.fromkeys(_words(asked)) if word not in _STOP][:_MOST_TERMS], 0
    while at < len(words):
        spans = (tuple(words[at : at + span]) for span in range(_LONGEST_TOPIC, 0, -1))
        named = next((span for span in spans if tuple(map(_root, span)) in names), None)
        yield _Term(named, names[tuple(map(_root, named))]) if named else _Term((words[at],))
        at += len(named) if named else 1


def _held(term: _Term, words: frozenset[str]) -> bool:
    return all(word in words or _begins(_root(word), words) for word in term.words)


def _held_beside(term: _Term, row: _Row, title: frozenset[str]) -> bool:
    return (term.topic is not None and term.topic in row.topics) or (
        bool(row.beside) and _held(term, title | row.beside)
    )


def _begins(root: str, words: frozenset[str]) -> bool:
    """Whether one of the words begins so; a short beginning says too little ("us" in "use")."""
    return len(root) >= 4 and any(word.startswith(root) for word in words)


def _root(word: str) -> str:
    """The word without the ending of a plural."""
    return word[:-1] if len(word) > 4 and word.endswith("s") else word


def _beside(story: Story, title: str) -> str:
    """The words that the title lacks, of the names in all reports and then of their titles."""
    texts = [entity.name for report in story.reports for entity in report.entities]
    texts += [report.title for report in story.reports]
    known = words_of(title) | _STOP
    kept = " ".join(word for text in dict.fromkeys(texts) for word in _words(text[:_TITLE]) if word not in known)
    return " ".join(dict.fromkeys(kept.split()))[:_BESIDE]


def _words(text: str) -> list[str]:
    """The words of a text in lower case and without accents, in their order."""
    return _WORD.findall(_folded(text))


def _folded(text: str) -> str:
    """The text in lower case and without accents."""
    if not text.isascii():
        folded = unicodedata.normalize("NFKD", text)
        text = "".join(char for char in folded if not unicodedata.combining(char)).translate(_SAME)
    return text.lower()


def _link(asked: str) -> str:
    """The digest of the link that was asked for; "" where it is none."""
    link = asked.strip()
    return _digest(link) if link.startswith(("http://", "https://")) else ""


def _digest(link: str) -> str:
    return hashlib.blake2b(link.encode(errors="replace"), digest_size=6).hexdigest()


def _line(text: str) -> str:
    return " ".join(text.split())
