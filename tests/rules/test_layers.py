"""A folder laid over another: rules, filters, lists, weights and what is disabled."""

from __future__ import annotations

import pytest

from rules.judge import judge
from rules.ruleset import RuleSet, Status
from rules.schema import load
from rules.verdict import Label
from tests.rules.stories import NOW, story

SHIPPED = """
lists:
  metals: [gallium, germanium]
  all-metals: [$metals, tungsten]
rules:
  - name: metals
    when: {words: [$all-metals]}
    then: structural
    because: A metal.
    status: stable
  - name: bans
    when: {words: [bans]}
    then: watch
    because: A ban.
    status: stable
"""


def label(rules: RuleSet, title: str) -> Label:
    return judge(story(title=title), rules, NOW).label


def laid(own: str) -> RuleSet:
    return load({"shipped.yaml": SHIPPED}, {"own.yaml": own})


def test_a_list_is_added_to_and_every_rule_that_asks_it_knows() -> None:
    rules = laid("lists: {metals: [$metals, scandium]}")
    assert [label(rules, f"A word on {metal}") for metal in ("scandium", "gallium", "tungsten", "tin")] == [
        Label.STRUCTURAL,
        Label.STRUCTURAL,
        Label.STRUCTURAL,
        Label.NOISE,
    ]


def test_a_list_is_replaced() -> None:
    rules = laid("lists: {metals: [tin]}")
    assert label(rules, "On tin") is Label.STRUCTURAL
    assert label(rules, "On gallium") is Label.NOISE


def test_a_rule_takes_the_place_of_the_one_beneath() -> None:
    own = "rules: [{name: metals, when: {words: [tin]}, then: watch, because: Tin., status: stable}]"
    assert label(laid(own), "On tin") is Label.WATCH
    assert label(laid(own), "On gallium") is Label.NOISE


def test_a_disabled_rule_is_silent_and_still_there() -> None:
    rules = laid("disable: [metals]")
    assert label(rules, "On gallium") is Label.NOISE
    assert {rule.name: rule.status for rule in rules.rules} == {"bans": Status.STABLE, "metals": Status.EXPERIMENTAL}


FILTER = """
filters:
  - name: not-jewellery
    suppresses: [metals]
    when: {words: [ring, earrings]}
    unless: {words: [mine]}
    because: Jewellery is no supply.
    status: %s
"""


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("A gallium ring", Label.NOISE),
        ("A gallium ring bans", Label.WATCH),  # only the rule that it names is kept quiet
        ("A gallium ring, a mine", Label.STRUCTURAL),
        ("A gallium bar", Label.STRUCTURAL),
    ],
)
def test_a_filter_keeps_the_rules_it_names_quiet(title: str, expected: Label) -> None:
    assert label(laid(FILTER % "stable"), title) is expected


def test_only_a_stable_filter_speaks() -> None:
    assert label(laid(FILTER % "test"), "A gallium ring") is Label.STRUCTURAL
    assert laid(FILTER % "test").hash == load({"shipped.yaml": SHIPPED}).hash


def test_the_hash_is_of_what_is_understood() -> None:
    """Equal where lists, names and order differ and every verdict is the same; another where one is not."""
    plain = load({"a.yaml": SHIPPED})
    written = SHIPPED.replace("[$all-metals]", "[germanium, tungsten, gallium]").replace("all-metals", "others")
    assert load({"b.yaml": written}).hash == plain.hash
    assert laid(FILTER % "stable").hash != plain.hash


def test_a_sentence_in_another_language_is_kept_beside_the_english_one() -> None:
    because = "{en: '{event}.', ur: 'دھات'}"
    own = f"rules: [{{name: metals, when: {{words: [tin]}}, then: watch, because: {because}, status: stable}}]"
    reason = judge(story(title="On tin"), laid(own), NOW).reasons[0]
    assert (reason.because, reason.sentence) == ("Export control.", "{event}.")
    assert reason.translations == (("ur", "دھات"),)


def test_a_chain_of_lists_ends() -> None:
    """Twice the list before it, forty times over, is read in no time and without doubles."""
    lists = "".join(f"  l{n}: [$l{n - 1}, $l{n - 1}, w{n}]\n" for n in range(1, 15))
    rule = "rules: [{name: a, when: {words: [$l14]}, then: watch, because: So., status: stable}]"
    assert label(load({"r.yaml": f"lists:\n  l0: [tin]\n{lists}{rule}"}), "On tin") is Label.WATCH
