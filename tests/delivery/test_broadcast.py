"""A word from the operators: every active chat once, at the common pace, whatever crashes, and behind no news."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis

from bot.access import Access
from bot.address import Address, Digests
from bot.broadcast import Broadcast, broadcast_id, is_broadcast, render_broadcast, tidy
from bot.delivery.broadcasts import PAGE, ROOM, Tally, begin_broadcast, count_broadcast, read_broadcast, stop_broadcast
from bot.delivery.lining import enqueue
from bot.delivery.queue import Outbox
from bot.quiet import Quiet
from bot.receipts import AFTER_SILENCE
from bot.send import Send
from pipelines import keys
from pipelines.dead_letters import Once, Took, read_letters, take_all, take_named
from pipelines.due import DueClock
from pipelines.events import Fanout, encode
from pipelines.stage import Stage
from pipelines.stories.ids import is_story_id
from pipelines.streams import Streams
from pipelines.worker import Worker
from tests.chats.make import NOW
from tests.conftest import Clock
from tests.delivery.scene import CHAT, Scene, calling
from tests.delivery.stories import apply, judged, make_alert
from tests.telegram.faults import Fault
from tests.telegram.html import parse
from tests.telegram.server import TelegramServer

TEXT = "We move <tonight> & come back.\n\nThank you."
ID = broadcast_id(b"\x00\x01\x02\x03\x04\x05")


class Tower(Scene):
    """The scene with the stages ``address`` and ``digests`` and the clock that rings for them."""

    def __init__(self, store: Redis, clock: Clock, server: TelegramServer, sender: Any) -> None:
        super().__init__(store, clock, server, sender)
        # A rate at which a clock that stands still lets all go.
        self.outbox = Outbox(store, "one", 100_000)
        self.send = Send(self.outbox, self.deliver_for(self.outbox), clock)
        self.streams = Streams(store, "one")
        self.due = DueClock(store, self.streams, clock)
        self.open(Access())
        digests = Stage(name="digests", reads=keys.DIGESTS, feeds=None, handle=Digests(clock, self.outbox.lines).handle)
        self.digests = Worker(self.streams, digests, clock)

    def open(self, access: Access) -> None:
        """Whom the bot is for."""
        self.addressing = Worker(
            self.streams,
            Stage(
                name="address",
                reads=keys.ALERTS,
                feeds=keys.ALERTS,
                handle=Address(self.store, self.clock, access, self.outbox.depth).handle,
                batch=1,
                single_hand=True,
            ),
            self.clock,
        )

    async def begin(self, text: str = TEXT) -> bool:
        await self.streams.create(keys.STREAMS)
        wanted = Broadcast(id=ID, text=text, at=self.clock(), by=999)
        return await begin_broadcast(self.store, wanted, Once(keys.used_button("b"), 60))

    async def address(self) -> None:
        """Deal with what is on the stream of alerts."""
        while await self.addressing.step(1):
            pass

    async def round(self, seconds: float = 2) -> None:
        """Address, send, and let some time pass for the clock to ring in."""
        await self.address()
        await self.work()
        self.clock.advance(seconds=seconds)
        await self.due.step()
        while await self.digests.step(1):
            pass
        await self.work()

    def got(self, chat: int = CHAT) -> list[str]:
        return self.shown(chat)


@pytest.fixture
async def tower(store: Redis, clock: Clock) -> AsyncIterator[Tower]:
    async with calling(read_seconds=0.2) as (server, sender):
        yield Tower(store, clock, server, sender)


async def test_every_active_chat_gets_it_once(tower: Tower) -> None:
    chats = range(1, 3 * PAGE)
    for chat in chats:
        await tower.seat(chat, active=chat % 10 != 0)
    assert await tower.begin()
    assert not await tower.begin(), "the button has been used"
    for _ in range(8):
        await tower.round()
    expected = parse(render_broadcast(TEXT).text)[0]
    assert expected == f"From the operators of this bot\n\n{TEXT}"
    for chat in chats:
        assert tower.got(chat) == ([expected] if chat % 10 else []), chat
    assert await count_broadcast(tower.store, ID) == Tally(sent=len([chat for chat in chats if chat % 10]))
    kept = await read_broadcast(tower.store, ID)
    assert kept is not None
    assert kept.done
    # The same page once more, as after a crash that lost nothing but its acknowledgement: nobody is lined up again.
    await tower.streams.publish(keys.ALERTS, Fanout(story=ID, version=1))
    for _ in range(4):
        await tower.round()
    assert len(tower.server.world.sent()) == len([chat for chat in chats if chat % 10])


async def test_only_a_few_wait_in_the_lane_at_a_time(tower: Tower) -> None:
    for chat in range(1, 700):
        await tower.seat(chat)
    await tower.begin()
    await tower.address()
    waiting = (await tower.outbox.depth())["normal"]
    # The server may give out more of a large hash than it was asked for.
    assert ROOM < waiting <= ROOM + 4 * PAGE
    assert await tower.due.step() == 0, "the next page comes with the clock, not at once"


async def test_news_comes_before_it_in_the_urgent_lane_and_the_pace_is_the_same(tower: Tower) -> None:
    for chat in (1, 2, 3):
        await tower.seat(chat)
    await tower.begin()
    await tower.address()
    alert = await judged(tower.store, make_alert("a", tower.clock()))
    await apply(tower.store, *enqueue(alert.story.id, [3], 1, "urgent", tower.clock(), parts=1))
    await tower.work(5)
    calls = [call for call in tower.server.world.calls if call.method == "sendMessage"]
    assert (calls[0].chat, "export licence" in calls[0].text) == (3, True)
    assert sorted(call.chat or 0 for call in calls[1:]) == [1, 2, 3]
    assert all("operators" in call.text for call in calls[1:])


async def test_a_crash_while_sending_repeats_it_marked(tower: Tower) -> None:
    await tower.seat()
    await tower.begin()
    await tower.address()
    await tower.crash()
    await tower.work()
    assert tower.got() == [f"↻ Repeat: you may have had this already.\nFrom the operators of this bot\n\n{TEXT}"]


async def test_in_quiet_hours_it_waits_and_then_comes_by_itself(tower: Tower) -> None:
    quiet = Quiet(9 * 60, 11 * 60)
    await tower.seat(quiet=quiet)
    await tower.begin()
    await tower.round()
    assert tower.got() == []
    assert await count_broadcast(tower.store, ID) == Tally(waiting=1)
    await tower.round(seconds=2 * 3600)
    await tower.round()
    assert tower.got() == [f"From the operators of this bot\n\n{TEXT}"]
    assert await count_broadcast(tower.store, ID) == Tally(sent=1)


async def test_what_nobody_answered_comes_once_more_marked(tower: Tower) -> None:
    await tower.seat()
    await tower.begin()
    await tower.address()
    tower.server.faults.append(Fault("close", delivered=True))
    await tower.work()
    assert await count_broadcast(tower.store, ID) == Tally(unanswered=1)
    tower.clock.advance(seconds=AFTER_SILENCE.total_seconds() + 1)
    await tower.round()
    await tower.round()
    marked = f"↻ Repeat: you may have had this already.\nFrom the operators of this bot\n\n{TEXT}"
    assert tower.got()[-1] == marked
    assert len(tower.calls()) == 2


async def test_who_blocked_the_bot_is_counted_and_a_private_bot_tells_only_its_own(tower: Tower) -> None:
    for chat in (1, 2, 3):
        await tower.seat(chat)
    tower.open(Access(mode="private", allowed_chats=frozenset({1, 2})))
    tower.server.world.chat(2).gone = "Forbidden: bot was blocked by the user"
    await tower.begin()
    await tower.round()
    await tower.round()
    assert [len(tower.shown(chat)) for chat in (1, 2, 3)] == [1, 0, 0]
    assert await count_broadcast(tower.store, ID) == Tally(sent=1, failed=1)


async def test_a_dead_letter_of_it_is_tried_again_and_reaches_nobody_else(tower: Tower) -> None:
    for chat in (-6, 5, 7):
        await tower.seat(chat)
    await tower.begin()
    await tower.address()
    refusing = Fault("empty", count=None)
    tower.server.faults.append(refusing)
    await tower.work(120)
    assert await count_broadcast(tower.store, ID) == Tally(failed=3)
    tower.server.faults.clear()
    await tower.seat(8)  # a chat of today has no part in what was said before it came
    await tower.chats.migrate(-6, -106)
    tower.server.world.chat(-106)
    named = [letter for letter in await read_letters(tower.store) if letter.way and letter.way.chats != (7,)]
    assert await take_named(tower.store, [letter.id for letter in named], again=True) == Took(2)
    await tower.round()
    said = [f"From the operators of this bot\n\n{TEXT}"]
    assert [tower.got(chat) for chat in (-106, 5, 7, 8)] == [said, said, [], []]
    # Told already, it is not told again by whatever letter comes back.
    await tower.streams.publish(keys.ALERTS, *(Fanout(story=ID, version=0, chats=(chat,)) for chat in (-106, 5)))
    await tower.round()
    assert await take_all(tower.store, again=True) == Took(1)
    await tower.round()
    assert [tower.got(chat) for chat in (-106, 5, 7, 8)] == [said, said, said, []]


async def test_what_is_stopped_reaches_nobody_more(tower: Tower) -> None:
    for chat in range(1, 3 * PAGE):
        await tower.seat(chat)
    await tower.begin()
    await tower.address()
    await tower.send.step()
    assert await stop_broadcast(tower.store, ID)
    tower.clock.advance(seconds=2)
    for _ in range(4):
        await tower.round()
    assert len(tower.server.world.sent()) == 1
    assert (await count_broadcast(tower.store, ID)).waiting == 0
    assert not await stop_broadcast(tower.store, "b-0")


async def test_an_id_that_is_not_kept_any_more_is_left(tower: Tower) -> None:
    await tower.seat()
    await tower.begin()
    await tower.store.delete(keys.broadcast(ID))
    await tower.round()
    assert tower.got() == []


def test_its_id_is_no_storys() -> None:
    assert is_broadcast(ID)
    assert not is_story_id(ID)
    assert not is_broadcast(make_alert("a", NOW).story.id)
    assert encode(Fanout(story=ID, version=1)).startswith(b"Fanout/1 ")


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("  a  ", "a"),
        ("a\n\n\n\nb\n", "a\n\nb"),
        ("\u202ea\x00b", "a b"),
        ("a\r\nb", "a\nb"),
        (" \n\t", ""),
        ("\u2800", ""),
    ],
)
def test_a_text_is_tidied_line_by_line(typed: str, told: str) -> None:
    assert tidy(typed) == told
