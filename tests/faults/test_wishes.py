"""Ten thousand chats with random wishes, two hundred stories: what each chat got equals the reference."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from multiprocessing import get_context

import pytest
from redis.asyncio import Redis

from tests.conftest import Clock
from tests.delivery.playing import Play, compare
from tests.delivery.reference import Got, Reference
from tests.delivery.wished import BEGIN, LENGTH, make_chats, make_stories, make_turns

CHATS, STORIES, SEED = 10_000, 200, 7
UNTIL = BEGIN + LENGTH + timedelta(days=8)


def wanted(chats: int, stories: int, seed: int, until: datetime) -> dict[int, list[Got]]:
    """What the reference says, worked out beside the product."""
    made = make_chats(chats, seed)
    return Reference(made, make_stories(stories, seed), make_turns(made, seed)).run(until)


@pytest.mark.faults
@pytest.mark.timeout(1500)
async def test_every_wish_of_every_chat(store: Redis) -> None:
    begun, loop = time.perf_counter(), asyncio.get_running_loop()
    chats, happened = make_chats(CHATS, SEED), make_stories(STORIES, SEED)
    turns = make_turns(chats, SEED)
    with ProcessPoolExecutor(1, get_context("spawn")) as beside:
        working = loop.run_in_executor(beside, wanted, CHATS, STORIES, SEED, UNTIL)
        play = Play(store, Clock(BEGIN))
        await play.seat(chats)
        await play.go(happened, UNTIL, turns)
        right = await working
    differences, left = compare(right, play.phone.got), await play.left()
    kinds = Counter(kind for got in play.phone.got.values() for _, kind, _ in got)
    twice = sum(
        count - 1
        for got in play.phone.got.values()
        for (kind, _), count in Counter((kind, what.partition(".")[0]) for _, kind, what in got).items()
        if kind == "send"
    )
    print(
        f"\nwishes: {len(chats)} chats with {len(turns)} changes of mind, {STORIES} stories in "
        f"{len(happened)} versions, "
        f"{sum(play.phone.messages.values())} messages ({dict(play.phone.messages)}; {kinds['line']} lines, "
        f"{kinds['end']} ends of mutes), {time.perf_counter() - begun:.0f} s; differences {len(differences)}, "
        f"stories sent twice {twice}, strange messages {len(play.phone.strange)}, left in line {len(left)}"
    )
    print(*differences, sep="\n")  # whole: an assertion's message is cut
    assert differences[:5] == []
    assert (twice, play.phone.strange[:3], left[:3]) == (0, [], [])
