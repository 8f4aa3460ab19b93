"""A set printed and read back is the same set."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pipelines.rulebook import load_rules
from rules.printing import print_rule, print_rules
from rules.ruleset import Example, Filter, Rule, RuleSet
from rules.schema import load
from rules.sense import contradiction, implies
from rules.story import Event, Stage, Story, Tier
from rules.verdict import Severity
from rules.weights import Weights
from tests.rules.drawn import filters, rules, stories
from tests.rules.stories import NOW

HARD = (
    "a: b",
    "# c",
    "on",
    "12:30",
    '"',
    "\\",
    "it's",
    "- x",
    "{y}",
    "中国, [z]",
    "\u0007bell",
    "$5 fee",
    "~",
    "1e3",
    "é!",
)


def asked_of(rule_set: RuleSet) -> tuple[Rule | Filter, ...]:
    return (*rule_set.rules, *rule_set.filters)


def read(rule_set: RuleSet) -> RuleSet:
    return load({"printed.yaml": print_rules(rule_set)})


def _refused(each: Rule | Filter) -> bool:
    """Whether it can never fire."""
    never = each.unless is not None and (contradiction(each.unless) or implies(each.when, each.unless))
    return bool(contradiction(each.when) or never)


def without_place(rule_set: RuleSet) -> list[object]:
    return [
        replace(
            each,
            file="",
            line=0,
            column=0,
            filters=(),
            examples=tuple(replace(e, line=0, column=0) for e in each.examples),
        )
        if isinstance(each, Rule)
        else replace(each, file="", line=0, column=0, examples=())
        for each in asked_of(rule_set)
    ]


@pytest.mark.parametrize("own", ["", "disable: [minerals-act]\nlists: {denials: [$denials, scoffs at]}\n"])
def test_the_shipped_packs_are_the_same_when_read_back(own: str, tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(own)
    known = load_rules(tmp_path)
    again = read(known)
    assert again.hash == known.hash
    assert without_place(again) == without_place(known)
    assert print_rules(again) == print_rules(known)


@settings(max_examples=80, deadline=None)
@given(drawn=rules, data=st.data(), told=stories())
def test_any_set_is_the_same_when_read_back(drawn: tuple[Rule, ...], data: st.DataObject, told: Story) -> None:
    over = data.draw(filters(tuple(rule.name for rule in drawn)))
    known = RuleSet(drawn, Weights(), over)
    # A drawn rule may contradict itself, which is refused when it is read.
    assume(not any(_refused(each) for each in asked_of(known)))
    again = read(known)
    assert without_place(again) == without_place(known)
    assert again.hash == known.hash
    assert print_rules(again) == print_rules(known)
    for one, other in zip(known.rules, again.rules, strict=True):
        assert one.matches(told, NOW) is other.matches(told, NOW)


@pytest.mark.parametrize(
    "written",
    [
        "when: {hedge: true, words: [a], all: [{words: [b]}]}",
        "when: {any: [{hedge: true}], words: [a]}",
        "when: {all: [{all: [{words: [a]}, {hedge: true}]}, {form: opinion}]}",
        "when: {not: {any: [{hedge: true}], words: [a]}}",
        "when: {words: [a]}, examples: {must stay quiet: [q], must fire: [f]}",
        "when: {amount: {unit: USD, at least: 999999 trillion}}",
        "when: {words: [a]}, examples: {must fire: [{headline: a, age: 20 min}, {headline: b, age: 7.3 min}]}",
    ],
)
def test_what_is_written_in_an_order_of_its_own_comes_back(written: str) -> None:
    known = load({"r.yaml": f"rules: [{{name: a, {written}, then: watch, because: So., status: stable}}]"})
    again = read(known)
    assert without_place(again) == without_place(known)
    assert again.hash == known.hash
    assert print_rules(again) == print_rules(known)


_FIGURES = st.one_of(st.floats(0, 10), st.floats(0, 10).map(lambda value: round(value, 2)))
_TABLES = st.fixed_dictionaries(
    {},
    optional={
        "event": st.dictionaries(st.sampled_from(tuple(map(str, Event))), _FIGURES, min_size=1),
        "levels": st.dictionaries(st.sampled_from(tuple(map(str, Severity))), _FIGURES, min_size=1),
        "exchange": st.dictionaries(st.sampled_from(("EUR", "%", "on", "12", "a: b")), _FIGURES, min_size=1),
        "half_life": st.dictionaries(st.sampled_from(tuple(map(str, Stage))), st.floats(0.01, 1e5), min_size=1),
        "money": st.dictionaries(st.floats(0, 1e18), _FIGURES, min_size=1).map(
            lambda steps: tuple(sorted(steps.items()))
        ),
        "publishers": st.dictionaries(st.floats(1, 1000), _FIGURES, min_size=1).map(
            lambda steps: tuple(sorted(steps.items()))
        ),
    },
)


@settings(max_examples=60, deadline=None)
@given(tables=_TABLES)
def test_any_weights_come_back(tables: dict[str, Any]) -> None:
    known = RuleSet((), Weights(**tables))
    again = read(known)
    assert again.weights == known.weights
    assert again.hash == known.hash


@pytest.mark.parametrize("text", HARD)
def test_hard_texts_come_back(text: str) -> None:
    source = load(
        {"r.yaml": "rules: [{name: a, when: {words: [x]}, then: watch, because: So., status: stable}]"}
    ).rules[0]
    examples = (
        Example(text, True, 1, 1),
        Example(text, False, 1, 1, source=text, tier=Tier.WIRE, publishers=3, age=1.5),
    )
    printed = print_rule(replace(source, because=text.replace("{y}", "y"), examples=examples))
    (again,) = load({"r.yaml": f"rules:\n{printed}"}).rules
    assert again.because == text.replace("{y}", "y")
    assert [replace(each, line=1, column=1) for each in again.examples] == list(examples)


def test_what_it_looks_like() -> None:
    text = """rules:
  - name: metal-bans
    when:
      stage: {at least: announced}
      event: [structural-leaning, speculation-talks]
      amount: {unit: USD, at least: 100 million}
      words: [gallium, germanium]
    unless: {form: opinion}
    then: {at most: watch}
    because: "{event}: a ban."
    status: stable
    examples:
      must fire:
        - China bans gallium exports
      must stay quiet:
        - {headline: "Gallium: a primer", tier: wire, publishers: 2, age: 6 h}

weights:
  event: {tariff: 0.5}
  half-life: {rumour: 12 h}
  money: {100000: 0.5, 1234567.5: 1.1, 100 million: 1, 2.5 billion: 1.2}
"""
    assert print_rules(load({"r.yaml": text})) == text


@pytest.mark.parametrize("unit", ["%", "a: b", "# c", "on", "12", "1_0", "{x}", "\u20ac"])
def test_any_name_of_a_unit_comes_back(unit: str) -> None:
    known = load({"w.yaml": f"weights: {{exchange: {{{json.dumps(unit)}: 2}}}}"})
    assert read(known).weights == known.weights
