"""The line: the stages in order, from a feed's turn to a chat's queue. Read it top to bottom, as an entry travels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from redis.asyncio import Redis

from bot.access import Access
from bot.address import Address, Digests
from bot.delivery.reading import OutboxReader
from bot.mute_clock import MuteClock
from pipelines import keys
from pipelines.fetch import Fetch
from pipelines.group import Group
from pipelines.judge import Judge
from pipelines.react import React
from pipelines.stage import Stage
from rules.ruleset import RuleSet

if TYPE_CHECKING:  # only a process that reads pays for the language libraries
    from pipelines.language.reader import Reader

NAMES = ("fetch", "read", "group", "judge", "address", "send")
"""All stages; ``send`` has no stream before it but the paced queue, so it is not a ``Stage``."""

AT_ONCE = 16
"""Events that a stage takes at once: enough to share the cost of a hand-over, few enough that the first of a burst
does not wait long for the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the stages are made of; a part is only built where its stage runs. ``prices``: they are looked at."""

    store: Redis
    clock: Callable[[], datetime]
    rules: Callable[[], RuleSet]
    reader: Callable[[], Reader]
    shadow: Callable[[], RuleSet | None] = lambda: None
    fetch: Fetch | None = None
    access: Access | None = None
    fetch_parallel: int = 64
    prices: bool = True


def build_line(parts: Parts, names: Sequence[str] = NAMES) -> tuple[Stage, ...]:
    """The stages of these names, in the order of the line."""

    def fetch() -> Stage:
        assert parts.fetch is not None
        return Stage(
            name="fetch",
            reads=keys.POLLS,
            feeds=keys.ENTRIES,
            handle=parts.fetch.handle,
            batch=1,
            parallel=parts.fetch_parallel,
        )

    def probe() -> Stage:
        # What failed last time has a quarter as many hands of its own and goes last: the dead hold up only each other.
        few = max(1, parts.fetch_parallel // 4)
        return replace(fetch(), name="probe", reads=keys.PROBES, parallel=few, behind=keys.POLLS)

    def read() -> Stage:
        from pipelines.read import Read  # noqa: PLC0415

        handle = Read(parts.reader()).handle
        return Stage(name="read", reads=keys.ENTRIES, feeds=keys.READINGS, handle=handle, batch=AT_ONCE)

    def group() -> Stage:
        room = Group(parts.store, parts.clock)
        return Stage(
            name="group",
            reads=keys.READINGS,
            feeds=keys.STORIES,
            handle=room.handle,
            batch=AT_ONCE,
            single_hand=True,
            begin=room.begin,
        )

    def judge() -> Stage:
        room = Judge(parts.rules, parts.clock, parts.store, parts.shadow)
        # One hand: what is older than what is stored is dropped, and two would write over each other unseen.
        return Stage(
            name="judge",
            reads=keys.STORIES,
            feeds=keys.ALERTS,
            handle=room.handle,
            batch=AT_ONCE,
            single_hand=True,
            begin=room.begin,
        )

    def address() -> Stage:
        handle = Address(parts.store, parts.clock, parts.access, outbox.depth, prices=parts.prices).handle
        # One hand, one page a hand-over: two versions of a story must not both find the ledger empty. The next page of
        # a story's chats goes to the end of its own stream.
        return Stage(name="address", reads=keys.ALERTS, feeds=keys.ALERTS, handle=handle, batch=1, single_hand=True)

    def digests() -> Stage:
        ended = MuteClock(parts.store, parts.clock).ended
        handle = Digests(parts.clock, outbox.lines, ended).handle
        return Stage(name="digests", reads=keys.DIGESTS, feeds=None, handle=handle)

    def reactions() -> Stage:
        return Stage(
            name="reactions", reads=keys.REACTIONS, feeds=keys.ALERTS, handle=React(parts.store).handle, batch=1
        )

    outbox = OutboxReader(parts.store)
    builders = {
        "fetch": (fetch, probe),
        "read": (read,),
        "group": (group,),
        "judge": (judge,),
        "address": (address, digests, reactions),
    }
    return tuple(build() for name, rooms in builders.items() if name in names for build in rooms)
