"""What is noted of a story without a report, and two stories that become one: pure, in cases."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.events import Notice
from pipelines.milestones import named
from pipelines.stories.changes import advance, begin
from pipelines.stories.merges import absorb, mergeable, order
from pipelines.stories.notices import note
from rules.story import Change, Event, Link, Milestone, Move, Stage, StageReached, Story
from tests.stories.headlines import START, reading

DAY = date(2026, 12, 1)
AT = datetime(2026, 12, 1, tzinfo=UTC)
EFFECT, LAPSE = Milestone(DAY, Move.EFFECT, "a"), Milestone(DAY, Move.LAPSE, "a")


def story(
    *stages: tuple[Stage, float], milestones: tuple[Milestone, ...] = (EFFECT,), name: str = "1y4k0x9ab"
) -> Story:
    """A story that reached these stages so many hours before the day."""
    first = begin(reading("Oman bans chromite exports", name="a", stage=Stage.ANNOUNCED), name, START)
    reached = tuple(StageReached(stage, AT - timedelta(hours=hours), "a") for stage, hours in stages)
    return replace(first, stages=reached or first.stages, milestones=milestones)


@pytest.mark.parametrize(
    ("stages", "told", "last"),
    [
        (((Stage.ANNOUNCED, 200),), True, Stage.IN_FORCE),
        (((Stage.IN_FORCE, 200),), True, Stage.IN_FORCE),  # it was signed with a day ahead
        (((Stage.IN_FORCE, 20),), True, Stage.IN_FORCE),  # the first report of it, of yesterday, names the day
        (((Stage.ANNOUNCED, 200), (Stage.IN_FORCE, 20)), False, Stage.IN_FORCE),
        (((Stage.ANNOUNCED, 200), (Stage.IN_FORCE, 100)), True, Stage.IN_FORCE),
        (((Stage.IN_FORCE, 200), (Stage.REVERSED, 100)), True, Stage.IN_FORCE),  # put off to this day
    ],
)
def test_an_act_takes_effect_unless_a_report_has_just_said_so(
    stages: tuple[tuple[Stage, float], ...], told: bool, last: Stage
) -> None:
    before = story(*stages)
    after = note(before, Notice(before.id, Move.EFFECT, AT, "1 December 2026"))
    assert after is not None
    assert (after.version - before.version, after.milestones) == (told, ())
    assert [change.kind for change in after.since(1)] == [Move.EFFECT] * told
    assert after.stages[-1].stage is last


@pytest.mark.parametrize(("detail", "told"), [("in force → taking effect", False), ("proposed → announced", True)])
def test_what_a_report_said_on_the_eve_is_not_told_again(detail: str, told: bool) -> None:
    before = story((Stage.ANNOUNCED, 200))
    before = replace(before, changes=(*before.changes, Change(2, Move.STAGE, AT - timedelta(hours=9), "b", detail)))
    after = note(before, Notice(before.id, Move.EFFECT, AT))
    assert after is not None
    assert (after.version > before.version) is told


@pytest.mark.parametrize(
    ("before", "notice"),
    [
        (story(milestones=()), Notice("", Move.EFFECT, AT)),
        (story(milestones=(LAPSE,)), Notice("", Move.EFFECT, AT)),
        (story(milestones=(replace(EFFECT, on=DAY + timedelta(days=1)),)), Notice("", Move.EFFECT, AT)),
        (
            replace(story(), changes=(Change(1, Move.NEW, START, "a"), Change(2, Move.RETRACTION, START, ""))),
            Notice("", Move.EFFECT, AT),
        ),
        (replace(story(), changes=(Change(2, Move.RETRACTION, START, ""),)), Notice("", Move.RETRACTION, AT)),
        (replace(story(), changes=(Change(2, Move.CORRECTION, AT, ""),)), Notice("", Move.CORRECTION, AT)),
    ],
    ids=["no day", "another kind", "another day", "taken back", "taken back twice", "noted twice"],
)
def test_what_no_longer_holds_or_is_known_moves_nothing(before: Story, notice: Notice) -> None:
    assert note(before, notice) is None


@pytest.mark.parametrize("kind", [Move.LAPSE, Move.RETRACTION, Move.CORRECTION])
def test_a_notice_twice_is_a_notice_once(kind: Move) -> None:
    notice = Notice("", kind, AT, "why")
    once = note(story(milestones=(LAPSE,)), notice)
    assert once is not None
    assert once.since(1) == (Change(2, kind, AT, "", "why"),)
    assert note(once, notice) is None


@given(
    st.text(max_size=120), st.sampled_from(["from", "until", "effective", "delayed to", ""]), st.integers(-400, 4000)
)
def test_what_is_read_of_any_title_lies_ahead(text: str, word: str, days: int) -> None:
    on = START + timedelta(days=days)
    title = f"{text} {word} {on:%B} {on.day}, {on.year}"
    report = reading(title, event=Event.EXPORT_CONTROL, stage=Stage.IN_FORCE).report
    assert all(START.date() < each.on and each.kind in (Move.EFFECT, Move.LAPSE) for each in named(report))


def test_the_older_story_is_the_one_that_stays() -> None:
    one, other = story(name="bbbbbbbbb"), replace(story(name="aaaaaaaaa"), first_seen=START + timedelta(hours=1))
    assert order(one, other, lambda _: 0) == order(other, one, lambda _: 2) == (one, other)
    assert order(one, other, lambda story: story.id == other.id) == (other, one), "what was told louder stays"


def test_what_was_taken_back_or_went_elsewhere_is_not_merged() -> None:
    one, other = story(), story(name="bbbbbbbbb")
    assert mergeable(one, other)
    assert not mergeable(one, one)
    assert not mergeable(one, replace(other, merged="ccccccccc"))
    assert not mergeable(one, replace(other, changes=(Change(2, Move.RETRACTION, AT, ""),)))


def test_one_story_of_two_knows_what_both_knew() -> None:
    older = replace(story((Stage.PROPOSED, 90)), links=(Link("bbbbbbbbb", "see", "the other"),))
    younger = begin(reading("Oman's chromite ban", name="b", publisher="BBC", hours=3), "bbbbbbbbb", START)
    younger = advance(younger, reading("Oman chromite curbs", name="c", publisher="Dawn", hours=4), START)
    reached = StageReached(Stage.IN_FORCE, AT, "b")
    younger = replace(
        younger, stages=(reached,), milestones=(EFFECT, LAPSE), links=(Link("ccccccccc", "see", "third"),)
    )
    united, gone = absorb(older, younger, AT)
    assert (gone.merged, gone.milestones, gone.version) == (older.id, (), younger.version + 1)
    assert gone.changes[-1].kind is Move.MERGED
    assert (united.id, united.version, united.report_count) == (older.id, 2, 3)
    assert [report.id for report in united.reports] == ["a", "b", "c"]
    assert [step.stage for step in united.stages] == [Stage.PROPOSED, Stage.IN_FORCE]
    assert set(united.milestones) == {EFFECT, LAPSE}
    assert [link.story for link in united.links] == ["ccccccccc"]
    assert {change.kind for change in united.since(1)} == {Move.SOURCE}
    assert not any(change.kind.moves for change in united.since(1))


def test_the_stage_of_a_story_that_nobody_was_told_is_told_in_a_merge() -> None:
    older, younger = story((Stage.PROPOSED, 50)), story((Stage.IN_FORCE, 40), name="bbbbbbbbb")
    united, _ = absorb(older, younger, AT, told=False)
    assert [(change.kind, change.detail) for change in united.since(1)] == [(Move.STAGE, "proposed → in force")]
    further, _ = absorb(younger, older, AT, told=False)
    assert not any(change.kind.moves for change in further.since(1))


def test_a_reversed_story_stays_reversed_in_a_merge() -> None:
    older, younger = story((Stage.IN_FORCE, 50), (Stage.REVERSED, 20)), story((Stage.ANNOUNCED, 40), name="bbbbbbbbb")
    assert [step.stage for step in absorb(older, younger, AT)[0].stages] == [Stage.IN_FORCE, Stage.REVERSED]
