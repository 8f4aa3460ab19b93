"""``lodestone rules shadow``: where the candidate rules would have said otherwise."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict

import click

from bot.commandline.options import JSON
from bot.commandline.stored import with_store
from bot.text import shown
from pipelines.shadow import Shadowed, clear_shadow, read_shadow

MOST = 50


@click.command()
@click.option("--clear", is_flag=True, help="forget what has been noted, to begin anew")
@JSON
def shadow(*, clear: bool, as_json: bool) -> None:
    """Show where the rules of LODESTONE_SHADOW_RULES, judging beside the live ones, say otherwise: newest first.

    Of the last 30 days, at most 5,000 stories. Nothing of it was ever sent.
    """
    if clear:
        with_store(clear_shadow)
        click.echo("forgotten")
        return
    found = with_store(read_shadow)
    if as_json:
        for each in found:
            click.echo(json.dumps({**asdict(each), "at": each.at.isoformat()}, ensure_ascii=False))
        return
    counts = Counter(each.kind for each in found)
    told = ", ".join(f"{counts[kind]} {kind}" for kind in ("gained", "lost", "changed"))
    click.echo(f"{told} by the candidate rules" if found else "the candidate rules differ nowhere yet")
    for each in found[:MOST]:
        click.echo("\n".join(_lines(each)))
    if len(found) > MOST:
        click.echo(f"and {len(found) - MOST} more; --json shows all")


def _lines(each: Shadowed) -> tuple[str, ...]:
    return (
        f"  {each.at:%Y-%m-%d %H:%M}  {each.kind}: {shown(each.title, 160)}  ({each.story})",
        f"      live {each.live}: {shown(each.live_because, 200)}",
        f"      candidate {each.shadow}: {shown(each.shadow_because, 200)}",
    )
