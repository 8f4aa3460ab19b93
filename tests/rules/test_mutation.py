"""Mutants: each clause dropped or weakened once, and only what an example notices is caught."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from rules.mutation import mutants, survivors
from rules.ruleset import Example, Rule
from rules.schema import load
from rules.story import Story
from tests.rules.drawn import rules, stories
from tests.rules.stories import NOW, story


def changes(when: str, more: str = "") -> list[str]:
    text = f"rules: [{{name: a, when: {when}, {more} then: {{points: 1}}, because: So., status: stable}}]"
    return [mutant.change for mutant in mutants(load({"r.yaml": text}).rules[0])]


@pytest.mark.parametrize(
    ("when", "more", "expected"),
    [
        ("{form: report}", "", ["this is dropped: form is report"]),
        (
            "{event: tariff, stage: {at least: announced}}",
            "",
            [
                "this is dropped: stage is at least announced",
                "stage need only be proposed",
                "this is dropped: event is tariff",
            ],
        ),
        (
            "{topics: {all: [energy, policy], at least: 0.5}}",
            "",
            [
                "this is dropped: about energy and policy (at least 0.5)",
                "`at least` is dropped: about energy and policy (at least 0.5)",
                "one topic is enough: about energy and policy (at least 0.5)",
            ],
        ),
        (
            "{any: [{event: tariff}, {form: opinion}]}",
            "",
            [
                "this is dropped: any of: event is tariff; form is opinion",
                "a way is taken from `any`: event is tariff",
                "a way is taken from `any`: form is opinion",
            ],
        ),
        (
            "{form: report}",
            "unless: {event: tariff, hedge: true},",
            [
                "this is dropped: form is report",
                "`unless` is dropped (all of: event is tariff; in doubt)",
                "under `unless` this is dropped: event is tariff",
                "under `unless` this is dropped: in doubt",
            ],
        ),
        ("{event: tariff, all: [{event: [tariff, permit]}]}", "", ["this is dropped: event is tariff"]),
        (
            "{stage: in-force, all: [{stage: {at least: announced}}]}",
            "",
            ["this is dropped: stage is in-force"],
        ),
        (
            "{any: [{event: tariff, form: report}, {event: tariff}]}",
            "",
            [
                "this is dropped: any of: all of: event is tariff; form is report; event is tariff",
                "this is dropped: event is tariff",
                "this is dropped: form is report",
                "a way is taken from `any`: event is tariff",
            ],
        ),
        (
            "{not: {event: tariff, stage: {at least: announced}}}",
            "",
            [
                "this is dropped: not: all of: stage is at least announced; event is tariff",
                "under `not` this is dropped: stage is at least announced",
                "under `not` stage need only be proposed",
                "under `not` this is dropped: event is tariff",
            ],
        ),
        (
            "{amount: {unit: t, at least: 5, at most: 9}, p_structural: {at least: 0.2, at most: 0.4}}",
            "",
            [
                "this is dropped: the probability of structural at least 0.2 and at most 0.4",
                "`at least` is dropped: the probability of structural at least 0.2 and at most 0.4",
                "`at most` is dropped: the probability of structural at least 0.2 and at most 0.4",
                "this is dropped: an amount in t at least 5 and at most 9",
                "`at least` is dropped: an amount in t at least 5 and at most 9",
                "`at most` is dropped: an amount in t at least 5 and at most 9",
            ],
        ),
    ],
)
def test_what_is_changed(when: str, more: str, expected: list[str]) -> None:
    assert changes(when, more) == expected


@settings(max_examples=80, deadline=None)
@given(drawn=rules, told=stories())
def test_a_mutant_fires_on_more_or_on_less_as_it_says(drawn: tuple[Rule, ...], told: Story) -> None:
    for rule in drawn:
        before = rule.matches(told, NOW)
        for mutant in mutants(rule):
            after = mutant.rule.matches(told, NOW)
            assert after is before or after is mutant.easier


def test_only_what_an_example_notices_is_caught() -> None:
    text = """
rules:
  - name: a
    when: {words: [gallium], topics: [rare-earth]}
    then: structural
    because: So.
    status: stable
    examples:
      must fire: [Gallium ban]
      must stay quiet: [Tin ban]
"""

    def read(example: Example) -> Story:
        return story(title=example.headline)

    left, count = survivors(load({"r.yaml": text}), read, NOW, lambda _: True)
    assert count == 2
    (one,) = map(str, left)
    assert one.startswith("r.yaml:3:5: warning: a: no example notices when this is dropped: about rare-earth; ")
    assert one.endswith("add a headline under `must stay quiet` that only this keeps out")


FILTERED = """
rules:
  - name: a
    when: {words: [gallium]}
    then: structural
    because: So.
    status: stable
    examples:
      must fire: [Gallium ban]
      must stay quiet: [Tin ban%s]
filters:
  - name: jewels
    suppresses: [a]
    when: {words: [ring]}
    because: So.
    status: stable
    examples:
      must fire: [A gallium ring]
      must stay quiet: [Gallium ban]
"""


@pytest.mark.parametrize(("more", "left"), [("", ["the filter jewels is dropped"]), (", A gallium ring", [])])
def test_a_filter_over_a_rule_is_a_clause_of_it(more: str, left: list[str]) -> None:
    """Its own examples protect what it asks, and those of the rule that it is there."""
    found, count = survivors(
        load({"r.yaml": FILTERED % more}), lambda example: story(title=example.headline), NOW, lambda _: True
    )
    assert count == 3
    assert [survivor.mutant.change for survivor in found] == left
