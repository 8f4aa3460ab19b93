"""What follows from what is only said where it is certain: checked against stories drawn at random."""

from __future__ import annotations

import pytest
from hypothesis import event, given, settings

from rules.conditions import All, Condition, OneOf
from rules.schema import RuleErrors, load
from rules.sense import contradiction, implies
from rules.story import Story
from tests.rules.drawn import conditions, stories
from tests.rules.stories import NOW


def condition(when: str) -> Condition:
    rule = f"rules: [{{name: a, when: {when}, then: {{factor: 1}}, because: It is so., status: stable}}]"
    return load({"r.yaml": rule}).rules[0].when


@settings(max_examples=200, deadline=None)
@given(first=conditions, second=conditions, told=stories())
def test_what_is_implied_holds(first: Condition, second: Condition, told: Story) -> None:
    both = All((first, second))
    for narrow, wide in ((first, second), (both, first), (both, second)):
        if implies(narrow, wide) and narrow.matches(told, NOW):
            event("a narrower condition held")
            assert wide.matches(told, NOW)


@settings(max_examples=200, deadline=None)
@given(first=conditions, second=conditions, told=stories())
def test_what_is_impossible_never_holds(first: Condition, second: Condition, told: Story) -> None:
    if contradiction(All((first, second))):
        event("impossible")
        assert not (first.matches(told, NOW) and second.matches(told, NOW))


@settings(max_examples=60, deadline=None)
@given(first=conditions)
def test_everything_implies_itself(first: Condition) -> None:
    assert implies(first, first)


@pytest.mark.parametrize(
    ("narrow", "wide", "follows"),
    [
        ("{event: tariff, structural: true}", "{event: [tariff, sanction]}", True),
        ("{event: [tariff, sanction]}", "{event: tariff}", False),
        ("{stage: in-force}", "{stage: {at least: announced}}", True),
        ("{stage: {at least: announced}}", "{stage: [announced, in-force]}", True),
        ("{stage: reversed}", "{stage: {at least: none}}", False),
        ("{topics: {all: [policy, energy]}}", "{topics: [energy]}", True),
        ("{topics: [energy]}", "{topics: {any: [energy], at least: 0.5}}", False),
        ("{p_structural: {at least: 0.8}}", "{p_structural: {at least: 0.5}}", True),
        ("{words: [Ban]}", "{words: [ban, quota]}", True),
        ("{form: report}", "{not: {form: opinion}}", True),
        ("{any: [{event: tariff}, {event: sanction}]}", "{event: [tariff, sanction, permit]}", True),
        ("{event: tariff}", "{any: [{event: tariff}, {form: opinion}]}", True),
        ("{event: tariff}", "{words: [tariff]}", False),
    ],
)
def test_what_follows(narrow: str, wide: str, *, follows: bool) -> None:
    assert implies(condition(narrow), condition(wide)) is follows


def test_a_thing_that_can_be_is_not_called_impossible() -> None:
    assert contradiction(All((OneOf("event", ("tariff",)), OneOf("stage", ("in-force",))))) is None


def test_many_choices_side_by_side_are_no_labour() -> None:
    """Each weighed against each other in every order would be forty factorial steps."""
    choices = ", ".join(f"{{any: [{{event: tariff}}, {{words: [w{number}]}}]}}" for number in range(40))
    assert contradiction(condition(f"{{all: [{choices}]}}")) is None
    impossible = "{any: [{event: permit}, {event: sanction, form: opinion}]}"
    with pytest.raises(RuleErrors, match="no branch of `any` can hold beside the rest"):
        condition(f"{{event: tariff, all: [{choices}, {impossible}]}}")
