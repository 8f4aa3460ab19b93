"""Verdicts: labels from the highest set and the lowest limit, severity from weights, and the reasons for both."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.rulebook import load_rules
from rules.judge import judge
from rules.phrases import by_whom
from rules.ruleset import RuleSet
from rules.schema import load
from rules.story import Act, Actor, Event, Form, Stage, Tag, Tier, Topic
from rules.verdict import Label, Severity
from tests.rules.stories import NOW, report, story

EFFECTS = (
    "structural",
    "watch",
    "noise",
    "{at most: watch}",
    "{at most: noise}",
    "{points: 7}",
    "{points: -30}",
    "{factor: 0.7}",
)


def rule(name: str, effect: str, when: str = "words: [gallium]", status: str = "stable") -> str:
    return (
        f"  - name: {name}\n    when: {{{when}}}\n    then: {effect}\n"
        f"    because: Because of {name}.\n    status: {status}\n"
    )


def rules(*parts: str) -> RuleSet:
    return load({"r.yaml": "rules:\n" + "".join(parts)}) if parts else load({})


@pytest.fixture(scope="module")
def shipped() -> RuleSet:
    return load_rules(None)


@pytest.mark.parametrize(
    ("effects", "expected", "decider"),
    [
        ([], Label.NOISE, ""),
        (["watch"], Label.WATCH, "r0"),
        (["watch", "structural"], Label.STRUCTURAL, "r1"),
        (["structural", "{at most: watch}"], Label.WATCH, "r1"),
        (["structural", "{at most: watch}", "noise"], Label.NOISE, "r2"),
        (["watch", "{at most: watch}"], Label.WATCH, "r0"),
        (["{at most: watch}"], Label.NOISE, ""),
        (["noise"], Label.NOISE, "r0"),
        (["structural", "{factor: 0}"], Label.STRUCTURAL, "r0"),
        (["{points: 100}"], Label.NOISE, ""),
    ],
)
def test_the_highest_label_then_the_lowest_limit(effects: list[str], expected: Label, decider: str) -> None:
    """And the first reason is the rule that decided."""
    verdict = judge(story(), rules(*(rule(f"r{n}", effect) for n, effect in enumerate(effects))), NOW)
    assert verdict.label is expected
    assert verdict.reasons[0].rule == decider


@settings(max_examples=60, deadline=None)
@given(effects=st.lists(st.sampled_from(EFFECTS), min_size=1, max_size=5), seed=st.randoms(use_true_random=False))
def test_order_never_matters(effects: list[str], seed: Any) -> None:
    """Rules in any order and spread over any files give the same verdict in every part."""
    parts = [rule(f"r{n}", effect) for n, effect in enumerate(effects)]
    expected = judge(story(), rules(*parts), NOW)
    seed.shuffle(parts)
    cut = seed.randint(0, len(parts))
    halves = {name: "rules:\n" + "".join(half) for name, half in (("z", parts[:cut]), ("a", parts[cut:])) if half}
    assert judge(story(), load(halves), NOW) == expected


@settings(max_examples=60, deadline=None)
@given(effects=st.lists(st.sampled_from(EFFECTS), max_size=4), other=st.sampled_from(EFFECTS))
def test_a_rule_that_does_not_match_changes_nothing(effects: list[str], other: str) -> None:
    parts = [rule(f"r{n}", effect) for n, effect in enumerate(effects)]
    with_it = judge(story(), rules(*parts, rule("silent", other, "words: [tungsten]")), NOW)
    without = judge(story(), rules(*parts), NOW)
    assert (with_it.label, with_it.score, with_it.reasons) == (without.label, without.score, without.reasons)


acts = st.builds(
    Act,
    event=st.sampled_from(Event),
    stage=st.sampled_from(Stage),
    step=st.sampled_from(("", "memorandum", "delayed", "never heard of")),
    hedge=st.sampled_from(("", "may")),
    negated=st.booleans(),
)


@settings(max_examples=150, deadline=None)
@given(
    act=acts,
    form=st.sampled_from(Form),
    topics=st.sets(st.sampled_from(Topic)),
    title=st.text(max_size=80),
    structural=st.booleans(),
    hours=st.integers(-100, 100_000),
)
def test_judging_is_total_and_repeatable(
    *, act: Act, form: Form, topics: set[Topic], title: str, structural: bool, hours: int
) -> None:
    """Whatever the reader says, there is one verdict, with a score within bounds and a reason in front."""
    one = report(
        title,
        id="x",
        form=form,
        structural=structural,
        tags=tuple(Tag(topic, 0.5) for topic in sorted(topics)),
        published=NOW - timedelta(hours=hours),
    )
    asked = story(type(one)(**{name: getattr(one, name) for name in one.__slots__} | {"act": act}))
    first, second = judge(asked, SHIPPED, NOW), judge(asked, SHIPPED, NOW)
    assert first == second
    assert 0 <= first.score <= 100
    assert first.reasons[0].because
    assert all("{" not in reason.because or "{" in title for reason in first.reasons)


SHIPPED = load_rules(None)


@pytest.mark.parametrize(
    ("given", "label"),
    [
        ({}, Label.STRUCTURAL),
        ({"topics": ()}, Label.NOISE),
        ({"structural": False}, Label.NOISE),
        ({"form": Form.PRICE_MOVE}, Label.NOISE),
        ({"form": Form.QUESTION}, Label.NOISE),
        ({"negated": True}, Label.NOISE),
        ({"structural": False, "stage": Stage.RUMOUR, "authority": "A1"}, Label.WATCH),
        ({"structural": False, "stage": Stage.PROPOSED, "authority": "A3"}, Label.WATCH),
        ({"structural": False, "stage": Stage.PROPOSED, "authority": "A6"}, Label.NOISE),
        ({"structural": False, "stage": Stage.ANNOUNCED, "step": "memorandum", "authority": "A5"}, Label.WATCH),
        ({"structural": False, "stage": Stage.RUMOUR, "event": Event.FORECAST}, Label.NOISE),
        ({"structural": False, "stage": Stage.RUMOUR, "event": Event.SPECULATION_TALKS}, Label.NOISE),
        (
            {"structural": False, "stage": Stage.RUMOUR, "event": Event.SPECULATION_TALKS, "authority": "A2"},
            Label.WATCH,
        ),
        ({"structural": False, "stage": Stage.RUMOUR, "topics": ()}, Label.NOISE),
        ({"topics": [Topic.POLICY], "event": Event.LEGISLATION_RULE, "title": "School law signed"}, Label.NOISE),
        ({"topics": [Topic.POLICY], "event": Event.TARIFF, "title": "Tariff on all goods"}, Label.STRUCTURAL),
        ({"topics": [Topic.POLICY], "event": Event.COURT_RULING, "title": "Court ends tariffs"}, Label.STRUCTURAL),
        ({"topics": [Topic.LIQUIDITY], "event": Event.MONETARY_DECISION}, Label.STRUCTURAL),
    ],
)
def test_labels_of_the_shipped_packs(given: dict[str, Any], label: Label) -> None:
    """Structural, watch and noise as the guide has them, from what the language says."""
    assert judge(story(**given), SHIPPED, NOW).label is label


def test_age_tier_and_corroboration_never_touch_the_label() -> None:
    """They touch the severity alone."""
    tiers, families, ages = (Tier.OFFICIAL, Tier.AGGREGATOR), (1, 4), (0, 24)
    verdicts = [
        judge(
            story(
                *(
                    report(id=str(n), family=str(n), tier=tier, published=NOW - timedelta(hours=age))
                    for n in range(count)
                )
            ),
            SHIPPED,
            NOW,
        )
        for tier, count, age in itertools.product(tiers, families, ages)
    ]
    assert {verdict.label for verdict in verdicts} == {Label.STRUCTURAL}
    assert len({verdict.score for verdict in verdicts}) > 4


@pytest.mark.parametrize(
    ("given", "severity", "score"),
    [
        ({}, Severity.CRITICAL, 95.0),
        ({"tier": Tier.AGGREGATOR}, Severity.HIGH, 60.0),
        ({"stage": Stage.ANNOUNCED}, Severity.HIGH, 66.5),
        ({"stage": Stage.PROPOSED}, Severity.LOW, 33.2),
        ({"event": Event.SUPPLY_DEAL, "stage": Stage.ANNOUNCED, "authority": "A5"}, Severity.LOW, 31.7),
        ({"event": Event.SUPPLY_DEAL, "stage": Stage.ANNOUNCED, "authority": "A5", "usd": 2e9}, Severity.MEDIUM, 41.0),
        ({"published": NOW - timedelta(hours=72)}, Severity.MEDIUM, 47.5),
        ({"title": "China bans gallium exports for 90-day period"}, Severity.HIGH, 57.0),
    ],
)
def test_severity_from_the_shipped_weights(given: dict[str, Any], severity: Severity, score: float) -> None:
    """The figures of the tables, multiplied."""
    verdict = judge(story(**given), SHIPPED, NOW)
    assert verdict.severity is severity
    assert verdict.score == pytest.approx(score, abs=0.1)
    assert verdict.label is Label.STRUCTURAL


def test_a_second_publisher_adds_trust() -> None:
    two = story(*(report(id=name, family=name, tier=Tier.AGGREGATOR) for name in ("a", "b")))
    assert judge(two, SHIPPED, NOW).score == pytest.approx(70.0)


def test_reasons_read_as_sentences() -> None:
    """What a reader sees first says what was done, how far it is and by whom."""
    verdict = judge(story(actors=(Actor("Nvidia", "A5"), Actor("the commerce ministry", "A2"))), SHIPPED, NOW)
    assert verdict.reasons[0].because == (
        "Export control in force (the commerce ministry): it decides who can buy critical minerals."
    )
    assert verdict.reasons[0].effect == "structural"
    assert verdict.reasons[-1].because == "Weighed: export control 1.00, in force 1.00, wire 0.95."
    assert verdict.reasons[-1].effect == "95 of 100"
    assert all(len(reason.because) <= 160 for reason in verdict.reasons)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"actors": (Actor("", "A2"),)}, " (a ministry, regulator or court)"),
        ({"actors": (Actor("Nvidia", "A5"),)}, ""),
        ({"actors": (Actor("Lynas", "A5"),), "event": Event.CAPACITY_START}, " (Lynas)"),
        ({"actors": (Actor("sources", "A7"),), "event": Event.CAPACITY_START}, ""),
        ({"actors": (Actor("somebody", ""),)}, ""),
        ({"actors": (Actor("EU", "A3"), Actor("an analyst", "A6"), Actor("Canada", "A2"))}, " (EU and Canada)"),
    ],
)
def test_only_who_could_have_done_it_is_named(given: dict[str, Any], expected: str) -> None:
    """A firm makes no export control, and a commentator makes nothing."""
    assert by_whom(story(**given)) == expected


def test_only_stable_rules_speak() -> None:
    """One on trial is kept and says nothing."""
    on_trial = rules(rule("r0", "structural", status="experimental"), rule("r1", "structural", status="test"))
    assert judge(story(), on_trial, NOW).label is Label.NOISE


def test_a_set_without_weights_still_answers() -> None:
    verdict = judge(story(), rules(rule("r0", "structural")), NOW)
    assert (verdict.severity, verdict.score) == (Severity.LOW, 100.0)


def test_the_hash_is_of_what_can_change_a_verdict() -> None:
    """Comments, examples and order do not count; a word, a weight or a reason does."""
    one, two = rule("a", "structural"), rule("b", "watch")
    same = {
        rules(one, two).hash,
        rules(two, "# a comment\n", one).hash,
        rules(one, two, rule("c", "noise", status="test")).hash,
    }
    assert len(same) == 1
    assert rules(one).hash not in same
    assert rules(one.replace("gallium", "tungsten"), two).hash not in same
    assert rules(one.replace("Because of", "For"), two).hash not in same
    assert judge(story(), rules(one, two), NOW).rules in same
