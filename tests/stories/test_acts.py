"""Open acts: which report carries one on after weeks, how long it stays known, and what a search costs."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from pipelines.language.reader import Reader
from pipelines.milestones import named
from pipelines.stories.acts import KEPT, OVER_KEPT, OpenAct, OpenActs, act_of
from pipelines.stories.changes import begin
from pipelines.stories.continuing import Continuation, continued
from pipelines.stories.memory import sketch_of
from rules.story import Change, Event, Form, Move, Report, Stage, Story
from tests.stories.headlines import START, reading
from tests.stories.told import begun, opened_act, rows, told


def found(acts: OpenActs, report: Report) -> Continuation | None:
    """What this report carries on."""
    like = sketch_of(report)
    return continued(acts.near(report, like), report, like, tuple(each.on for each in named(report)))


def known(*acts: OpenAct | None) -> OpenActs:
    """These acts, as their holder knows them."""
    index = OpenActs()
    for act in filter(None, acts):
        index.put(act)
    return index


@pytest.mark.parametrize("case", rows("carried_on.jsonl"), ids=lambda case: case["now"])
def test_what_carries_an_act_on_after_weeks(reader: Reader, case: dict[str, Any]) -> None:
    later = told(reader, case["now"], days=case["days"])
    carried = found(known(opened_act(reader, case["then"])), later.report)
    assert (carried.brings if carried else "") == case["brings"]


def test_of_two_acts_as_likely_none_is_carried_on(reader: Reader) -> None:
    title = "Chile proposes royalty on copper exports"
    one, other = opened_act(reader, title, "aaaaaaaaa"), opened_act(reader, title, "bbbbbbbbb")
    report = told(reader, "Chile imposes royalty on copper exports", days=30).report
    assert found(known(one), report) is not None
    assert found(known(one, other), report) is None


def test_the_nearer_of_two_acts_is_carried_on(reader: Reader) -> None:
    acts = known(
        opened_act(reader, "Chile proposes royalty on copper exports from Antofagasta", "aaaaaaaaa"),
        opened_act(reader, "Chile proposes royalty on lithium and molybdenum exports", "bbbbbbbbb"),
    )
    carried = found(acts, told(reader, "Chile imposes royalty on copper exports from Antofagasta", days=30).report)
    assert carried is not None
    assert carried.act.story == "aaaaaaaaa"


def test_an_act_is_not_carried_on_by_what_was_published_before_it(reader: Reader) -> None:
    act = opened_act(reader, "Oman weighs ban on chromite exports")
    report = told(reader, "Oman bans chromite exports", days=-3).report
    assert found(known(act), report) is None


@pytest.mark.parametrize(
    ("event", "form", "stage", "is_act"),
    [
        (Event.EXPORT_CONTROL, Form.REPORT, Stage.PROPOSED, True),
        (Event.SPECULATION_TALKS, Form.REPORT, Stage.RUMOUR, True),
        (Event.SPECULATION_TALKS, Form.REPORT, Stage.IN_FORCE, False),
        (Event.EXPORT_CONTROL, Form.REPORT, Stage.NONE, False),
        (Event.EXPORT_CONTROL, Form.OPINION, Stage.PROPOSED, False),
        (Event.PRICE_MOVE, Form.REPORT, Stage.IN_FORCE, False),
    ],
)
def test_what_is_an_act(event: Event, form: Form, stage: Stage, is_act: bool) -> None:
    first = reading("Oman curbs chromite exports", event=event, form=form, stage=stage)
    assert (act_of(begin(first, "1y4k0x9ab", START)) is not None) is is_act


def test_a_story_that_goes_on_elsewhere_is_no_act(reader: Reader) -> None:
    story = begun(reader, "Oman bans chromite exports")
    assert act_of(story) is not None
    assert act_of(replace(story, merged="aaaaaaaaa")) is None


def _ends(story: Story) -> timedelta:
    act = act_of(story)
    assert act is not None
    return act.ends - START


def test_how_long_an_act_stays_known(reader: Reader) -> None:
    story = begun(reader, "Oman bans chromite exports")
    assert _ends(story) == KEPT
    over = Change(2, Move.LAPSE, START + timedelta(days=20), "")
    assert _ends(replace(story, changes=(*story.changes, over))) < timedelta(days=20) + OVER_KEPT
    assert _ends(begun(reader, "Oman lifts ban on chromite exports")) == OVER_KEPT
    far = _ends(begun(reader, "Oman to ban chromite exports from January 1, 2030"))
    assert far > timedelta(days=3 * 365) + OVER_KEPT


def _many(count: int) -> list[OpenAct]:
    acts: list[OpenAct] = []
    for n in range(count):
        first = reading(f"Oman bans exports of mineral number{n}", name=f"r{n}", stage=Stage.IN_FORCE, hours=n)
        act = act_of(begin(first, f"a{n:08d}", START))
        assert act is not None
        acts.append(act)
    return acts


def test_what_ends_first_is_given_up_first() -> None:
    acts = _many(6)
    over = replace(acts[5], stage=Stage.REVERSED)
    index = known(*acts[:5], over)
    assert [act.story for act in index.evict(START, room=4)] == [over.story, acts[0].story]
    assert len(index) == 4
    index.put(replace(acts[1], last=START + timedelta(days=30)))  # it went on
    assert [act.story for act in index.evict(START + KEPT + timedelta(days=1))] == [act.story for act in acts[2:5]]
    assert [story for story in (acts[1].story, acts[2].story) if story in index] == [acts[1].story]


def test_evicting_goes_in_small_steps() -> None:
    index = known(*_many(6))
    late = START + 2 * KEPT
    assert [len(index.evict(late, most=4)), len(index.evict(late, most=4)), len(index)] == [4, 2, 0]


def test_the_search_does_not_grow_with_the_acts(reader: Reader) -> None:
    report = told(reader, "Oman bans exports of mineral number7", days=1).report
    acts = _many(1500)
    index = known(*acts)
    near = index.near(report, sketch_of(report))
    assert len(near) <= 12
    assert near[0].story == acts[7].story


def test_an_act_that_is_dropped_leaves_nothing_behind() -> None:
    acts = _many(3)
    index = known(*acts)
    for act in acts:
        index.drop(act.story)
    report = reading("Oman bans exports of mineral number1", stage=Stage.IN_FORCE).report
    assert (len(index), index.near(report, sketch_of(report))) == (0, ())
