"""What a chat keeps silent, and whether that holds for a story. Pure: no I/O, no clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AliasChoices, Field

from bot.overlay import Overlay, says
from bot.targets import Target
from pipelines.stories.families import bare
from rules.story import Story, Topic
from rules.verdict import Verdict

MOST_MUTES = 50
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Mute:
    """A target kept silent ``until`` a moment, or until it is taken back where that is ``None``.

    ``what`` is as ``targets`` says; ``name`` is how it is called, and no part of what it is.
    """

    what: Annotated[str, Field(validation_alias=AliasChoices("what", "topic"))]
    """Stores of before other things than topics could be muted call it "topic"."""
    until: datetime | None = None
    name: str = field(default="", compare=False)

    def holds(self, now: datetime) -> bool:
        """Whether the mute still stands."""
        return self.until is None or now < self.until

    @property
    def target(self) -> Target:
        """What is muted."""
        return Target(self.what, self.name)


def muting(
    mutes: Sequence[Mute], overlay: Overlay, topics: Sequence[Topic], story: Story, verdict: Verdict, now: datetime
) -> Mute | None:
    """The mute that keeps the story from the chat, whatever its severity; None where none does.

    ``topics`` are the story's topics that the chat wants. Of several mutes it is the one with which the story comes
    free: a thing named in it is silent until its last mute ends, a story of several topics only until the first of
    them is heard. Of some that end at once, or never, it is the first in ``mutes``.
    """
    standing = [mute for mute in mutes if mute.holds(now)]
    if not standing:
        return None
    holding = [mute for mute in standing if _names(mute, story)]
    silent = [mute for mute in standing if mute.target.topic in topics]
    if topics and {mute.target.topic for mute in silent} >= set(topics):
        holding.append(min(silent, key=_end))
    holding += _by_rules([mute for mute in standing if mute.target.kind == "rule"], overlay, story, verdict, now)
    return max(holding, key=_end, default=None)


def _names(mute: Mute, story: Story) -> bool:
    """Whether the story is, names or comes only from what is muted; a source that others confirm is no reason."""
    target = mute.target
    match target.kind:
        case "story":
            return target.value == story.id
        case "entity":
            return any(entity.id == target.what for entity in story.lead.entities)
        case "source":
            wanted = bare(target.value)
            sources = [report.source for report in story.reports]
            return bool(wanted) and all(wanted in (bare(each.family), bare(each.publisher)) for each in sources)
        case "word":
            return says((target.value,), story, story.first_seen)
        case _:
            return False


def _by_rules(mutes: Sequence[Mute], overlay: Overlay, story: Story, verdict: Verdict, now: datetime) -> Sequence[Mute]:
    """The rule mutes without which the story would be told; none where it would not be told anyway."""
    names = {mute.target.value for mute in mutes}
    spoke = names & {reason.rule for reason in verdict.reasons}
    if not spoke or not overlay.passes(verdict, story, now):
        return ()
    without = replace(overlay, muted_rules=(*overlay.muted_rules, *names))
    if without.passes(verdict, story, now):
        return ()
    return [min((mute for mute in mutes if mute.target.value in spoke), key=_end)]


def _end(mute: Mute) -> datetime:
    return mute.until or _NEVER
