"""Votes under alerts, through the real Application: who counts, what is said, and what is stored."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from redis.asyncio import Redis

from bot.access import Access
from bot.chats import Mute
from bot.decisions import KeepBack, Send, decide
from bot.messages import render_alert
from pipelines import keys
from pipelines.votes import read_tallies
from rules.marks import Mark, Tally
from rules.story import Entity, Source, Tier, Topic
from tests.chats.make import NOW, alert, chat, report
from tests.telegram.conftest import GROUP, OTHER, OWNER, PERSON, Line, OpenLine
from tests.telegram.html import parse
from tests.telegram.test_commands import judged, text_of

TOLD = alert()
STORY = TOLD.story.id
FT = Source("f", "Financial Times", "nikkei", Tier.WIRE)
USEFUL, NOISE = f"v:useful:{STORY}", f"v:noise:{STORY}"


async def tally(store: Redis) -> Tally:
    return (await read_tallies(store, NOW - timedelta(days=1))).get(STORY, {})


async def sent(line: Line, where: int = PERSON) -> int:
    """The alert with its buttons as the bot sends it, under a message in that chat; the message's number."""
    rows = render_alert(TOLD, (), chat(), NOW).buttons
    keyboard = [
        [{"text": b.text, **({"url": b.url} if b.url else {"callback_data": b.data})} for b in row] for row in rows
    ]
    world = line.server.world
    told = world.deliver(world.chat(where), "an alert", reply_markup={"inline_keyboard": keyboard})
    return int(told["message_id"])


async def test_a_vote_is_counted_replaced_and_taken_back(line: Line, store: Redis) -> None:
    await judged(store, TOLD)
    under = await sent(line)
    before = line.message()["reply_markup"]
    for button, said, counts in (
        ("👎", "Counted: noise. Now: 1 noise.", {Mark.NOISE: 1}),
        ("👍", "Counted: useful. Now: 1 useful.", {Mark.USEFUL: 1}),
        ("Knew it", "Counted: knew it. Now: 1 knew it.", {Mark.KNEW: 1}),
        ("Too late", "Counted: too late. Now: 1 too late.", {Mark.LATE: 1}),
        ("Too late", "Taken back. Now: no votes.", {}),
        ("Too late", "Counted: too late. Now: 1 too late.", {Mark.LATE: 1}),
    ):
        toast, calls = await line.tap(line.buttons()[button], under)
        assert (toast, calls) == (said, []), "the alert itself stays as it is"
        assert await tally(store) == counts
    assert line.message()["reply_markup"] == before
    assert not line.server.world.answers[-1]["alert"]


async def test_in_a_group_anyone_votes_once_each(line: Line, store: Redis) -> None:
    await judged(store, TOLD)
    under = await sent(line, GROUP)
    for user, data in ((PERSON, NOISE), (OTHER, NOISE), (PERSON, USEFUL), (OWNER, NOISE), (OWNER, NOISE)):
        toast, _ = await line.tap(data, under, GROUP, user)
    assert toast == "Taken back. Now: 1 useful, 1 noise."
    # The same person in another chat still has one vote.
    toast, _ = await line.tap(NOISE, await sent(line), PERSON, PERSON)
    assert toast == "Counted: noise. Now: 2 noise."
    stored: Any = await store.hgetall(keys.votes(STORY))
    assert stored == {
        str(PERSON).encode(): f"noise {NOW.timestamp():.0f} {PERSON}".encode(),
        str(OTHER).encode(): f"noise {NOW.timestamp():.0f} {GROUP}".encode(),
    }


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("v:useful:2y4k0x9ab", "I know no such story any more, so nothing was counted."),
        ("v:useful:../../x", "This button is out of date. /help lists what I can do."),
        ("v:useful:" + "x" * 55, "I know no such story any more, so nothing was counted."),
        ("v:useful:", "This button is out of date. /help lists what I can do."),
        ("v:full:" + STORY, "This button is out of date. /help lists what I can do."),
        ("v:splendid:" + STORY, "This button is out of date. /help lists what I can do."),
        ("v:" + STORY, "This button is out of date. /help lists what I can do."),
    ],
)
async def test_a_forged_vote_is_answered_and_stored_nowhere(line: Line, store: Redis, data: str, said: str) -> None:
    await judged(store, TOLD)
    toast, calls = await line.tap(data, await sent(line))
    assert (toast, calls) == (said, [])
    assert [key async for key in store.scan_iter(f"{keys.TAG}:vote*")] == []


async def test_another_persons_private_chat_is_no_place_to_vote(line: Line, store: Redis) -> None:
    await judged(store, TOLD)
    toast, _ = await line.tap(NOISE, await sent(line), PERSON, OTHER)
    assert toast == "Only those who read here can vote."
    assert await tally(store) == {}


async def test_a_private_bot_counts_no_stranger(open_line: OpenLine, store: Redis) -> None:
    line: Line = await open_line(Access(mode="private", allowed_chats=frozenset({888}), admins=frozenset({OWNER})))
    await judged(store, TOLD)
    assert (await line.tap(NOISE, await sent(line)))[0] == "This bot is private."
    assert await tally(store) == {}


async def test_votes_close_after_two_weeks(line: Line, store: Redis, clock: Any) -> None:
    await judged(store, TOLD)
    under = await sent(line)
    clock.advance(days=14)
    assert (await line.tap(NOISE, under))[0] == "Counted: noise. Now: 1 noise."
    clock.advance(seconds=1)
    assert (await line.tap(USEFUL, under))[0] == "This alert is more than 14 days old: votes on it are closed."
    assert await tally(store) == {Mark.NOISE: 1}


@pytest.mark.parametrize("name", ["Why", "Mute …"])
async def test_the_other_buttons_of_an_alert_end_then_too(line: Line, store: Redis, clock: Any, name: str) -> None:
    await judged(store, TOLD)
    under = await sent(line)
    data = line.buttons()[name]
    clock.advance(days=14)
    toast, calls = await line.tap(data, under)
    assert (toast, len(calls)) == ("", 1)
    clock.advance(seconds=1)
    toast, calls = await line.tap(data, under)
    assert (toast.partition(".")[0], calls) == ("This button was good for 14 days", [])
    assert "/why" in toast
    assert "The rules that spoke" in await text_of(line, f"/why {STORY}"), "what was said to do instead, works"
    # What Telegram no longer shows has no date.
    toast, calls = await line.tap(data, 4711)
    assert (toast.partition(".")[0], calls) == ("This button was good for 14 days", [])


async def test_an_admin_sees_the_counts(line: Line, store: Redis) -> None:
    assert "Votes in 30 days: none yet" in await text_of(line, "/status", chat=OWNER)
    await judged(store, TOLD)
    await line.tap(NOISE, await sent(line))
    await line.tap(USEFUL, await sent(line, GROUP), GROUP, OTHER)
    assert "Votes in 30 days: 1 useful, 1 noise (alerts: 1)" in await text_of(line, "/status", chat=OWNER)


async def test_mute_under_an_alert_asks_which_of_its_topics(line: Line, store: Redis) -> None:
    await judged(store, TOLD)
    await line.say("/start")
    under = await sent(line)
    toast, calls = await line.tap(line.buttons()["Mute …"], under)
    assert (toast, [parse(call.text)[0] for call in calls]) == ("", ["Which of these shall I mute for 24 h?"])
    assert line.buttons() == {
        "Mute this story 24h": f"m:story:{STORY}:24h",
        "Mute Rare earths 24h": "m:rare-earth:24h",
        "Mute Policy 24h": "m:policy:24h",
        "Mute source Harbour Wire 24h": "m:source:harbour wire:24h",
    }
    await line.tap("m:policy:24h", line.message()["message_id"])
    assert (await line.chat()).mutes == (Mute(Topic.POLICY, NOW + timedelta(days=1)),)
    _, calls = await line.tap(f"n:{STORY}", under)
    assert "Mute Policy 24h" not in line.buttons(), "what is muted is not asked again"
    for data in list(line.buttons().values()):
        await line.tap(data, line.message()["message_id"])
    _, calls = await line.tap(f"n:{STORY}", under)
    assert "silent here already" in calls[0].text
    _, calls = await line.tap("n:2y4k0x9ab", under)
    assert "I know no story of that id" in calls[0].text


async def test_of_a_story_without_topics_what_it_names_may_be_muted(line: Line, store: Redis) -> None:
    told = alert(report(tags=(), entities=(Entity("element:tb", "terbium", "element", 31, 38),)))
    await judged(store, told)
    await line.say("/start")
    await line.tap(f"n:{STORY}", await sent(line))
    assert list(line.buttons()) == ["Mute this story 24h", "Mute terbium 24h", "Mute source Harbour Wire 24h"]


@pytest.mark.parametrize(
    ("sources", "button", "said"),
    [
        ((FT, FT), "Mute source Financial Times 24h", "What only Financial Times tells muted"),
        ((FT, replace(FT, publisher="Nikkei Asia")), "Mute source nikkei 24h", "What only Nikkei tells muted"),
        ((FT, replace(FT, publisher="Reuters", family="thomson-reuters")), "", ""),
        ((replace(FT, publisher="", family=""),), "", ""),
    ],
    ids=["a publisher", "a family", "several", "nobody"],
)
async def test_who_alone_tells_a_story_may_be_muted_and_is_then_silent(
    line: Line, store: Redis, sources: tuple[Source, ...], button: str, said: str
) -> None:
    """The button mutes whom it names, not all that has the same owner."""
    told = alert(*(report(number, source=each) for number, each in enumerate(sources, 1)))
    await judged(store, told)
    await line.say("/start")
    await line.tap(f"n:{told.story.id}", await sent(line))
    offered = [name for name in line.buttons() if name.startswith("Mute source")]
    assert offered == ([button] if button else [])
    if button:
        toast, _ = await line.tap(line.buttons()[button], line.message()["message_id"])
        assert toast.startswith(said)
        assert isinstance(decide(await line.chat(), None, told, NOW), KeepBack)
        other = alert(report(source=replace(FT, publisher="The Banker")))
        assert isinstance(decide(await line.chat(), None, other, NOW), Send if len(set(sources)) == 1 else KeepBack)


async def test_a_member_of_a_group_is_not_asked_what_to_mute(line: Line, store: Redis) -> None:
    await judged(store, TOLD)
    toast, calls = await line.tap(f"n:{STORY}", await sent(line, GROUP), GROUP, PERSON)
    assert (toast, calls) == ("Only admins of this chat can change its settings.", [])
