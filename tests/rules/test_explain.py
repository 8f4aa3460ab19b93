"""Traces and flips: what is told of a verdict agrees with the verdict, and what would flip it is true."""

from __future__ import annotations

from collections.abc import Iterator
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
    assert all(wish.condition.matches(told, NOW) is not wish.holds for wish in flip.wishes)
    answers = {wish.condition: wish.holds for wish in flip.wishes}
    if len(answers) == len(flip.wishes):  # nothing is wished both ways
        assert label_with(answers, rule_set, told).rank == wanted.rank or contrary(answers, rule_set)


def label_with(answers: dict[Condition, bool], rule_set: RuleSet, told: Story) -> Label:
    """The label if these clauses were answered so and all others as they are."""
    reached, limit = Label.NOISE, Label.STRUCTURAL
    for rule in rule_set.label_rules:
        if answered(rule, answers, told):
            effect: Any = rule.effect
            if type(effect).__name__ == "SetLabel":
                reached = max(reached, effect.label, key=lambda label: label.rank)
            else:
                limit = min(limit, effect.label, key=lambda label: label.rank)
    return min(reached, limit, key=lambda label: label.rank)


def answered(rule: Rule, answers: dict[Condition, bool], told: Story) -> bool:
    def ask(condition: Any) -> bool:
        match type(condition).__name__:
            case "All":
                return all(ask(part) for part in condition.conditions)
            case "Either":
                return any(ask(part) for part in condition.conditions)
            case "Not":
                return not ask(condition.condition)
        return bool(answers.get(condition, condition.matches(told, NOW)))

    return ask(rule.when) and not (rule.unless and ask(rule.unless))


def contrary(answers: dict[Condition, bool], rule_set: RuleSet) -> bool:
    """Whether another rule asks the very same clause, so that flipping it moves more than the rule it was named for."""
    asked = [clause for rule in rule_set.label_rules for clause in (rule.when, rule.unless) if clause]
    texts = [tell(clause) for clause in asked]
    return any(sum(tell(condition) in text for text in texts) > 1 for condition in answers)


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
            "It would be structural by chips if: stage is at least announced (now proposed).",
        ),
        (
            {"stage": Stage.PROPOSED, "form": Form.OPINION},
            Label.STRUCTURAL,
            (
                "It would be structural by chips if: stage is at least announced (now proposed); "
                "and this did not hold: form is opinion."
            ),
        ),
        (
            {"stage": Stage.IN_FORCE},
            Label.NOISE,
            "It would be noise if: this did not hold: stage is at least announced.",
        ),
        ({"stage": Stage.IN_FORCE}, Label.WATCH, ""),
        (
            {"stage": Stage.IN_FORCE, "form": Form.OPINION},
            Label.STRUCTURAL,
            "It would be structural by chips if: this did not hold: form is opinion.",
        ),
        (
            {"stage": Stage.NONE},
            Label.WATCH,
            "It would be watch by looming if: stage is proposed or rumour (now none).",
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
