"""What a reload of the rules means to people: log lines, a count in the store, and a word to the admins."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import PurePath

from redis.asyncio import Redis

from bot.languages.translator import ENGLISH, N_, Translator
from bot.markup import BLANK, Message, bold, code, compose, line
from bot.rulekeeping import Outcome, Refused, Reloaded
from bot.text import shown
from pipelines.rule_news import note_refusal, note_reload, note_shadow
from pipelines.store import STORE_TROUBLE
from rules.errors import RuleError
from rules.ruleset import Filter, Rule, RuleSet

log = logging.getLogger(__name__)

_MOST_TOLD = 10
Said = Callable[[Translator], Message]
"""A message in the language of whoever gets it."""
Notify = Callable[[Said], Awaitable[None]]
"""Writes to every admin; it never fails, it only may not arrive."""


def tell_reloads(store: Redis, clock: Callable[[], datetime], notify: Notify) -> Callable[[Outcome], Awaitable[None]]:
    """What hears of each change of the live rules."""

    async def told(outcome: Outcome) -> None:
        if isinstance(outcome, Refused):
            log_refusal(outcome.faults)
            with contextlib.suppress(*STORE_TROUBLE):
                await note_refusal(store, outcome.faults, clock())
            await notify(partial(render_refused, outcome))
            return
        changed = changes(outcome.old, outcome.new.rules)
        log.info("rules.reloaded rules=%s changed=%s", outcome.new.rules.hash[:12], changed or "nothing")
        if outcome.gone:
            log.warning("rules.folder_gone remedy=%s", "only the shipped rules judge now; put the folder back")
        # A comment that was mended is no news to anyone but the log.
        if changed or outcome.mended or outcome.gone:
            with contextlib.suppress(*STORE_TROUBLE):
                await note_reload(store, outcome.new, clock())
            await notify(partial(render_reloaded, outcome))

    return told


def tell_shadow(store: Redis) -> Callable[[Outcome], Awaitable[None]]:
    """What hears of each change of the candidate rules: they concern nobody but who tries them."""
    judging = ""

    async def told(outcome: Outcome) -> None:
        nonlocal judging
        fault = ""
        if isinstance(outcome, Refused):
            log_refusal(outcome.faults, "shadow.refused")
            fault = str(outcome.faults[0])
        else:
            judging = outcome.new.rules.hash
            log.info("shadow.reloaded rules=%s", judging[:12])
        with contextlib.suppress(*STORE_TROUBLE):
            await note_shadow(store, judging, fault)

    return told


def changes(old: RuleSet | None, new: RuleSet, tr: Translator = ENGLISH) -> str:
    """What differs between two sets, in numbers: "rules 2 added, 1 changed; weights changed". "" where nothing does."""
    rules = _counts(old.rules if old else (), new.rules, tr)
    filters = _counts(old.filters if old else (), new.filters, tr)
    parts = (
        tr("rules {counts}", counts=rules) if rules else "",
        tr("filters {counts}", counts=filters) if filters else "",
        tr("weights changed") if old is not None and old.weights != new.weights else "",
    )
    return tr.phrases(parts)


def _counts(old: Sequence[Rule | Filter], new: Sequence[Rule | Filter], tr: Translator) -> str:
    before, after = ({each.name: _without_place(each) for each in some} for some in (old, new))
    both = before.keys() & after.keys()
    parts = (
        (len(after.keys() - both), N_("{count} added")),
        (len(before.keys() - both), N_("{count} removed")),
        (sum(before[name] != after[name] for name in both), N_("{count} changed")),
    )
    return tr.joined(tr(text, count=count) for count, text in parts if count)


def _without_place(rule: Rule | Filter) -> tuple[object, ...]:
    """What a rule or a filter says, wherever it stands and whatever stands over it."""
    does = rule.suppresses if isinstance(rule, Filter) else rule.effect
    return rule.when, rule.unless, does, rule.because, rule.status, rule.translations


def log_refusal(faults: Sequence[RuleError], word: str = "rules.refused") -> None:
    """One line a fault, of many the first few."""
    for fault in faults[:_MOST_TOLD]:
        log.error(
            "%s file=%s line=%d why=%s remedy=%s",
            word,
            shown(fault.file, 300),
            fault.line,
            shown(fault.message, 200),
            shown(fault.remedy, 200),
        )
    if len(faults) > _MOST_TOLD:
        log.error("%s more=%d remedy=%s", word, len(faults) - _MOST_TOLD, "`lodestone check` tells all")


def render_refused(outcome: Refused, tr: Translator = ENGLISH) -> Message:
    """Which faults, where, and what to do. Faults are told in English, as the command line tells them."""
    lines = [line(bold(tr("The changed rules were refused"))), line(tr("The rules before go on judging.")), BLANK]
    for fault in outcome.faults[:5]:
        place = f"{shown('/'.join(PurePath(fault.file).parts[-2:]), 80)}:{fault.line}:{fault.column}"
        lines += [line(code(place)), line(f"{shown(fault.message, 200)}; {shown(fault.remedy, 200)}")]
    if len(outcome.faults) > 5:
        more = len(outcome.faults) - 5
        lines.append(line(tr("and {count} more; {command} tells all", count=more, command="`lodestone check`")))
    return compose(lines)


def render_reloaded(outcome: Reloaded, tr: Translator = ENGLISH) -> Message:
    """That another version is in force, and what changed in numbers."""
    version, changed = outcome.new.rules.hash[:8], changes(outcome.old, outcome.new.rules, tr)
    if changed:
        told = tr("{changes} (rule set {version})", changes=changed, version=version)
        lines = [line(bold(tr("New rules are in force"))), line(told)]
    else:
        told = tr("They say what they said before (rule set {version}).", version=version)
        lines = [line(bold(tr("The rules are sound again"))), line(told)]
    if outcome.gone:
        lines.append(line(tr("The folder of your own rules is gone: only the shipped rules judge now.")))
    return compose(lines)
