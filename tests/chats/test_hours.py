"""Hours as people type them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.commands.budget import read_budget
from bot.hour_lines import days_words, minute_words
from bot.hours import Hours, read_hours
from bot.quiet import EVERY_DAY, MINUTES_A_DAY

WORK, END = (0, 1, 2, 3, 4), (5, 6)
NIGHT = ((22 * 60, 7 * 60),)


def at(*hours: float) -> tuple[int, ...]:
    return tuple(int(hour * 60) for hour in hours)


# what is typed, and what of it is understood
CASES = [
    ("22:00-07:00 weekdays Asia/Karachi", Hours(NIGHT, days=WORK, zone="asia/karachi")),
    ("22-7", Hours(NIGHT)),
    ("10pm-7am", Hours(NIGHT)),
    ("10 pm to 7 a.m.", Hours(NIGHT)),
    ("10-7am", Hours(NIGHT)),
    ("10pm-7", Hours(NIGHT)),
    ("from 22:00 to 07:00", Hours(NIGHT)),
    ("between 10pm and 7am in New York", Hours(NIGHT, zone="new york")),
    ("22.00–07.00 Lahore", Hours(NIGHT, zone="lahore")),  # noqa: RUF001
    ("2200-0700", Hours(NIGHT)),
    ("22:00to07:00", Hours(NIGHT)),
    ("22h-7h", Hours(NIGHT)),
    ("22：00-07：00", Hours(NIGHT)),  # noqa: RUF001
    ("٢٢:٠٠-٠٧:٠٠", Hours(NIGHT)),  # noqa: RUF001
    ("22-07 utc+5", Hours(NIGHT, zone="utc+5")),
    ("22-07 +05:30", Hours(NIGHT, zone="+05:30")),
    ("22-07 gmt -3", Hours(NIGHT, zone="gmt -3")),
    ("Port-au-Prince 22-7", Hours(NIGHT, zone="port-au-prince")),
    ("22-7 mon-fri", Hours(NIGHT, days=WORK)),
    ("22-7 Monday to Friday", Hours(NIGHT, days=WORK)),
    ("fri to mon 22-7", Hours(NIGHT, days=(0, 4, 5, 6))),
    ("22:00-07:00 except sat, sun", Hours(NIGHT, days=WORK)),
    ("22-7 every day but friday", Hours(NIGHT, days=(0, 1, 2, 3, 5, 6))),
    ("weekends 1am-9am", Hours(((60, 540),), days=END)),
    ("9-5pm", Hours(((540, 1020),))),
    ("9-11pm", Hours(((1260, 1380),))),
    ("1pm-5", Hours(((780, 1020),))),
    ("12am-12pm", Hours(((0, 720),))),
    ("midnight to 6", Hours(((0, 360),))),
    ("every day from 11 p.m. until 6:30 a.m. Karachi time", Hours(((1380, 390),), days=EVERY_DAY, zone="karachi")),
    ("24:00-6", Hours(((0, 360),))),
    ("off", Hours(off=True)),
    ("Never!", Hours(off=True)),
    ("22:00", Hours(times=at(22))),
    ("8:00 and 20:00", Hours(times=at(8, 20))),
    ("8, 12 & 18", Hours(times=at(8, 12, 18))),
    ("7h30", Hours(times=at(7.5))),
    ("noon", Hours(times=at(12))),
    ("daily 08:00", Hours(times=at(8), days=EVERY_DAY)),
    ("weekly mon 09:00", Hours(times=at(9), days=(0,), weekly=True)),
    ("mon,thu 9am", Hours(times=at(9), days=(0, 3))),
    ("every monday at 9", Hours(times=at(9), days=(0,))),
    ("08:00 daily america/new_york", Hours(times=at(8), days=EVERY_DAY, zone="america/new_york")),
    ("25:00-7", Hours(unclear="25:00-7")),
    ("22:00-07:60", Hours(unclear="22:00-07:60")),
    ("13pm", Hours(unclear="13pm")),
    ("every 6 hours", Hours(unclear="6 hours")),
    ("", Hours()),
    ("<b>", Hours(zone="b")),
]


@pytest.mark.parametrize(("text", "hours"), CASES)
def test_hours_by_words(text: str, hours: Hours) -> None:
    assert read_hours(text) == hours


minutes = st.integers(0, MINUTES_A_DAY - 1)
days = st.sets(st.sampled_from(EVERY_DAY), min_size=1).map(lambda each: tuple(sorted(each)))


def half_words(minute: int) -> str:
    hour, half = minute // 60, "am" if minute < MINUTES_A_DAY // 2 else "pm"
    return f"{hour % 12 or 12}:{minute % 60:02}{half}"


@settings(max_examples=50)
@given(minutes, minutes, days, st.sampled_from([minute_words, half_words]), st.sampled_from(["-", " - ", " to ", "-"]))
def test_what_we_write_we_read(start: int, end: int, chosen: tuple[int, ...], words: object, join: str) -> None:
    assert callable(words)
    text = f"{words(start)}{join}{words(end)} {days_words(chosen)}"
    assert read_hours(text) == Hours(((start, end),), days=chosen)
    assert read_hours(f"{days_words(chosen)} {words(start)}") == Hours(times=(start,), days=chosen)


@settings(max_examples=60)
@given(st.text(max_size=80) | st.text("0123456789:-.ap mtonfri/+ ", max_size=40))
def test_whatever_is_typed_gives_minutes_and_days(text: str) -> None:
    said = read_hours(text)
    moments = [*said.times, *(each for span in said.spans for each in span)]
    assert all(0 <= each < MINUTES_A_DAY for each in moments)
    assert set(said.days) <= set(EVERY_DAY)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        *(("5", 5), ("5 a day", 5), ("at most 12 messages", 12), ("five", 5), ("0", 0), ("100", 100), ("٥", 5)),  # noqa: RUF001
        *(("off", -1), ("unlimited", -1), ("101", None), ("-5", None), ("2.5", None), ("3 or 4", None), ("", None)),
        *(("off 5", None), ("many", None), ("99999999999", None), ("5x", None)),
    ],
)
def test_budgets_by_words(text: str, wanted: int | None) -> None:
    assert read_budget(text) == wanted
