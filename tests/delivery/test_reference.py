"""What each chat gets equals a slow, obvious reference; and the cases in which it once did not, by name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from redis.asyncio import Redis

from bot.chats import Chat, Kind
from bot.delivery.ledger import Ledger
from bot.mutings import Mute
from bot.overlay import Overlay
from bot.quiet import Quiet
from pipelines.events import Alert
from rules.story import Change, Entity, Move, Report, Source, Story, Tag, Tier, Topic
from rules.verdict import Label, Reason, Severity, Verdict
from tests.conftest import Clock
from tests.delivery.playing import Play, compare
from tests.delivery.reference import Reference
from tests.delivery.wished import BEGIN, LENGTH, Happening, Turn, make_chats, make_stories, make_turns, story_named

CHATS, STORIES = 80, 25
AFTER = timedelta(days=8)
"""A digest comes once a week at least."""
STRUCTURAL, WATCH, NOISE = Label.STRUCTURAL, Label.WATCH, Label.NOISE
NIGHT = Quiet(22 * 60, 7 * 60)
CHINA = Mute("state:cn", None, "China")


@pytest.mark.parametrize("seed", [1])
async def test_what_each_chat_got_equals_the_reference(store: Redis, seed: int) -> None:
    chats, happened = make_chats(CHATS, seed), make_stories(STORIES, seed)
    turns = make_turns(chats, seed)
    wanted = Reference(chats, happened, turns).run(BEGIN + LENGTH + AFTER)
    play = Play(store, Clock(BEGIN), page=30)
    await play.seat(chats)
    await play.go(happened, BEGIN + LENGTH + AFTER, turns)
    assert compare(wanted, play.phone.got) == []
    assert play.phone.strange == []
    assert await play.left() == []
    assert {kind for got in wanted.values() for _, kind, _ in got} == {"send", "reply", "edit", "line", "end"}


@dataclass(frozen=True)
class V:
    """A version of the one story: when ("27 12:00"), what moved, and what it is then."""

    at: str
    kind: Move = Move.SOURCE
    label: Label = STRUCTURAL
    severity: Severity = Severity.HIGH
    entities: tuple[str, ...] = ()
    topics: tuple[Topic, ...] = (Topic.ENERGY,)
    rules: tuple[str, ...] = ("export-control",)


def moment(text: str) -> datetime:
    return BEGIN.replace(day=int(text[:2]), hour=int(text[3:5]), minute=int(text[6:8]), second=7)


def happen(versions: tuple[V, ...]) -> list[Happening]:
    happened, changes, before = list[Happening](), list[Change](), NOISE
    for number, each in enumerate(versions, 1):
        at = moment(each.at)
        changes.append(Change(number, Move.NEW if number == 1 else each.kind, at, "", ""))
        report = Report(
            id="r",
            title=f"Ministry puts a licence in force (s0.{number})",
            summary="",
            link="https://example.org/",
            source=Source("feed", "Harbour Wire", "harbour", Tier.WIRE),
            published=moment(versions[0].at),
            tags=tuple(Tag(topic, 0.9) for topic in each.topics),
            entities=tuple(Entity(name, name, "state", 0, 1) for name in each.entities),
        )
        story = Story(
            id=story_named(0),
            version=number,
            reports=(report,),
            report_count=1,
            families=("harbour",),
            first_seen=BEGIN,
            changes=tuple(changes),
        )
        verdict = Verdict(
            label=each.label,
            severity=each.severity,
            score=50.0,
            reasons=tuple(Reason(rule, "it is in force", each.label.value) for rule in each.rules),
        )
        passed = each.label is not NOISE or before is not NOISE
        happened.append(Happening(at, Alert(story, verdict, at, at), passed))
        before = each.label
    return happened


CASES: list[tuple[str, dict[str, Any], tuple[V, ...], str]] = [
    (
        "what becomes untrue in quiet hours is edited at once, and told in the morning",
        {"quiet": NIGHT},
        (V("27 21:00"), V("27 23:00", Move.DENIAL), V("27 23:30")),
        "27 21:00 send s0.1, 27 23:00 edit s0.2, 27 23:30 edit s0.3, 28 07:00 line s0.3",
    ),
    (
        "what moves in quiet hours is edited in its time",
        {"quiet": NIGHT},
        (V("27 21:55"), V("27 22:01", Move.STAGE), V("27 22:20", Move.COLOUR)),
        "27 21:55 send s0.1, 27 22:05 edit s0.2, 28 07:00 line s0.3",
    ),
    (
        "what waited and moves again when the chat is awake is one reply",
        {"budget": 1, "digest": (720,)},
        (V("27 23:00"), V("27 23:30", Move.STAGE), V("28 08:00")),
        "27 23:00 send s0.1, 27 23:30 edit s0.2, 28 08:00 reply s0.3, 28 08:00 edit s0.3",
    ),
    (
        "what is only watched comes in the digest, not with what waited for the morning",
        {"quiet": NIGHT, "watch_in_digest": True, "digest": (1080,), "overlay": Overlay(least=WATCH)},
        (V("27 23:00"), V("27 23:30", Move.AMOUNT, WATCH)),
        "28 18:00 line s0.2",
    ),
    (
        "what was too quiet and grows loud at night comes in the morning, not in the digest of the evening",
        {"quiet": NIGHT, "digest": (1080,), "level": Severity.HIGH},
        (V("27 21:00", severity=Severity.LOW), V("27 23:00", Move.AMOUNT)),
        "28 07:00 line s0.2",
    ),
    (
        "what no mute holds back any more is told, be it for ever, and in quiet hours in the morning",
        {"quiet": NIGHT, "mutes": (CHINA,)},
        (V("27 12:00", entities=("state:cn",)), V("27 23:00", Move.AMOUNT)),
        "28 07:00 line s0.2",
    ),
    (
        "what one mute let go and another took up is told once",
        {
            "mutes": (
                Mute("state:cn", moment("27 18:00"), "China"),
                Mute("state:us", moment("27 16:00"), "America"),
            )
        },
        (V("27 12:00", entities=("state:cn",)), V("27 13:00", Move.AMOUNT, entities=("state:us",))),
        "27 16:00 end state:us, 27 16:00 line s0.2 after state:us, 27 18:00 end state:cn",
    ),
    (
        "what a mute held back of a story, and a reply told since, is not told at its end",
        {"mutes": (Mute("state:cn", moment("27 18:00"), "China"),)},
        (V("27 12:00"), V("27 13:00", Move.STAGE, entities=("state:cn",)), V("27 14:00", Move.STAGE)),
        "27 12:00 send s0.1, 27 13:00 edit s0.2, 27 14:00 reply s0.3, 27 14:00 edit s0.3, 27 18:00 end state:cn",
    ),
    (
        "what a digest left out, for it was noise by then, is told when it is none",
        {"digest": (1080,), "level": Severity.HIGH},
        (V("27 12:00", severity=Severity.LOW), V("27 13:00", label=NOISE), V("27 20:00")),
        "27 20:00 send s0.3",
    ),
]


@pytest.mark.parametrize(("wishes", "versions", "told"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
async def test_cases_that_the_reference_found(
    store: Redis, wishes: dict[str, Any], versions: tuple[V, ...], told: str
) -> None:
    chat = replace(Chat(id=7, kind=Kind.PRIVATE, created=BEGIN, coins=()), **wishes)
    happened, until = happen(versions), BEGIN + LENGTH
    play = Play(store, Clock(BEGIN))
    await play.seat([chat])
    await play.go(happened, until)
    assert [f"{at:%d %H:%M} {kind} {what}" for at, kind, what in play.phone.got[7]] == told.split(", ")
    assert compare(Reference([chat], happened).run(until), play.phone.got) == []
    assert await Ledger(store).rows(story_named(0)) == 1, "a row that is opened once more counts once"


async def test_a_mute_that_is_taken_back_and_held_nothing_brings_no_digest_forward(store: Redis) -> None:
    chat = Chat(id=7, kind=Kind.PRIVATE, created=BEGIN, coins=(), budget=0, digest=(1080,), mutes=(CHINA,))
    happened, turn = happen((V("27 12:00"),)), Turn(moment("27 13:00"), replace(chat, mutes=()), hours=False)
    play = Play(store, Clock(BEGIN))
    await play.seat([chat])
    await play.go(happened, BEGIN + LENGTH, [turn])
    assert [f"{at:%d %H:%M} {kind} {what}" for at, kind, what in play.phone.got[7]] == ["27 18:00 line s0.1"]
    assert compare(Reference([chat], happened, [turn]).run(BEGIN + LENGTH), play.phone.got) == []


TARIFF, EXPORT = (
    Mute("rule:tariff-in-force", None, "tariff-in-force"),
    Mute("rule:export-control", None, "export-control"),
)


@pytest.mark.parametrize(
    ("mutes", "version"),
    [
        pytest.param((TARIFF, EXPORT), V("27 12:00", rules=("export-control", "tariff-in-force")), id="rules"),
        pytest.param((Mute("policy"), Mute("energy")), V("27 12:00", topics=(Topic.ENERGY, Topic.POLICY)), id="topics"),
    ],
)
async def test_what_two_mutes_hold_back_for_ever_comes_when_the_first_of_them_is_taken_back(
    store: Redis, mutes: tuple[Mute, Mute], version: V
) -> None:
    """The first that the chat made, in whatever order the story names its rules and topics."""
    chat, happened = Chat(id=7, kind=Kind.PRIVATE, created=BEGIN, coins=(), mutes=mutes), happen((version,))
    turn = Turn(moment("27 13:00"), replace(chat, mutes=mutes[1:]), hours=False)
    play = Play(store, Clock(BEGIN))
    await play.seat([chat])
    await play.go(happened, BEGIN + LENGTH, [turn])
    told = [f"{at:%d %H:%M} {kind} {what}" for at, kind, what in play.phone.got[7]]
    assert told == [f"27 13:00 line s0.1 after {mutes[0].what}"]
    assert compare(Reference([chat], happened, [turn]).run(BEGIN + LENGTH), play.phone.got) == []
