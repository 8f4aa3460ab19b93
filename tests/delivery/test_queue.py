"""The paced queue: order within a chat, one call per chat, lanes, budgets, and what a crash leaves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis
from redis.exceptions import TimeoutError as StoreTimeoutError

from bot.chats import DeliveryState
from bot.delivery.ledger import Ledger
from bot.delivery.lining import enqueue
from bot.delivery.queue import Outbox, Receipt, Taken
from pipelines.redis_server import EmbeddedServer
from pipelines.store import Disk, connect, disk_of, on_disk
from pipelines.streams import Streams
from tests.conftest import Clock
from tests.delivery.stories import apply

SENT = DeliveryState.SENT


async def line_up(store: Redis, clock: Clock, *items: tuple[str, int] | tuple[str, int, str]) -> None:
    for story, chat, *lane in items:
        await apply(store, *enqueue(story, [chat], 1, (lane or ["normal"])[0], clock(), parts=1))


async def ask(outbox: Outbox, clock: Clock, hand: int = 0) -> Taken | float:
    """What one hand is given, or how long it shall wait."""
    given, wait = await outbox.take(clock(), (hand,))
    return given[0] if given else wait


async def take(outbox: Outbox, clock: Clock, hand: int = 0) -> Taken:
    taken = await ask(outbox, clock, hand)
    assert isinstance(taken, Taken)
    return taken


async def finish(
    outbox: Outbox,
    taken: Taken,
    clock: Clock,
    pause: float = 0,
    message: int | None = None,
    state: DeliveryState = SENT,
) -> bool:
    (kept,) = await outbox.settle([(taken, Receipt(state=state, pause=pause, message=message))], clock())
    return kept


async def send_all(outbox: Outbox, clock: Clock) -> list[tuple[str, int]]:
    sent = list[tuple[str, int]]()
    while True:
        taken = await ask(outbox, clock)
        if not isinstance(taken, Taken):
            if not sum((await outbox.depth()).values()):
                return sent
            clock.advance(seconds=taken + 0.001)
            continue
        sent.append((taken.story, taken.chat_id))
        await finish(outbox, taken, clock, 1, len(sent))


async def test_a_chat_gets_its_stories_in_order_and_one_call_at_a_time(store: Redis, clock: Clock) -> None:
    outbox = Outbox(store, "one", 1000)
    await line_up(store, clock, ("a", 5), ("b", 5))
    first = await take(outbox, clock)
    assert first.story == "a"
    assert isinstance(await ask(outbox, clock, 1), float), "the chat is being called"
    assert await finish(outbox, first, clock, 1, 7)
    assert isinstance(await ask(outbox, clock), float), "the chat rests for a second"
    clock.advance(seconds=1)
    assert (await take(outbox, clock)).story == "b"
    delivery = (await Ledger(store).last("a", [5]))[5]
    assert (delivery.state, delivery.message_id, delivery.version) == (SENT, 7, 1)


async def test_what_comes_while_a_chat_is_called_is_not_forgotten(store: Redis, clock: Clock) -> None:
    outbox = Outbox(store, "one", 1000)
    await line_up(store, clock, ("a", 5))
    taken = await take(outbox, clock)
    await line_up(store, clock, ("b", 5))
    await ask(outbox, clock, 1)  # looks at the chat, finds it held
    await finish(outbox, taken, clock, 0)
    assert (await take(outbox, clock)).story == "b"


async def test_the_urgent_lane_overtakes(store: Redis, clock: Clock) -> None:
    await line_up(store, clock, ("slow", 5), ("quick", 5, "urgent"), ("slow", 6), ("quick", 6, "urgent"))
    sent = await send_all(Outbox(store, "one", 1000), clock)
    assert [story for story, _ in sent] == ["quick", "quick", "slow", "slow"]


async def test_the_token_has_a_budget(store: Redis, clock: Clock) -> None:
    outbox = Outbox(store, "one", 10)
    await line_up(store, clock, *(("a", chat) for chat in range(1, 41)))
    before = clock()
    sent = await send_all(outbox, clock)
    seconds = (clock() - before).total_seconds()
    assert len(sent) == 40
    assert 3.4 <= seconds <= 4.0, "40 calls at 10 a second, less a burst of five"


async def test_a_pause_holds_everyone(store: Redis, clock: Clock) -> None:
    outbox = Outbox(store, "one", 1000)
    await line_up(store, clock, ("a", 5))
    await outbox.pause_all(30, clock())
    assert await ask(outbox, clock) == pytest.approx(30, abs=0.01)
    clock.advance(seconds=31)
    assert (await take(outbox, clock)).chat_id == 5


async def test_a_shorter_wait_of_a_call_under_way_does_not_end_a_longer_one(store: Redis, clock: Clock) -> None:
    outbox = Outbox(store, "one", 1000)
    await line_up(store, clock, ("a", 5))
    await outbox.pause_all(300, clock())
    clock.advance(seconds=1)
    await outbox.pause_all(2, clock())
    assert await ask(outbox, clock) == pytest.approx(299, abs=0.01)
    await outbox.pause_all(400, clock())
    assert await ask(outbox, clock) == pytest.approx(400, abs=0.01)


@pytest.mark.parametrize(
    ("fsync", "promise", "asked"),
    [("always", Disk.AT_ONCE, 0), ("everysec", Disk.ON_REQUEST, 3), ("no", Disk.SOME_TIME, 0)],
)
async def test_a_server_that_syncs_each_second_is_waited_for(
    tmp_path: Path, clock: Clock, fsync: str, promise: Disk, asked: int
) -> None:
    server = EmbeddedServer(tmp_path, fsync=fsync, reserve_mb=0)
    await server.open()
    store = connect(server.url)
    outbox = Outbox(store, "one", 1000)
    await line_up(store, clock, ("a", 5))
    assert (await take(outbox, clock)).chat_id == 5
    assert isinstance(await ask(outbox, clock, 1), float)
    calls: Any = (await store.info("commandstats")).get("cmdstat_waitaof", {"calls": 0})
    assert (await disk_of(store), calls["calls"]) == (promise, asked)
    await store.aclose()
    await server.close()


async def test_what_the_disk_does_not_take_is_not_given_out(store: Redis) -> None:
    pipe = store.pipeline(transaction=False)
    pipe.set("row", "sending")
    with pytest.raises(StoreTimeoutError):
        await on_disk(pipe, limit_ms=20)  # this server never syncs


@pytest.mark.parametrize("wait", ["pace", "rest", "pause"])
async def test_a_clock_that_is_set_back_ends_all_waits(store: Redis, clock: Clock, wait: str) -> None:
    outbox = Outbox(store, "one", 1000)
    await line_up(store, clock, ("a", 5), ("b", 5), ("a", 6))
    taken = await take(outbox, clock)
    await finish(outbox, taken, clock, 30 if wait == "rest" else 0)
    if wait == "pause":
        await outbox.pause_all(30, clock())
    clock.advance(hours=-1)
    first, second = [await ask(outbox, clock, hand) for hand in (0, 1)]
    assert isinstance(first, Taken)
    assert isinstance(second, Taken)
    assert {first.chat_id, second.chat_id} == {5, 6}


async def test_a_crash_while_calling_is_repeated_and_marked_once_per_crash(store: Redis, clock: Clock) -> None:
    living = Outbox(store, "living", 1000)
    await line_up(store, clock, ("a", 5))
    for crash in range(3):
        taken = await take(Outbox(store, f"dead-{crash}", 1000), clock)
        assert taken.repeat == (crash > 0)
        assert await living.recover(clock()) == 1
    taken = await take(living, clock)
    assert (taken.repeat, taken.calls) == (True, 4)
    assert await finish(living, taken, clock, 1, 1)
    assert await living.recover(clock()) == 0


async def test_a_living_consumers_call_is_left_alone(store: Redis, clock: Clock) -> None:
    await line_up(store, clock, ("a", 5))
    await Streams(store, "busy").beat()
    await take(Outbox(store, "busy", 1000), clock)
    assert await Outbox(store, "other", 1000).recover(clock()) == 0


async def test_an_answer_that_comes_after_a_take_over_writes_nothing(store: Redis, clock: Clock) -> None:
    slow, heir = Outbox(store, "slow", 1000), Outbox(store, "heir", 1000)
    await line_up(store, clock, ("a", 5))
    late = await take(slow, clock)
    await heir.recover(clock())
    taken = await take(heir, clock)
    assert not await finish(slow, late, clock, 1, state=DeliveryState.FAILED)
    assert await finish(heir, taken, clock, 1, 3)
    assert (await Ledger(store).last("a", [5]))[5].message_id == 3


async def test_a_moved_group_keeps_its_queue(store: Redis, clock: Clock) -> None:
    outbox = Outbox(store, "one", 1000)
    await line_up(store, clock, ("a", -5), ("b", -5))
    await take(outbox, clock)
    await outbox.move(-5, -1005, clock())
    assert await send_all(outbox, clock) == [("a", -1005), ("b", -1005)]
    assert await Ledger(store).last("a", [-5]) == {}


async def test_a_moved_group_is_told_nothing_twice(store: Redis, clock: Clock) -> None:
    outbox = Outbox(store, "one", 1000)
    await line_up(store, clock, ("a", -1005))
    assert await send_all(outbox, clock) == [("a", -1005)]
    clock.advance(seconds=5)
    await line_up(store, clock, ("a", -5), ("b", -5))
    taken = await take(outbox, clock)
    await outbox.move(-5, -1005, clock())
    assert not await finish(outbox, taken, clock, 1)
    assert await send_all(outbox, clock) == [("b", -1005)]


async def test_what_is_being_sent_while_its_group_moves_is_repeated_with_a_mark(store: Redis, clock: Clock) -> None:
    outbox = Outbox(store, "one", 1000)
    await line_up(store, clock, ("a", -5))
    await take(outbox, clock)
    await outbox.move(-5, -1005, clock())
    assert (await take(outbox, clock)).repeat


async def test_a_hand_that_lost_its_delivery_gives_it_back_marked(store: Redis, clock: Clock) -> None:
    outbox = Outbox(store, "one", 1000)
    await line_up(store, clock, ("a", 5), ("b", 6))
    lost = await ask(outbox, clock, 1)
    assert isinstance(lost, Taken)
    other = await ask(outbox, clock, 2)
    assert isinstance(other, Taken)
    again = await ask(outbox, clock, 1)
    assert isinstance(again, Taken)
    assert (again.chat_id, again.repeat, other.chat_id) == (5, True, 6)
    assert await finish(outbox, other, clock, 1)


async def test_an_answer_written_twice_takes_nothing_from_the_next_story(store: Redis, clock: Clock) -> None:
    outbox = Outbox(store, "one", 1000)
    await line_up(store, clock, ("a", 5), ("b", 5))
    first = await ask(outbox, clock, 1)
    assert isinstance(first, Taken)
    assert await finish(outbox, first, clock, 0, 1)
    second = await ask(outbox, clock, 2)
    assert isinstance(second, Taken)
    assert not await finish(outbox, first, clock, 0, 1)
    assert await finish(outbox, second, clock, 0, 2)
    assert (await Ledger(store).last("b", [5]))[5].message_id == 2


async def test_a_chats_rest_holds_for_what_comes_later_and_in_every_lane(store: Redis, clock: Clock) -> None:
    outbox = Outbox(store, "one", 1000)
    await line_up(store, clock, ("a", 5))
    await finish(outbox, await take(outbox, clock), clock, 30)
    await line_up(store, clock, ("b", 5, "urgent"))
    clock.advance(seconds=29)
    assert isinstance(await ask(outbox, clock), float)
    clock.advance(seconds=1)
    assert (await take(outbox, clock)).story == "b"


async def test_a_dropped_chat_leaves_nothing(store: Redis, clock: Clock) -> None:
    outbox = Outbox(store, "one", 1000)
    await line_up(store, clock, ("a", 5), ("b", 5, "urgent"))
    assert await outbox.drop(5, clock()) == 2
    assert sum((await outbox.depth()).values()) == 0
    assert (await Ledger(store).last("b", [5]))[5].state is DeliveryState.FAILED


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    items=st.lists(
        st.tuples(st.integers(1, 4), st.sampled_from(["urgent", "normal", "digest"])), min_size=1, max_size=25
    ),
    crashes=st.lists(st.booleans(), max_size=60),
)
async def test_whatever_crashes_nothing_is_lost_and_lanes_keep_their_order(
    store: Redis, items: Sequence[tuple[int, str]], crashes: Sequence[bool]
) -> None:
    await store.flushall()
    clock = Clock(datetime(2026, 11, 24, tzinfo=UTC))
    expected = dict[tuple[int, str], list[str]]()
    for number, (chat, lane) in enumerate(items):
        await line_up(store, clock, (f"s{number}", chat, lane))
        expected.setdefault((chat, lane), []).append(f"s{number}")
    sent, died = dict[tuple[int, str], list[str]](), list(crashes)
    for turn in range(500):
        outbox = Outbox(store, f"hand-{turn}", 1000)
        await outbox.recover(clock())
        taken = await ask(outbox, clock)
        if not isinstance(taken, Taken):
            if not sum((await outbox.depth()).values()):
                break
            clock.advance(seconds=taken + 0.001)
        elif not (died and died.pop()):
            sent.setdefault((taken.chat_id, taken.lane), []).append(taken.story)
            await finish(outbox, taken, clock, 0.1, 1)
    assert sent == expected
