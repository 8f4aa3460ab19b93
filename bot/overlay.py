"""What a chat lays over everybody's rules: a threshold of its own, rules it does not listen to, words it follows. Pure.

It acts on what ``judge`` passed on, and never on the label that others see.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

from rules.conditions import Words
from rules.story import Story
from rules.verdict import Label, Verdict

MOST_FOLLOWED, LONGEST_FOLLOWED = 50, 60
MOST_MUTED = 50
_UNSPACED = re.compile("[\u3400-\u9fff]")
"""Ideographs, between whose words no spaces stand."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """``least`` is the lowest label that is pushed. What holds a word of ``follows`` comes one label earlier.

    That is from watch up, however it was judged before; noise never comes, by a follow as little as by a threshold.
    """

    least: Label = Label.STRUCTURAL
    muted_rules: tuple[str, ...] = ()
    follows: tuple[str, ...] = ()

    def label_of(self, verdict: Verdict) -> Label:
        """The label without the rules that are muted here: never above the verdict's own."""
        if not self.muted_rules:
            return verdict.label
        raised = [
            Label(reason.effect)
            for reason in verdict.reasons
            if reason.effect in (Label.STRUCTURAL, Label.WATCH) and reason.rule not in self.muted_rules
        ]
        highest = max(raised, key=lambda label: label.rank, default=Label.NOISE)
        return min(highest, verdict.label, key=lambda label: label.rank)

    def follows_any(self, story: Story, now: datetime) -> bool:
        """Whether the title holds a followed word, whole and in any case, or names a followed thing."""
        if not self.follows:
            return False
        wanted = {word.lower() for word in self.follows}
        names = {name.lower() for entity in story.lead.entities for name in (entity.name, entity.id.partition(":")[2])}
        return not wanted.isdisjoint(names) or says(self.follows, story, now)

    def passes(self, verdict: Verdict, story: Story, now: datetime) -> bool:
        """Whether the story is told here, as far as its label goes; noise is not, be it followed or not."""
        least = Label.WATCH if self.follows_any(story, now) else self.least
        label = self.label_of(verdict)
        return label is not Label.NOISE and label.rank >= least.rank

    def following(self, words: tuple[str, ...]) -> Overlay:
        """With these words followed too; the newest ones are kept."""
        joined = dict.fromkeys((*self.follows, *(word[:LONGEST_FOLLOWED] for word in words)))
        return replace(self, follows=tuple(joined)[-MOST_FOLLOWED:])

    def unfollowing(self, words: tuple[str, ...]) -> Overlay:
        """Without these words."""
        gone = {word.lower() for word in words}
        return replace(self, follows=tuple(word for word in self.follows if word.lower() not in gone))

    def muting(self, rule: str) -> Overlay:
        """Without this rule."""
        return replace(self, muted_rules=tuple(dict.fromkeys((*self.muted_rules, rule)))[-MOST_MUTED:])

    def unmuting(self, rule: str) -> Overlay:
        """With this rule heard again."""
        return replace(self, muted_rules=tuple(each for each in self.muted_rules if each != rule))


def says(phrases: tuple[str, ...], story: Story, now: datetime) -> bool:
    """Whether the title holds one of these words or phrases: whole and in any case, a Chinese one anywhere."""
    within = [phrase for phrase in phrases if _UNSPACED.search(phrase)]
    return Words(phrases).matches(story, now) or any(phrase in story.lead.title for phrase in within)


NONE = Overlay()
"""Everybody's rules as they are."""
