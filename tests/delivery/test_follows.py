"""What is followed comes one label earlier: from the judgement to the phone, whatever the story was judged before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.mutings import Mute
from bot.overlay import Overlay
from bot.presets import Amount, with_amount
from pipelines import keys
from pipelines.events import Development
from pipelines.judge import Judge
from pipelines.rulebook import load_rules
from pipelines.stage import Stage
from pipelines.worker import Worker
from rules.story import Change, Entity, Form, Move, Report, Topic
from rules.story import Stage as Reached
from rules.verdict import Label
from tests.chats.make import alert, chat
from tests.delivery.living import Living
from tests.delivery.scene import Scene
from tests.rules.stories import report
from tests.rules.stories import story as story_of

TITLE = "Beijing weighs licences for dysprosium, Lynas gains"
ENTITIES = (
    Entity("state:cn", "China", "state", 0, 7),
    Entity("element:dy", "dysprosium", "element", 28, 38),
    Entity("miner:lynas", "Lynas", "miner", 40, 45),
)
NOISE = report(TITLE, entities=ENTITIES, form=Form.PRICE_MOVE, structural=False)
WATCH = report(TITLE, entities=ENTITIES, stage=Reached.RUMOUR, authority="A2", structural=False)
STRUCTURAL = report(TITLE, entities=ENTITIES)
CHINA = {"overlay": Overlay(follows=("China",))}
DIGEST = with_amount(chat(), Amount.DIGEST)
CHATS: dict[str, tuple[dict[str, Any], bool]] = {
    "a country": (CHINA, True),
    "an element": ({"overlay": Overlay(follows=("Dysprosium",))}, True),
    "a company": ({"overlay": Overlay(follows=("Lynas",))}, True),
    "a word": ({"overlay": Overlay(follows=("weighs  licences",))}, True),
    "by its id": ({"overlay": Overlay(follows=("dy",))}, True),
    "one of many": ({"overlay": Overlay(follows=("Pakistan", "tin", "china"))}, True),
    "watch in the digest": (
        {"overlay": replace(DIGEST.overlay, follows=("China",)), "watch_in_digest": True, "digest": DIGEST.digest},
        True,
    ),
    "nothing": ({}, False),
    "another thing": ({"overlay": Overlay(follows=("Pakistan", "dys"))}, False),
    "another topic": (CHINA | {"topics": (Topic.CRYPTO,)}, False),
    "muted": (CHINA | {"mutes": (Mute("state:cn"),)}, False),
}
"""What a chat follows, beside what it wishes, and whether a story to be watched about it comes there."""


class Judged(Living):
    """The story's way from its development on."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene, page=500)
        rules, self.version = load_rules(None), 0
        judge = Judge(lambda: rules, scene.clock, scene.store)
        stage = Stage(name="judge", reads=keys.STORIES, feeds=keys.ALERTS, handle=judge.handle)
        self.judge = Worker(self.streams, stage, scene.clock)

    async def comes(self, told: Report) -> None:
        """The story has moved, and stands like this now."""
        await self.streams.create(keys.STREAMS)
        self.version += 1
        told, first = replace(told, published=self.clock()), self.alert.story
        moved = Change(self.version, Move.STAGE, self.clock(), told.id, "further on")
        story = replace(story_of(told), id=first.id, first_seen=first.first_seen, version=self.version)
        await self.streams.publish(keys.STORIES, Development(replace(story, changes=(moved,)), None))
        while await self.judge.step(1):
            pass
        await self._line_up()
        await self.scene.work()

    async def seat_all(self) -> dict[str, int]:
        """All the chats, by number."""
        chats = {what: number for number, what in enumerate(CHATS, 1)}
        for what, number in chats.items():
            await self.scene.seat(number, **CHATS[what][0])
        return chats


@pytest.mark.parametrize("before", [(), (NOISE,), (NOISE, NOISE)], ids=["at once", "after noise", "after much noise"])
async def test_what_is_to_be_watched_comes_to_those_who_follow_it(scene: Scene, before: tuple[Report, ...]) -> None:
    judged = Judged(scene)
    chats = await judged.seat_all()
    for noise in before:
        await judged.comes(noise)
        await judged.wait(minutes=5)
    assert not scene.server.world.sent(), "noise comes to nobody, be it followed or not"
    await judged.comes(WATCH)
    followed = {what: ["send"] if comes else [] for what, (_, comes) in CHATS.items()}
    assert {what: judged.calls(number) for what, number in chats.items()} == followed
    await judged.wait(minutes=20)
    await judged.comes(STRUCTURAL)
    structural = {what: ["send"] for what in ("nothing", "another thing")}
    answered = {what: ["send", "reply to 1", "edit"] for what, (_, comes) in CHATS.items() if comes}
    await judged.wait(minutes=1)
    assert {what: judged.calls(number) for what, number in chats.items()} == followed | structural | answered


@pytest.mark.parametrize("label", list(Label))
def test_a_follow_never_brings_noise(label: Label) -> None:
    """Nor does any other wish: what is noise is told to nobody for the first time."""
    story = story_of(STRUCTURAL)
    for least in Label:
        for follows in ((), ("China",), ("Pakistan",)):
            overlay = Overlay(least, follows=follows)
            passes = overlay.passes(alert(label=label).verdict, story, story.first_seen)
            earlier = Label.WATCH if "China" in follows else least
            assert passes is (label is not Label.NOISE and label.rank >= earlier.rank)
