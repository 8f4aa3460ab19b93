"""``lodestone record``: what tightened and what eased supply, by month, topic and country."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import click
from redis.asyncio import Redis

from bot.app import utc_now
from bot.commandline.options import JSON
from bot.commandline.stored import with_store
from bot.json_rows import json_row
from bot.markup import compose
from bot.record.asked import MONTHS, MOST_MONTHS, Asked, read_asked
from bot.record.page import as_page
from bot.record.rows import as_row
from bot.record.told import record_lines
from bot.terminal import to_terminal
from pipelines.record.read import read_record
from pipelines.record.tables import Tables, load_tables
from pipelines.record.turns import Record


@click.command()
@click.option("--topic", default="", help='a topic in plain words: "rare earths", chips')
@click.option("--country", default="", help="a country by its name or ISO code: pakistan, US")
@click.option(
    "--months",
    type=click.IntRange(1, MOST_MONTHS),
    help=f"how many months, this one included; {MONTHS}, and {MOST_MONTHS} on a page",
)
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="also write a page with a chart")
@JSON
def record(*, topic: str, country: str, months: int | None, html: Path | None, as_json: bool) -> None:
    """Say what structural stories tightened and eased, from all that are kept (400 days).

    A story counts once a month in the row of each country that acts or that it is about. What the reader does not know
    for sure is unclear. --json prints one object: {topic, country, since, stories, months, countries, turns}.
    """
    tables = load_tables()
    asked = _asked(topic, country, tables)
    found = with_store(lambda store: _read(store, utc_now().date()))
    today = utc_now().date()
    if as_json:
        click.echo(json_row(as_row(found, asked, tables, today, months or MONTHS)))
    else:
        told = compose(record_lines(found, asked, tables, today, months or MONTHS))
        print(to_terminal(told, colour=sys.stdout.isatty()))
    if html is not None:
        try:
            html.write_text(as_page(found, asked, tables, today, months or MOST_MONTHS), encoding="utf-8")
        except OSError as error:
            raise click.ClickException(f"{html}: cannot be written: {error.strerror}") from None
        click.echo(f"wrote {html}", err=True)


async def _read(store: Redis, today: date) -> Record:
    return await read_record(store, today)


def _asked(topic: str, country: str, tables: Tables) -> Asked:
    named, where = read_asked(topic, tables), read_asked(country, tables)
    if topic and (named.topic is None or named.unclear):
        raise click.UsageError(f"--topic: no topic {topic!r}{_maybe(named)}")
    if country and (not where.country or where.unclear):
        raise click.UsageError(f"--country: no country {country!r}{_maybe(where)}")
    return Asked(topic=named.topic, country=where.country)


def _maybe(asked: Asked) -> str:
    return f"; did you mean {asked.nearest}?" if asked.nearest else "; name one as `lodestone explain` shows it"
