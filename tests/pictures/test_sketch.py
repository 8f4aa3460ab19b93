"""What a story's picture shows and where, without drawing it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings

from bot.pictures.outline import Ahead, Step, read_sketch
from bot.pictures.sketch import sketch
from bot.pictures.theme import THEMES, Theme
from pipelines.events import Alert
from rules.story import Change, Move, Stage, StageReached
from tests.chats.make import ACT, NOW, alert, report
from tests.chats.threads import CHANGES, STAGES, any_story, at, followed


def test_stages_are_steps_and_the_rest_are_marks() -> None:
    drawn = sketch(followed(), NOW)
    assert drawn.kicker == "Structural, high · Rare earths, policy"
    assert drawn.levels == ("rumoured", "proposed", "announced", "in force")
    assert [step.row for step in drawn.steps] == [0, 1, 2]
    assert [(mark.kind, mark.row, mark.label, mark.count) for mark in drawn.marks] == [
        ("stage", 0, "3 Oct", 1),
        ("stage", 1, "9 Oct", 1),
        ("source", 1, "", 1),
        ("stage", 2, "23 Nov", 1),
        ("figure", 2, "", 1),
        ("source", 2, "", 2),
        ("figure", 2, "", 1),
    ]
    assert drawn.ahead == (
        Ahead("takes effect", "1 Dec 2026", "in 7 days"),
        Ahead("lapses", "10 Nov 2027", "in 351 days"),
    )
    assert drawn.summary == "3 independent sources · +11 reports, 1 analysis"


@pytest.mark.parametrize(
    ("stages", "levels", "rows"),
    [
        ((), ("reported", "rumoured", "proposed", "announced", "in force"), [0]),
        ((Stage.IN_FORCE,), ("proposed", "announced", "in force"), [2]),
        ((Stage.PROPOSED, Stage.REVERSED), ("taken back", "proposed", "announced", "in force"), [1, 0]),
        ((Stage.REVERSED, Stage.IN_FORCE), ("taken back", "proposed", "announced", "in force"), [0, 3]),
        ((Stage.RUMOUR, Stage.ANNOUNCED), ("rumoured", "proposed", "announced", "in force"), [0, 2]),
    ],
)
def test_levels(stages: tuple[Stage, ...], levels: tuple[str, ...], rows: list[int]) -> None:
    reached = tuple(StageReached(stage, at(n, 8), f"r{n}") for n, stage in enumerate(stages, 1))
    drawn = sketch(alert(report(1, published=at(1, 8)), stages=reached), NOW)
    assert drawn.levels == levels
    assert [step.row for step in drawn.steps] == rows


def test_denial_reversal_and_effect_have_their_marks_and_dates() -> None:
    kinds = (Move.DENIAL, Move.EFFECT, Move.REVERSAL)
    changes = [Change(n, kind, at(20 + n), "") for n, kind in enumerate(kinds, 1)]
    drawn = sketch(alert(report(1, published=at(19)), stages=(), changes=(CHANGES[0], *changes)), NOW)
    assert [(mark.kind, mark.label) for mark in drawn.marks[1:]] == [
        ("denial", "21 Nov"),
        ("effect", "22 Nov"),
        ("reversal", "23 Nov"),
    ]


def test_a_story_of_one_day_tells_hours() -> None:
    drawn = sketch(alert(report(1), changes=(Change(1, Move.NEW, NOW, "r1"),)), NOW)
    assert (drawn.marks[0].label, drawn.until) == ("09:26", "now")
    assert (sketch(followed(), NOW).marks[0].label, sketch(followed(), NOW).until) == ("3 Oct", "today")


def test_a_year_of_silence_leaves_room_for_an_hour_of_much() -> None:
    """Neighbours never stand on each other, and a longer gap is never the narrower."""
    reports = [report(n, published=NOW - timedelta(days=400, minutes=-10 * n)) for n in range(1, 9)]
    changes = [Change(n, Move.AMOUNT, NOW, f"r{n}") for n in range(1, 9)]
    late = report(9, published=NOW - timedelta(days=20))
    told = alert(*reports, late, changes=(*changes, Change(9, Move.AMOUNT, NOW, "r9")), stages=())
    places = [mark.at for mark in sketch(told, NOW).marks]
    gaps = [after - before for before, after in pairwise(places)]
    assert min(gaps) > 0.04
    assert gaps[-1] == max(gaps)


def test_a_retraction_is_a_banner() -> None:
    taken = Change(11, Move.RETRACTION, at(24, 9), "", "a parody site")
    drawn = sketch(followed(changes=(*CHANGES, taken)), NOW)
    assert (drawn.banner, drawn.ahead) == ("Retracted 24 Nov: a parody site", ())


def test_what_stands_for_a_title_that_cannot_be_drawn() -> None:
    assert sketch(alert(report(1, title="稀土")), NOW).plain == "Export control, in force"
    assert sketch(alert(report(1, act=replace(ACT, stage=Stage.NONE))), NOW).plain == "Export control"


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(any_story())
def test_any_story_has_a_picture_whose_parts_lie_on_it(told: Alert) -> None:
    drawn = sketch(told, NOW)
    places = [mark.at for mark in drawn.marks]
    assert places == sorted(places)
    assert all(0 <= place <= 1 for place in places)
    rows = range(len(drawn.levels))
    assert {step.row for step in drawn.steps} | {mark.row for mark in drawn.marks} <= set(rows)
    assert drawn.steps[0] == Step(places[0], drawn.steps[0].row)
    assert read_sketch(drawn.to_json()) == drawn


def test_old_stages_are_drawn_without_their_changes() -> None:
    drawn = sketch(followed(changes=CHANGES[:1]), NOW)
    assert [step.row for step in drawn.steps] == [0, 1, 2]
    assert len(drawn.marks) == len(STAGES)


def _light(colour: str) -> float:
    """Relative luminance, by WCAG."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((_light(one), _light(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_letters_and_marks_stand_out(theme: Theme) -> None:
    for behind in (theme.ground, theme.panel):
        for letters in (theme.ink, theme.soft):
            assert contrast(letters, behind) >= 4.5
        for mark in (theme.first, theme.second, theme.third, theme.good, theme.bad, theme.loud):
            assert contrast(mark, behind) >= 3
    for behind in (theme.first, theme.third, theme.bad):
        assert contrast(theme.ground, behind) >= 3, "numbers in marks and the banner's letters"
