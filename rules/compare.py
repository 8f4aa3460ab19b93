"""Two verdicts on the same stories, under an old and a new set of rules: gained, lost, changed, and why. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from rules.judge import judge
from rules.ruleset import RuleSet
from rules.story import Story, Topic
from rules.verdict import Label, Verdict


class Kind(StrEnum):
    """How a verdict differs: it became structural, was so no longer, or its label or severity is otherwise another."""

    GAINED = "gained"
    LOST = "lost"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Difference:
    """A story that the two sets judge differently; ``at`` is when it was judged."""

    kind: Kind
    story: Story
    at: datetime
    old: Verdict
    new: Verdict


@dataclass(frozen=True, slots=True)
class Comparison:
    """The differences in the order of the stories, and how many stories were looked at."""

    stories: int
    differences: tuple[Difference, ...]

    def of(self, kind: Kind) -> tuple[Difference, ...]:
        """The differences of one kind."""
        return tuple(each for each in self.differences if each.kind is kind)

    def by_topic(self) -> dict[Topic, Counter[Kind]]:
        """How many of each kind a topic has; a story of two topics counts in both."""
        counts = {topic: Counter[Kind]() for topic in Topic}
        for each in self.differences:
            for topic in each.story.lead.topics:
                counts[topic][each.kind] += 1
        return {topic: count for topic, count in counts.items() if count}


def compare(pairs: Iterable[tuple[Story, datetime, Verdict, Verdict]]) -> Comparison:
    """The differences among (story, when judged, old verdict, new verdict)."""
    stories, found = 0, list[Difference]()
    for story, at, old, new in pairs:
        stories += 1
        if kind := difference(old, new):
            found.append(Difference(kind, story, at, old, new))
    return Comparison(stories, tuple(found))


def compare_rules(stories: Iterable[tuple[Story, datetime]], old: RuleSet, new: RuleSet) -> Comparison:
    """The stories, each judged at its moment by both sets."""
    return compare((story, at, judge(story, old, at), judge(story, new, at)) for story, at in stories)


def join(parts: Iterable[Comparison]) -> Comparison:
    """Comparisons of some stories each as one of all of them."""
    looked_at = tuple(parts)
    return Comparison(
        sum(each.stories for each in looked_at), tuple(found for each in looked_at for found in each.differences)
    )


def difference(old: Verdict, new: Verdict) -> Kind | None:
    """How two verdicts differ; None where label and severity are the same, whatever the reasons."""
    was, is_now = old.label is Label.STRUCTURAL, new.label is Label.STRUCTURAL
    if was is not is_now:
        return Kind.GAINED if is_now else Kind.LOST
    return Kind.CHANGED if (old.label, old.severity) != (new.label, new.severity) else None
