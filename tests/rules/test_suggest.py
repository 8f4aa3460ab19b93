"""Proposals from marked stories: what is proposed, what is not, and that each does what it says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.compare import Kind, compare_rules
from rules.edits import Aim
from rules.judge import judge
from rules.marks import Mark, Marked
from rules.schema import load
from rules.story import Entity, Event, Stage, Story, Topic
from rules.suggest import FILE, MOST, Proposal, suggest
from rules.verdict import Label
from tests.rules import drawn
from tests.rules.stories import NOW, story

SHIPPED = """
rules:
  - name: minerals
    when: {structural: true, topics: [rare-earth]}
    then: structural
    because: A mineral.
    status: stable
  - name: rumours
    when: {words: [talks]}
    then: watch
    because: Talks.
    status: stable
weights:
  event: {export-control: 1, tariff: 0.7, permit: 0.4, capacity-stop: 0.75, subsidy-funding: 0.7}
  levels: {critical: 90, high: 55, medium: 35}
"""
PACKS = {"packs/shipped.yaml": SHIPPED}
USEFUL, NOISE, KNEW, LATE = Mark.USEFUL, Mark.NOISE, Mark.KNEW, Mark.LATE


def told(number: int, title: str = "", **given: Any) -> Story:
    return replace(story(title=title or f"A mineral {number} is banned", **given), id=f"s{number:08}")


def marks(*rows: tuple[Mark, dict[str, Any]]) -> tuple[Marked, ...]:
    return tuple(Marked(told(number, **given), NOW, mark) for number, (mark, given) in enumerate(rows))


def proposed(
    marked: tuple[Marked, ...], *others: Story, own: str = "", read: dict[str, Story] | None = None
) -> tuple[Proposal, ...]:
    layers = (PACKS, {"own/mine.yaml": own}) if own else (PACKS,)
    recent = [(each.story, each.at) for each in marked] + [(each, NOW) for each in others]
    by_title = {each.lead.title: each for each in (*others, *(one.story for one in marked))} | (read or {})
    return suggest(layers, marked, recent, by_title.__getitem__)


def lines(proposals: tuple[Proposal, ...]) -> list[str]:
    """The YAML of each, without what every filter has."""
    return [" ".join(each.text.split("    because:")[0].split()) for each in proposals]


QUOTA: dict[str, Any] = {"event": Event.QUOTA_LICENCE}
FIRM = (Entity("firm:tinworks", "Tinworks", "firm", 0, 1),)


@pytest.mark.parametrize(
    ("rows", "asked"),
    [
        pytest.param([(NOISE, QUOTA)] * 2 + [(USEFUL, {})], "event: quota-licence", id="an event"),
        pytest.param(
            [(NOISE, {"places": ("tinland",)})] * 2 + [(USEFUL, {}), (LATE, {})],
            "event: export-control places: [tinland]",
            id="a place",
        ),
        pytest.param(
            [(NOISE, {"entities": FIRM})] * 2 + [(USEFUL, {})],
            'event: export-control entities: ["firm:tinworks"]',
            id="a name",
        ),
        pytest.param(
            [(NOISE, {**QUOTA, "step": "delayed"})] * 2 + [(USEFUL, QUOTA), (USEFUL, {"step": "delayed"})],
            "event: quota-licence step: delayed",
            id="two things at once",
        ),
        pytest.param(
            [(NOISE, {"title": f"China bans gallium for jewellery {n}"}) for n in "ab"]
            + [(USEFUL, {"title": "China bans gallium for chips"})],
            "event: export-control words: [jewellery]",
            id="a word",
        ),
        pytest.param(
            [(NOISE, {"title": f"China bans magnet toys {n}"}) for n in "ab"]
            + [(USEFUL, {"title": "China bans magnet after toys"})],
            'event: export-control words: ["magnet toys"]',
            id="two words side by side",
        ),
        pytest.param(
            [(NOISE, {"p_structural": p}) for p in (0.58, 0.62)] + [(USEFUL, {"p_structural": 0.7})],
            "event: export-control p_structural: {at most: 0.65}",
            id="what the language doubts",
        ),
    ],
)
def test_a_filter_where_noise_and_useful_part(rows: list[tuple[Mark, dict[str, Any]]], asked: str) -> None:
    found = proposed(marks(*rows))
    assert any(text.endswith(f"suppresses: [minerals] when: {asked}") for text in lines(found)), lines(found)
    best = found[0]
    assert (len(best.hits), best.misses, best.edit.aim) == (2, (), Aim.SILENCED)


def test_the_narrowest_of_several_filters_is_proposed() -> None:
    marked = marks((NOISE, {**QUOTA, "places": ("tinland",)}), (NOISE, {**QUOTA, "places": ("tinland",)}), (USEFUL, {}))
    others = [told(10 + number, **QUOTA) for number in range(3)]
    (only,) = proposed(marked, *others)
    assert "places: [tinland]" in only.text
    assert (len(only.lately.differences), only.unmarked) == (2, ())


def test_what_a_filter_takes_from_the_last_days_is_told() -> None:
    marked = marks((NOISE, QUOTA), (NOISE, QUOTA), (USEFUL, {}), (KNEW, QUOTA))
    others = [told(10, **QUOTA), told(11), told(12, structural=False, **QUOTA)]
    best = proposed(marked, *others)[0]
    assert [each.id for each in best.unmarked] == ["s00000010"], "what was not told before is not lost"
    assert {each.story.id for each in best.lately.of(Kind.LOST)} == {"s00000000", "s00000001", "s00000003", "s00000010"}
    assert (best.lately.of(Kind.GAINED), best.lately.of(Kind.CHANGED)) == ((), ())
    assert [each.story.id for each in best.knew] == ["s00000003"]


@pytest.mark.parametrize(("noise", "proposals"), [(9, 0), (10, 1), (25, 1)])
def test_at_most_a_tenth_is_wronged(noise: int, proposals: int) -> None:
    """Stories that nothing tells apart: one useful among them."""
    alike = {"title": "A mineral is banned"}
    marked = marks(*[(NOISE, alike)] * noise, (USEFUL, alike))
    found = [each for each in proposed(marked) if each.edit.aim is Aim.SILENCED]
    assert bool(found) is bool(proposals)
    assert all((len(each.hits), len(each.misses)) == (noise, 1) for each in found)


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [(NOISE, QUOTA), (USEFUL, {})],
        [(USEFUL, {}), (USEFUL, {})],
        [(LATE, {}), (LATE, QUOTA)],
        [(NOISE, {"structural": False}), (NOISE, {"structural": False})],
    ],
    ids=["nothing", "one noise", "all is well", "too late", "noise by the rules already"],
)
def test_nothing_is_proposed(rows: list[tuple[Mark, dict[str, Any]]]) -> None:
    assert proposed(marks(*rows)) == ()


def test_a_rule_is_switched_off_only_where_no_filter_does_as_much() -> None:
    alike = marks(
        *((NOISE, {"title": f"{who} in talks", "topics": ()}) for who in ("Miners", "Smelters")), (USEFUL, {})
    )
    assert lines(proposed(alike)) == [
        "filters: - name: quiet-export-control-talks suppresses: [rumours] when: event: export-control words: [talks]"
    ]
    apart = (("Copper", Event.TARIFF, Stage.PROPOSED, 0.9), ("Zinc", Event.PERMIT, Stage.RUMOUR, 1.0))
    rows = [
        {"title": title, "event": event, "stage": stage, "p_structural": p, "topics": (Topic.RARE_EARTH, topic)}
        for (title, event, stage, p), topic in zip(apart, (Topic.POLICY, Topic.ENERGY), strict=True)
    ]
    useful = {"title": "Miners in talks", "structural": False}
    texts = [each.text for each in proposed(marks(*((NOISE, row) for row in rows), (USEFUL, useful)))]
    assert texts == ["disable: [minerals]\n"]


def test_an_event_that_readers_knew_is_lowered_gently() -> None:
    marked = marks(*[(KNEW, {"event": Event.TARIFF})] * 3, (USEFUL, {}))
    found = proposed(marked, told(10, event=Event.TARIFF), told(11))
    (lowered,) = [each for each in found if "event" in each.text]
    assert lowered.text == "weights:\n  event:\n    tariff: 0.42\n"
    assert (lowered.edit.aim, len(lowered.hits), lowered.misses) == (Aim.QUIETER, 3, ())
    assert [each.story.id for each in lowered.lately.of(Kind.CHANGED)] == [
        "s00000000",
        "s00000001",
        "s00000002",
        "s00000010",
    ]
    assert [each.id for each in lowered.unmarked] == ["s00000010"]


def test_an_event_that_is_useful_and_low_is_raised() -> None:
    marked = marks(*[(USEFUL, {"event": Event.PERMIT})] * 2, (NOISE, {}))
    raised = [each for each in proposed(marked) if each.edit.aim is Aim.LOUDER]
    assert [each.text for each in raised if "permit" in each.text] == ["weights:\n  event:\n    permit: 0.6\n"]
    assert all(len(each.hits) == 2 and each.misses == () for each in raised)


def test_a_level_is_moved_just_past_what_readers_knew() -> None:
    loud = Event.TARIFF, Event.SUBSIDY_FUNDING
    marked = marks(*((KNEW, {"event": event}) for event in loud), (USEFUL, {"event": Event.CAPACITY_STOP}))
    (moved,) = proposed(marked)
    assert moved.text == "weights:\n  levels:\n    high: 71\n"
    assert (moved.edit.aim, len(moved.hits), moved.misses) == (Aim.QUIETER, 2, ())


def test_an_entry_that_the_folder_has_already_is_said() -> None:
    marked = marks(*[(KNEW, {"event": Event.TARIFF})] * 2, (USEFUL, {"event": Event.CAPACITY_STOP}))
    found = proposed(marked, own="weights:\n  event:\n    tariff: 0.71\n")
    clashes = {"tariff" in each.text: each.clash for each in found}
    assert "a second weight for event tariff" in clashes[True]
    assert clashes.get(False, "") == ""


def test_a_name_that_is_taken_is_not_given_again() -> None:
    marked = marks((NOISE, QUOTA), (NOISE, QUOTA), (USEFUL, {}))
    name = proposed(marked)[0].edit.filter
    own = f"""
filters:
  - name: {name}
    suppresses: [minerals]
    when: {{words: [nothing-of-the-kind]}}
    because: It was here before.
    status: stable
"""
    assert proposed(marked, own=own)[0].edit.filter == f"{name}-2"


def test_a_filter_carries_titles_that_hold_when_read_alone() -> None:
    rows = [{**QUOTA, "title": title} for title in ('He said: "no" #1', "Read otherwise", "bad \u202e sign")]
    marked = marks(*((NOISE, row) for row in rows), (USEFUL, {}))
    text = proposed(marked, read={"Read otherwise": told(5)})[0].text
    rules = load(PACKS, {FILE: text})
    (added,) = rules.filters
    assert [(each.headline, each.fires) for each in added.examples] == [
        ('He said: "no" #1', True),
        ("A mineral 3 is banned", False),
    ]
    assert added.because == "Readers marked 3 such stories as noise and none as worth an alert."


def test_each_question_of_a_filter_has_a_title_that_only_it_keeps_out() -> None:
    """So that whoever weakens the filter later is told by its examples."""
    rows = [
        *[(NOISE, {**QUOTA, "places": ("tinland",), "title": f"Tinland {n}"}) for n in range(2)],
        (USEFUL, {**QUOTA, "title": "A quota elsewhere"}),
        (USEFUL, {"places": ("tinland",), "title": "A ban in Tinland"}),
    ]
    (only,) = (each for each in proposed(marks(*rows)) if "places" in each.text)
    examples = load(PACKS, {FILE: only.text}).filters[0].examples
    assert {each.headline for each in examples if not each.fires} == {"A quota elsewhere", "A ban in Tinland"}


def test_what_was_taken_up_is_not_proposed_again() -> None:
    marked = marks((NOISE, QUOTA), (NOISE, QUOTA), (USEFUL, {}))
    assert proposed(marked, own=proposed(marked)[0].text) == ()


def test_a_broad_edit_comes_last_and_says_so() -> None:
    marked = marks(
        (NOISE, QUOTA),
        (NOISE, QUOTA),
        (NOISE, QUOTA),
        (KNEW, {"event": Event.TARIFF}),
        (KNEW, {"event": Event.TARIFF}),
        (USEFUL, {}),
    )
    found = proposed(marked, *(told(100 + number, **QUOTA) for number in range(40)))
    assert [each.broad for each in found] == sorted(each.broad for each in found)
    assert found[-1].broad
    assert len(found[-1].hits) == 3


_marked = st.builds(
    Marked, drawn.stories(), st.integers(0, 48).map(lambda hours: NOW + timedelta(hours=hours)), st.sampled_from(Mark)
)


def _numbered(marked: list[Marked]) -> tuple[Marked, ...]:
    return tuple(replace(each, story=replace(each.story, id=f"s{number:08}")) for number, each in enumerate(marked))


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(marked=st.lists(_marked, max_size=14).map(_numbered), turn=st.randoms(use_true_random=False))
def test_each_proposal_does_what_it_says(marked: tuple[Marked, ...], turn: Any) -> None:
    wide = {"w.yaml": SHIPPED.replace("{structural: true, topics: [rare-earth]}", "{p_structural: {at least: 0.3}}")}
    recent = [(each.story, each.at) for each in marked]
    titles = {each.story.lead.title: each.story for each in marked}
    found = suggest((wide,), marked, recent, titles.__getitem__)
    before = load(wide)
    assert len(found) <= MOST
    assert len({each.text for each in found}) == len(found)
    for proposal in found:
        after = load(wide, {FILE: proposal.text})
        right, wrong = set[str](), set[str]()
        for each in marked:
            old, new = (judge(each.story, rules, each.at) for rules in (before, after))
            moved = {
                Aim.SILENCED: new.label.rank < old.label.rank,
                Aim.QUIETER: new.severity.rank < old.severity.rank and old.label is not Label.NOISE,
                Aim.LOUDER: new.severity.rank > old.severity.rank and old.label is not Label.NOISE,
            }[proposal.edit.aim]
            if moved and each.mark.wanted is (proposal.edit.aim is not Aim.LOUDER):
                wrong.add(each.story.id)
            if moved and each.mark is (USEFUL if proposal.edit.aim is Aim.LOUDER else NOISE):
                right.add(each.story.id)
        full = compare_rules(recent, before, after).differences
        spoken = [each for each in full if each.old.label is not Label.NOISE]
        assert [(each.kind, each.story) for each in proposal.lately.differences] == [
            (each.kind, each.story) for each in spoken
        ]
        assert all(each.new.label is Label.NOISE for each in full if each not in spoken), "nothing is made told"
        assert proposal.unmarked == ()
        assert {each.story.id for each in proposal.misses} == wrong
        told_right = {each.story.id for each in proposal.hits if each.mark is not KNEW}
        assert told_right <= right if proposal.edit.aim is Aim.LOUDER else told_right == right
        assert len(proposal.hits) >= 2
        assert len(wrong) * 10 <= len(proposal.hits)
        assert not any(other.makes_idle(proposal) for other in found if other is not proposal)
    shuffled = list(marked)
    turn.shuffle(shuffled)
    again = suggest((wide,), shuffled, recent[::-1], titles.__getitem__)
    assert [each.edit for each in again] == [each.edit for each in found]
