"""``lodestone rules compare``: two folders of rules on the same stories, as a guard for a change under review."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TextIO

import click

from bot.app import utc_now
from bot.commandline.check import checked_rules
from bot.commandline.compared import HTML, show
from bot.commandline.options import JSON
from bot.commandline.progress import progress_bar
from bot.commandline.rows import readable
from bot.commandline.span import between, compare_days, days
from bot.commandline.stored import with_store
from bot.comparison.sides import Side
from bot.comparison.told import summary
from pipelines.events import Alert, Reading
from pipelines.rows import read_rows
from pipelines.stories.changes import begin
from rules.compare import Comparison, Kind, compare_rules
from rules.ruleset import RuleSet
from rules.story import Story

SHIPPED = "shipped"
_BATCH = 256


@click.command()
@click.argument("old")
@click.argument("new")
@days
@click.option("--file", type=click.File(encoding="utf-8"), help="headlines instead of what was judged")
@click.option("--max-lost", type=click.IntRange(0), help="exit 1 when more structural stories are lost")
@click.option("--max-gained", type=click.IntRange(0), help="exit 1 when more are gained")
@HTML
@JSON
def compare(
    *,
    old: str,
    new: str,
    first: datetime | None,
    last: datetime | None,
    file: TextIO | None,
    max_lost: int | None,
    max_gained: int | None,
    html: Path | None,
    as_json: bool,
) -> None:
    """Judge the same stories by the folders OLD and NEW, each laid over the shipped rules; `shipped` means no folder.

    The stories are those judged on these days, or the headlines of a file as `lodestone label` reads them, each a story
    of its own. Says what NEW gains, loses and changes, and why on both sides. Exit 1 past --max-lost or --max-gained,
    and where there was no story to hold them against.
    """
    if file and (first or last):
        raise click.UsageError("--file takes the place of what was judged; leave out --from and --to")
    before, after = [checked_rules(_folder(name)) for name in (old, new)]
    if file:
        found = compare_rules(_from_file(file), before, after)
    else:
        span = between(first, last, utc_now())
        found = with_store(lambda store: compare_days(store, *span, lambda alerts: _both(alerts, before, after)))
    show(found, Side(old, {before.hash: before}), Side(new, {after.hash: after}), html, as_json=as_json)
    limits = ((Kind.LOST, max_lost), (Kind.GAINED, max_gained))
    if past := [kind for kind, most in limits if most is not None and len(found.of(kind)) > most]:
        click.echo(f"more {' and '.join(past)} than allowed ({summary(found)})", err=True)
        sys.exit(1)
    if not found.stories:
        click.echo(f"no story to compare on; {'fill the file' if file else 'see --from, --to and --file'}", err=True)
        # A guard that looked at nothing guards nothing.
        if any(most is not None for _, most in limits):
            sys.exit(1)


def _both(alerts: Iterable[Alert], before: RuleSet, after: RuleSet) -> Comparison:
    return compare_rules(((alert.story, alert.judged) for alert in alerts), before, after)


def _folder(name: str) -> Path | None:
    if name == SHIPPED:
        return None
    if not Path(name).is_dir():
        raise click.UsageError(
            f"{name} is no folder of rules; name one, or write `{SHIPPED}` for the shipped rules alone"
        )
    return Path(name)


def _from_file(file: TextIO) -> Iterable[tuple[Story, datetime]]:
    with readable(file.name):
        entries = list(read_rows(file, file.name))
    # Only now: a slip in a rule or a row is told before the language pipeline is loaded.
    from pipelines.language.reader import load_reader  # noqa: PLC0415

    reader = load_reader()
    with progress_bar("reading", len(entries)) as advance:
        for start in range(0, len(entries), _BATCH):
            batch = entries[start : start + _BATCH]
            for entry, report in zip(batch, reader.read(batch), strict=True):
                yield begin(Reading(entry, report), entry.id, entry.first_seen), entry.first_seen
            advance(len(batch))
