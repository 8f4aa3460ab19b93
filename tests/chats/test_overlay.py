"""A chat's overlay: what it hears that others do not, and the other way round."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chats import Mute
from bot.decisions import Send, decide, muting_of
from bot.overlay import MOST_FOLLOWED, Overlay
from rules.story import Entity
from rules.verdict import Label, Reason
from tests.chats.make import NOW, alert, chat, report

WATCH = (Reason("watch-minerals", "It may come.", "watch"),)
BOTH = (Reason("one", "One.", "structural"), Reason("two", "Two.", "structural"))


def told(overlay: Overlay, label: Label, reasons: tuple[Reason, ...] = WATCH, **changes: Any) -> bool:
    one = alert(report(**changes), label=label)
    one = replace(one, verdict=replace(one.verdict, reasons=reasons))
    return isinstance(decide(chat(overlay=overlay), None, one, NOW), Send)


@pytest.mark.parametrize(
    ("overlay", "label", "reasons", "expected"),
    [
        (Overlay(), Label.WATCH, WATCH, False),
        (Overlay(least=Label.WATCH), Label.WATCH, WATCH, True),
        (Overlay(least=Label.WATCH), Label.NOISE, (), False),
        (Overlay(least=Label.WATCH, muted_rules=("watch-minerals",)), Label.WATCH, WATCH, False),
        (Overlay(muted_rules=("one",)), Label.STRUCTURAL, BOTH, True),
        (Overlay(muted_rules=("one", "two")), Label.STRUCTURAL, BOTH, False),
        (Overlay(muted_rules=("one", "two")), Label.STRUCTURAL, (*BOTH, *WATCH), False),
        (Overlay(least=Label.WATCH, muted_rules=("one", "two")), Label.STRUCTURAL, (*BOTH, *WATCH), True),
        (Overlay(follows=("terbium",)), Label.WATCH, WATCH, True),
        (Overlay(follows=("TERBIUM INTO",)), Label.WATCH, WATCH, True),
        (Overlay(follows=("terb",)), Label.WATCH, WATCH, False),
        (Overlay(follows=("terbium",)), Label.NOISE, (), False),
        (Overlay(follows=("terbium",), muted_rules=("watch-minerals",)), Label.WATCH, WATCH, False),
    ],
)
def test_what_is_told(overlay: Overlay, label: Label, reasons: tuple[Reason, ...], *, expected: bool) -> None:
    assert told(overlay, label, reasons) is expected


@pytest.mark.parametrize(
    ("word", "title", "expected"),
    [
        ("稀土", "中国限制稀土出口", True),
        ("稀土出口", "中国限制稀土出口", True),
        ("稀土", "中国限制石墨出口", False),
        ("AI芯片", "美国限制AI芯片出口", True),
        ("ti", "Titanium duty set", False),
        ("نایاب دھاتیں", "چین نے نایاب دھاتیں روک دیں", True),
    ],
)
def test_a_word_is_followed_in_any_script(word: str, title: str, *, expected: bool) -> None:
    """No spaces part the words of a Chinese title."""
    assert told(Overlay(follows=(word,)), Label.WATCH, title=title) is expected
    muted = chat(mutes=(Mute(f"word:{word}"),))
    assert (muting_of(muted, alert(report(title=title)), NOW) is not None) is expected


def test_a_thing_is_followed_by_its_name_or_id() -> None:
    entities = (Entity("miner:mp", "MP Materials", "miner", 0, 1),)
    for word in ("MP Materials", "mp"):
        assert told(Overlay(follows=(word,)), Label.WATCH, entities=entities)
    assert not told(Overlay(follows=("miner",)), Label.WATCH, entities=entities)


@given(st.lists(st.text(min_size=1, max_size=80), max_size=80))
def test_what_is_followed_is_bounded_and_can_be_ended(words: list[str]) -> None:
    overlay = Overlay()
    for word in words:
        overlay = overlay.following((word,))
    assert len(overlay.follows) <= MOST_FOLLOWED
    assert overlay.unfollowing(overlay.follows) == Overlay()
    assert overlay.muting("a").muting("a").unmuting("a") == overlay
