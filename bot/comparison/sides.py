"""One side of a difference on the page: its verdict, and its rules clause by clause where the sides part. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape

from bot.text import shown
from rules.compare import Difference
from rules.explain import Asked, Clause, ask
from rules.ruleset import RuleSet, Status
from rules.verdict import Reason, Verdict


@dataclass(frozen=True, slots=True)
class Side:
    """Old or new: what it is called, and its rule sets by the hash that verdicts bear, as far as they are at hand."""

    name: str
    sets: Mapping[str, RuleSet]


def as_sides(each: Difference, old: Side, new: Side) -> str:
    """Both verdicts side by side.

    What both say is one line. A rule that spoke on one side alone is shown on both clause by clause, so that one sees
    what it found here and what it missed there.
    """
    was = _side("Was", each, each.old, each.new, old)
    return f'<div class="sides">{was}{_side("Now", each, each.new, each.old, new)}</div>'


def _side(word: str, each: Difference, verdict: Verdict, other: Verdict, side: Side) -> str:
    alone = [reason for reason in verdict.reasons if reason not in other.reasons]
    spoke = {reason.rule for reason in verdict.reasons}
    silent = list(dict.fromkeys(reason.rule for reason in other.reasons if reason.rule not in spoke and reason.rule))
    rules = side.sets.get(verdict.rules)
    asked = ask({*silent, *(reason.rule for reason in alone)}, each.story, rules, each.at) if rules else {}
    items = [_reason(reason, asked.get(reason.rule), alone=reason in alone) for reason in verdict.reasons]
    if rules is not None:
        items += [_silent(name, asked.get(name), rules) for name in silent]
    return (
        f'<div><b>{word} <span class="label {verdict.label}">{verdict.label}</span></b> '
        f'<span class="soft">{verdict.severity}, {verdict.score:g}</span><ul>{"".join(items)}</ul></div>'
    )


def _reason(reason: Reason, asked: Asked | None, *, alone: bool) -> str:
    what = (
        f"{escape(shown(reason.because, 200))} <code>{escape(reason.rule or 'no rule')}</code> {escape(reason.effect)}"
    )
    return f'<li class="{"alone" if alone else "soft"}">{what}{_tree(asked) if asked else ""}</li>'


def _silent(name: str, asked: Asked | None, rules: RuleSet) -> str:
    """A rule that spoke on the other side only, and why it did not here."""
    tree = ""
    if asked is None:
        why = "is not among these rules"
    elif any(each.rule == name for each in rules.disabled):
        why = "is disabled"
    elif asked.rule.status is not Status.STABLE:
        why = f"is {asked.rule.status}"
    else:
        why, tree = "did not fire", _tree(asked)
    return f'<li class="soft"><code>{escape(name)}</code> {why}{tree}</li>'


def _tree(asked: Asked) -> str:
    return f'<ul class="tree">{"".join(_branches(asked))}</ul>'


def _branches(asked: Asked) -> Iterator[str]:
    yield from map(_clause, asked.when.parts if asked.when.how == "all" else (asked.when,))
    if asked.unless is not None and asked.unless.held:
        yield f'<li class="but">but unless<ul class="tree">{_clause(asked.unless)}</ul></li>'
    for each in asked.quieted_by:
        because = escape(shown(each.because, 200))
        yield f'<li class="but">but the filter <code>{escape(each.name)}</code>: {because}</li>'


def _clause(clause: Clause) -> str:
    kind, mark = ("held", "✓") if clause.held else ("failed", "✗")
    if clause.parts:
        name = {"all": "all of", "any": "one of", "not": "not"}[clause.how]
        inner = f'{name}<ul class="tree">{"".join(map(_clause, clause.parts))}</ul>'
    else:
        found = f' <span class="soft">· {escape(shown(clause.saw, 120))}</span>' if clause.saw else ""
        inner = f"{escape(shown(clause.asks, 300))}{found}"
    return f'<li class="{kind}"><i>{mark}</i> {inner}</li>'
