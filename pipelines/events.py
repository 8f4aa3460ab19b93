"""What travels along the line, and its versioned JSON.

Each noun wraps the one before it: an ``Entry`` is read into a ``Reading``, which moves a ``Story``, which with its
verdict is an ``Alert``. Times are aware and in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from pydantic import AwareDatetime, TypeAdapter, ValidationError

from rules.story import Move, Report, Source, Story
from rules.verdict import Verdict

VERSION = 1


@dataclass(frozen=True, slots=True)
class Poll:
    """A feed's turn to be polled."""

    feed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item of a feed. ``published`` is clamped to a believable time; ``first_seen`` is when it was parsed."""

    feed: str
    id: str
    url: str
    title: str
    summary: str
    source: Source
    published: AwareDatetime
    first_seen: AwareDatetime


@dataclass(frozen=True, slots=True)
class Reading:
    """An entry and what the language pipeline read in it."""

    entry: Entry
    report: Report


@dataclass(frozen=True, slots=True)
class Notice:
    """What is to be noted of a story although no report says it: a day has come, or an operator takes it back.

    ``detail`` is told to the readers. It goes down the stream of readings, for one hand moves all stories.
    """

    story: str
    kind: Move
    at: AwareDatetime
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Development:
    """A story that has just moved to a new version; ``entry`` is the one that did it, None where a notice did."""

    story: Story
    entry: Entry | None


@dataclass(frozen=True, slots=True)
class Alert:
    """A story and what the rules say of it; ``parsed`` is when the entry that moved it was parsed."""

    story: Story
    verdict: Verdict
    judged: AwareDatetime
    parsed: AwareDatetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Fanout:
    """A story's way through the chats, from a place in their list on; or to these ``chats`` alone, once more.

    ``moves``: it has not moved itself, but what prices did after it is known, and its messages may say so.
    """

    story: str
    version: int
    cursor: int = 0
    chats: tuple[int, ...] = ()
    moves: bool = False


@dataclass(frozen=True, slots=True)
class DigestDue:
    """A chat's held lines may be told; ``mutes``: only its mutes are to be looked at, whether one has ended."""

    chat: int
    mutes: bool = False


@dataclass(frozen=True, slots=True)
class ReactionDue:
    """It is so many minutes since a story's news: what prices did may be looked at."""

    story: str
    minutes: int


AnyEvent = Poll | Entry | Reading | Notice | Development | Alert | Fanout | DigestDue | ReactionDue


KINDS = (Poll, Entry, Reading, Notice, Development, Alert, Fanout, DigestDue, ReactionDue)


class UnreadableEvent(ValueError):
    """A stored event that this version cannot read."""


@cache
def _adapters() -> dict[str, TypeAdapter[AnyEvent]]:
    return {kind.__name__: TypeAdapter(kind) for kind in KINDS}


def encode(event: AnyEvent) -> bytes:
    """The event as ``kind/version`` and JSON, in one line of bytes."""
    name = type(event).__name__
    return f"{name}/{VERSION} ".encode() + _adapters()[name].dump_json(event)


def decode(data: bytes) -> AnyEvent:
    """The event that ``encode`` wrote; raises ``UnreadableEvent`` for anything else."""
    head, _, body = data.partition(b" ")
    name, _, version = head.decode("ascii", "replace").partition("/")
    if name not in _adapters() or version != str(VERSION):
        raise UnreadableEvent(f"unknown event {head[:40]!r}; this version reads {', '.join(_adapters())} at {VERSION}")
    try:
        return _adapters()[name].validate_json(body)
    except ValidationError as error:
        raise UnreadableEvent(f"{name}: {error.error_count()} wrong fields, first {error.errors()[0]['loc']}") from None
