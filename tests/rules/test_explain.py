"""Traces and flips: what is told of a verdict agrees with the verdict, and what would flip it is true."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from math import prod
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from bot.tracing import counted
from pipelines.rulebook import load_rules
from rules.conditions import All, Condition, Either, Is, Not, OneOf, StageAtLeast, Words, publishers
from rules.explain import Asked, Clause, clause_of, trace
from rules.flips import nearest
from rules.judge import judge
from rules.ruleset import Effect, Factor, LimitLabel, Points, Rule, RuleSet, SetLabel, Status
from rules.schema import load
from rules.story import Event, Form, Source, Stage, Story, Tier, Topic
from rules.supposed import Wish
from rules.telling import tell
from rules.verdict import Label
from rules.voices import voices
from rules.weights import Weights
from tests.rules.drawn import conditions, filters, rules, stories
from tests.rules.stories import NOW, report, story

SHIPPED = load_rules(None)


def leaves(clause: Clause) -> Iterator[Clause]:
    if not clause.parts:
        yield clause
    for part in clause.parts:
        yield from leaves(part)


@settings(max_examples=100, deadline=None)
@given(drawn=rules, data=st.data(), told=stories())
def test_a_trace_agrees_with_the_verdict(drawn: tuple[Rule, ...], data: st.DataObject, told: Story) -> None:
    over = data.draw(filters(tuple(rule.name for rule in drawn)))
    rule_set = RuleSet(drawn, Weights(), over)
    traced = trace(told, rule_set, NOW)
    assert traced.verdict == judge(told, rule_set, NOW)
    assert min(traced.reached, traced.limit, key=lambda label: label.rank) is traced.verdict.label
    for each, rule in zip(traced.rules, rule_set.rules, strict=True):
        assert each.fired is rule.matches(told, NOW)
    spoke = {reason.rule for reason in traced.verdict.reasons} - {"", "weights"}
    assert {each.rule.name for each in traced.fired} == spoke


@settings(max_examples=100, deadline=None)
@given(condition=conditions, told=stories())
def test_clauses_add_up(condition: Condition, told: Story) -> None:
    """Each part says whether it held, and they make the whole."""
    clause = clause_of(condition, told, NOW)
    held = [part.held for part in clause.parts]
    whole = {"all": all(held), "any": any(held), "not": not any(held), "": clause.held}[clause.how]
    assert clause.held is whole is condition.matches(told, NOW)
    assert all(leaf.asks and leaf.saw for leaf in leaves(clause))
    for leaf in leaves(clause):
        if isinstance(leaf.condition, Words):
            assert bool(leaf.spans) is leaf.held


@settings(max_examples=150, deadline=None)
@given(drawn=rules, told=stories(), wanted=st.sampled_from(Label))
def test_a_flip_names_only_what_stands_in_the_way(drawn: tuple[Rule, ...], told: Story, wanted: Label) -> None:
    rule_set = RuleSet(drawn, Weights())
    traced = trace(told, rule_set, NOW)
    flip = nearest(traced, wanted, told, NOW)
    if traced.verdict.label is wanted:
        assert flip is None
    if flip is None:
        return
    event(f"from {traced.verdict.label} to {wanted}")
    assert flip.label is wanted
    assert 0 < len(flip.wishes) <= 4
    for wish in flip.wishes:
        assert wish.condition.matches(told, NOW) is not wish.holds
    assert flip.in_words(told, NOW).startswith(f"It would be {wanted}")


_simple_conditions = st.recursive(
    st.one_of(
        st.sets(st.sampled_from(list(Stage)), min_size=1, max_size=3).map(lambda them: OneOf("stage", tuple(them))),
        st.sampled_from(
            (OneOf("form", ("report",)), OneOf("form", ("opinion", "report")), OneOf("event", ("tariff",)))
        ),
        st.builds(Is, st.sampled_from(("structural", "hedge")), st.booleans()),
        st.builds(StageAtLeast, st.sampled_from((Stage.PROPOSED, Stage.ANNOUNCED))),
    ),
    lambda inner: st.one_of(
        st.builds(All, st.lists(inner, min_size=2, max_size=2).map(tuple)),
        st.builds(Either, st.lists(inner, min_size=2, max_size=2).map(tuple)),
        st.builds(Not, inner),
    ),
    max_leaves=3,
)


_simple_effects: st.SearchStrategy[Effect] = st.sampled_from(
    (SetLabel(Label.STRUCTURAL), SetLabel(Label.WATCH), LimitLabel(Label.WATCH), LimitLabel(Label.NOISE))
)
simple_rules = st.lists(
    st.builds(
        Rule,
        name=st.just("rule"),
        when=_simple_conditions,
        unless=st.none() | _simple_conditions,
        effect=_simple_effects,
        because=st.just("So."),
        status=st.just(Status.STABLE),
    ),
    min_size=2,
    max_size=5,
).map(lambda drawn: tuple(replace(rule, name=f"rule-{number}") for number, rule in enumerate(drawn)))
"""Label rules over few fields, so that one change moves several of them."""


@settings(max_examples=150, deadline=None)
@given(drawn=simple_rules, told=stories(), wanted=st.sampled_from(Label), data=st.data())
def test_a_story_that_is_as_a_flip_says_has_the_label(
    drawn: tuple[Rule, ...], told: Story, wanted: Label, data: st.DataObject
) -> None:
    """Where a flip asks for values that a report can be given, a report that has them is judged so by the rules."""
    over = data.draw(filters(tuple(rule.name for rule in drawn)))
    rule_set = RuleSet(drawn, Weights(), over)
    traced = trace(told, rule_set, NOW)
    flip = nearest(traced, wanted, told, NOW)
    if flip is None or {*map(field_of, flip.wishes)} - set(_VALUES):
        return
    fields = tuple(dict.fromkeys(map(field_of, flip.wishes)))
    agreeing = [
        each for each in variants(told, fields) if all(w.condition.matches(each, NOW) is w.holds for w in flip.wishes)
    ]
    event(f"{len(fields)} changes")
    assert agreeing
    for each in agreeing:
        assert judge(each, rule_set, NOW).label is wanted


@settings(max_examples=100, deadline=None)
@given(drawn=simple_rules, told=stories(), wanted=st.sampled_from(Label))
def test_where_one_change_is_enough_one_is_told(drawn: tuple[Rule, ...], told: Story, wanted: Label) -> None:
    rule_set = RuleSet(drawn, Weights())
    traced = trace(told, rule_set, NOW)
    near = [
        each
        for field in _VALUES
        for each in variants(told, (field,))
        if judge(each, rule_set, NOW).label is wanted is not traced.verdict.label
    ]
    flip = nearest(traced, wanted, told, NOW)
    assert bool(near) is (flip is not None and len({*map(field_of, flip.wishes)}) == 1)


_VALUES: dict[str, list[Any]] = {
    "event": list(Event),
    "stage": list(Stage),
    "form": list(Form),
    "structural": [True, False],
    "hedge": ["", "may"],
    "negated": [True, False],
}


def field_of(wish: Wish) -> str:
    """The field that a wish is about; the name of the question where that is no field of one value."""
    if isinstance(wish.condition, StageAtLeast):
        return "stage"
    return str(getattr(wish.condition, "field", type(wish.condition).__name__))


def variants(told: Story, fields: tuple[str, ...]) -> Iterator[Story]:
    """The story with all values of these fields."""
    for values in product(*(_VALUES[field] for field in fields)):
        each = told
        for field, value in zip(fields, values, strict=True):
            each = with_value(each, field, value)
        yield each


def with_value(told: Story, field: str, value: Any) -> Story:
    lead = told.lead
    if field in ("form", "structural"):
        lead = replace(lead, **{field: value})
    else:
        lead = replace(lead, act=replace(lead.act, **{field: value}))
    return replace(told, reports=tuple(lead if each.id == lead.id else each for each in told.reports))


RULES = load(
    {
        "r.yaml": """
rules:
  - name: chips
    when: {topics: [semiconductor], stage: {at least: announced}, words: [licence, license]}
    then: structural
    because: Chips.
    status: stable
  - name: opinion
    when: {form: opinion}
    then: noise
    because: A view.
    status: stable
  - name: looming
    when: {topics: [semiconductor], stage: [rumour, proposed]}
    then: watch
    because: It may come.
    status: stable
"""
    }
)
CHIPS: dict[str, Any] = {
    "title": "US weighs licence for chip tools",
    "topics": (Topic.SEMICONDUCTOR,),
    "event": Event.QUOTA_LICENCE,
}


@pytest.mark.parametrize(
    ("given", "wanted", "words"),
    [
        (
            {"stage": Stage.PROPOSED},
            Label.STRUCTURAL,
            "It would be structural by chips if stage were at least announced (it is proposed).",
        ),
        (
            {"stage": Stage.PROPOSED, "form": Form.OPINION},
            Label.STRUCTURAL,
            (
                "It would be structural by chips if stage were at least announced (it is proposed) "
                "and form were not opinion."
            ),
        ),
        # At any other stage below, another rule would speak.
        (
            {"stage": Stage.IN_FORCE},
            Label.NOISE,
            "It would be noise if stage were none or reversed (it is in force).",
        ),
        (
            {"stage": Stage.IN_FORCE},
            Label.WATCH,
            "It would be watch by looming if stage were rumour or proposed (it is in force).",
        ),
        (
            {"stage": Stage.IN_FORCE, "form": Form.OPINION},
            Label.STRUCTURAL,
            "It would be structural by chips if form were not opinion.",
        ),
        (
            {"stage": Stage.NONE},
            Label.WATCH,
            "It would be watch by looming if stage were proposed or rumour (it is none).",
        ),
    ],
)
def test_a_flip_in_words(given: dict[str, Any], wanted: Label, words: str) -> None:
    told = story(**CHIPS, **given)
    flip = nearest(trace(told, RULES, NOW), wanted, told, NOW)
    assert (flip.in_words(told, NOW) if flip else "") == words


def fired(asked: tuple[Asked, ...]) -> list[str]:
    return [each.rule.name for each in asked]


def test_the_words_that_fired_are_shown() -> None:
    told = story(**CHIPS, stage=Stage.IN_FORCE)
    traced = trace(told, RULES, NOW)
    assert fired(traced.fired) == ["chips"]
    words = [leaf for leaf in leaves(traced.fired[0].when) if isinstance(leaf.condition, Words)]
    assert [(leaf.saw, leaf.spans) for leaf in words] == [('"licence"', ((10, 17),))]


@settings(max_examples=100, deadline=None)
@given(stories())
def test_as_many_voices_count_as_the_rules_count(told: Story) -> None:
    assert sum(voice.counts for voice in voices(told)) == publishers(told)


@pytest.mark.parametrize(
    ("reports", "said"),
    [
        ([("Ministry", "m", Stage.IN_FORCE)], "1 independent publisher says so: Ministry."),
        (
            [("Ministry", "m", Stage.IN_FORCE), ("Wire", "w", Stage.IN_FORCE)],
            "2 independent publishers say so: Ministry, Wire.",
        ),
        (
            [("Wire", "w", Stage.RUMOUR), ("Echo", "w", Stage.IN_FORCE), ("Ministry", "m", Stage.IN_FORCE)],
            "1 independent publisher says so: Ministry; not counted: Wire (said rumour), Echo (same house).",
        ),
        (
            [("", "a", Stage.IN_FORCE), ("", "b", Stage.IN_FORCE), ("Wire", "w", Stage.IN_FORCE)],
            "3 independent publishers say so, Wire among them.",
        ),
        (
            [("Wire", "w", Stage.IN_FORCE), *[(f"Copy {n}", "w", Stage.IN_FORCE) for n in range(6)]],
            (
                "1 independent publisher says so: Wire; "
                "not counted: Copy 0, Copy 1, Copy 2, Copy 3, 2 more (same house)."
            ),
        ),
    ],
)
def test_sources_counted_and_not(reports: list[tuple[str, str, Stage]], said: str) -> None:
    made = [
        replace(report(id=f"r{n}", stage=stage), source=Source("f", name, family, Tier.TRADE))
        for n, (name, family, stage) in enumerate(reports)
    ]
    assert counted(story(*made)) == said


@settings(max_examples=100, deadline=None)
@given(drawn=rules, told=stories())
def test_the_parts_make_the_score(drawn: tuple[Rule, ...], told: Story) -> None:
    rule_set = RuleSet(drawn, SHIPPED.weights)
    traced = trace(told, rule_set, NOW)
    value = 100 * prod(factor for _, factor in traced.parts)
    effects = [each.rule.effect for each in traced.fired]
    value *= prod(each.factor for each in effects if isinstance(each, Factor))
    value += sum(each.points for each in effects if isinstance(each, Points))
    assert traced.verdict.score == pytest.approx(min(100.0, max(0.0, value)), abs=0.06)


def test_every_shipped_rule_can_be_told() -> None:
    for rule in SHIPPED.rules:
        assert all(tell(clause) for clause in filter(None, (rule.when, rule.unless)))
