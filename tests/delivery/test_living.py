"""One living message a story: what is edited, what is answered by a reply, what stays silent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from redis.asyncio import Redis

from bot.chats import DeliveryState
from bot.delivery.ledger import head_key, ledger_key
from bot.delivery.lining import line_up_digest
from bot.delivery.queue import Outbox, Receipt
from bot.editing import APART, MOST, Edits, read_edits
from bot.quiet import Quiet
from pipelines import keys
from pipelines.prices.quote import Quote, write_quote
from rules.story import Change, Move
from rules.verdict import Label
from tests.chats.make import NOW
from tests.delivery.living import Living
from tests.delivery.scene import CHAT, Scene
from tests.delivery.stories import apply
from tests.telegram.faults import Fault
from tests.telegram.html import parse


@pytest.fixture
async def living(scene: Scene) -> Living:
    made = Living(scene)
    await scene.seat()
    await made.begin()
    return made


@pytest.mark.parametrize(
    ("kinds", "at_once", "in_time"),
    [
        ((Move.SOURCE,), [], ["edit"]),
        ((Move.AMOUNT,), [], ["edit"]),
        ((Move.DATE, Move.SOURCE), [], ["edit"]),
        ((Move.LINK,), [], ["edit"]),
        ((Move.STAGE,), ["reply to 1"], ["edit"]),
        ((Move.EFFECT,), ["reply to 1"], ["edit"]),
        ((Move.INSTRUMENT, Move.SOURCE), ["reply to 1"], ["edit"]),
        ((Move.REVERSAL,), ["reply to 1"], ["edit"]),
        ((Move.DENIAL,), ["reply to 1"], ["edit"]),
        ((Move.CORRECTION,), ["edit"], []),
        ((Move.RETRACTION,), ["edit"], []),
        ((Move.MERGED,), [], ["edit"]),
        ((Move.COLOUR,), [], []),
        ((Move.COPY,), [], []),
    ],
)
async def test_what_becomes_of_a_message(
    living: Living, kinds: tuple[Move, ...], at_once: list[str], in_time: list[str]
) -> None:
    merged = {"merged": "1y4k0x9ab"} if Move.MERGED in kinds else {}
    await living.wait(seconds=30)
    await living.move(*kinds, **merged)
    assert living.calls() == ["send", *at_once]
    await living.wait(minutes=30)
    assert living.calls() == ["send", *at_once, *in_time]
    for text in living.texts():
        assert parse(text)[0]


async def test_edits_are_ten_minutes_apart_eight_at_most_and_show_the_newest_state(living: Living) -> None:
    for minute in range(200):
        await living.wait(minutes=1)
        await living.move(Move.AMOUNT, detail=f"${minute} million")
    assert living.calls() == ["send", *["edit"] * MOST]
    (text,) = living.texts()
    assert "New figure: $78 million" in text, "the eighth edit came after 80 minutes"
    assert len([line for line in text.splitlines() if "New figure" in line]) == 3
    await living.move(Move.RETRACTION, detail="made up")
    assert living.calls()[-1] == "edit"
    assert living.texts()[0].startswith("✖ Alert withdrawn, 24 Nov 12:50 UTC: made up\n\n◆ Structural")


async def test_a_reply_says_what_moved_and_the_message_follows(living: Living) -> None:
    await living.wait(hours=1)
    await living.move(Move.STAGE, Move.SOURCE, detail="announced → in force")
    await living.wait(seconds=2)
    original, reply = (parse(text)[0] for text in living.texts())
    assert living.calls() == ["send", "reply to 1", "edit"], "after an hour an edit need not wait"
    assert reply.startswith("↳ Announced → in force · ◆ Structural, high\nMinistry puts export licence")
    assert "1 more independent source" in reply, "its name stands in the line of sources"
    assert "Updated 10:30 UTC\nAnnounced → in force (Example Wire)\n1 more independent source" in original
    await living.wait(seconds=2)
    await living.move(Move.DENIAL, detail="the ministry denies it")
    await living.wait(seconds=2)
    assert living.calls()[3:] == ["reply to 1", "edit"], "what is untrue is not left standing for ten minutes"
    assert parse(living.texts()[0])[0].startswith("✖ Denied, 24 Nov 10:30 UTC: the ministry denies it")


async def test_the_price_at_alert_time_stays(scene: Scene) -> None:
    def price(dollars: int) -> bytes:
        return write_quote(Quote("BTC", Decimal(dollars), Decimal("1.5"), scene.clock(), ("kraken",)))

    living = Living(scene)
    await scene.seat(coins=("BTC", "ETH"), zone="Asia/Karachi")
    await scene.store.hset(keys.QUOTES, "BTC", price(90_000))
    await living.begin()
    await living.wait(hours=2)
    await scene.store.hset(keys.QUOTES, "BTC", price(70_000))
    await living.move(Move.STAGE)
    await living.wait(seconds=2)
    original, reply = (parse(text)[0] for text in living.texts())
    assert "BTC $90,000 · +1.5% in 24 h · at 14:30 PKT\nETH no price at the time" in original
    assert "BTC $70,000 · +1.5% in 24 h · 0 s ago" in reply


@pytest.mark.parametrize(
    ("kinds", "calls"),
    [((Move.AMOUNT,), []), ((Move.CORRECTION,), ["reply to 1"]), ((Move.RETRACTION,), ["reply to 1"])],
)
async def test_what_cannot_be_edited_gets_a_reply_where_it_is_untrue(
    living: Living, kinds: tuple[Move, ...], calls: list[str]
) -> None:
    await living.wait(hours=1)
    living.scene.server.fault(Fault("cannot-edit", method="editMessageText", chat=CHAT, count=None))
    await living.move(*kinds, detail="it was a draft")
    await living.wait(hours=1)
    assert living.calls() == ["send", "edit", *calls]
    assert (await living.scene.row(living.alert.story.id)).state is DeliveryState.SENT


async def test_a_reply_to_a_deleted_message_goes_out_all_the_same(living: Living) -> None:
    living.scene.server.world.chats[CHAT].messages.clear()
    await living.wait(hours=1)
    await living.move(Move.STAGE)
    (text,) = living.texts()
    assert "Further on" in text


async def test_what_moves_in_quiet_hours_is_edited_in_silence_and_a_line_of_the_digest(scene: Scene) -> None:
    living = Living(scene)
    await scene.seat(quiet=Quiet(600, 660))
    await living.begin()
    await living.wait(minutes=35)
    await living.move(Move.STAGE, detail="in force")
    assert living.calls() == ["send", "edit"]
    assert "Updated 10:05 UTC: In force" in parse(living.texts()[0])[0]
    row = await scene.row(living.alert.story.id)
    assert (row.state, row.message_id) == (DeliveryState.SENT, 1)
    assert await scene.outbox.lines(CHAT) == (living.alert.story.id,)
    await living.move(Move.STAGE, detail="in force abroad too")
    assert living.calls() == ["send", "edit"], "the next edit waits for its ten minutes here too"
    await living.wait(minutes=15)
    assert living.calls() == ["send", "edit", "edit"]
    await living.move(Move.REVERSAL, detail="repealed")
    assert living.calls() == ["send", "edit", "edit", "edit"], "what is untrue is not left standing overnight"
    await living.wait(hours=1)
    await apply(scene.store, *line_up_digest(CHAT, living.clock()))
    await scene.work()
    assert await scene.outbox.lines(CHAT) == ()
    assert living.calls() == ["send", "edit", "edit", "edit", "send"]
    assert len([text for text in living.texts() if text.startswith("Digest · 1 story")]) == 1


async def test_what_is_untrue_is_edited_though_quiet_hours_begin_while_it_stands_in_line(living: Living) -> None:
    scene, story = living.scene, living.alert.story
    await scene.chats.change(CHAT, lambda chat: chat and chat.muted(chat.topics[0], None, scene.clock()))
    await living.wait(hours=1)
    denied = Change(2, Move.DENIAL, living.clock(), "a", "no such decree")
    await living.publish(replace(living.alert, story=replace(story, version=2, changes=(*story.changes, denied))))
    await scene.chats.change(CHAT, lambda chat: chat and replace(chat, mutes=(), quiet=Quiet(600, 660)))
    await scene.work()
    assert living.calls() == ["send", "edit"]
    assert parse(living.texts()[0])[0].startswith("✖ Denied, 24 Nov 10:30 UTC: no such decree")
    assert await scene.outbox.lines(CHAT) == (story.id,)


async def test_muted_and_noise_are_kept_true_in_silence(living: Living) -> None:
    scene = living.scene
    await scene.chats.change(CHAT, lambda chat: chat and chat.muted(chat.topics[0], None, scene.clock()))
    await living.wait(hours=1)
    await living.move(Move.STAGE, detail="in force")
    assert living.calls() == ["send", "edit"]
    verdict = living.alert.verdict
    object.__setattr__(verdict, "label", Label.NOISE)
    await living.wait(hours=1)
    await living.move(Move.DENIAL, detail="no such decree")
    assert living.calls() == ["send", "edit", "edit"]
    assert "No longer structural" in living.texts()[0]


async def test_what_moves_while_it_is_being_sent_is_told_soon(scene: Scene, store: Redis) -> None:
    """Another process has rendered version 1 and waits for the answer when version 2 comes."""
    living, other = Living(scene), Outbox(store, "two", 1000)
    await scene.seat()
    await living.streams.create(keys.STREAMS)
    await living.publish(living.alert)
    (taken,), _ = await other.take(scene.clock())
    await living.move(Move.STAGE, detail="in force")
    receipt = Receipt(state=DeliveryState.SENT, version=1, shown=1, message=1)
    assert await other.settle([(taken, receipt)], scene.clock()) == [True]
    assert living.calls() == []
    await living.wait(minutes=1)
    assert living.calls() == ["reply to 1"]


async def test_chats_that_came_at_other_versions_get_what_is_new_to_each(scene: Scene) -> None:
    living = Living(scene, page=1)
    await scene.seat(1)
    await living.begin()
    await living.wait(hours=1)
    await living.move(Move.STAGE, detail="in force")
    await scene.seat(2)
    await living.wait(hours=1)
    await living.move(Move.AMOUNT, detail="$2 billion")
    await living.wait(hours=1)
    assert living.calls(1) == ["send", "reply to 1", "edit", "edit"]
    assert living.calls(2) == ["send"]
    assert "$2 billion" in living.texts(1)[0]


async def test_a_row_of_the_version_before_is_followed(living: Living) -> None:
    """It has no seventh word: what it was told last is what it shows."""
    story = living.alert.story.id
    await apply(living.scene.store, ("HSET", ledger_key(story, CHAT, 1), str(CHAT), "sent 1 1 0 1795512600 1"))
    await apply(living.scene.store, ("HDEL", head_key(story), "edits"))
    await living.wait(hours=1)
    await living.move(Move.AMOUNT)
    assert living.calls() == ["send", "edit"]
    row = await living.scene.row(story)
    assert (row.version, row.shown, row.message_id, row.at) == (2, 2, 1, datetime.fromtimestamp(1795512600, UTC))


def test_edits_read_back() -> None:
    edits = Edits(4, NOW, 3)
    assert read_edits(str(edits)) == edits
    assert edits.may(4, NOW), "what has begun is brought to its end"
    assert not edits.may(5, NOW + APART - timedelta(seconds=1))
    assert edits.done(5, NOW + APART) == Edits(5, NOW + APART, 4)
    assert Edits(9, NOW, MOST).next(NOW) is None
