"""Settings as JSON: what is written is read again, in any number of parts, and each fault is named with its remedy."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chats import Chat, Kind, Mute
from bot.overlay import LONGEST_FOLLOWED, MOST_FOLLOWED, MOST_MUTED, Overlay
from bot.portable import CARRIED, BadSettings, read_in, write_out
from bot.quiet import Quiet
from bot.sound import Sound
from bot.text import clean, units
from pipelines.prices.coins import COINS
from rules.story import Topic
from rules.verdict import Label, Severity
from tests.chats.make import NOW, chat

followed = st.lists(
    st.text('abcXYZ 稀土پاک"\\{}', min_size=1, max_size=LONGEST_FOLLOWED).map(clean).filter(bool),
    max_size=5,
    unique=True,
)
chats = st.builds(
    chat,
    topics=st.sets(st.sampled_from(Topic)).map(lambda found: tuple(each for each in Topic if each in found)),
    mutes=st.lists(
        st.builds(Mute, st.sampled_from(Topic), st.none() | st.integers(1, 90).map(lambda days: NOW + timedelta(days))),
        max_size=5,
    ).map(tuple),
    coins=st.lists(st.sampled_from([coin.symbol for coin in COINS]), max_size=10, unique=True).map(tuple),
    level=st.sampled_from(Severity),
    sound=st.sampled_from(Sound),
    overlay=st.builds(Overlay, st.sampled_from([Label.STRUCTURAL, Label.WATCH]), follows=followed.map(tuple)),
    zone=st.sampled_from(["UTC", "Asia/Karachi"]),
    quiet=st.none() | st.just(Quiet(1320, 420)),
    digest=st.lists(st.integers(0, 1439), max_size=4).map(tuple),
    watch_in_digest=st.booleans(),
)
OTHER = chat(
    id=-5,
    kind=Kind.GROUP,
    title="Desk",
    topics=(Topic.CRYPTO,),
    coins=(),
    quiet=Quiet(1, 2),
    overlay=Overlay(Label.WATCH, ("a",), ("b",)),
    thread=9,
)


@settings(max_examples=40, deadline=None)
@given(chats)
def test_what_is_written_is_read_again_elsewhere(told: Chat) -> None:
    taken = OTHER
    for part in write_out(told):
        taken = read_in(part, taken)
    assert all(getattr(taken, name) == getattr(told, name) for name in CARRIED)
    stays = [each.name for each in fields(Chat) if each.name not in CARRIED]
    assert all(getattr(taken, name) == getattr(OTHER, name) for name in stays), "where and what it is does not travel"


def test_many_settings_come_in_parts_that_each_fit_a_message() -> None:
    follows = tuple(f"稀土 {number:02d} ".ljust(LONGEST_FOLLOWED, "x") for number in range(MOST_FOLLOWED))
    rules = tuple(f"rule-{number:02d}".ljust(LONGEST_FOLLOWED, "y") for number in range(MOST_MUTED))
    full = chat(overlay=Overlay(Label.WATCH, rules, follows), mutes=tuple(Mute(topic) for topic in Topic))
    parts = write_out(full)
    assert len(parts) > 1
    assert max(map(units, parts)) < 3700
    taken = OTHER
    for part in reversed(parts):
        taken = read_in(f"Part 1 of 2. Reply with /import.\n\n{part}", taken)
    assert (taken.overlay, taken.mutes) == (full.overlay, full.mutes)


def test_what_is_not_named_stays() -> None:
    assert read_in('{"sound": "off"}', OTHER) == replace(OTHER, sound=Sound.OFF)
    assert read_in('{"overlay": {"follows": ["x"]}}', OTHER).overlay == Overlay(Label.WATCH, ("a",), ("x",))
    assert read_in('{"quiet": null}', OTHER).quiet is None
    assert read_in("{}", OTHER) == OTHER


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ("", "There is no JSON in it: send what /export wrote"),
        ("}{", "There is no JSON in it"),
        ('{"sound": }', "The JSON breaks off at line 1, sign 11"),
        ('{"sound": ' + "[" * 4000 + "}", "The JSON"),
        ('{"soundd": "off"}', "soundd: no setting is called so; did you mean `sound`?"),
        ('{"title": "x"}', "title: it belongs to the chat and does not travel; leave it out"),
        ('{"active": true}', "active: it belongs to the chat"),
        ('{"sound": "loud"}', "sound: \"loud\" does not fit; it should be 'structural', 'all' or 'off'"),
        ('{"topics": ["bananas"]}', 'topics.0: "bananas" does not fit; it should be'),
        ('{"topics": "semiconductor"}', "topics: "),
        ('{"coins": ["BTC", "DOGGO"]}', "coins: DOGGO is none that I know; /coins shows them"),
        ('{"coins": ["btc"]}', "coins: btc is none that I know"),
        (json.dumps({"coins": [coin.symbol for coin in COINS]}), "coins: 10 are the most; leave some out"),
        ('{"zone": "Mars/Base"}', "zone: no time zone is called Mars/Base; write one as Asia/Karachi"),
        ('{"zone": "../../etc/passwd"}', "zone: no time zone is called"),
        ('{"quiet": {"start": 60, "end": 60}}', "quiet"),
        ('{"digest": [1440]}', "digest: at most 8 minutes of a day, each from 0 to 1439; 480 is 08:00"),
        ('{"language": "tlh"}', "language: I do not speak tlh; it may be en"),
        (write_out(chat(mutes=(Mute(Topic.ENERGY, NOW),)))[0].replace("00Z", "00"), "mutes: an end needs its zone"),
        ('{"overlay": {"follows": ["' + "x" * 61 + '"]}}', "overlay.follows: at most 50, each of 1 to 60 signs"),
        ('{"overlay": {"follows": ["\\u202egnp"]}}', "overlay.follows: at most 50"),
        ('{"watch_in_digest": "perhaps"}', "watch_in_digest: "),
    ],
)
def test_a_fault_is_named_with_its_remedy(given: str, fault: str) -> None:
    with pytest.raises(BadSettings) as error:
        read_in(given, chat())
    assert fault in str(error.value)


nested: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(CARRIED), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.sampled_from((*CARRIED, "x")), nested, max_size=3).map(json.dumps) | st.text(max_size=60))
def test_whatever_is_brought_is_taken_whole_or_refused(text: str) -> None:
    try:
        taken = read_in(text, chat())
    except BadSettings as error:
        told = str(error)
        taken = chat()
    else:
        told = "taken"
    assert 0 < units(told.strip()) < 2000
    assert read_in(write_out(taken)[0], chat()) == taken
    assert all(mute.holds(NOW) for mute in taken.mutes_at(NOW))
    assert (taken.next_digest(NOW) is None) == (not taken.digest)
    assert taken.quiet_until(NOW) is None or taken.quiet is not None
