"""Who stands behind what a story says now: which publishers count as voices, which do not, and why. Pure."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass

from rules.conditions import VOICES, publishers, saying_so
from rules.story import Move, Report, Story


@dataclass(frozen=True, slots=True)
class Voice:
    """One publication. ``why_not`` is empty where it counts, else why it is no further voice."""

    publisher: str
    why_not: str = ""

    @property
    def counts(self) -> bool:
        """Whether it is one of the independent publishers."""
        return not self.why_not


def voices(story: Story) -> tuple[Voice, ...]:
    """The publications that the story still holds, in the order in which they joined it.

    As many count as ``publishers`` says, as far as they are still held.
    """
    reports = {report.id: report for report in story.reports}
    brought = dict[str, set[Move]]()
    for change in story.changes:
        if change.report in reports:
            brought.setdefault(change.report, set()).add(change.kind)
    joined = [(kinds, reports[name]) for name, kinds in brought.items()]
    saying = {report.id for report in saying_so(story)}
    left, found = publishers(story), list[Voice]()
    for place, (kinds, report) in enumerate(joined):
        earlier = [each for _, each in joined[:place]]
        why_not = _why_not(kinds, report, earlier, saying=report.id in saying)
        if not why_not:
            # A report that takes its own house's story further is no further voice.
            why_not, left = ("", left - 1) if left else ("same house", 0)
        found.append(Voice(report.source.publisher, why_not))
    if found and not any(each.counts for each in found):
        # Somebody says so: where only copies took the story there, it is the one that speaks for it.
        lead = next((place for place, (_, report) in enumerate(joined) if report.id == story.lead.id), 0)
        found[lead] = Voice(found[lead].publisher)
    return tuple(found)


def _why_not(kinds: Set[Move], report: Report, earlier: Sequence[Report], *, saying: bool) -> str:
    """What a report brought decides: its voice, a denial, something about the matter, or no more than was known."""
    if not kinds.isdisjoint(VOICES):
        return "" if saying else f"said {report.act.stage.value.replace('-', ' ')}"
    if Move.DENIAL in kinds:
        return "denies it"
    if Move.COLOUR in kinds:
        return "comment"
    ours = report.source.family
    return "same house" if ours and any(each.source.family == ours for each in earlier) else "copy"
