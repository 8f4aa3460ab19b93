"""Whether a chat hears of an alert, as a table."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.chats import Chat, Delivery, DeliveryState, Mute
from bot.decisions import Decision, Hold, Nothing, Send, decide, still_wanted
from bot.presets import Amount, with_amount
from pipelines.events import Alert
from rules.story import Stage, StageReached, Tag, Topic
from rules.verdict import Label, Severity
from tests.chats.make import NOW, alert, chat, report

HOUR = timedelta(hours=1)
EARTH, POLICY, CRYPTO = Topic.RARE_EARTH, Topic.POLICY, Topic.CRYPTO
OLD = NOW - timedelta(hours=73)


def had(version: int, state: DeliveryState = DeliveryState.SENT) -> Delivery:
    return Delivery(story="s", chat=701, version=version, state=state, at=NOW)


CASES: list[tuple[str, Chat, Delivery | None, Alert, str | None]] = [
    ("a newcomer gets a structural story", chat(), None, alert(), None),
    ("at any severity", chat(), None, alert(severity=Severity.LOW), None),
    ("watch is not pushed", chat(), None, alert(label=Label.WATCH), "not structural"),
    ("noise is not pushed", chat(), None, alert(label=Label.NOISE), "not structural"),
    ("a chat that is off", chat(active=False), None, alert(), "chat is off"),
    ("one topic of two is enough", chat(topics=(POLICY,)), None, alert(), None),
    ("no topic in common", chat(topics=(CRYPTO,)), None, alert(), "topic not wanted"),
    ("no topics at all", chat(topics=()), None, alert(), "topic not wanted"),
    ("all wanted topics muted", chat(mutes=(Mute(EARTH), Mute(POLICY, NOW + HOUR))), None, alert(), "topic muted"),
    ("one wanted topic muted", chat(mutes=(Mute(EARTH),)), None, alert(), None),
    ("the only wanted one muted", chat(topics=(EARTH,), mutes=(Mute(EARTH),)), None, alert(), "topic muted"),
    ("a mute that has ended", chat(topics=(EARTH,), mutes=(Mute(EARTH, NOW),)), None, alert(), None),
    ("below the level", chat(level=Severity.CRITICAL), None, alert(), "below the chat's level"),
    ("at the level", chat(level=Severity.HIGH), None, alert(), None),
    ("a story without topics, all wanted", chat(), None, alert(report(tags=())), None),
    ("the same, not all wanted", chat(topics=(EARTH,)), None, alert(report(tags=())), "topic not wanted"),
    (
        "topics of another report speak where the lead has none",
        chat(topics=(CRYPTO,)),
        None,
        alert(report(tags=()), report(2, "Trade Daily", tags=(Tag(CRYPTO, 0.7),))),
        None,
    ),
    ("old news", chat(), None, alert(report(published=OLD)), "old news"),
    (
        "an old story that has just moved",
        chat(),
        None,
        alert(
            report(published=OLD),
            stages=(StageReached(Stage.ANNOUNCED, OLD, "r1"), StageReached(Stage.IN_FORCE, NOW, "r1")),
        ),
        None,
    ),
    ("had it", chat(), had(1), alert(), "already delivered"),
    ("had an older version", chat(), had(1), alert(version=2), "already delivered"),
    ("waits in line", chat(), had(1, DeliveryState.PENDING), alert(version=2), "already delivered"),
    ("may have had it", chat(), had(1, DeliveryState.UNKNOWN), alert(version=2), "already delivered"),
    ("failed for good", chat(), had(1, DeliveryState.FAILED), alert(), "already delivered"),
    ("failed, and the story has moved", chat(), had(1, DeliveryState.FAILED), alert(version=2), None),
]


@pytest.mark.parametrize(
    ("chat_", "last", "alert_", "refused"), [each[1:] for each in CASES], ids=[each[0] for each in CASES]
)
def test_decide(chat_: Chat, last: Delivery | None, alert_: Alert, refused: str | None) -> None:
    decision = decide(chat_, last, alert_, NOW)
    assert isinstance(decision, Send) if refused is None else isinstance(decision, Nothing) and decision.why == refused


WATCHES = with_amount(chat(), Amount.DIGEST)
FOLLOWS = replace(WATCHES, overlay=WATCHES.overlay.following(("terbium",)))
EIGHT = (NOW + timedelta(days=1)).replace(hour=8, minute=0)


@pytest.mark.parametrize(
    ("chat_", "alert_", "decision"),
    [
        (WATCHES, alert(label=Label.WATCH), Hold(EIGHT, "watched in the digest")),
        (WATCHES, alert(label=Label.WATCH, severity=Severity.CRITICAL), Hold(EIGHT, "watched in the digest")),
        (WATCHES, alert(), Send("new to this chat")),
        (WATCHES, alert(label=Label.NOISE), Nothing("not structural")),
        (FOLLOWS, alert(label=Label.WATCH), Send("new to this chat")),
        (replace(WATCHES, digest=()), alert(label=Label.WATCH), Nothing("watched in a digest alone")),
        (replace(WATCHES, topics=(CRYPTO,)), alert(label=Label.WATCH), Nothing("topic not wanted")),
        (with_amount(WATCHES, Amount.WATCH), alert(label=Label.WATCH), Send("new to this chat")),
        (with_amount(WATCHES, Amount.STRUCTURAL), alert(label=Label.WATCH), Nothing("not structural")),
    ],
)
def test_what_is_watched_in_the_digest(chat_: Chat, alert_: Alert, decision: Decision) -> None:
    assert decide(chat_, None, alert_, NOW) == decision
    assert still_wanted(chat_, alert_, NOW) == (not isinstance(decision, Nothing))


WISHES: list[tuple[str, Any, Any]] = [
    ("muting twice keeps the newer", lambda c: c.muted(EARTH, NOW + HOUR, NOW).muted(EARTH, None, NOW), (Mute(EARTH),)),
    ("lapsed mutes go", lambda c: c.muted(EARTH, NOW - HOUR, NOW).muted(POLICY, None, NOW), (Mute(POLICY),)),
    ("unmuting", lambda c: c.muted(EARTH, None, NOW).unmuted((EARTH,), NOW), ()),
]


@pytest.mark.parametrize(("change", "mutes"), [each[1:] for each in WISHES], ids=[each[0] for each in WISHES])
def test_mutes(change: Any, mutes: tuple[Mute, ...]) -> None:
    assert change(chat()).mutes == mutes


def test_topics_keep_their_order_and_a_tap_twice_does_no_harm() -> None:
    without = chat().with_topic(EARTH, wanted=False)
    assert EARTH not in without.topics
    assert without.with_topic(EARTH, wanted=False) == without
    assert without.with_topic(EARTH, wanted=True) == chat()
