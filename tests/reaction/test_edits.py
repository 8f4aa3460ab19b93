"""What prices did after a story, in its messages: through the clock, the stages and the queue, beside the facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.delivery.ledger import Ledger
from bot.editing import APART, MOST, Edits, read_edits
from bot.price_edits import ROOM
from pipelines import keys
from pipelines.prices.measured import read_reaction
from rules.story import Change, Move
from tests.chats.make import NOW
from tests.delivery.scene import CHAT, Scene
from tests.delivery.stories import apply, judged
from tests.reaction.told import Reacting, remember
from tests.telegram.html import parse


@pytest.fixture
async def story(scene: Scene) -> Reacting:
    """A story that was told a moment ago, of which BTC has a past and ETH has none."""
    made = Reacting(scene)
    await scene.seat()
    await remember(scene.store, "BTC", 70_000.0, scene.clock())
    await made.price(BTC=70_000.0, ETH=3_500.0, USDC=1.0)
    await made.begin()
    return made


def said(story: Reacting, chat: int = CHAT) -> list[str]:
    """The lines about prices after the news that the chat's first message shows."""
    text = parse(story.texts(chat)[0])[0]
    return [line for line in text.splitlines() if line.startswith("After ")]


async def test_each_horizon_is_told_by_an_edit_of_the_message(story: Reacting) -> None:
    await story.wait(minutes=2)
    await story.price(BTC=70_070.0, ETH=3_570.0)
    await story.wait(minutes=12)
    assert (story.calls(), said(story)) == (["send"], [])
    await story.wait(minutes=2)
    assert story.calls() == ["send", "edit"]
    assert said(story) == ["After 15 min: BTC +0.1% (no measurable reaction), ETH +2.0% (not enough history yet)"]
    await story.price(BTC=71_400.0)
    await story.wait(minutes=45)
    assert story.calls() == ["send", "edit", "edit"]
    assert said(story)[0].startswith("After 1 h: BTC +2.0% (")
    assert " times its usual move), ETH +2.0% (not enough history yet)" in said(story)[0]
    await story.price(BTC=70_100.0, USDC=0.98)
    story.clock.advance(hours=22, minutes=55)
    await story.price()
    await story.wait(minutes=8)
    assert story.calls() == ["send", "edit", "edit", "edit"]
    assert len(said(story)) == 2, "the newest, and the one that moved"
    assert said(story)[1] == (
        "After 24 h: USDC −2.0% (off its dollar), BTC +0.1% (no measurable reaction), "  # noqa: RUF001
        "ETH +2.0% (not enough history yet)"
    )
    await story.wait(hours=1)
    assert len(story.calls()) == 4
    assert "Updated" not in parse(story.texts()[0])[0], "it is no new fact"


async def test_horizons_count_from_the_publication_unless_that_is_long_ago(scene: Scene) -> None:
    made = Reacting(scene)
    await scene.seat()
    await made.price(BTC=70_000.0)
    published = scene.clock() - timedelta(minutes=4)
    lead = replace(made.alert.story.lead, published=published)
    made.alert = replace(
        made.alert,
        story=replace(made.alert.story, reports=(lead,), stages=(replace(made.alert.story.stages[0], at=published),)),
    )
    await made.begin()
    kept = await read_reaction(scene.store, made.alert.story.id)
    assert kept is not None
    assert (kept.news, kept.alert) == (published, scene.clock())


async def test_what_nobody_shows_or_nobody_knows_is_no_edit(scene: Scene) -> None:
    """A chat without coins, one that is off, the terminal; and a coin of which no price was kept."""
    made = Reacting(scene)
    await scene.seat()
    await scene.seat(6, coins=())
    await scene.seat(7, coins=("ETH",))
    await made.price(BTC=70_000.0)
    await made.begin()
    await made.wait(minutes=20)
    assert [made.calls(chat) for chat in (CHAT, 6, 7)] == [["send", "edit"], ["send"], ["send"]]
    await scene.chats.change(CHAT, lambda chat: chat and chat.off("blocked"))
    await made.wait(minutes=50)
    assert made.calls() == ["send", "edit"]


async def test_facts_go_first_and_take_the_prices_along(story: Reacting) -> None:
    await story.wait(minutes=11)
    await story.move(Move.AMOUNT, detail="$1 million")
    assert story.calls() == ["send", "edit"]
    await story.wait(minutes=9)
    assert story.calls() == ["send", "edit"], "ten minutes apart"
    assert said(story) == []
    await story.move(Move.AMOUNT, detail="$2 million")
    await story.wait(minutes=3)
    assert story.calls() == ["send", "edit", "edit"], "the fact was due, and one edit shows both"
    assert "New figure: $2 million" in parse(story.texts()[0])[0]
    assert said(story)[0].startswith("After 15 min: BTC")
    await story.wait(minutes=41)
    assert said(story)[0].startswith("After 1 h: BTC"), "the next horizon has an edit of its own"
    await story.move(Move.AMOUNT, detail="$3 million")
    assert story.calls()[-2:] == ["edit", "edit"], "right after it a fact does not wait"
    assert "New figure: $3 million" in parse(story.texts()[0])[0]


async def test_facts_have_all_their_edits_and_prices_what_is_left(story: Reacting) -> None:
    head = await Ledger(story.scene.store).head(story.alert.story.id)
    assert head is not None
    await story.scene.store.hset(
        f"{keys.TAG}:ledger:{story.alert.story.id}", "edits", str(Edits(1, head.edits.at, MOST))
    )
    await story.wait(minutes=70)
    assert story.calls() == ["send"]
    full = Edits(1, NOW, MOST - 1)
    assert full.next_for_prices(NOW) == NOW + APART + timedelta(seconds=30)
    priced = full.done_for_prices(NOW + APART)
    assert (priced.next_for_prices(NOW + 3 * APART), priced.next(NOW + APART)) == (None, NOW + APART)
    assert priced.may(2, NOW + APART)
    assert read_edits(str(priced)) == priced
    assert str(full) == f"1 {int(NOW.timestamp())} 7", "as an older version reads it"


async def test_under_load_it_waits_and_is_dropped(story: Reacting) -> None:
    (counter,) = [key async for key in story.scene.store.scan_iter(match="*waiting")]
    waiting = (("HINCRBY", counter, "normal", ROOM + 1),)
    await apply(story.scene.store, *waiting)
    await story.wait(minutes=20)
    assert story.calls() == ["send"], "others wait"
    await apply(story.scene.store, ("HINCRBY", counter, "normal", -ROOM - 1))
    await story.wait(minutes=1)
    assert story.calls() == ["send", "edit"]
    await apply(story.scene.store, *waiting)
    await story.wait(minutes=80)
    await apply(story.scene.store, ("HINCRBY", counter, "normal", -ROOM - 1))
    await story.wait(minutes=5)
    assert story.calls() == ["send", "edit"], "half an hour after its time an edit for prices says nothing new"
    assert await story.scene.store.zscore(keys.DUE, f"moves:{story.alert.story.id}") is None


async def test_many_chats_are_gone_through_a_page_at_a_time(scene: Scene) -> None:
    made = Reacting(scene)
    for chat in range(100, 156):
        await scene.seat(chat, coins=("BTC",))
    await made.price(BTC=70_000.0)
    await made.begin()
    await made.wait(minutes=24)
    assert all(made.calls(chat) == ["send", "edit"] for chat in range(100, 156))


async def test_what_moves_while_an_edit_for_prices_waits_is_told_all_the_same(story: Reacting) -> None:
    """The edit shows a version of which the chat has not been told: the reply is still to come."""
    await story.wait(minutes=14)
    version = story.alert.story.version
    await story.wait(minutes=1)
    await story.wait(minutes=44)
    assert story.calls() == ["send", "edit"]
    # Judged, but not yet addressed, when the edit for an hour is made.
    story.clock.advance(minutes=1)
    await story.price()
    await story.due.step()
    while await story.reactions.step(1) + await story.worker.step(1):
        pass
    change = replace(story.alert.story.stages[0], at=story.clock())
    moved = Change(version + 1, Move.STAGE, story.clock(), "a", "announced → in force")
    alert = replace(
        story.alert,
        story=replace(story.alert.story, version=version + 1, changes=(moved,), stages=(change,)),
        judged=story.clock(),
    )
    await judged(story.scene.store, alert)
    await story.scene.work()
    assert story.calls() == ["send", "edit", "edit"]
    await story.tell(alert)
    await story.wait(seconds=2)
    assert story.calls()[:4] == ["send", "edit", "edit", "reply to 1"]


async def test_what_was_taken_back_is_not_measured(story: Reacting) -> None:
    await story.move(Move.RETRACTION, detail="made up")
    await story.wait(seconds=30)
    before = story.calls()
    await story.wait(minutes=20)
    assert story.calls() == before
    kept = await read_reaction(story.scene.store, story.alert.story.id)
    assert kept is not None
    assert not kept.moves
