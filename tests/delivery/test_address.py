"""Who hears of an alert, page by page: each chat once, whatever comes in between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from bot.access import Access
from bot.address import LONG, Address, Digests
from bot.chat_store import ChatStore
from bot.chats import Chat, DeliveryState, Kind
from bot.decisions import OLD_NEWS
from bot.delivery.ledger import NEVER_BEFORE, Ledger
from bot.delivery.queue import Outbox, Receipt, Taken
from bot.quiet import Quiet
from pipelines import keys
from pipelines.due import DueClock
from pipelines.events import Alert, AnyEvent, DigestDue, Fanout
from pipelines.stage import Done, Stage
from pipelines.streams import Streams
from pipelines.worker import Worker
from rules.verdict import Severity
from tests.conftest import Clock
from tests.delivery.stories import judged, make_alert, newer

SENT = DeliveryState.SENT


class Post:
    """The stage ``address`` on a real stream, a few chats to a page."""

    def __init__(self, store: Redis, clock: Clock, page: int = 3, access: Access | None = None) -> None:
        self.store, self.clock = store, clock
        self.chats, self.ledger, self.streams = ChatStore(store), Ledger(store), Streams(store, "one")
        self.outbox = Outbox(store, "one", 1000)
        address = Address(store, clock, access, self.outbox.depth, page, prices=False)
        stage = Stage(
            name="address",
            reads=keys.ALERTS,
            feeds=keys.ALERTS,
            handle=address.handle,
            batch=1,
            single_hand=True,
        )
        self.worker = Worker(self.streams, stage, clock)

    async def seat(self, *ids: int, **wishes: Any) -> None:
        for each in ids:
            await self.chats.put(Chat(id=each, kind=Kind.PRIVATE, created=self.clock(), **wishes))

    async def post(self, *events: AnyEvent) -> None:
        await self.streams.create(keys.STREAMS)
        for event in events:
            if isinstance(event, Alert):
                await judged(self.store, event)
            await self.streams.publish(keys.ALERTS, event)

    async def work(self, most: int = 1000) -> int:
        """Deal with up to so many events; returns how many there were."""
        for done in range(most):
            if not await self.worker.step(1):
                return done
        return most

    async def sends(self) -> list[tuple[str, int]]:
        """All that the outbox gives out."""
        sent = list[tuple[str, int]]()
        while True:
            given, wait = await self.outbox.take(self.clock(), range(20))
            sent += [(each.story, each.chat_id) for each in given]
            if not given and wait >= 1:
                return sent
            await self.finish(given)
            self.clock.advance(seconds=max(wait, 1.0))

    async def finish(self, given: Sequence[Taken]) -> None:
        for each in given:
            told = await self.outbox.lines(each.chat_id) if each.lane == "digest" else ()
            assert await self.outbox.settle(
                [(each, Receipt(state=SENT, told=tuple((story, 1) for story in told)))], self.clock()
            ) == [True]


@pytest.mark.parametrize(("allowed", "hears"), [(-1001, True), (-5, True), (-6, False)])
async def test_a_private_bot_writes_to_groups_on_its_list_and_to_what_became_of_them(
    store: Redis, clock: Clock, allowed: int, hears: bool
) -> None:
    access = Access(mode="private", allowed_chats=frozenset({allowed}), admins=frozenset({7}))
    post = Post(store, clock, access=access)
    await post.chats.put(Chat(id=-1001, kind=Kind.SUPERGROUP, created=clock(), former=-5))
    await post.post(make_alert("a", clock()))
    await post.work()
    assert [chat for _, chat in await post.sends()] == ([-1001] if hears else [])


@pytest.mark.parametrize("count", [0, 1, 7, 300])
async def test_every_chat_is_reached_once_whatever_the_pages(store: Redis, clock: Clock, count: int) -> None:
    post = Post(store, clock, page=20)
    await post.seat(*range(1, count + 1))
    await post.post(make_alert("a", clock()))
    await post.work()
    assert sorted(chat for _, chat in await post.sends()) == list(range(1, count + 1))


async def test_an_urgent_alert_is_not_held_up_by_another_ones_long_way(store: Redis, clock: Clock) -> None:
    post = Post(store, clock, page=20)
    await post.seat(*range(1, 1001))
    slow = make_alert("slow", clock())
    quick = make_alert("quick", clock())
    await post.post(slow)
    await post.work(2)
    await post.post(replace(quick, verdict=replace(quick.verdict, severity=Severity.CRITICAL)))
    await post.work(2)
    assert (await post.outbox.depth())["urgent"] > 0
    await post.work()
    sent = await post.sends()
    assert len(sent) == len(set(sent)) == 2000


async def test_a_newer_version_takes_over_from_an_older_ones_way(store: Redis, clock: Clock) -> None:
    post = Post(store, clock, page=20)
    await post.seat(*range(1, 1001))
    first = make_alert("a", clock())
    await post.post(first)
    await post.work(1)
    await post.post(newer(first))
    await post.work()
    assert sorted(chat for _, chat in await post.sends()) == list(range(1, 1001))


async def test_an_older_version_that_comes_late_changes_nothing(store: Redis, clock: Clock) -> None:
    post = Post(store, clock)
    await post.seat(1)
    first = make_alert("a", clock())
    await post.post(newer(first), first)
    await post.work()
    assert len(await post.sends()) == 1
    assert (await post.ledger.last(first.story.id, [1]))[1].version == 2


async def test_a_page_whose_story_was_taken_further_meanwhile_writes_nothing(store: Redis, clock: Clock) -> None:
    post = Post(store, clock)
    await post.seat(1)
    alert = await judged(store, make_alert("a", clock()))
    (outcome,) = await Address(store, clock).handle([alert])
    assert isinstance(outcome, Done)
    await post.streams.create(keys.STREAMS)
    await post.streams.publish(keys.ALERTS, alert)
    (event,) = await post.streams.read(keys.ALERTS, 1, None)
    await store.set(keys.addressed(alert.story.id), 2)
    await post.streams.hand_over(keys.ALERTS, [(event.id, outcome.writes)])
    assert await post.ledger.last(alert.story.id, [1]) == {}
    assert await post.streams.length(keys.ALERTS) == 0


async def test_no_page_is_added_to_a_lane_that_is_long(store: Redis, clock: Clock) -> None:
    client: Any = store
    post = Post(store, clock, page=20)
    await post.seat(*range(1, 101))
    await post.post(make_alert("a", clock()))
    await client.hset(f"{keys.TAG}:out:waiting", "normal", LONG + 1)
    assert await post.work(5) == 5, "it goes round on its stream"
    assert (await post.outbox.depth())["normal"] == LONG + 1
    await client.hset(f"{keys.TAG}:out:waiting", "normal", 0)
    await post.work()
    assert len(await post.sends()) == 100


async def test_a_delivery_from_the_dead_letters_reaches_its_chat_alone(store: Redis, clock: Clock) -> None:
    post = Post(store, clock)
    await post.seat(1, 2)
    alert = make_alert("a", clock())
    await post.post(alert)
    await post.work()
    given, _ = await post.outbox.take(clock(), (0, 1))
    failed = Receipt(state=DeliveryState.FAILED, why="broken", buried=True)
    fine = Receipt(state=SENT)
    await post.outbox.settle([(each, failed if each.chat_id == 1 else fine) for each in given], clock())
    client: Any = store
    rows = await client.xrange(keys.DEAD)
    ((_, letter),) = rows
    assert (letter[b"stage"], letter[b"stream"], letter[b"why"]) == (b"send", b"alerts", b"broken")
    await client.execute_command("XADD", keys.stream(keys.ALERTS), "*", "e", letter[b"event"])
    await post.work()
    assert [chat for _, chat in await post.sends()] == [1]


async def test_quiet_hours_hold_what_is_not_critical_until_they_end(store: Redis, clock: Clock) -> None:
    post = Post(store, clock)
    await post.seat(1, zone="Europe/Berlin", quiet=Quiet(10 * 60, 11 * 60))  # 09:30 in London is 10:30 in Berlin
    loud = make_alert("loud", clock())
    await post.post(make_alert("a", clock()), make_alert("b", clock()))
    await post.post(replace(loud, verdict=replace(loud.verdict, severity=Severity.CRITICAL)))
    await post.work()
    assert [story for story, _ in await post.sends()] == [loud.story.id]
    assert len(await post.outbox.lines(1)) == 2
    due = DueClock(store, post.streams, clock)
    await due.claim(1)
    clock.at = datetime(2026, 11, 24, 9, 59, tzinfo=UTC)
    assert await due.ring() == 0
    clock.advance(minutes=1)
    assert await due.ring() == 1
    digests = Stage(name="digests", reads=keys.DIGESTS, feeds=None, handle=Digests(clock, post.outbox.lines).handle)
    assert await Worker(post.streams, digests, clock).step(10) == 1
    assert await post.sends() == [("digest", 1)]


async def test_a_zone_that_this_machine_does_not_know_holds_up_nobody(store: Redis, clock: Clock) -> None:
    post = Post(store, clock, page=500)
    await post.seat(1, zone="Atlantis/Centre", quiet=Quiet(9 * 60, 10 * 60), digest=(600,))
    await post.seat(2)
    await post.post(make_alert("a", clock()))
    await post.work()
    assert [chat for _, chat in await post.sends()] == [2]
    assert len(await post.outbox.lines(1)) == 1, "its hours go by UTC"


async def test_what_waits_for_a_digest_is_pushed_once_it_has_become_critical(store: Redis, clock: Clock) -> None:
    post = Post(store, clock)
    await post.seat(1, quiet=Quiet(9 * 60, 10 * 60))
    held = make_alert("a", clock())
    await post.post(held, newer(held))
    await post.work()
    assert (await post.sends(), len(await post.outbox.lines(1))) == ([], 1)
    risen = newer(newer(held))
    await post.post(replace(risen, verdict=replace(risen.verdict, severity=Severity.CRITICAL)))
    await post.work()
    assert await post.sends() == [(held.story.id, 1)]
    assert await post.outbox.lines(1) == ()


async def test_a_digest_of_nothing_is_not_put_in_line(store: Redis, clock: Clock) -> None:
    (outcome,) = await Digests(clock, Outbox(store, "one", 1).lines).handle([DigestDue(1)])
    assert outcome == Done()


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    chats=st.integers(1, 60),
    moves=st.lists(st.sampled_from(["alert", "newer", "work", "send", "again"]), min_size=1, max_size=25),
)
async def test_whatever_comes_in_between_a_chat_hears_of_a_story_once(
    store: Redis, chats: int, moves: Sequence[str]
) -> None:
    await store.flushall()
    clock = Clock(datetime(2026, 11, 24, tzinfo=UTC))
    post = Post(store, clock, page=7)
    await post.streams.create(keys.STREAMS)
    await post.seat(*range(1, chats + 1))
    alerts, sent = list[Alert](), list[tuple[str, int]]()
    for move in moves:
        match move:
            case "alert":
                alerts.append(make_alert(f"s{len(alerts)}", clock()))
                await post.post(alerts[-1])
            case "newer" if alerts:
                alerts[-1] = newer(alerts[-1])
                await post.post(alerts[-1])
            case "again" if alerts:
                await post.post(Fanout(story=alerts[0].story.id, version=1))
            case "work":
                await post.work(2)
            case "send":
                sent += await post.sends()
            case _:
                pass
        clock.advance(seconds=1)
    await post.work()
    sent += await post.sends()
    wanted = {(alert.story.id, chat) for alert in alerts for chat in range(1, chats + 1)}
    assert len(sent) == len(set(sent))
    assert set(sent) == wanted


def test_the_ledger_of_a_story_is_never_given_up_while_it_may_be_pushed() -> None:
    assert OLD_NEWS + timedelta(hours=12) < NEVER_BEFORE
