"""``lodestone rules replay``: what the rules in force would say today of all that was judged."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import click
from redis.asyncio import Redis

from bot.app import utc_now
from bot.commandline.check import checked_rules
from bot.commandline.compared import HTML, show
from bot.commandline.options import JSON, RULES
from bot.commandline.span import between, days
from bot.commandline.stored import with_store
from bot.settings import load_settings
from pipelines.events import Alert
from pipelines.judged import read_days
from rules.compare import compare
from rules.judge import judge
from rules.ruleset import RuleSet
from rules.story import Story
from rules.verdict import Verdict


@click.command()
@days
@RULES
@HTML
@JSON
def replay(
    *, first: datetime | None, last: datetime | None, rules: Path | None, html: Path | None, as_json: bool
) -> None:
    """Judge again what was judged on these days, by the rules in force (or with DIR over the shipped ones).

    Each story is judged at the moment when it was, so that only the rules differ. Says what would have been gained,
    lost and changed, and why.
    """
    rule_set = checked_rules(load_settings({"rules": rules}).rules)
    span = between(first, last, utc_now())
    alerts = with_store(lambda store: stored(store, *span))
    show(compare(_again(alerts, rule_set)), "as judged then", f"rule set {rule_set.hash}", html, as_json=as_json)
    if not alerts:
        print("nothing was judged on these days; see --from and --to", file=sys.stderr)


async def stored(store: Redis, first: date, last: date) -> list[Alert]:
    """All that was judged on these days."""
    return [alert async for batch in read_days(store, first, last) for alert in batch]


def _again(alerts: list[Alert], rules: RuleSet) -> Iterator[tuple[Story, datetime, Verdict, Verdict]]:
    for alert in alerts:
        yield alert.story, alert.judged, alert.verdict, judge(alert.story, rules, alert.judged)
