"""The one shape of all stages: up to N events in; for each, its outputs, or when to try again, or why to give up.

A handler decides and reads; it never writes the store itself. What it wants written it returns, and the worker applies
it in one transaction with the next events and the acknowledgement (``streams.hand_over``), so that an event counts
exactly once however often it is delivered.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.events import AnyEvent

Command = tuple[str | bytes | int | float, ...]
"""One write to the store, as Redis words: ``("HSET", key, field, value)``."""


@dataclass(frozen=True, slots=True)
class Done:
    """The event has been dealt with: these events go on, these writes are made."""

    outputs: tuple[AnyEvent, ...] = ()
    writes: tuple[Command, ...] = ()


@dataclass(frozen=True, slots=True)
class Later:
    """Nothing is wrong with the event, but not now: try again ``after`` seconds. Never counts towards giving up."""

    after: float
    why: str


@dataclass(frozen=True, slots=True)
class Never:
    """The event can never be dealt with: it goes to the dead letters with ``why``."""

    why: str


Outcome = Done | Later | Never


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A stage and how it is fed.

    ``batch``: events per call; ``parallel``: calls at a time; ``single_hand``: held by a lease with a fencing token, so
    that one process at a time runs it. ``begin`` is awaited whenever the lease has been won, to rebuild memory.
    ``behind``: a stream that goes first: while something waits there or is in hand, this stage waits a few seconds.
    """

    name: str
    reads: str
    feeds: str | None
    handle: Callable[[Sequence[Any]], Awaitable[Sequence[Outcome]]]
    batch: int = 32
    parallel: int = 1
    single_hand: bool = False
    begin: Callable[[], Awaitable[None]] | None = None
    behind: str | None = None
