"""A hundred thousand broken updates, by JSON through the library and every handler, against the Bot API server."""

from __future__ import annotations

import time

import pytest
from redis.asyncio import Redis

from bot.access import Access
from tests.chats.make import alert
from tests.conftest import Clock
from tests.telegram.conftest import OWNER
from tests.telegram.fed import fed_bot
from tests.telegram.mutations import corpus, mutated
from tests.telegram.survive import survive
from tests.telegram.test_commands import judged

UPDATES, SEED = 100_000, 4_344


@pytest.mark.faults
@pytest.mark.timeout(900)
async def test_a_hundred_thousand_broken_updates(store: Redis, clock: Clock) -> None:
    """None ends in a surprise, in a message that Telegram would not read, or in a secret shown; all are dealt with."""
    begun = time.perf_counter()
    async with fed_bot(store, clock, Access(admins=frozenset({OWNER})), any_chat=True) as fed:
        await judged(store, alert())
        toll = await survive(fed, mutated(corpus(fed.signer), SEED, UPDATES))
    seconds = time.perf_counter() - begun
    print(
        f"\nbroken updates: {toll.fed} in {seconds:.0f} s; {toll.unread} that the library does not read, "
        f"{toll.misshapen} stopped at the door, {toll.answers} calls; surprises {sum(toll.surprises.values())}, "
        f"malformed {sum(toll.malformed.values())}, secrets {len(toll.secrets)}, unserved {toll.unserved}; "
        f"slowest {toll.slowest:.2f} s; refused {dict(toll.refused)}"
    )
    assert (toll.fed, toll.unserved) == (UPDATES, 0)
    assert toll.surprises == {}
    assert toll.malformed == {}
    assert (toll.secrets, toll.loud) == ([], [])
    assert toll.answers > UPDATES / 10
    assert toll.slowest < 2
    assert seconds < 480
