"""How each price source is: told by the keeper, kept in the store, read by ``lodestone prices``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from pydantic import TypeAdapter, ValidationError
from redis.asyncio import Redis

from pipelines import keys
from pipelines.prices.notes import Notes
from pipelines.prices.polls import Polls
from pipelines.prices.stream import Stream


@dataclass(frozen=True, slots=True)
class SourceState:
    """One way to one venue.

    ``way`` is socket or rest; ``state`` is open, opening, idle (not asked, nobody needs it) or failing. ``heard_at`` is
    its last believable word; ``errors`` and ``reconnects`` count since the keeper began; ``fault`` is why it fails now,
    a fixed word, and ``next_try`` when it is tried again. ``bad`` are coins of which it said what nobody can
    read, and how so; a price that others deny is told by the quote.
    """

    source: str
    way: str
    state: str
    heard_at: datetime | None
    errors: int
    reconnects: int
    fault: str | None
    next_try: datetime | None
    bad: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """All ways to all venues, as the keeper saw them ``at`` that moment."""

    at: datetime
    states: tuple[SourceState, ...]


@cache
def _adapter() -> TypeAdapter[Account]:
    return TypeAdapter(Account)


def states(streams: Sequence[Stream], polls: Polls, notes: Notes) -> tuple[SourceState, ...]:
    """How each way is now, sockets first."""
    sockets = (
        SourceState(
            source=stream.name,
            way="socket",
            state="open" if stream.open else "failing" if stream.failures else "opening",
            heard_at=stream.heard_at,
            errors=stream.errors,
            reconnects=stream.reconnects,
            fault=stream.fault,
            next_try=None if stream.open else stream.next_try,
            bad=_bad(notes, f"{stream.name}-socket"),
        )
        for stream in streams
    )
    rest = (
        SourceState(
            source=name,
            way="rest",
            state="failing" if health.fault else "open" if health.heard_at else "idle",
            heard_at=health.heard_at,
            errors=health.errors,
            reconnects=0,
            fault=health.fault,
            next_try=health.not_before if health.fault else None,
            bad=_bad(notes, name),
        )
        for name, health in polls.health.items()
    )
    return (*sockets, *rest)


def _bad(notes: Notes, source: str) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((symbol, why) for symbol, why in notes.of(source).items() if symbol))


async def write_states(store: Redis, told: tuple[SourceState, ...], now: datetime) -> None:
    """Keep the account, in the place of the last one."""
    await store.set(keys.PRICE_SOURCES, write_account(Account(now, told)))


def write_account(account: Account) -> bytes:
    """The account as JSON."""
    return _adapter().dump_json(account)


async def read_states(store: Redis) -> Account | None:
    """The last account; None where no keeper has given one."""
    data = await store.get(keys.PRICE_SOURCES)
    try:
        return None if data is None else _adapter().validate_json(data)
    except ValidationError:
        return None
