"""What people type, and what it means."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.buttons import mute_data, parse
from bot.taps import SetMute
from bot.targets import is_target
from bot.wishes import LONGEST, Wish, read_wish, short
from rules.story import Topic

EARTH, CHIPS, ENERGY = Topic.RARE_EARTH, Topic.SEMICONDUCTOR, Topic.ENERGY
HOURS, DAYS = {n: timedelta(hours=n) for n in (1, 8)}, {n: timedelta(days=n) for n in (3, 7)}


@pytest.mark.parametrize(
    ("text", "topics", "duration", "forever"),
    [
        ("chips", (CHIPS,), None, False),
        ("rare-earth 15m", (EARTH,), timedelta(minutes=15), False),
        ("rare earths for 8 hours", (EARTH,), HOURS[8], False),
        ("Rare Earths, 3 days please", (EARTH,), DAYS[3], False),
        ("chips and energy 3d", (CHIPS, ENERGY), DAYS[3], False),
        ("8h chips", (CHIPS,), HOURS[8], False),
        ("for an hour oil", (ENERGY,), HOURS[1], False),
        ("semis 1w", (CHIPS,), DAYS[7], False),
        ("chips 1y", (CHIPS,), timedelta(days=365), False),
        ("chips - 8h", (CHIPS,), HOURS[8], False),
        ("chips 1h30m", (CHIPS,), timedelta(minutes=90), False),
        ("the chip news forever", (CHIPS,), None, True),
        ("chips for ever", (CHIPS,), None, True),
        ("CHIPS chips", (CHIPS,), None, False),
        ("everything 8h", tuple(Topic), HOURS[8], False),
        ("\uff43\uff48\uff49\uff50\uff53", (CHIPS,), None, False),
        ("", (), None, False),
        ("24h", (), timedelta(days=1), False),
    ],
)
def test_understood(text: str, topics: tuple[Topic, ...], duration: timedelta | None, forever: bool) -> None:
    assert read_wish(text) == Wish(topics=topics, duration=duration, forever=forever)


@pytest.mark.parametrize(
    ("text", "unclear", "nearest"),
    [
        ("chipz 8h", "chipz", CHIPS),
        ("semiconducter", "semiconducter", CHIPS),
        ("rare eaths", "eaths", EARTH),
        ("rair earths", "rair earths", EARTH),
        ("enrgy", "enrgy", ENERGY),
        ("bananas", "bananas", None),
        ("chips 3 moons", "3 moons", None),
        ("chips -1h", "-1h", None),
        ("chips \u22121h", "\u22121h", None),
        ("chips -1 h", "-1 h", None),
        ("99999999999d chips", "99999999999d", None),
    ],
)
def test_not_understood(text: str, unclear: str, nearest: Topic | None) -> None:
    wish = read_wish(text)
    assert (wish.unclear, wish.nearest) == (unclear, nearest)


@pytest.mark.parametrize("text", ["chips 0h", "chips 400d", "chips 999999d", "chips 366d 1m", "chips 2 years"])
def test_lengths_that_make_no_sense(text: str) -> None:
    assert read_wish(text).too_long


@given(st.text(max_size=400))
def test_anything_can_be_typed(text: str) -> None:
    wish = read_wish(text)
    assert wish.duration is None or wish.duration <= 2 * LONGEST


@given(st.integers(1, int(LONGEST.total_seconds()) // 60), st.sampled_from(Topic))
def test_a_length_survives_the_button(minutes: int, topic: Topic) -> None:
    length = timedelta(minutes=minutes)
    data = mute_data(topic, short(length))
    pressed = parse(data)
    assert isinstance(pressed, SetMute)
    assert read_wish(pressed.duration).duration == length
    assert len(data.encode()) <= 64


@given(st.text(max_size=80))
def test_forged_data_is_nothing_or_harmless(data: str) -> None:
    pressed = parse(data)
    if isinstance(pressed, SetMute):
        assert is_target(pressed.what)


@pytest.mark.parametrize(
    "data",
    [
        "",
        "x",
        "t:semiconductor:maybe",
        "t:bananas:on",
        "m:crypto:8y",
        "m:crypto:8h:more",
        "u:",
        "s:secrets",
        "w:",
        "w:a b",
        "w:" + "a" * 63,
        "w:../../etc",
        "T:crypto:on",
    ],
)
def test_data_that_no_button_of_ours_sends(data: str) -> None:
    assert parse(data) is None
