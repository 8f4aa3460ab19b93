"""``make pictures``: the chat as a phone shows it, as pages, and as pictures where Chromium is."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from bot.commandline.options import JSON
from bot.commandline.progress import progress_bar
from bot.languages.catalogues import Languages
from bot.pictures.studio import Studio
from bot.shade import Shade
from tests.pictures.charts import SHOWN, charts
from tests.pictures.day import Day, read_day
from tests.pictures.phone import Screen, as_index, as_page
from tests.pictures.photograph import SMALL, NoBrowserError, find_browser, measure, photograph
from tests.pictures.screens import screens

README = {"alert": Shade.LIGHT, "reply": Shade.DARK, "settings": Shade.LIGHT}
"""The screens whose pictures README shows, in the shade that it shows."""
Row = dict[str, Any]


@click.command()
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), default=Path("build/pictures"), show_default=True,
    help="folder for the pages; made if absent",
)  # fmt: skip
@click.option("--png", is_flag=True, help="photograph each page too, light and dark; needs Chromium on the PATH")
@click.option("--readme", is_flag=True, help="draw anew the pictures that README.md shows; needs Chromium on the PATH")
@JSON
def pictures(*, out: Path, png: bool, readme: bool, as_json: bool) -> None:
    """Write every screen of the chat as a page of its own, and an index of them all.

    The messages are those of the packaged day, written by the real code. --png also says how much of the phone's height
    the newest message takes, and which buttons are cut. --json prints one object a screen:
    {screen, title, page, pictures, room, newest, cut, small: {room, newest, cut}}.
    """
    try:
        browser = find_browser() if png or readme else ""
        day = read_day()
        shown = screens(day, Languages().of("ur"))
        rows = _pages(shown, out)
        if browser:
            kept = Path(__file__).parent if readme else None
            rows = _photographed(browser, shown, rows, out if png else None, kept)
            if kept:
                asyncio.run(_draw_charts(day, kept))
    except NoBrowserError as error:
        raise click.ClickException(str(error)) from None
    for row in rows:
        click.echo(json.dumps(row, ensure_ascii=False) if as_json else _told(row))
    click.echo(f"wrote {out / 'index.html'}", err=True)


async def _draw_charts(day: Day, kept: Path) -> None:
    """The charts that README and BENCHMARKS show, drawn as the bot draws them."""
    studio, drawn = Studio(), charts(day)
    for file, (name, shade) in SHOWN.items():
        (kept / f"{file}.png").write_bytes(await studio.plot(name, drawn[name], shade, day.deed.judged))


def _pages(shown: Sequence[Screen], out: Path) -> list[Row]:
    out.mkdir(parents=True, exist_ok=True)
    (out / "index.html").write_text(as_index(shown), encoding="utf-8")
    rows = list[Row]()
    for screen in shown:
        page = out / f"{screen.name}.html"
        page.write_text(as_page(screen), encoding="utf-8")
        rows.append({"screen": screen.name, "title": screen.title, "page": str(page)})
    return rows


def _photographed(
    browser: str, shown: Sequence[Screen], rows: Sequence[Row], out: Path | None, kept: Path | None
) -> list[Row]:
    """The rows with how each screen fits, once its pictures lie in ``out``, and those of README in ``kept``."""
    fits = zip(measure(browser, shown), measure(browser, shown, SMALL), strict=True)
    told = list[Row]()
    with progress_bar("photographs", len(shown)) as advance:
        for screen, row, (fit, small) in zip(shown, rows, fits, strict=True):
            wanted = [(out / f"{screen.name}-{shade}.png", shade) for shade in Shade] if out else []
            wanted += [(kept / f"{screen.name}.png", README[screen.name])] if kept and screen.name in README else []
            pictures = photograph(browser, screen) if wanted else {}
            for file, shade in wanted:
                file.write_bytes(pictures[shade])
            shots = [str(file) for file, _ in wanted]
            told.append({**row, "pictures": shots, **asdict(fit), "small": asdict(small)})
            advance(1)
    return told


def _told(row: Row) -> str:
    if "room" not in row:
        return str(row["page"])
    return f"{row['page']}: {_fit(row)}; on a small phone {_fit(row['small'])}"


def _fit(row: Row) -> str:
    over = "" if row["newest"] <= row["room"] else ", too high"
    cut = f", cut: {', '.join(dict.fromkeys(row['cut']))}" if row["cut"] else ""
    return f"{row['newest']} of {row['room']} px{over}{cut}"


if __name__ == "__main__":
    pictures()
