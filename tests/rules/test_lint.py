"""What is allowed and yet looks wrong: told with its place and how bad it is, and nothing told that is right."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings

from pipelines.language.askable import askable
from pipelines.language.chinese.facts import chinese_amounts
from pipelines.rulebook import load_rules
from rules.judge import judge
from rules.lint import Known, lint
from rules.reach import highest_score
from rules.ruleset import Rule, RuleSet, SetLabel
from rules.schema import load
from rules.story import Story
from tests.rules.drawn import rules, stories
from tests.rules.stories import NOW

LOW = """
weights:
  event: {tariff: 0.5, export-control: 0.3}
  stage: {in-force: 0.4, announced: 1.2}
  step: {memorandum: 1.3}
  authority: {A1: 0.8, A2: 0.8, A3: 0.8, A4: 0.8, A5: 0.8, A6: 0.2, A7: 0.3, unknown: 0.7}
  size: {unstated: 0.6, unstated by a firm: 0.5}
  money: {1 million: 0.7}
  tier: {official: 0.6, wire: 0.5, trade: 0.4, aggregator: 0.3}
  publishers: {2: 0.1, 3: 0.05}
"""
DATA = Path(__file__).parent / "findings"
KNOWN = Known(
    entities=frozenset({"chipmaker:asml", "chipmaker:nvidia"}),
    places=frozenset({"Chile", "Taiwan"}),
    units=frozenset({"USD", "t"}),
)


@pytest.mark.parametrize("file", sorted(DATA.glob("*.yaml")), ids=lambda file: file.stem)
def test_findings(file: Path) -> None:
    """Each with its gravity, place and remedy, as the .txt file beside it says."""
    found = lint(load({file.name: file.read_text()}), KNOWN)
    told = [str(each).removeprefix(f"{file.name}:") for each in found]
    assert told == file.with_suffix(".txt").read_text().splitlines()


def test_what_is_not_known_is_not_looked_at() -> None:
    assert lint(load({"r.yaml": (DATA / "strangers.yaml").read_text()}), Known()) == ()


def test_only_the_wanted_are_told_of_and_of_two_alike_the_wanted_one() -> None:
    text = (DATA / "needless.yaml").read_text()
    found = lint(load({"r.yaml": text}), KNOWN, lambda each: each.name == "one")
    assert [each.message for each in found] == [
        "one says the same as two",
        "`three` is disabled and was silent anyway",
    ]


def test_nothing_looks_wrong_in_the_shipped_packs() -> None:
    assert lint(load_rules(None), askable()) == ()


def test_units_read_in_chinese_are_known() -> None:
    text = "8美元 8欧元 8日元 8韩元 8英镑 8港元 8澳元 8加元"
    rest = "8卢比 8新台币 8元 8吨/年 8吨 8% 8基点 8兆瓦"
    last = "8兆瓦时 8吉瓦时 8吉瓦 8桶/日 8桶 8亿立方米 8纳米"
    units = [amount.unit for part in (text, rest, last) for amount in chinese_amounts(part)]
    assert len(units) == 23
    assert set(units) <= askable().units


@settings(max_examples=100, deadline=None)
@given(drawn=rules, told=stories())
def test_what_is_said_never_to_win_never_does(drawn: tuple[Rule, ...], told: Story) -> None:
    """And no score passes the highest."""
    rule_set = RuleSet(drawn, load({"w.yaml": LOW}).weights)
    verdict = judge(told, rule_set, NOW)
    assert verdict.score <= highest_score(rule_set) + 0.05  # scores are rounded
    for finding in lint(rule_set, Known()):
        name, _, rest = finding.message.partition(" ")
        rule = next((each for each in rule_set.label_rules if each.name == name), None)
        if rest.startswith("never wins") and rule is not None and rule.matches(told, NOW):
            assert isinstance(rule.effect, SetLabel)
            assert verdict.label.rank < rule.effect.label.rank
