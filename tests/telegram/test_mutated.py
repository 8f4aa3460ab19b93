"""Five hundred broken updates: nothing of them gets through to a surprise. `make faults` feeds a hundred thousand."""

from __future__ import annotations

import json

from redis.asyncio import Redis

from bot.access import Access
from tests.chats.make import alert
from tests.conftest import Clock
from tests.telegram.conftest import OWNER
from tests.telegram.fed import fed_bot
from tests.telegram.mutations import corpus, mutated
from tests.telegram.survive import Toll, survive
from tests.telegram.test_commands import judged


async def test_good_updates_cost_nothing(store: Redis, clock: Clock) -> None:
    toll = await run(store, clock, seed=None, count=0)
    assert toll.answers > 250
    assert (toll.unread, toll.misshapen) == (0, 0)


async def test_broken_updates(store: Redis, clock: Clock) -> None:
    toll = await run(store, clock, seed=43, count=500)
    assert toll.fed == 500
    assert toll.answers > 50
    assert toll.unread > 50
    assert toll.misshapen > 10


async def run(store: Redis, clock: Clock, seed: int | None, count: int) -> Toll:
    async with fed_bot(store, clock, Access(admins=frozenset({OWNER})), any_chat=True) as fed:
        await judged(store, alert())
        seeds = corpus(fed.signer)
        toll = await survive(fed, mutated(seeds, seed, count) if seed is not None else map(json.loads, seeds))
    assert toll.surprises == {}
    assert toll.malformed == {}
    assert (toll.secrets, toll.loud, toll.unserved) == ([], [], 0)
    return toll
