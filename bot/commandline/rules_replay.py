"""``lodestone rules replay``: what the rules in force would say today of all that was judged."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import click
from redis.asyncio import Redis

from bot.app import utc_now
from bot.commandline.check import checked_rules
from bot.commandline.compared import HTML, show
from bot.commandline.options import JSON, RULES
from bot.commandline.span import between, compare_days, days
from bot.commandline.stored import with_store
from bot.comparison.sides import Side
from bot.settings import load_settings
from pipelines.events import Alert
from pipelines.kept_rules import read_rule_set
from rules.compare import Comparison, compare
from rules.judge import judge
from rules.ruleset import RuleSet


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
    first_day, last_day = between(first, last, utc_now())

    async def work(store: Redis) -> tuple[Comparison, dict[str, RuleSet]]:
        found = await compare_days(store, first_day, last_day, lambda alerts: again(alerts, rule_set))
        return found, await _then(store, found) if html else {}

    found, then = with_store(work)
    new = Side(f"rule set {rule_set.hash}", {rule_set.hash: rule_set})
    show(found, Side("as judged then", then), new, html, as_json=as_json)
    if not found.stories:
        click.echo("nothing was judged on these days; see --from and --to", err=True)


def again(alerts: Iterable[Alert], rules: RuleSet) -> Comparison:
    """The verdicts of then beside those of these rules at the same moment."""
    return compare((each.story, each.judged, each.verdict, judge(each.story, rules, each.judged)) for each in alerts)


async def _then(store: Redis, found: Comparison) -> dict[str, RuleSet]:
    """The rule sets that judged then, those of them that are still kept and read alike."""
    names = {each.old.rules for each in found.differences}
    return {name: rules for name in names if (rules := await read_rule_set(store, name)) is not None}
