"""A verdict taken apart as a terminal shows it: each rule that fired, clause by clause, then the score. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.columns import Bit, flow, paint, split, table
from bot.languages.translator import ENGLISH, N_, Translator
from bot.text import shown
from rules.conditions import publishers
from rules.explain import Asked, Clause, Trace
from rules.flips import Flip, nearest
from rules.ruleset import Factor, Points, Status
from rules.story import Story
from rules.verdict import Label
from rules.voices import Voice, voices
from rules.weights import telling

_HELD, _FAILED = "✓", "✗"


def trace_lines(traced: Trace, story: Story, now: datetime, *, colour: bool, width: int = 100, every: bool) -> str:
    """The tree; with ``every`` also the rules that nearly fired and the silent ones that did."""
    return "\n".join(
        paint(line, colour=colour) for line in _lines(traced, story, now, max(40, min(width, 120)), every=every)
    )


def flips_of(traced: Trace, story: Story, now: datetime) -> tuple[Flip, ...]:
    """The nearest ways to each other label, nearest label first."""
    others = sorted(set(Label) - {traced.verdict.label}, key=lambda label: -label.rank)
    return tuple(flip for label in others if (flip := nearest(traced, label, story, now)))


def trace_row(traced: Trace, story: Story, now: datetime) -> dict[str, Any]:
    """The same for machines."""
    return {
        "reached": traced.reached,
        "limit": traced.limit,
        "fired": [
            {"rule": each.rule.name, "effect": str(each.rule.effect), "when": _clause_row(each.when)}
            for each in traced.fired
        ],
        "weighed": [{"what": words, "factor": round(factor, 4)} for words, factor in traced.parts],
        "sources": [
            {"publisher": each.publisher, "counts": each.counts, "why": each.why_not} for each in traced.voices
        ],
        "flips": [
            {"label": flip.label, "rule": flip.rule, "changes": flip.in_words(story, now)}
            for flip in flips_of(traced, story, now)
        ],
    }


def _clause_row(clause: Clause) -> dict[str, Any]:
    row: dict[str, Any] = {"asks": clause.asks, "held": clause.held}
    if clause.parts:
        return {**row, "how": clause.how, "parts": [_clause_row(part) for part in clause.parts]}
    return {**row, "saw": clause.saw, "spans": [list(span) for span in clause.spans]}


def _lines(traced: Trace, story: Story, now: datetime, width: int, *, every: bool) -> Iterator[list[Bit]]:
    yield [Bit("The rules, clause by clause", "head")]
    for each in traced.fired:
        yield from _rule(each, width)
    if not traced.fired:
        yield [Bit("  none fired", "soft")]
    if every:
        yield from _others(traced, width)
    yield []
    yield [Bit("How the label came about", "head")]
    yield from flow(_split(_label(traced)), width, 2)
    for flip in flips_of(traced, story, now):
        yield from flow(_split(flip.in_words(story, now), "soft"), width, 2, 4)
    yield []
    yield [Bit("How loud", "head")]
    yield from table(list(_weighed(traced)), width)
    yield from flow(_split(counted(story)), width, 2, 4)


def _split(text: str, style: str = "") -> list[Bit]:
    return split(shown(text, 600), style)


def _others(traced: Trace, width: int) -> Iterator[list[Bit]]:
    silent = [each for each in traced.rules if each.fired and each.rule.status is not Status.STABLE]
    quiet = [each for each in traced.rules if each.quieted_by]
    near = [each for each in traced.rules if not each.fired and not each.quieted_by and _nearly(each)]
    for title, rules in (("Silent, but would have fired", silent), ("Kept quiet", quiet), ("Nearly", near)):
        if rules:
            yield []
            yield [Bit(title, "head")]
            for each in rules:
                yield from _rule(each, width)


def _nearly(asked: Asked) -> bool:
    """Whether a single thing stood in the way of a rule that asks several."""
    parts = asked.when.parts if asked.when.how == "all" else (asked.when,)
    missing = sum(not part.held for part in parts) + (asked.unless is not None and asked.unless.held)
    return missing == 1 and len(parts) > 1


def _rule(asked: Asked, width: int) -> Iterator[list[Bit]]:
    rule = asked.rule
    status = "" if rule.status is Status.STABLE else f" ({rule.status})"
    yield [
        Bit("  "),
        Bit(rule.name, "verb"),
        Bit(" → "),
        Bit(f"{rule.effect}{status}", "value"),
        Bit(f"  {_at(asked)}", "soft"),
    ]
    parts = asked.when.parts if asked.when.how == "all" else (asked.when,)
    for part in parts:
        yield from _clause(part, width, 4)
    if asked.unless is not None and asked.unless.held:
        yield [Bit("    but unless", "negation")]
        yield from _clause(asked.unless, width, 6)
    for each in asked.quieted_by:
        yield from flow(_split(f"but the filter {each.name}: {each.because}", "negation"), width, 4, 6)


def _at(asked: Asked) -> str:
    return f"{asked.rule.file}:{asked.rule.line}" if asked.rule.file else ""


def _clause(clause: Clause, width: int, indent: int) -> Iterator[list[Bit]]:
    mark = Bit(f"{_HELD} ", "topic") if clause.held else Bit(f"{_FAILED} ", "negation")
    if clause.parts:
        yield [Bit(" " * indent), mark, Bit({"all": "all of", "any": "one of", "not": "not"}[clause.how])]
        for part in clause.parts:
            yield from _clause(part, width, indent + 2)
        return
    found = shown(clause.saw, 120)
    yield from flow([mark, *split(clause.asks), Bit("  "), *split(found, "soft")], width, indent, indent + 4)


def _label(traced: Trace) -> str:
    label = traced.verdict.label
    if traced.limit.rank < traced.reached.rank:
        return f"Rules set it to {traced.reached}; a limit holds it at {label}."
    if traced.reached is Label.NOISE:
        return "No rule raised it above noise."
    return f"Rules set it to {traced.reached}, and no limit stands lower."


def _weighed(traced: Trace) -> Iterator[tuple[list[Bit], list[Bit]]]:
    """The score step by step: the factors, those of rules, then points."""
    yield [Bit("  100", "value")], [Bit("to begin with", "soft")]
    for words, factor in telling(traced.parts):
        yield [Bit(f"  x {factor:.2f}", "value")], _split(words)
    for kind in (Factor, Points):
        for each in traced.fired:
            if isinstance(each.rule.effect, kind):
                yield [Bit(f"  {each.rule.effect}", "value")], _split(f"{each.rule.name}: {each.rule.because}")
    yield [Bit(f"  = {traced.verdict.score:g}", "value")], [Bit(f"of 100, {traced.verdict.severity}")]


def counted(story: Story, tr: Translator = ENGLISH) -> str:
    """Which sources count as independent for what is said now, and which do not and why."""
    told, count = voices(story), publishers(story)
    named = _names([each for each in told if each.counts])
    names = tr.joined(named)
    if not named:
        text = tr.plural("{count} independent publisher says so", "{count} independent publishers say so", count)
    elif len(named) >= min(count, _NAMED):
        text = tr.plural(
            "{count} independent publisher says so: {names}",
            "{count} independent publishers say so: {names}",
            count,
            names=names,
        )
    else:
        text = tr.plural(
            "{count} independent publisher says so, {names} among them",
            "{count} independent publishers say so, {names} among them",
            count,
            names=names,
        )
    reasons = dict.fromkeys(each.why_not for each in told if not each.counts)
    silent = [tr("{what} ({aside})", what=_not_counted(told, why, tr), aside=_why_not(why, tr)) for why in reasons]
    # A large story does not hold all that joined it, copies least of all.
    if (gone := story.report_count - len(story.changes)) > 0:
        silent.append(tr("{count} more", count=gone))
    if silent:
        return tr("{counted}; not counted: {others}.", counted=text, others=tr.joined(silent))
    return tr("{counted}.", counted=text)


_NAMED = 4
_WHY_NOT: Mapping[str, str] = {
    "same house": N_("same house"),
    "copy": N_("copy"),
    "comment": N_("comment"),
    "denies it": N_("denies it"),
    "said none": N_("said none"),
    "said rumour": N_("said rumour"),
    "said proposed": N_("said proposed"),
    "said announced": N_("said announced"),
    "said in force": N_("said in force"),
    "said reversed": N_("said reversed"),
}
"""Why a publication is no further voice, as ``rules.voices`` says it."""


def _why_not(why: str, tr: Translator) -> str:
    return tr(_WHY_NOT[why]) if why in _WHY_NOT else why


def _not_counted(told: Sequence[Voice], why: str, tr: Translator) -> str:
    those = [each for each in told if each.why_not == why]
    names = _names(those)
    unnamed = len(those) - len(names)
    if unnamed <= 0:
        return tr.joined(names)
    more = tr("{count} more", count=unnamed) if names else tr("{count} unnamed", count=unnamed)
    return tr.joined([*names, more])


def _names(told: Sequence[Voice]) -> list[str]:
    return list(dict.fromkeys(shown(each.publisher, 40) for each in told if each.publisher))[:_NAMED]
