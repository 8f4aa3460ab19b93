"""``lodestone explain``: how one headline is read and judged, in the words of /why, and then part by part."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import click

from bot.app import utc_now
from bot.commandline.check import checked_rules
from bot.commandline.options import JSON, RULES
from bot.imagined import Told
from bot.json_rows import json_row
from bot.reading import as_lines, as_row
from bot.settings import load_settings
from bot.terminal import to_terminal
from bot.tracing import trace_lines, trace_row
from bot.whys import render_why
from pipelines.events import Alert
from pipelines.language.reader import load_reader
from rules.asked import hours_of
from rules.explain import trace
from rules.story import Tier


class Age(click.ParamType[float]):
    """A length of time in the words of the rules; hours."""

    name = "time"

    def convert(self, value: str | float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Hours; a bare number is taken as hours."""
        text = str(value).strip()
        hours = hours_of(f"{text} h" if text.replace(".", "", 1).isdigit() else text)
        if hours is None or hours > _LONGEST:
            self.fail(f"`{text}` is no length of time; write it like 90 min, 12 h or 3 days", param, ctx)
        return hours


_LONGEST = 10_000


@click.command()
@click.argument("headline")
@click.option("--publisher", default="", help="who published it")
@click.option(
    "--tier", type=click.Choice([tier.value for tier in Tier]), default=Tier.TRADE.value, help="kind of source"
)
@click.option("--publishers", type=click.IntRange(1, 20), default=1, help="how many independent publishers say so")
@click.option("--age", type=Age(), default="0h", help="how long ago it was first said: 2h, 90 min, 3 days")
@click.option("--all", "every", is_flag=True, help="also the rules that nearly fired, and the silent ones")
@RULES
@JSON
def explain(
    *,
    headline: str,
    publisher: str,
    tier: str,
    publishers: int,
    age: float,
    every: bool,
    rules: Path | None,
    as_json: bool,
) -> None:
    """Say how HEADLINE is read and judged, and why: the rules clause by clause, and what would change the label."""
    settings, now = load_settings({"rules": rules}), utc_now()
    rule_set = checked_rules(settings.rules)
    told = Told(headline=headline, publisher=publisher, tier=Tier(tier), publishers=publishers, age=age)
    entry = told.entry(now)
    report, parts = load_reader().explain(entry)
    story = told.story(entry, report, now)
    traced = trace(story, rule_set, now)
    alert = Alert(story, traced.verdict, now, now)
    if not as_json:
        colour, width = sys.stdout.isatty(), shutil.get_terminal_size((100, 24)).columns
        print(to_terminal(render_why(alert, now, traced), colour=colour), end="\n\n")
        print(trace_lines(traced, story, now, colour=colour, width=width, every=every), end="\n\n")
        print(as_lines(parts, colour=colour, width=width))
        return
    verdict, act = alert.verdict, report.act
    row = {
        "label": verdict.label,
        "severity": verdict.severity,
        "score": round(verdict.score, 1),
        "reasons": [{"rule": each.rule, "because": each.because, "effect": each.effect} for each in verdict.reasons],
        "topics": {tag.topic: tag.probability for tag in report.tags},
        "event": act.event,
        "stage": act.stage,
        "form": report.form,
        "p_structural": report.p_structural,
        "entities": [entity.id for entity in report.entities],
        "trace": trace_row(traced, story, now),
        **as_row(report, parts),
    }
    print(json_row(row))
