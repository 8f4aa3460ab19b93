"""A story's timeline as a message: what stands in which line, what is summed up, and that it fits a phone's screen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from bot.markup import Message
from bot.shade import Shade
from bot.timeline import Rest, happenings, render_caption, render_timeline, rest
from bot.timeline_ahead import render_ahead
from pipelines.events import Alert
from pipelines.stories.ahead import Coming
from rules.story import Change, Move, Stage, StageReached, Topic
from tests.chats.hostile import whole
from tests.chats.make import NOW, alert, report, story
from tests.chats.threads import CHANGES, STAGES, any_story, at, followed

SCREEN = 34
"""Rows of 42 letters that a phone shows beside the buttons."""


def lines_of(message: Message) -> list[str]:
    return whole(message)[0].split("\n")


def rows(message: Message) -> int:
    return sum(max(1, -(-len(line) // 42)) for line in lines_of(message))


def test_every_thing_that_happened_is_a_line() -> None:
    told = followed()
    assert lines_of(render_timeline(told, NOW)) == [
        "◆ Structural, high · Rare earths, policy",
        "Ministry adds dysprosium magnets to its export licence list",
        "",
        "3 Oct · First report: rumoured — Harbour Wire",
        "9 Oct · Rumoured to proposed — Metal Daily",
        "9 Oct · Confirmed by Coast Post",
        "23 Nov 09:26 · Proposed to announced; New date: 1 Dec 2026 — Ministry of Commerce",
        "23 Nov 09:50 · Confirmed by North Wire, South Wire",
        "23 Nov 12:10 · New figure: seven metals to twelve — Trade Weekly",
        "+11 reports, 1 analysis",
        "Ahead: takes effect 1 Dec 2026; lapses 10 Nov 2027",
        "Answered by: Washington answers with a tariff on magnets & alloys · 2y4k0x9ab",
        "Answers: Washington bars chip tools · 2y4k0x9ac",
        "See also: Brussels buys <rare earths> jointly · 2y4k0x9ad",
        "",
        "Sources: Harbour Wire, Metal Daily +5 more · 3 independent · 24 h ago",
        f"Story {told.story.id} · version 10 · moved 18 h ago",
        "",
        "Educational, never financial advice.",
    ]


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (
            Change(2, Move.DENIAL, at(24, 8), "r2", "the ministry says not"),
            "Denied: the ministry says not — Metal Daily",
        ),
        (
            Change(2, Move.REVERSAL, at(24, 8), "r2", "stayed by a court"),
            "Reversed: stayed by a court — Metal Daily",
        ),
        (Change(2, Move.EFFECT, at(24, 0), "", "24 November 2026"), "In effect"),
        (Change(2, Move.LAPSE, at(24, 0), "", ""), "Ended"),
        (Change(2, Move.CORRECTION, at(24, 8), "r2", "$5m, not $5bn"), "Corrected: $5m, not $5bn — Metal Daily"),
        (Change(2, Move.INSTRUMENT, at(24, 8), "r2", "a tariff"), "Further measure: a tariff — Metal Daily"),
        (
            Change(2, Move.DENIAL, at(24, 8), "r2", "denied by the ministry"),
            "Denied by the ministry — Metal Daily",
        ),
        (Change(2, Move.CORRECTION, at(24, 8), "r2", "clarified by X"), "Corrected: clarified by X — Metal Daily"),
        (Change(2, Move.STAGE, at(24, 8), "r2", "proposed → announced"), "Proposed → announced — Metal Daily"),
        (Change(2, Move.SOURCE, at(24, 8), "r2", ""), "Confirmed by Metal Daily"),
        (Change(2, Move.SOURCE, at(24, 8), "r2", "Metal Daily"), "Confirmed by Metal Daily"),
        (
            Change(2, Move.SOURCE, at(24, 8), "r2", "the issuer's own text"),
            "Confirmed by Metal Daily, the issuer's own text",
        ),
        (Change(2, Move.SOURCE, at(24, 8), "gone", ""), "Confirmed"),
        (Change(2, Move.STAGE, at(24, 8), "gone", ""), "Further on"),
    ],
)
def test_each_kind_in_its_words(change: Change, line: str) -> None:
    first, second = report(1), report(2, "Metal Daily", published=at(24, 8))
    told = alert(first, second, changes=(Change(1, Move.NEW, at(23), "r1"), change))
    when = "24 Nov" if not change.report else "24 Nov 08:00"
    assert lines_of(render_timeline(told, NOW))[4] == f"{when} · {line}"


@pytest.mark.parametrize(
    ("zone", "moment", "day", "clock"),
    [
        ("UTC", "23 Nov 20:30", "24 Nov", ""),
        ("Europe/London", "23 Nov 20:30", "24 Nov", ""),
        ("Asia/Karachi", "24 Nov 01:30", "24 Nov", " · times in PKT"),
        ("America/New_York", "23 Nov 15:30", "24 Nov", " · times in EST"),
        ("UTC+05:30", "24 Nov 02:00", "24 Nov", " · times in UTC+05:30"),
        ("Atlantis/Centre", "23 Nov 20:30", "24 Nov", ""),
    ],
)
def test_moments_are_told_by_the_chats_clock_and_days_stay(zone: str, moment: str, day: str, clock: str) -> None:
    first, second = report(1, published=at(23, 20, 30)), report(2, "Metal Daily", published=at(24, 0))
    changes = (Change(1, Move.NEW, at(23), "r1"), Change(2, Move.EFFECT, at(24, 0), "", ""))
    taken = Change(3, Move.RETRACTION, at(23, 21, 30), "", "a slip")
    lines = lines_of(render_timeline(alert(first, second, changes=(*changes, taken)), NOW, zone=zone))
    assert [line.partition(" · ")[0] for line in lines[4:6]] == [moment, day]
    assert lines[-3].endswith(f"ago{clock}")
    hours = {"UTC": "23 Nov 21:30 UTC", "Asia/Karachi": "24 Nov 02:30 PKT"}
    assert lines[0] == f"✖ Retracted {hours[zone]}: a slip" if zone in hours else lines[0].startswith("✖ Retracted 2")


@pytest.mark.parametrize("kind", [Move.COPY, Move.COLOUR, Move.LINK, Move.RETRACTION])
def test_what_has_no_line_of_its_own(kind: Move) -> None:
    told = alert(report(1), changes=(Change(1, Move.NEW, at(23), "r1"), Change(2, kind, at(23), "r2", "x")))
    assert [each.kinds for each in happenings(told.story)] == [(Move.NEW,)]


@pytest.mark.parametrize(
    ("count", "kinds", "words"),
    [
        (1, (), ""),
        (2, (Move.COPY,), "+1 report"),
        (13, (Move.COPY,) * 12, "+12 reports"),
        (16, (Move.COPY,) * 12 + (Move.COLOUR,) * 3, "+12 reports, 3 analyses"),
        (2, (Move.COLOUR,), "+1 analysis"),
        (60, (Move.SOURCE, Move.COPY), "+58 reports"),
    ],
)
def test_the_rest_is_one_line(count: int, kinds: tuple[Move, ...], words: str) -> None:
    changes = tuple(Change(n, kind, at(23), f"r{n}") for n, kind in enumerate(kinds, 2))
    told = story(report(1), report_count=count, changes=(Change(1, Move.NEW, at(23), "r1"), *changes))
    assert rest(told).words() == words


def test_a_report_is_one_line_and_a_publisher_is_named_once() -> None:
    """Two changes by one report, and two reports by one publisher that only confirm."""
    reports = (report(1), report(2, "Metal Daily"), report(3, "Coast Post"), report(4, "Coast Post"))
    kinds = ((2, Move.AMOUNT), (2, Move.SOURCE), (3, Move.SOURCE), (4, Move.SOURCE))
    changes = [Change(number, kind, at(23), f"r{number}") for number, kind in kinds]
    told = happenings(story(*reports, changes=(Change(1, Move.NEW, at(23), "r1"), *changes)))
    assert [each.publishers for each in told] == [("Harbour Wire",), ("Metal Daily",), ("Coast Post",)]
    assert [each.kinds for each in told] == [(Move.NEW,), (Move.AMOUNT,), (Move.SOURCE,)]


def test_stages_outlive_their_changes() -> None:
    """A large story drops old changes, never a stage."""
    told = happenings(followed(changes=CHANGES[:1]).story)
    assert [each.stage for each in told] == [Stage.RUMOUR, Stage.PROPOSED, Stage.ANNOUNCED]
    assert rest(followed(changes=CHANGES[:1]).story) == Rest(copies=16, colour=0)
    bare = happenings(story(report(1), stages=()))
    assert [(each.kinds, each.words) for each in bare] == [((Move.NEW,), "First report")]


def test_a_retraction_stands_at_the_top_and_nothing_is_ahead() -> None:
    taken = Change(11, Move.RETRACTION, at(24, 9), "", "a parody <site>")
    lines = lines_of(render_timeline(followed(changes=(*CHANGES, taken)), NOW))
    assert lines[0] == "✖ Retracted 24 Nov 09:00 UTC: a parody <site>"
    assert not any(line.startswith("Ahead") for line in lines)


def test_the_id_that_was_merged_is_named() -> None:
    told = followed()
    assert lines_of(render_timeline(told, NOW, "1zzzzzzzz"))[0] == "1zzzzzzzz goes on in this story."
    assert lines_of(render_timeline(told, NOW, told.story.id))[0].startswith("◆")


def test_a_long_story_keeps_its_beginning_and_its_newest() -> None:
    reports = tuple(report(n, f"Paper {n}", published=at(1 + n, 8)) for n in range(1, 21))
    changes = tuple(Change(n, Move.AMOUNT, at(1 + n, 8), f"r{n}", f"{n} t to {n + 1} t") for n in range(2, 21))
    told = alert(*reports, changes=(Change(1, Move.NEW, at(2, 8), "r1"), *changes))
    message = render_timeline(told, NOW)
    lines = lines_of(message)
    assert lines[3].startswith("2 Nov · First report")
    assert lines[4].startswith("… ")
    assert "21 Nov 08:00 · New figure: 20 t to 21 t — Paper 20" in lines
    assert rows(message) <= SCREEN


@settings(
    max_examples=200,
    deadline=None,
    # What fails is as easily read as it came, and stories are slow to make smaller.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(any_story())
def test_any_story_is_taken_by_telegram_and_fits_a_screen(told: Alert) -> None:
    message = render_timeline(told, NOW)
    whole(message)
    assert rows(message) <= SCREEN
    caption, _ = whole(render_caption(told, Shade.DARK))
    assert len(caption.encode("utf-16-le")) // 2 <= 1024
    coming = [Coming(each.on, each.kind, told.story) for each in told.story.milestones]
    whole(render_ahead(coming, NOW))


@dataclass(frozen=True)
class Days:
    """So many days on which acts take effect, and what is said of them."""

    days: tuple[int, ...]
    topics: tuple[Topic, ...]
    said: tuple[str, ...]


@pytest.mark.parametrize(
    "case",
    [
        Days((), (), ("I know of no act that takes effect or ends on a day to come.",)),
        Days((3,), (Topic.CRYPTO,), ("I know of no act in crypto that", "1 elsewhere: /ahead lists them.")),
        Days((0,), (), ("1. 24 Nov 2026 · takes effect today · ",)),
        Days((1,), (Topic.RARE_EARTH,), ("What takes effect or ends in rare earths", "takes effect tomorrow")),
        Days((7, 400), (), ("1. 1 Dec 2026 · takes effect in 7 days", "2. 29 Dec 2027 · takes effect in 400 days")),
        Days(tuple(range(2, 22)), (), (" more after that; name a topic: /ahead chips",)),
    ],
)
def test_ahead(case: Days) -> None:
    coming = [Coming(NOW.date() + timedelta(days=n), Move.EFFECT, story(report(n))) for n in case.days]
    message = render_ahead(coming, NOW, case.topics)
    text, _ = whole(message)
    for each in case.said:
        assert each in text
    assert rows(message) <= SCREEN
    data = [button.data for row in message.buttons for button in row]
    assert data == [f"y:{each.story.id}" for each in coming[: len(data)]]


def test_the_time_of_a_line_is_as_short_as_it_may_be() -> None:
    stages = (StageReached(Stage.RUMOUR, at(3), "gone"), *STAGES)
    old = alert(report(1, published=NOW.replace(year=2025)), stages=stages, changes=(Change(1, Move.NEW, NOW, "r1"),))
    lines = lines_of(render_timeline(old, NOW))
    assert lines[3].startswith("24 Nov 2025 · First report")
    assert any(line.startswith("9 Oct · ") for line in lines)
    assert date(2025, 11, 24) < NOW.date()
