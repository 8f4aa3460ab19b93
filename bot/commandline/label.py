"""``lodestone label``: what the language and the rules say of each headline of a file, each by itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

import click

from bot.commandline.options import RULES
from bot.commandline.progress import progress_bar
from bot.commandline.rows import readable
from bot.json_rows import json_row
from bot.settings import load_settings
from pipelines.events import Entry, Reading
from pipelines.language.reader import Reader, load_reader
from pipelines.rows import read_rows
from pipelines.rulebook import load_rules
from pipelines.stories.changes import begin
from rules.errors import RuleErrors
from rules.judge import judge
from rules.ruleset import RuleSet
from rules.story import Report

BATCH = 256


@click.command()
@click.argument("file", type=click.File(encoding="utf-8"))
@RULES
def label(file: TextIO, rules: Path | None) -> None:
    """Write the labels of each headline in FILE (- for standard input), one row out per row in.

    Each headline is judged alone, at its own date. A line of the output is {id, topics, structural, p_structural,
    event, stage, verdict}: "structural" is the language's word, "verdict" the rules'.
    """
    with readable(file.name):
        entries = list(read_rows(file, file.name))
    try:
        rule_set = load_rules(load_settings({"rules": rules}).rules)
    except RuleErrors as error:
        raise click.ClickException(str(error)) from None
    with progress_bar("labelling", len(entries)) as advance:
        reader = load_reader()
        for start in range(0, len(entries), BATCH):
            batch = entries[start : start + BATCH]
            for row in rows(batch, reader, rule_set):
                click.echo(json_row(row))
            advance(len(batch))


def rows(entries: Sequence[Entry], reader: Reader, rule_set: RuleSet) -> list[dict[str, Any]]:
    """The output rows of these entries, in order."""
    pairs = zip(entries, reader.read(entries), strict=True)
    return [_row(entry, report, rule_set) for entry, report in pairs]


def _row(entry: Entry, report: Report, rule_set: RuleSet) -> dict[str, Any]:
    story = begin(Reading(entry, report), entry.id, entry.first_seen)
    return {
        "id": entry.id,
        "topics": [topic.value for topic in report.topics],
        "structural": report.structural,
        "p_structural": report.p_structural,
        "event": report.act.event.value,
        "stage": report.act.stage.value,
        "verdict": judge(story, rule_set, entry.first_seen).label.value,
    }
