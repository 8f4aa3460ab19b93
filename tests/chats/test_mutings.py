"""Which mute keeps a story silent, as a table; and what people type to get one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.buttons import digest_of, mute_data, parse, unmute_data
from bot.chat_store import read_chat
from bot.chats import Mute
from bot.commands.naming import read_names, rule_names
from bot.decisions import Hold, KeepBack, Send, decide, muting_of
from bot.delivery.kept import ended
from bot.mute_words import all_words, target_words
from bot.overlay import Overlay
from bot.taps import SetMute, Unmute
from bot.targets import Target, is_target
from bot.wishes import read_wish
from pipelines.events import Alert
from rules.story import Entity, Source, Tier, Topic
from rules.verdict import Label, Severity
from tests.chats.make import NOW, REASONS, alert, chat, report
from tests.telegram.conftest import RULES

HOUR, EARTH, POLICY, CRYPTO = timedelta(hours=1), Topic.RARE_EARTH, Topic.POLICY, Topic.CRYPTO
NAMES, _ = read_names()
CHINA = (Entity("state:cn", "China", "state", 0, 5),)
PLAIN, CHINESE = alert(), alert(report(entities=CHINA))
TWO = alert(report(1), report(2, "Trade Daily"))
REUTERS = Source("f", "Reuters", "thomson-reuters", Tier.WIRE)
SOON, LATE = NOW + HOUR, NOW + 5 * HOUR


def rule(name: str, until: Any = None) -> Mute:
    return Mute(f"rule:{name}", until)


@pytest.mark.parametrize(
    ("mutes", "told", "holds"),
    [
        ((), PLAIN, None),
        ((Mute("state:cn"),), PLAIN, None),
        ((Mute("state:cn"),), CHINESE, 0),
        ((Mute("state:cn", NOW),), CHINESE, None),
        ((Mute("state:jp"), Mute("state:cn", SOON)), CHINESE, 1),
        ((Mute("state:cn"),), alert(report(), report(2, entities=CHINA)), None),
        ((Mute("source:harbour wire"),), PLAIN, 0),
        ((Mute("source:harbour wire"),), TWO, None),
        ((Mute("source:harbour wire"), Mute("source:trade daily")), TWO, None),
        ((Mute("source:the harbour-wire"),), PLAIN, 0),
        ((Mute("source:harbourwire.com"),), PLAIN, 0),
        ((Mute("source:harbour"),), PLAIN, None),
        ((Mute("source:the"),), alert(report(source=Source("f", "", "", Tier.WIRE))), None),
        ((Mute("source:thomson-reuters"),), alert(report(source=REUTERS)), 0),
        ((Mute("source:reuters"),), alert(report(source=replace(REUTERS, publisher="Reuters.com"))), 0),
        ((Mute(f"story:{PLAIN.story.id}"),), PLAIN, 0),
        ((Mute("story:1y4k0x9ab"),), PLAIN, None),
        ((Mute("word:export licences"),), PLAIN, 0),
        ((Mute("word:export licence"),), PLAIN, None),
        ((Mute("word:TERBIUM"),), PLAIN, 0),
        ((Mute(EARTH),), PLAIN, None),
        ((Mute(EARTH, LATE), Mute(POLICY, SOON)), PLAIN, 1),
        ((Mute(EARTH, LATE), Mute(POLICY)), PLAIN, 0),
        ((Mute(EARTH, LATE), Mute(POLICY, SOON), Mute("state:cn", LATE + HOUR)), CHINESE, 2),
        ((Mute("state:cn", SOON), Mute("word:terbium")), CHINESE, 1),
        ((Mute(CRYPTO),), PLAIN, None),
        ((rule("export-control-in-force", SOON),), PLAIN, 0),
        ((rule("another"),), PLAIN, None),
        ((rule("export-control-in-force"),), alert(reasons=(*REASONS, replace(REASONS[0], rule="other"))), None),
        (
            (rule("export-control-in-force", LATE), rule("other", SOON)),
            alert(reasons=(*REASONS, replace(REASONS[0], rule="other"))),
            1,
        ),
        ((Mute("state:cn"),), alert(report(entities=CHINA), severity=Severity.CRITICAL), 0),
    ],
)
def test_what_a_mute_holds(mutes: tuple[Mute, ...], told: Alert, holds: int | None) -> None:
    own = chat(mutes=mutes)
    assert muting_of(own, told, NOW) == (None if holds is None else mutes[holds])
    decision = decide(own, None, told, NOW)
    assert isinstance(decision, Send) if holds is None else decision == KeepBack(decision.why, mutes[holds])


def test_a_mute_keeps_only_what_would_be_told() -> None:
    muted = chat(mutes=(Mute("state:cn"),), topics=(EARTH,))
    assert not isinstance(
        decide(muted, None, replace(CHINESE, verdict=alert(label=Label.NOISE).verdict), NOW), KeepBack
    )
    assert not isinstance(decide(replace(muted, topics=(CRYPTO,)), None, CHINESE, NOW), KeepBack)
    assert not isinstance(decide(muted, None, CHINESE, NOW + timedelta(hours=73)), KeepBack)
    late = replace(muted, digest=(600,), level=Severity.CRITICAL)
    assert isinstance(decide(late, None, CHINESE, NOW), KeepBack), "what a digest would tell is kept from it too"
    assert isinstance(decide(replace(late, mutes=()), None, CHINESE, NOW), Hold)


def test_a_mute_of_before_is_still_read() -> None:
    stored = (
        b'{"id":7,"kind":"private","created":"2026-11-24T09:30:00Z",'
        b'"mutes":[{"topic":"policy","until":null}],"overlay":{"muted_rules":["chips-act"]}}'
    )
    found = read_chat(stored)
    assert found is not None
    assert (found.mutes, found.overlay) == ((Mute(POLICY),), Overlay(muted_rules=("chips-act",)))
    assert found.unmuted(("rule:chips-act", POLICY), NOW).overlay == Overlay()


@pytest.mark.parametrize(
    ("text", "targets", "hours"),
    [
        ("china for 8 hours", ("state:cn",), 8),
        ("Beijing 8h", ("state:cn",), 8),
        ("country china 1d", ("state:cn",), 24),
        ("us and china 8h", ("state:us", "state:cn"), 8),
        ("bank of japan", ("central-bank:boj",), None),
        ("company TSMC 3d", ("chip-firm:tsmc",), 72),
        ("tsmc, chips 8h", ("semiconductor", "chip-firm:tsmc"), 8),
        ("element scandium 8h", ("element:sc",), 8),
        ("oil 8h", ("energy",), 8),
        ("source Harbour Wire for 3 days", ("source:harbour wire",), 72),
        ("publisher Reuters", ("source:reuters",), None),
        ("word tariff truce 8h", ("word:tariff truce",), 8),
        ("rule chips-act 8h", ("rule:chips-act",), 8),
        ("Rule CHIPS act", ("rule:chips-act",), None),
        ("this story for 8h", ("story:1y4k0x9ab",), 8),
        ("story", ("story:1y4k0x9ab",), None),
    ],
)
def test_targets_are_understood(text: str, targets: tuple[str, ...], hours: int | None) -> None:
    wish = read_wish(text, NAMES, rule_names(RULES), "1y4k0x9ab")
    assert not wish.unclear
    assert tuple(target.what for target in wish.targets) == targets
    assert wish.duration == (None if hours is None else hours * HOUR)


@pytest.mark.parametrize(
    ("text", "near"),
    [("chna 8h", "state:cn"), ("rusia", "state:ru"), ("chipz", "semiconductor"), ("bananas", None), ("rule x", None)],
)
def test_a_slip_is_answered_with_the_nearest(text: str, near: str | None) -> None:
    wish = read_wish(text, NAMES, rule_names(RULES))
    assert wish.unclear
    assert (wish.near and wish.near.what) == near


@pytest.mark.parametrize(
    ("what", "name", "words"),
    [
        ("rare-earth", "", "Rare earths"),
        ("state:cn", "China", "China"),
        ("source:reuters", "Reuters", "What only Reuters tells"),
        ("rule:chips-act", "", "The rule chips-act"),
        ("story:1y4k0x9ab", "Ministry puts", "The story “Ministry puts”"),
        ("word:tariff truce", "", "What says “tariff truce”"),
    ],
)
def test_targets_in_words(what: str, name: str, words: str) -> None:
    assert target_words(Target(what, name)) == words
    assert is_target(what)
    assert parse(mute_data(what, "8h")) == SetMute(what, "8h")
    assert parse(unmute_data(what)) == Unmute(what)


def test_several_in_words() -> None:
    assert all_words((Target("policy"), Target("state:cn", "China"))) == "Policy and China"
    assert all_words((Target("policy"), Target("rule:x"))) == "Policy and the rule x"


@given(st.text(max_size=300))
def test_whatever_is_typed_gives_targets_that_can_be_kept(text: str) -> None:
    for target in read_wish(text, NAMES, rule_names(RULES), "1y4k0x9ab").targets:
        assert is_target(target.what), target
        assert len(unmute_data(target.what).encode()) <= 64
        assert parse(unmute_data(target.what)) in (Unmute(target.what), Unmute(digest_of(target.what)))


@given(
    st.lists(st.sampled_from(("1abc", "mute=policy~=1abc", "mute=policy~=", "mute=word:a%3Db~x%3D=2abc", "2abc", "3")))
)
def test_lines_of_ended_mutes_are_dealt_with_to_the_last(lines: list[str]) -> None:
    left = list(dict.fromkeys(lines))
    for _ in range(4):
        mute = ended(left)
        if mute is None:
            break
        gone = {*mute.stories, *(mark for mark, _ in mute.dealt(mute.stories))}
        assert gone
        left = [line for line in left if line not in gone]
    assert ended(left) is None
    assert "3" in left or "3" not in lines
