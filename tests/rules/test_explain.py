"""Traces and flips: what is told of a verdict agrees with the verdict, and what would flip it is true."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations_with_replacement, product
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from pipelines.rulebook import load_rules
from rules.conditions import Condition, Words
from rules.explain import Asked, Clause, clause_of, trace
from rules.flips import nearest
from rules.judge import judge
from rules.ruleset import Rule, RuleSet
from rules.schema import load
from rules.story import Event, Form, Stage, Story, Topic
from rules.telling import tell
from rules.verdict import Label
from rules.weights import Weights
from tests.rules.drawn import conditions, filters, rules, stories
from tests.rules.stories import NOW, story

SHIPPED = load_rules(None)


def leaves(clause: Clause) -> Iterator[Clause]:
    if not clause.parts:
        yield clause
    for part in clause.parts:
        yield from leaves(part)


@settings(max_examples=200, deadline=None)
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


@settings(max_examples=200, deadline=None)
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


@settings(max_examples=300, deadline=None)
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


_SIMPLE = ("event", "stage", "form", "structural", "hedge", "negated")


@settings(max_examples=300, deadline=None)
@given(drawn=rules, told=stories(), wanted=st.sampled_from(Label), data=st.data())
def test_a_story_that_is_as_a_flip_says_has_the_label(
    drawn: tuple[Rule, ...], told: Story, wanted: Label, data: st.DataObject
) -> None:
    """Where a flip asks for values that a report can be given, a report that has them is judged so by the rules."""
    over = data.draw(filters(tuple(rule.name for rule in drawn)))
    rule_set = RuleSet(drawn, Weights(), over)
    flip = nearest(trace(told, rule_set, NOW), wanted, told, NOW)
    if flip is None or not all(getattr(wish.condition, "field", "stage") in _SIMPLE for wish in flip.wishes):
        return
    if any(type(wish.condition).__name__ in ("About", "Amount", "Words", "Pattern") for wish in flip.wishes):
        return
    agreeing = [each for each in variants(told) if all(w.condition.matches(each, NOW) is w.holds for w in flip.wishes)]
    event(f"{len(flip.wishes)} changes, {min(len(agreeing), 3)} stories")
    assert agreeing
    fields = {getattr(wish.condition, "field", "stage") for wish in flip.wishes}
    for each in agreeing:
        if changed(told, each) == fields:
            assert judge(each, rule_set, NOW).label is wanted


def variants(told: Story) -> Iterator[Story]:
    """The story with every value of every simple field, one or two of them at a time."""
    changes: dict[str, list[Any]] = {
        "event": list(Event),
        "stage": list(Stage),
        "form": list(Form),
        "structural": [True, False],
        "hedge": ["", "may"],
        "negated": [True, False],
    }
    for first, second in combinations_with_replacement(changes, 2):
        for one, other in product(changes[first], changes[second]):
            yield with_value(with_value(told, first, one), second, other)


def with_value(told: Story, field: str, value: Any) -> Story:
    lead = told.lead
    if field in ("form", "structural"):
        lead = replace(lead, **{field: value})
    else:
        lead = replace(lead, act=replace(lead.act, **{field: value}))
    return replace(told, reports=tuple(lead if each.id == lead.id else each for each in told.reports))


def changed(before: Story, after: Story) -> set[str]:
    """Which simple fields differ."""
    return {field for field in _SIMPLE if value_of(before, field) != value_of(after, field)}


def value_of(told: Story, field: str) -> Any:
    if field == "hedge":
        return bool(told.lead.act.hedge)
    return getattr(told.lead if field in ("form", "structural") else told.lead.act, field)


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


def test_every_shipped_rule_can_be_told() -> None:
    for rule in SHIPPED.rules:
        assert all(tell(clause) for clause in filter(None, (rule.when, rule.unless)))
