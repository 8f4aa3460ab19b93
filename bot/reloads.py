"""What a reload of the rules means to people: log lines, a count in the store, and a word to the admins."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import PurePath

from redis.asyncio import Redis

from bot.markup import BLANK, Message, bold, code, compose, line
from bot.rulekeeping import Outcome, Refused, Reloaded
from bot.text import shown
from pipelines.kept_rules import keep_rule_set
from pipelines.rule_news import note_refusal, note_reload
from pipelines.store import STORE_TROUBLE
from rules.errors import RuleError
from rules.ruleset import RuleSet

log = logging.getLogger(__name__)

_MOST_TOLD = 10
Notify = Callable[[Message], Awaitable[None]]
"""Writes to every admin; it never fails, it only may not arrive."""


def tell_reloads(store: Redis, clock: Callable[[], datetime], notify: Notify) -> Callable[[Outcome], Awaitable[None]]:
    """What hears of each change of the live rules."""

    async def told(outcome: Outcome) -> None:
        if isinstance(outcome, Refused):
            log_refusal(outcome.faults)
            with contextlib.suppress(*STORE_TROUBLE):
                await note_refusal(store, str(outcome.faults[0]), clock())
            await notify(render_refused(outcome))
            return
        changed = changes(outcome.old, outcome.new.rules)
        log.info("rules.reloaded rules=%s %s", outcome.new.rules.hash[:12], changed)
        if outcome.gone:
            log.warning("rules.folder_gone remedy=%s", "only the shipped rules judge now; put the folder back")
        with contextlib.suppress(*STORE_TROUBLE):
            await keep_rule_set(store, outcome.new, clock())
            await note_reload(store, clock())
        await notify(render_reloaded(outcome, changed))

    return told


async def tell_shadow(outcome: Outcome) -> None:
    """What hears of each change of the candidate rules: they concern nobody but who tries them."""
    if isinstance(outcome, Refused):
        log_refusal(outcome.faults, "shadow.refused")
    else:
        log.info("shadow.reloaded rules=%s", outcome.new.rules.hash[:12])


def changes(old: RuleSet, new: RuleSet) -> str:
    """How many rules were added, removed and changed, in words."""
    before = {rule.name: rule for rule in old.rules}
    after = {rule.name: rule for rule in new.rules}
    both = before.keys() & after.keys()
    parts = (
        (len(after.keys() - both), "added"),
        (len(before.keys() - both), "removed"),
        (sum(not _same(before[name], after[name]) for name in both), "changed"),
    )
    told = ", ".join(f"{count} {word}" for count, word in parts if count)
    return told or ("weights or filters changed" if old.hash != new.hash else "nothing changed")


def _same(first: object, second: object) -> bool:
    """Whether two rules are the same wherever they stand."""
    return _without_place(first) == _without_place(second)


def _without_place(rule: object) -> tuple[object, ...]:
    names = ("when", "unless", "effect", "because", "status", "translations", "filters")
    return tuple(getattr(rule, name) for name in names)


def log_refusal(faults: Sequence[RuleError], word: str = "rules.refused") -> None:
    """One line a fault, of many the first few."""
    for fault in faults[:_MOST_TOLD]:
        log.error(
            "%s file=%s line=%d why=%s remedy=%s", word, fault.file, fault.line, shown(fault.message, 200), fault.remedy
        )
    if len(faults) > _MOST_TOLD:
        log.error("%s more=%d remedy=%s", word, len(faults) - _MOST_TOLD, "`lodestone check` tells all")


def render_refused(outcome: Refused) -> Message:
    """Which faults, where, and what to do."""
    lines = [line(bold("The changed rules were refused")), line("The rules before go on judging."), BLANK]
    for fault in outcome.faults[:5]:
        place = f"{shown('/'.join(PurePath(fault.file).parts[-2:]), 80)}:{fault.line}:{fault.column}"
        lines += [line(code(place)), line(f"{shown(fault.message, 200)}; {shown(fault.remedy, 200)}")]
    if len(outcome.faults) > 5:
        lines.append(line(f"and {len(outcome.faults) - 5} more; `lodestone check` tells all"))
    return compose(lines)


def render_reloaded(outcome: Reloaded, changed: str) -> Message:
    """That another version is in force, and what changed in numbers."""
    lines = [line(bold("New rules are in force")), line(f"{changed} (rule set {outcome.new.rules.hash[:8]})")]
    if outcome.gone:
        lines.append(line("The folder of your own rules is gone: only the shipped rules judge now."))
    return compose(lines)
