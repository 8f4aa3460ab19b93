"""The examples of rules as tests: each must fire, or stay quiet, on a headline as it is really read. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from rules.ruleset import Example, Filter, Rule, RuleSet
from rules.story import Story


@dataclass(frozen=True, slots=True)
class Failure:
    """An example that does not hold, and what was read in its headline."""

    rule: Rule | Filter
    example: Example
    story: Story

    def __str__(self) -> str:
        example, lead = self.example, self.story.lead
        did = "did not fire on" if example.fires else "fired on"
        read = (
            f"topics {', '.join(lead.topics) or 'none'}; {lead.act.event}, stage {lead.act.stage}"
            f"{f', step {lead.act.step}' if lead.act.step else ''}; form {lead.form}"
            f"; structural {'yes' if lead.structural else 'no'} ({lead.p_structural:.2f})"
            f"{'; negated' if lead.act.negated else ''}{'; hedged' if lead.act.hedge else ''}"
        )
        place = f"{self.rule.file}:{example.line}:{example.column}"
        return f'{place}: {self.rule.name} {did} "{example.headline}" (read as {read})'


def failures(rules: RuleSet, read: Callable[[Example], Story], now: datetime) -> tuple[Failure, ...]:
    """The examples that do not hold, in the order of files and lines. ``read`` turns an example into a story."""
    asked: tuple[Rule | Filter, ...] = (*rules.rules, *rules.filters)
    failed = [
        Failure(rule, example, story)
        for rule in asked
        for example in rule.examples
        if rule.matches(story := read(example), now) is not example.fires
    ]
    return tuple(sorted(failed, key=lambda failure: (failure.rule.file, failure.example.line)))
