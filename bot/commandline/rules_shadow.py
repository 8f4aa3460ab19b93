"""``lodestone rules shadow``: where the candidate rules would have said otherwise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict

import click
from redis.asyncio import Redis

from bot.commandline.options import JSON
from bot.commandline.stored import with_store
from bot.json_rows import json_row
from bot.text import shown
from pipelines.rule_news import RuleNews, read_rule_news
from pipelines.shadow import Shadowed, clear_shadow, read_shadow

MOST = 50


@click.command()
@click.option("--clear", is_flag=True, help="forget what has been noted, to begin anew")
@JSON
def shadow(*, clear: bool, as_json: bool) -> None:
    """Show where the rules of LODESTONE_SHADOW_RULES, judging beside the live ones, say otherwise: newest first.

    Of the last 30 days, at most 5,000 stories, each by the candidate that judged it last. Nothing of it was ever sent.
    """
    if clear:
        with_store(clear_shadow)
        click.echo("forgotten")
        return
    found, news = with_store(_read)
    if as_json:
        for each in found:
            click.echo(json_row({**asdict(each), "at": each.at.isoformat()}))
        return
    if news.shadow_fault:
        click.echo(f"the changed candidate is refused: {shown(news.shadow_fault, 500)}", err=True)
    click.echo("\n".join(_summary(found, news.shadow)))
    for each in found[:MOST]:
        click.echo("\n".join(_lines(each)))
    if len(found) > MOST:
        click.echo(f"and {len(found) - MOST} more; --json shows all")


async def _read(store: Redis) -> tuple[list[Shadowed], RuleNews]:
    return await read_shadow(store), await read_rule_news(store)


def _summary(found: Sequence[Shadowed], judging: str) -> list[str]:
    """A line for each candidate that differed, the one that judges now first."""
    counts = {judging: Counter[str]()} if judging else {}
    for each in found:
        counts.setdefault(each.rules, Counter())[each.kind] += 1
    if not any(counts.values()) and not judging:
        return ["the candidate rules differ nowhere yet"]
    return [_counted(rules, count, judging) for rules, count in counts.items()]


def _counted(rules: str, count: Counter[str], judging: str) -> str:
    name = f"candidate {rules[:8]}" + (", which judges now" if rules == judging else ", no longer in use")
    told = ", ".join(f"{count[kind]} {kind}" for kind in ("gained", "lost", "changed"))
    return f"{name}: {told if count else 'differs nowhere yet'}"


def _lines(each: Shadowed) -> tuple[str, ...]:
    return (
        f"  {each.at:%Y-%m-%d %H:%M}  {each.kind}: {shown(each.title, 160)}  ({each.story})",
        f"      live {each.live_rules[:8] or 'rules'}  {each.live}: {shown(each.live_because, 200)}",
        f"      candidate {each.rules[:8]}  {each.shadow}: {shown(each.shadow_because, 200)}",
    )
