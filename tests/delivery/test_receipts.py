"""What an answer makes of a delivery, over every lane, state before and answer: nothing is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chats import DeliveryState
from bot.delivery.answers import Fixed, Refused, Retry, Sent, Unknown
from bot.delivery.queue import Receipt, Taken
from bot.receipts import (
    AFTER_SILENCE,
    LONGEST_BACK_OFF,
    MOST_SURPRISES,
    Form,
    back_off,
    held_until,
    left_out,
    receipt_of,
    surprise_of,
)
from tests.chats.make import NOW

S = DeliveryState
REST = 1.0
SENT, RETRY, FLOOD = Sent(9), Retry("no server"), Retry("too fast", after=31, flood=True)
UNKNOWN, REFUSED, FIXED = Unknown("silence"), Refused("too long"), Fixed("gone")
ANSWERS = (SENT, Sent(9, plain=True), RETRY, FLOOD, UNKNOWN, REFUSED)
Answered = Sent | Retry | Unknown | Refused | Fixed
FORMS: dict[str, Form] = {"edit": "edit", "correction": "edit", "reply": "reply"}
"""A reply and a correction go out in the lanes of messages."""
BEFORE = {
    "urgent": (S.PENDING, S.SENDING, S.UNKNOWN),
    "normal": (S.PENDING, S.SENDING, S.UNKNOWN),
    "digest": (S.PENDING, S.SENDING, S.UNKNOWN, S.FAILED),
    "edit": (S.SENT,),
    "reply": (S.SENT, S.SENDING, S.UNKNOWN),
    "correction": (S.SENT, S.SENDING, S.UNKNOWN),
}


def taken(lane: str = "normal", before: DeliveryState = S.PENDING, calls: int = 1, surprises: int = 0) -> Taken:
    return Taken(
        lane="normal" if lane in ("reply", "correction") else lane,
        chat_id=5,
        chat=b"{}",
        story="digest" if lane == "digest" else "s",
        version=1,
        calls=calls,
        surprises=surprises,
        before=before,
        message=3 if lane in FORMS else None,
        slot=NOW,
        hand=0,
        since=NOW,
        shown=1,
    )


LATER = NOW + AFTER_SILENCE
SAME = "the state before"
# lanes, states before, answer, structural -> state, whether it stays first in line, when its line is due, buried
TABLE: list[tuple[str, str, Answered, bool | str, DeliveryState | str, bool, datetime | None, bool]] = [
    ("urgent normal", "*", SENT, "*", S.SENT, False, None, False),
    ("digest", "*", SENT, "*", S.SENT, False, None, False),
    ("edit reply correction", "*", SENT, "*", S.SENT, False, None, False),
    # Surely not delivered: again, and a doubt of before stays.
    ("urgent normal digest", "pending failed", RETRY, "*", S.PENDING, True, None, False),
    ("urgent normal digest", "sending unknown", RETRY, "*", SAME, True, None, False),
    ("urgent normal digest", "pending failed", FLOOD, "*", S.PENDING, True, None, False),
    ("urgent normal digest", "sending unknown", FLOOD, "*", SAME, True, None, False),
    ("edit reply correction", "*", RETRY, "*", SAME, True, None, False),
    ("edit reply correction", "*", FLOOD, "*", SAME, True, None, False),
    # No answer: a structural one is repeated once, all else and what was repeated becomes a line.
    ("urgent normal reply", "pending sending sent", UNKNOWN, True, S.UNKNOWN, True, None, False),
    ("urgent normal reply", "unknown", UNKNOWN, True, S.UNKNOWN, False, LATER, False),
    ("urgent normal reply", "*", UNKNOWN, False, S.UNKNOWN, False, LATER, False),
    ("digest", "*", UNKNOWN, "*", S.UNKNOWN, False, LATER, False),
    ("edit correction", "*", UNKNOWN, "*", SAME, True, None, False),
    # Refused for good.
    ("urgent normal", "*", REFUSED, "*", S.FAILED, False, None, True),
    ("digest", "*", REFUSED, "*", S.FAILED, False, LATER, False),
    ("reply", "*", REFUSED, "*", S.SENT, False, None, True),
    ("edit correction", "*", REFUSED, "*", S.SENT, False, None, False),
    # The message is gone, or too old to be edited.
    ("edit correction", "*", FIXED, "*", S.SENT, False, None, False),
]


def cases() -> list[tuple[str, Taken, Answered, bool, tuple[object, ...]]]:
    found = list[tuple[str, Taken, Answered, bool, tuple[object, ...]]]()
    for lanes, states, answer, structural, *end in TABLE:
        for lane, flag in product(lanes.split(), (True, False) if structural == "*" else (bool(structural),)):
            for before in BEFORE[lane]:
                if states == "*" or before in states.split():
                    state = before if end[0] == SAME else end[0]
                    found.append((lane, taken(lane, before), answer, flag, (state, *end[1:])))
    return found


@pytest.mark.parametrize(("lane", "had", "answer", "structural", "end"), cases())
def test_what_an_answer_makes_of_a_delivery(
    lane: str, had: Taken, answer: Answered, structural: bool, end: tuple[object, ...]
) -> None:
    made = receipt_of(had, answer, NOW, rest=REST, structural=structural, form=FORMS.get(lane, "message"))
    assert (made.state, made.again, made.held, made.buried) == end


def test_the_table_names_each_case_once() -> None:
    named = [(lane, had.before, answer, structural) for lane, had, answer, structural, _ in cases()]
    plain = Sent(9, plain=True)
    wanted = {
        (lane, before, answer, flag)
        for lane, states in BEFORE.items()
        for before, answer, flag in product(states, (*ANSWERS, FIXED), (True, False))
        if answer != plain and (answer != FIXED or FORMS.get(lane) == "edit")
    }
    assert len(named) == len(set(named))
    assert set(named) == wanted


def kept(had: Taken, made: Receipt) -> str:
    """How a receipt keeps what was to be told; empty where it loses it."""
    ways = {
        "it was delivered": made.state is S.SENT,
        "it stays first in line": made.again,
        "it waits for a digest": made.held is not None,
        "it is a dead letter with its reason": made.buried and bool(made.why),
        "what it would have kept current was delivered": had.lane == "edit" and made.state in (S.SENT, S.LISTED),
    }
    return next((way for way, holds in ways.items() if holds), "")


hands = st.builds(
    lambda lane, pick, calls, surprises: taken(lane, BEFORE[lane][pick % len(BEFORE[lane])], calls, surprises),
    st.sampled_from(("urgent", "normal", "digest", "edit")),
    st.integers(0, 11),
    st.integers(1, 200),
    st.integers(0, 9),
)
answers = st.sampled_from(ANSWERS) | st.builds(Retry, st.just("why"), after=st.floats(0, 1e5) | st.none())


@given(hands, answers, st.booleans(), st.floats(0, 10))
def test_nothing_is_lost_whatever_is_answered(had: Taken, answer: Answered, structural: bool, rest: float) -> None:
    told = (("s1", 1), ("s2", 3)) if had.lane == "digest" else ()
    form = FORMS.get(had.lane, "message")
    made = receipt_of(had, answer, NOW, rest=rest, structural=structural, form=form, told=told)
    assert kept(had, made)
    assert not (made.again and made.held), "in one place only"
    assert made.held is None or made.held > NOW
    assert bool(made.told) == (had.lane == "digest" and isinstance(answer, Sent)), "told only when it was delivered"
    assert made.pause >= (0 if isinstance(answer, Retry) else rest)
    if had.repeat and had.lane != "edit" and isinstance(answer, (Retry, Unknown)):
        assert made.state in (S.UNKNOWN, S.SENDING), "a doubt is settled by an answer alone"
    if had.lane == "edit":
        assert made.state in (S.SENT, had.before), "an edit leaves the row as it was"
    if not isinstance(answer, Sent):
        assert made.why


@given(hands, st.floats(0, 10))
def test_nothing_is_lost_by_surprises(had: Taken, rest: float) -> None:
    made = surprise_of(had, "KeyError", NOW, rest=rest)
    assert kept(had, made)
    assert made.why == "KeyError"
    assert made.again == (had.surprises + 1 < MOST_SURPRISES)
    assert not made.told


@given(hands, st.integers(-600, 6000))
def test_what_is_put_off_is_a_line(had: Taken, seconds: int) -> None:
    if had.lane == "edit":
        return
    until = NOW + timedelta(seconds=seconds)
    made = held_until(had, until)
    assert (made.held, made.again, made.buried) == (until, False, False)
    assert (made.state in (S.UNKNOWN, S.SENDING)) == had.repeat


def test_what_is_turned_away_ends_there_and_an_edit_leaves_no_trace() -> None:
    assert left_out(taken()) == Receipt(state=S.FAILED)
    assert left_out(taken("edit", S.SENT)) == Receipt(state=S.SENT)


def test_what_was_shown_is_written_down() -> None:
    made = receipt_of(taken(), Sent(9, plain=True), NOW, rest=REST, version=4)
    assert (made.version, made.message, made.plain, made.pause) == (4, 9, True, REST)


def test_back_off_doubles_to_a_minute() -> None:
    waits = [back_off(taken(calls=calls)) for calls in range(1, 10)]
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert back_off(taken(calls=10**6)) == LONGEST_BACK_OFF
    made = [receipt_of(taken(calls=calls), RETRY, NOW, rest=REST).pause for calls in range(1, 10)]
    assert made == waits


def test_telegram_s_own_time_stands_over_the_back_off() -> None:
    assert [receipt_of(taken(calls=calls), FLOOD, NOW, rest=REST).pause for calls in (1, 50)] == [31, 31]


def test_a_back_off_stays_within_eight_calls_in_the_first_minute() -> None:
    at, calls = 0.0, 0
    while at < 60:
        calls += 1
        at += back_off(taken(calls=calls))
    assert calls <= 8


@pytest.mark.parametrize("lane", BEFORE)
def test_five_surprises_and_it_is_given_up(lane: str) -> None:
    had, pauses = taken(lane, BEFORE[lane][0]), list[float]()
    for surprises in range(MOST_SURPRISES - 1):
        made = surprise_of(replace(had, surprises=surprises), "KeyError", NOW, rest=REST)
        assert (made.again, made.surprise, made.buried, made.state) == (True, True, False, had.before)
        pauses.append(made.pause)
    assert pauses == [1, 2, 4, 8]
    last = surprise_of(replace(had, surprises=MOST_SURPRISES - 1), "KeyError", NOW, rest=REST)
    assert (last.again, last.buried) == (False, lane not in ("digest", "edit"))


@pytest.mark.parametrize(
    ("lane", "version", "shown", "message"), [("normal", 4, 4, 9), ("reply", 4, None, None), ("edit", 4, 4, None)]
)
def test_the_first_message_is_the_one_that_is_kept_current(
    lane: str, version: int, shown: int | None, message: int | None
) -> None:
    made = receipt_of(taken(lane), SENT, NOW, rest=REST, version=4, form=FORMS.get(lane, "message"))
    assert (made.version, made.shown, made.message) == (version, shown, message)


def test_what_cannot_be_edited_is_not_tried_again_for_this_version() -> None:
    made = receipt_of(taken("edit"), FIXED, NOW, rest=REST, version=4, form="edit")
    assert (made.version, made.shown) == (None, 4)
