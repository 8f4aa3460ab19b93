"""How commands show a comparison of two rule sets."""

from __future__ import annotations

from pathlib import Path

import click

from bot.comparison.page import as_page
from bot.comparison.sides import Side
from bot.comparison.told import as_lines, as_row, summary
from bot.json_rows import json_row
from rules.compare import Comparison

HTML = click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="also write a page, in one file")


def show(found: Comparison, old: Side, new: Side, html: Path | None, *, as_json: bool) -> None:
    """Print the comparison, or one JSON object a difference, and write the page where one is wanted."""
    if as_json:
        for each in found.differences:
            click.echo(json_row(as_row(each)))
        click.echo(summary(found), err=True)
    else:
        click.echo("\n".join(as_lines(found)))
    if html is not None:
        html.write_text(as_page(found, old, new), encoding="utf-8")
        click.echo(f"wrote {html}", err=True)
