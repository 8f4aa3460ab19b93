"""/retract: asked twice, done once, for operators in their own chat; the story's hand is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from redis.asyncio import Redis

from bot.access import Access
from pipelines import keys
from pipelines.events import Alert, Notice, decode
from rules.story import Change, Move
from tests.chats.make import alert
from tests.conftest import Clock
from tests.delivery.stories import judged
from tests.telegram.conftest import ADMIN, GROUP, OWNER
from tests.telegram.fed import Fed, fed_bot
from tests.telegram.html import parse


@pytest.fixture
async def fed(store: Redis, clock: Clock) -> AsyncIterator[Fed]:
    async with fed_bot(store, clock, Access(admins=frozenset({OWNER}))) as bot:
        yield bot


@pytest.fixture
async def told(fed: Fed) -> Alert:
    return await judged(fed.store, alert())


async def notices(store: Any) -> list[Any]:
    return [decode(fields[b"e"]) for _, fields in await store.xrange(keys.stream(keys.READINGS))]


async def test_a_wrong_alert_is_taken_back_once(fed: Fed, told: Alert, clock: Clock) -> None:
    story = told.story.id
    await fed.store.hset(f"{keys.TAG}:ledger:{story}", "rows", "3")
    (call,) = await fed.say(f"/retract {story.upper()} it was a <b>draft</b>", OWNER, OWNER)
    text = parse(call.text)[0]
    assert text.startswith("Take this alert back?\nMinistry puts export licences on terbium into force")
    assert "3 chats have it.\nIts message will say: it was a <b>draft</b>" in text
    assert await notices(fed.store) == [], "nothing is done before the yes"
    yes, no = fed.buttons(OWNER)["Take it back"], fed.buttons(OWNER)["Leave it"]
    toast, _ = await fed.tap(yes, OWNER, OWNER, 2)
    assert toast.startswith("Withdrawn.")
    assert await notices(fed.store) == [Notice(story, Move.RETRACTION, clock(), "it was a <b>draft</b>")]
    for again in (yes, no):
        assert "pressed before" in (await fed.tap(again, OWNER, OWNER, 2))[0]
    assert len(await notices(fed.store)) == 1
    done = [what for _, _, what, came in await fed.audit() if came == "done"]
    assert done == [f"/retract asked {story}", f"/retract {story}: it was a <b>draft</b>"]


async def test_what_is_left_stays(fed: Fed, told: Alert) -> None:
    await fed.say(f"/retract {told.story.id} wrong", OWNER, OWNER)
    assert (await fed.tap(fed.buttons(OWNER)["Leave it"], OWNER, OWNER, 2))[0] == "Left as it is."
    assert await notices(fed.store) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "Which alert, and why?"),
        ("{story}", "Which alert, and why?"),
        ("denied by the ministry", "Which alert, and why?"),
        ("1y4k0x9ab denied", "I know no such story"),
    ],
)
async def test_what_is_missing_is_said(fed: Fed, told: Alert, words: str, said: str) -> None:
    (call,) = await fed.say(f"/retract {words.format(story=told.story.id)}".strip(), OWNER, OWNER)
    assert said in call.text
    assert fed.buttons(OWNER) == {}


async def test_what_is_taken_back_is_not_taken_back_again(fed: Fed, told: Alert, clock: Clock) -> None:
    taken = replace(told.story, changes=(Change(1, Move.RETRACTION, clock(), "", "wrong"),))
    await judged(fed.store, replace(told, story=taken))
    (call,) = await fed.say(f"/retract {told.story.id} wrong", OWNER, OWNER)
    assert "taken back already" in call.text


async def test_others_and_groups_are_refused(fed: Fed, told: Alert) -> None:
    await fed.say(f"/retract {told.story.id} wrong", GROUP, ADMIN)
    await fed.say(f"/retract {told.story.id} wrong", GROUP, OWNER)
    assert [came for *_, came in await fed.audit()] == ["refused: no operator", "refused: outside the private chat"]
    assert await notices(fed.store) == []
