"""``lodestone evaluate``: how near the reader comes to labels that people gave."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

import click

from bot.commandline.label import BATCH, rows
from bot.commandline.options import JSON, RULES
from bot.commandline.progress import progress_bar
from bot.commandline.rows import readable
from bot.evaluation.page import as_page
from bot.evaluation.result import Evaluation, as_row
from bot.evaluation.tables import as_text
from bot.json_rows import json_row
from pipelines.labelled import Labelled, read_labelled
from pipelines.language.figures import Labels, Scored, figures, mistakes
from pipelines.language.reader import Reader, load_reader
from pipelines.rulebook import load_rules
from rules.errors import RuleErrors
from rules.ruleset import RuleSet

_MISTAKES = 30


@click.command()
@click.argument("file", type=click.File(encoding="utf-8"))
@click.option(
    "--part",
    type=click.Choice(["all", "seen", "kept"]),
    default="all",
    help="take the 60 % whose ids hash low (seen: read its mistakes) or the rest (kept: only score it)",
)
@click.option(
    "--mistakes",
    "most",
    type=click.IntRange(min=0),
    help=f"how many of the most confident mistakes to show ({_MISTAKES}; none of the kept part)",
)
@click.option(
    "--html", "page", type=click.Path(path_type=Path, dir_okay=False), help="also write a page with plots here"
)
@RULES
@JSON
def evaluate(
    file: TextIO, *, part: str, most: int | None, page: Path | None, rules: Path | None, as_json: bool
) -> None:
    """Label each headline of FILE (- for standard input) and compare with the labels it carries.

    A line of FILE is {id, title, topics, structural, event, stage}, with date and publisher where known. Each headline
    is read and judged alone, as `lodestone label` does.
    """
    with readable(file.name):
        labelled = list(read_labelled(file, file.name, part))
    try:
        rule_set = load_rules(rules)
    except RuleErrors as error:
        raise click.ClickException(str(error)) from None
    if not labelled:
        raise click.ClickException(f"{file.name}: no labelled headlines{'' if part == 'all' else f' in part {part}'}")
    with progress_bar("evaluating", len(labelled)) as advance:
        reader = load_reader()
        scored: list[Scored] = []
        for start in range(0, len(labelled), BATCH):
            batch = labelled[start : start + BATCH]
            scored += score_rows(batch, reader, rule_set)
            advance(len(batch))
    shown = most if most is not None else 0 if part == "kept" else _MISTAKES
    found = Evaluation(
        name="standard input" if file.name == "<stdin>" else Path(file.name).name,
        part=part,
        reader=reader.version,
        rules=rule_set.hash[:8],
        figures=figures(scored),
        mistakes=tuple(mistakes(scored, shown)),
    )
    if page is not None:
        try:
            page.write_text(as_page(found), encoding="utf-8")
        except OSError as error:
            raise click.ClickException(f"{page}: cannot be written: {error.strerror}") from None
    click.echo(json_row(as_row(found)) if as_json else as_text(found))


def score_rows(labelled: Sequence[Labelled], reader: Reader, rule_set: RuleSet) -> Iterator[Scored]:
    """The labels that these headlines get, beside those that they carry, in order."""
    given = rows([each.entry for each in labelled], reader, rule_set)
    for each, row in zip(labelled, given, strict=True):
        yield Scored(each.entry.id, each.entry.title, each.wanted, _got(row))


def _got(row: dict[str, Any]) -> Labels:
    return Labels(
        topics=tuple(row["topics"]),
        structural=row["structural"],
        event=row["event"],
        stage=row["stage"],
        p_structural=row["p_structural"],
        verdict=row["verdict"],
    )
