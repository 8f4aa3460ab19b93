"""``lodestone explain``: how one headline is read and judged, in the words of /why, and then part by part."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import click

from bot.app import utc_now
from bot.commandline.options import JSON, RULES
from bot.messages import render_why
from bot.reading import as_lines, as_row
from bot.settings import load_settings
from bot.terminal import to_terminal
from pipelines.events import Alert, Entry, Reading
from pipelines.language.reader import build_reader
from pipelines.rulebook import load_rules
from pipelines.stories.changes import begin
from pipelines.stories.families import family_of
from pipelines.stories.ids import story_id
from rules.judge import judge
from rules.story import Source, Tier


@click.command()
@click.argument("headline")
@click.option("--publisher", default="", help="who published it")
@click.option(
    "--tier", type=click.Choice([tier.value for tier in Tier]), default=Tier.TRADE.value, help="kind of source"
)
@RULES
@JSON
def explain(*, headline: str, publisher: str, tier: str, rules: Path | None, as_json: bool) -> None:
    """Say how HEADLINE is read and judged, and why."""
    settings, now = load_settings({"rules": rules}), utc_now()
    source = Source("explain", publisher, family_of(publisher), Tier(tier))
    entry = Entry(
        feed="explain",
        id="explain",
        url="",
        title=headline[:500],
        summary="",
        source=source,
        published=now,
        first_seen=now,
    )
    report, parts = build_reader().explain(entry)
    story = begin(Reading(entry, report), story_id(entry.id, now, lambda _: False), now)
    alert = Alert(story, judge(story, load_rules(settings.rules), now), now, now)
    if not as_json:
        colour = sys.stdout.isatty()
        print(to_terminal(render_why(alert, now), colour=colour), end="\n\n")
        print(as_lines(parts, colour=colour, width=shutil.get_terminal_size((100, 24)).columns))
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
        **as_row(report, parts),
    }
    print(json.dumps(row, ensure_ascii=False))
