"""What the rules say of a story: its label from the label rules, its severity from weights and severity rules. Pure.

Among the label rules that fire the highest label set wins, then the lowest limit; nothing depends on their order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from rules.conditions import size, topics_of
from rules.phrases import NOTHING_FOUND, fill
from rules.ruleset import Effect, Factor, LimitLabel, Points, Rule, RuleSet, SetLabel
from rules.story import Story
from rules.verdict import WEIGHTS, Label, Reason, Verdict
from rules.weights import score

_NOTHING = Reason("", NOTHING_FOUND, "noise")


def judge(story: Story, rules: RuleSet, now: datetime) -> Verdict:
    """The verdict on a story at that time. The first reason is the one that decided the label."""
    story = _lead_in_front(story)
    label, label_reasons = _label(story, rules, now)
    value, score_reasons = _score(story, rules, now)
    return Verdict(
        label=label,
        severity=rules.weights.severity(value),
        score=value,
        reasons=(*label_reasons, *score_reasons),
        rules=rules.hash,
    )


def bounds(effects: Iterable[Effect]) -> tuple[Label, Label]:
    """The highest label that effects set and the lowest limit; what says nothing of the label is passed over."""
    reached, limit = Label.NOISE, Label.STRUCTURAL
    for effect in effects:
        if isinstance(effect, SetLabel):
            reached = max(reached, effect.label, key=_rank)
        elif isinstance(effect, LimitLabel):
            limit = min(limit, effect.label, key=_rank)
    return reached, limit


def lower(reached: Label, limit: Label) -> Label:
    """The label of a story that reached one and is limited to another."""
    return min(reached, limit, key=_rank)


def _lead_in_front(story: Story) -> Story:
    """The same story, its lead found at the first look: every question asks for it."""
    lead = story.lead
    return (
        story
        if lead is story.reports[0]
        else replace(story, reports=(lead, *(each for each in story.reports if each is not lead)))
    )


def _label(story: Story, rules: RuleSet, now: datetime) -> tuple[Label, list[Reason]]:
    fired = [rule for rule in rules.label_rules if rule.matches(story, now)]
    reached, limit = bounds(rule.effect for rule in fired)
    label = lower(reached, limit)
    if reached is Label.NOISE and limit is not Label.NOISE:
        return label, [_NOTHING, *(_reason(rule, story) for rule in fired)]
    decided_by = LimitLabel if limit.rank < reached.rank or reached is Label.NOISE else SetLabel

    topics = story.lead.topics

    def weakest_last(rule: Rule) -> tuple[bool, int, int, str]:
        # Of two rules that decided the same, the one that asked more tells the reader more, then the one nearer to
        # what the headline is most about.
        decided = isinstance(rule.effect, decided_by) and rule.effect.label is label
        nearest = min((topics.index(topic) for topic in topics_of(rule.when) if topic in topics), default=len(topics))
        return not decided, -size(rule.when), nearest, rule.name

    return label, [_reason(rule, story) for rule in sorted(fired, key=weakest_last)]


def _score(story: Story, rules: RuleSet, now: datetime) -> tuple[float, list[Reason]]:
    value, how = score(story, rules.weights, now)
    fired = [rule for rule in rules.severity_rules if rule.matches(story, now)]
    for rule in fired:
        if isinstance(rule.effect, Factor):
            value *= rule.effect.factor
    # Points come after all factors, so that the order of rules cannot matter.
    value += sum(rule.effect.points for rule in fired if isinstance(rule.effect, Points))
    value = round(min(100.0, max(0.0, value)), 1)
    return value, [*(_reason(rule, story) for rule in fired), Reason(WEIGHTS, how, f"{value:g} of 100")]


def _rank(label: Label) -> int:
    return label.rank


def _reason(rule: Rule, story: Story) -> Reason:
    because = fill(rule.because, story)
    unfilled = "" if because == rule.because else rule.because
    return Reason(rule.name, because, str(rule.effect), rule.translations, unfilled)
