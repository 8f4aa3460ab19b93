"""A comparison in words for the terminal, and as rows for machines. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from bot.text import shown
from rules.compare import Comparison, Difference, Kind
from rules.verdict import Reason, Verdict

MOST = 50
"""Stories of a kind that a terminal is shown."""
_SIGNS = {Kind.GAINED: "+", Kind.LOST: "-", Kind.CHANGED: "~"}
_TITLES = {
    Kind.GAINED: "Gained: structural by the new rules only",
    Kind.LOST: "Lost: structural by the old rules only",
    Kind.CHANGED: "Changed: another label or severity",
}


def summary(found: Comparison) -> str:
    """The counts in one line."""
    counts = ", ".join(f"{len(found.of(kind))} {kind}" for kind in Kind)
    stories = "1 story" if found.stories == 1 else f"{found.stories:,} stories"
    return f"{stories}: {counts}, {found.stories - len(found.differences):,} unchanged"


def as_lines(found: Comparison) -> Iterator[str]:
    """Counts for each topic, then each story that is judged differently, with the reasons of both sides."""
    yield summary(found)
    for topic, counts in found.by_topic().items():
        yield f"  {topic.value:14}" + "".join(f"  {_SIGNS[kind]}{counts[kind]}" for kind in Kind)
    for kind in Kind:
        differences = found.of(kind)
        if differences:
            yield f"\n{_TITLES[kind]}"
        for each in differences[:MOST]:
            yield f"  {_SIGNS[kind]} {each.at:%Y-%m-%d}  {shown(each.story.lead.title, 160)}"
            old, new = differing(each)
            yield f"      was {_verdict(each.old)}: {_because(old)}"
            yield f"      now {_verdict(each.new)}: {_because(new)}"
        if len(differences) > MOST:
            yield f"  and {len(differences) - MOST} more; --json shows all"


def as_row(each: Difference) -> dict[str, Any]:
    """One difference for machines."""
    lead = each.story.lead
    return {
        "kind": each.kind,
        "story": each.story.id,
        "title": lead.title,
        "link": lead.link,
        "at": each.at.isoformat(),
        "topics": list(lead.topics),
        "old": _row(each.old),
        "new": _row(each.new),
    }


def differing(each: Difference) -> tuple[Sequence[Reason], Sequence[Reason]]:
    """The reasons that only one side has; all of a side where the other has them too."""
    old = [reason for reason in each.old.reasons if reason not in each.new.reasons]
    new = [reason for reason in each.new.reasons if reason not in each.old.reasons]
    return old or each.old.reasons, new or each.new.reasons


def _verdict(verdict: Verdict) -> str:
    return f"{verdict.label}, {verdict.severity} ({verdict.score:g})"


def _because(reasons: Sequence[Reason]) -> str:
    return "; ".join(f"{shown(each.because, 140)} [{each.rule or 'no rule'}]" for each in reasons[:2])


def _row(verdict: Verdict) -> dict[str, Any]:
    return {
        "label": verdict.label,
        "severity": verdict.severity,
        "score": verdict.score,
        "rules": verdict.rules,
        "reasons": [{"rule": each.rule, "because": each.because, "effect": each.effect} for each in verdict.reasons],
    }
