"""What is held for a chat becomes one message at the right time, and nothing is lost or told twice on the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.decisions import OLD_NEWS
from bot.delivery.lining import enqueue, hold
from bot.overlay import Overlay
from bot.quiet import Quiet
from bot.receipts import AFTER_SILENCE, MOST_SURPRISES
from pipelines import keys
from rules.story import Tag, Topic
from rules.verdict import Label, Severity
from tests.chats.make import alert, report
from tests.delivery.desk import HOUR, Desk
from tests.delivery.scene import CHAT
from tests.delivery.stories import apply, judged, make_alert
from tests.telegram.faults import Fault

WATCH = Label.WATCH
# Someone who wants to hear what is merely watched.
WATCHER = {"overlay": Overlay(least=WATCH)}


# --- what is held comes in one message


async def test_what_is_held_is_told_at_its_time_in_one_silent_message(desk: Desk) -> None:
    stories = await desk.hold("a", "b")
    await desk.work(3599, 600)
    assert desk.calls() == []
    await desk.work(2)
    (call,) = desk.calls()
    assert call.disable_notification
    (text,) = desk.shown()
    assert text.startswith("Digest · 2 stories\n◆ Structural: 2\n\nRare earths\n1. ◆ Ministry puts")
    assert text.index("(a)") < text.index("(b)")
    assert [await desk.state(story) for story in stories] == ["listed", "listed"]
    assert await desk.outbox.lines(CHAT) == ()
    await desk.work(48 * 3600, 3600)
    assert len(desk.calls()) == 1


async def test_ten_lines_a_message_and_the_rest_in_the_next(desk: Desk) -> None:
    await desk.hold(*(f"n{number}" for number in range(23)))
    await desk.work(3600, 600)
    await desk.work(10)
    first, second, third = desk.shown()
    assert [text.count("Ministry") for text in (first, second, third)] == [10, 10, 3]
    assert "13 more follow in the next message." in first
    assert "3 more follow" in second
    assert "follow" not in third
    together = first + second + third
    assert all(together.count(f"(n{number})") == 1 for number in range(23))


async def test_what_waits_longest_goes_first_whatever_stands_first_in_the_message(desk: Desk) -> None:
    """Within a message structural news stands first; it does not take the place of what was held before it."""
    await desk.change(**WATCHER)
    await desk.hold(*(f"n{number}" for number in range(9)), label=WATCH)
    await desk.hold("late", "later")
    await desk.work(3600, 600)
    await desk.work(10)
    first, second = desk.shown()
    assert "Rare earths\n1. ◆ Ministry puts export licence for dysprosium in force (late) · " in first
    assert [f"(n{number})" in first for number in range(9)] == [True] * 9
    assert "Rare earths\n1. ◆ Ministry puts export licence for dysprosium in force (later) · " in second


async def test_the_process_that_sends_a_digest_may_die(desk: Desk) -> None:
    await desk.hold("a")
    await desk.work(3599, 600)
    desk.clock.advance(seconds=2)
    await desk.due.ring()
    await desk.digests.step(10)
    await desk.crash()
    await desk.work(5)
    (text,) = desk.shown()
    assert text.startswith("↻ Repeat: you may have had this already.\nDigest · 1 story\n")


async def test_a_digest_without_an_answer_comes_again_marked_and_with_what_came_since(desk: Desk) -> None:
    desk.server.fault(Fault("silence", chat=CHAT, delivered=True))
    await desk.hold("a")
    await desk.work(3601, 600)
    await desk.hold("b", until=timedelta(minutes=1))
    await desk.work(AFTER_SILENCE.total_seconds() + 5, 60)
    first, second = desk.shown()
    assert "Repeat" not in first
    assert "Repeat" in second
    assert ("(a)" in second, "(b)" in second) == (True, True)
    assert await desk.outbox.lines(CHAT) == ()


async def test_a_digest_that_is_refused_keeps_its_lines(desk: Desk) -> None:
    desk.server.fault(Fault("too-long", chat=CHAT, count=2))
    (story,) = await desk.hold("a")
    await desk.work(3601, 600)
    assert (desk.shown(), await desk.outbox.lines(CHAT)) == ([], (story,))
    await desk.work(AFTER_SILENCE.total_seconds() + 5, 60)
    assert len(desk.shown()) == 1


async def test_a_flood_delays_a_digest_and_no_more(desk: Desk) -> None:
    desk.server.fault(Fault("429", chat=CHAT, retry_after=30))
    await desk.hold("a")
    await desk.work(3600, 600)
    await desk.work(29)
    assert len(desk.calls()) == 1
    await desk.work(3)
    (text,) = desk.shown()
    assert "Repeat" not in text


# --- a push that becomes a line


async def test_a_watch_story_without_an_answer_becomes_a_line_that_says_so(desk: Desk) -> None:
    desk.server.fault(Fault("silence", chat=CHAT, delivered=True))
    await desk.change(**WATCHER)
    (story,) = await desk.push("a", label=WATCH)
    await desk.work(60)
    assert (len(desk.calls()), await desk.state(story)) == (1, "unknown")
    await desk.work(AFTER_SILENCE.total_seconds(), 60)
    _, digest = desk.shown()
    assert "Digest · 1 story" in digest
    assert "↻ may be a repeat" in digest
    assert await desk.state(story) == "listed"


async def test_a_watch_story_whose_process_died_becomes_a_line_at_once(desk: Desk) -> None:
    await desk.change(**WATCHER)
    await desk.push("a", label=WATCH)
    await desk.crash()
    await desk.work(5)
    (text,) = desk.shown()
    assert ("Digest · 1 story" in text, "may be a repeat" in text) == (True, True)
    (call,) = desk.calls()
    assert call.disable_notification


async def test_a_structural_story_is_repeated_once_marked_and_then_a_line(desk: Desk) -> None:
    desk.server.fault(Fault("silence", chat=CHAT, count=2, delivered=True))
    (story,) = await desk.push("a")
    await desk.work(600, 10)
    first, second = desk.shown()
    assert ("Repeat" in first, "Repeat" in second) == (False, True)
    assert (await desk.state(story), await desk.outbox.lines(CHAT)) == ("unknown", (story,))
    await desk.work(AFTER_SILENCE.total_seconds(), 60)
    *_, digest = desk.shown()
    assert ("Digest · 1 story" in digest, "may be a repeat" in digest, len(desk.shown())) == (True, True, 3)


async def test_a_push_that_waited_too_long_becomes_a_line_of_one_digest(desk: Desk) -> None:
    await desk.push("a", "b", "c")
    await desk.push("d", chat=6)
    await desk.seat(6)
    desk.clock.advance(hours=3, seconds=1)
    await desk.push("e")
    await desk.work(10)
    push, digest = desk.shown()
    assert ("Structural" in push.splitlines()[0], "(e)" in push) == (True, True)
    assert digest.startswith("Digest · 3 stories")
    assert "repeat" not in digest
    assert desk.shown(6)[0].startswith("Digest · 1 story")


async def test_a_push_at_the_age_limit_still_rings(desk: Desk) -> None:
    await desk.push("a")
    desk.clock.advance(hours=3)
    await desk.work()
    (call,) = desk.calls()
    assert not call.disable_notification


async def test_news_that_grew_old_in_line_is_told_in_the_digest_all_the_same(desk: Desk) -> None:
    await desk.push("a")
    desk.clock.advance(hours=OLD_NEWS.total_seconds() / 3600 + 1)
    await desk.work(5)
    (text,) = desk.shown()
    assert text.startswith("Digest · 1 story")
    assert "3 d ago" in text


# --- what the chat said since


async def test_digests_wait_for_the_end_of_quiet_hours(desk: Desk) -> None:
    await desk.hold("a")
    await desk.change(quiet=Quiet(10 * 60, 12 * 60))
    await desk.work(3600, 600)
    await desk.work(90 * 60 - 1, 600)
    assert desk.calls() == []
    await desk.work(5)
    assert len(desk.shown()) == 1


async def test_quiet_hours_set_while_it_waits_hold_a_push(desk: Desk) -> None:
    (story,) = await desk.push("a")
    await desk.change(quiet=Quiet(9 * 60, 10 * 60))
    await desk.work(29 * 60, 60)
    assert (desk.calls(), await desk.state(story)) == ([], "held")
    await desk.work(65)
    (text,) = desk.shown()
    assert ("Digest" in text, "repeat" in text) == (True, False)


async def test_critical_news_rings_at_night(desk: Desk) -> None:
    told = make_alert("a", desk.clock())
    told = await judged(desk.store, replace(told, verdict=replace(told.verdict, severity=Severity.CRITICAL)))
    await apply(desk.store, *enqueue(told.story.id, [CHAT], 1, "urgent", desk.clock(), parts=1))
    await desk.change(quiet=Quiet(9 * 60, 10 * 60))
    await desk.work()
    (call,) = desk.calls()
    assert not call.disable_notification


MUTED = {"topics": tuple(topic for topic in Topic if topic is not Topic.RARE_EARTH)}


async def test_a_mute_set_while_it_waits_stops_a_push(desk: Desk) -> None:
    (story,) = await desk.push("a")
    await desk.chats.change(CHAT, lambda chat: chat and chat.muted(Topic.RARE_EARTH, None, desk.clock()))
    await desk.work(5)
    assert (desk.calls(), await desk.state(story)) == ([], "held")


@pytest.mark.parametrize("how", ["mute", "topic"])
async def test_what_was_muted_since_is_left_out_of_a_digest(desk: Desk, how: str) -> None:
    (story,) = await desk.hold("a")
    chips = alert(report(title="A chip story", tags=(Tag(Topic.SEMICONDUCTOR, 0.9),), published=desk.clock()))
    await judged(desk.store, chips)
    await apply(desk.store, *hold(chips.story.id, [(CHAT, desk.clock() + HOUR)], 1, desk.clock(), parts=1))
    if how == "mute":
        await desk.chats.change(CHAT, lambda chat: chat and chat.muted(Topic.RARE_EARTH, None, desk.clock()))
    else:
        await desk.change(**MUTED)
    await desk.work(3601, 600)
    (text,) = desk.shown()
    assert text.startswith("Digest · 1 story\n◆ Structural: 1\n\nChips\n1. ◆ A chip story")
    assert await desk.outbox.lines(CHAT) == ()
    assert await desk.state(story) == "failed", "a newer version may come"


async def test_a_digest_of_which_nothing_is_wanted_any_more_is_not_sent(desk: Desk) -> None:
    await desk.hold(*(f"n{number}" for number in range(15)))
    await desk.change(**MUTED)
    await desk.work(3610, 600)
    assert (desk.calls(), await desk.outbox.lines(CHAT), sum((await desk.outbox.depth()).values())) == ([], (), 0)


async def test_a_mute_does_not_cost_the_others_their_place(desk: Desk) -> None:
    """Ten muted lines before one that is wanted: it is told in the first message."""
    await desk.hold(*(f"n{number}" for number in range(12)))
    chips = alert(report(title="A chip story", tags=(Tag(Topic.SEMICONDUCTOR, 0.9),), published=desk.clock()))
    await judged(desk.store, chips)
    await apply(desk.store, *hold(chips.story.id, [(CHAT, desk.clock() + HOUR)], 1, desk.clock(), parts=1))
    await desk.change(**MUTED)
    await desk.work(3610, 600)
    (text,) = desk.shown()
    assert "1. ◆ A chip story" in text


# --- a chat that ends or moves


async def test_a_chat_that_is_switched_off_loses_its_lines(desk: Desk) -> None:
    (story,) = await desk.hold("a")
    await desk.chats.switch_off(CHAT, "stopped")
    await desk.work(3610, 600)
    assert (desk.calls(), await desk.outbox.lines(CHAT), await desk.state(story)) == ([], (), "failed")
    assert sum((await desk.outbox.depth()).values()) == 0


async def test_a_chat_that_blocks_the_bot_loses_its_lines_after_one_call(desk: Desk) -> None:
    desk.server.fault(Fault("blocked", chat=CHAT, count=None))
    await desk.hold("a", "b")
    await desk.push("c")
    await desk.work(3610, 600)
    assert (len(desk.calls()), await desk.outbox.lines(CHAT)) == (1, ())
    chat = await desk.chats.get(CHAT)
    assert chat is not None
    assert not chat.active


async def test_a_group_that_moves_keeps_its_lines_and_when_they_are_due(desk: Desk) -> None:
    await desk.seat(-5)
    desk.server.world.chat(-1005)
    stories = await desk.hold("a", "b", chat=-5)
    await desk.chats.migrate(-5, -1005)
    await desk.outbox.move(-5, -1005, desk.clock())
    assert (await desk.outbox.lines(-5), await desk.outbox.lines(-1005)) == ((), tuple(stories))
    await desk.work(3590, 600)
    assert desk.calls(-1005) == []
    await desk.work(20)
    (text,) = desk.shown(-1005)
    assert "Digest · 2 stories" in text
    assert desk.calls(-5) == []


async def test_a_group_that_moved_before_its_digest_is_followed(desk: Desk) -> None:
    await desk.seat(-5)
    desk.server.world.chat(-1005)
    desk.server.fault(Fault("migrate", chat=-5, migrate_to=-1005, count=None))
    await desk.hold("a", chat=-5)
    await desk.work(3610, 600)
    await desk.work(10)
    (text,) = desk.shown(-1005)
    assert ("Digest · 1 story" in text, len(desk.calls(-5))) == (True, 1)


async def test_a_chat_that_cannot_be_read_stops_nobody_else(desk: Desk) -> None:
    await desk.push("a")
    await desk.seat(6)
    await desk.push("b", chat=6)
    client: Any = desk.store
    await client.hset(keys.CHATS, str(CHAT), "torn")
    await desk.work(5)
    assert (desk.calls(), len(desk.shown(6))) == ([], 1)
    assert await client.hget(keys.CHATS, str(CHAT)) == b"torn"
    assert sum((await desk.outbox.depth()).values()) == 0


async def test_a_digest_that_this_program_cannot_make_is_not_tried_each_second(desk: Desk) -> None:
    (story,) = await desk.hold("a")
    client: Any = desk.store
    await client.set(f"{keys.TAG}:ledger:{story}", "not a hash: whatever reads the row fails")
    await desk.work(3600, 600)
    await desk.work(60)
    assert (await desk.outbox.counts()).get("later", 0) == MOST_SURPRISES - 1
    await client.delete(f"{keys.TAG}:ledger:{story}")
    await desk.work(AFTER_SILENCE.total_seconds(), 60)
    assert len(desk.shown()) == 1
