"""``lodestone feeds``: list, examine, import, export and add feeds."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import click

from bot.app import open_store, utc_now
from bot.archive import OWN_LIST
from bot.commandline.options import JSON
from bot.commandline.progress import progress_bar
from bot.feed_desk import states_of
from bot.logs import one_line, set_up_logs
from bot.settings import Settings, load_settings
from bot.text import shown
from pipelines.feeds.catalogue import CatalogueError, write_catalogue
from pipelines.feeds.changes import fresh, id_for, read_changes, write_atomically
from pipelines.feeds.doctor import Diagnosis, Health, examine
from pipelines.feeds.feed import Feed, FeedState
from pipelines.feeds.fetcher import Fetcher, Limits
from pipelines.feeds.opml import write_opml
from pipelines.feeds.parsing import Parsed, Parsers
from pipelines.feeds.sources import load_feeds
from pipelines.feeds.trouble import BusyError, FeedTrouble
from rules.story import Tier

T = TypeVar("T")
FEEDS = click.option("--feeds", "source", help="path or http address of OPML or YAML, instead of the settings' list")
TO = click.option("--to", type=click.Path(path_type=Path, dir_okay=False), help="file to write")


@click.group()
def feeds() -> None:
    """List, examine, import and export feeds."""


@feeds.command("list")
@FEEDS
@click.option("--state", is_flag=True, help="also what the last polls brought, from the store")
@JSON
def list_feeds(*, source: str | None, state: bool, as_json: bool) -> None:
    """List the feeds that are polled."""

    async def read(settings: Settings, fetcher: Fetcher) -> list[tuple[Feed, FeedState | None]]:
        found = await _listed(source, settings, fetcher)
        if not state:
            return [(feed, None) for feed in found]
        async with open_store(settings) as (store, _):
            return list(zip(found, await states_of(found, store), strict=True))

    rows = _run(source, read)
    for feed, known in rows:
        print(json.dumps(_row(feed, known)) if as_json else _line(feed, known))
    if not as_json:
        print(f"{len(rows)} feeds", file=sys.stderr)


@feeds.command()
@FEEDS
@click.argument("ids", nargs=-1)
@JSON
def doctor(*, source: str | None, ids: tuple[str, ...], as_json: bool) -> None:
    """Ask every feed once (or those with these IDS) and say which are dead, stale, walled or empty.

    Exit 1 when any is not well.
    """

    async def ask(settings: Settings, fetcher: Fetcher) -> list[Diagnosis]:
        found = _chosen(await _listed(source, settings, fetcher), ids)
        parsers = Parsers()
        try:
            with progress_bar("feeds", len(found)) as done:
                return await _gathered(found, fetcher, parsers, done)
        finally:
            await parsers.aclose()

    diagnoses = sorted(_run(source, ask), key=lambda one: (list(Health).index(one.health), one.feed.id))
    for one in diagnoses:
        print(json.dumps(_finding(one)) if as_json else f"{one.health:<8} {one.feed.id:<26} {shown(one.detail, 80)}")
    counts = Counter(one.health for one in diagnoses)
    print(", ".join(f"{counts[health]} {health}" for health in Health if counts[health]), file=sys.stderr)
    sys.exit(0 if set(counts) <= {Health.WELL} else 1)


@feeds.command("export")
@FEEDS
@TO
def export(*, source: str | None, to: Path | None) -> None:
    """Write the feeds as OPML without their headers, to standard output unless --to names a file."""

    async def read(settings: Settings, fetcher: Fetcher) -> tuple[Feed, ...]:
        return await _listed(source, settings, fetcher)

    data = write_opml(_run(source, read))
    if to is None:
        sys.stdout.write(data.decode())
    else:
        write_atomically(to, data)


@feeds.command("import")
@click.argument("listed")
@click.option("--replace", "alone", is_flag=True, help="keep only the imported feeds")
@TO
@JSON
def import_feeds(*, listed: str, alone: bool, to: Path | None, as_json: bool) -> None:
    """Add the feeds of an OPML or YAML list (a path or an http address) to your own list."""

    async def read(settings: Settings, fetcher: Fetcher) -> tuple[Path, tuple[Feed, ...], tuple[Feed, ...]]:
        target = _own_list(settings, to)
        kept = () if alone else await load_feeds(_begin_with(settings, target), fetcher, utc_now())
        return target, kept, await load_feeds(listed, fetcher, utc_now())

    target, kept, found = _run(None, read)
    added = fresh(kept, found)
    write_atomically(target, write_catalogue((*kept, *added)))
    _told(target, len(added), len(kept) + len(added), as_json=as_json)


@feeds.command()
@click.argument("url")
@click.option("--name", help="the publisher's name; the feed's own title unless given")
@click.option("--tier", type=click.Choice([tier.value for tier in Tier]), default=Tier.TRADE.value, show_default=True)
@click.option("--language", default="en", show_default=True)
@TO
@JSON
def add(*, url: str, name: str | None, tier: str, language: str, to: Path | None, as_json: bool) -> None:
    """Try the feed at URL and add it to your own list."""

    async def read(settings: Settings, fetcher: Fetcher) -> tuple[Path, tuple[Feed, ...], Parsed]:
        target = _own_list(settings, to)
        kept = await load_feeds(_begin_with(settings, target), fetcher, utc_now())
        parsers = Parsers(count=1)
        try:
            fetched = await fetcher.get(url, now=utc_now())
            return target, kept, await parsers.parse(fetched.body or b"", url=url, content_type=fetched.content_type)
        finally:
            await parsers.aclose()

    target, kept, parsed = _run(None, read)
    title = name or shown(parsed.title, 80) or urlsplit(url).hostname or "feed"
    added = fresh(kept, (Feed(id=id_for(title), url=url, name=title, tier=Tier(tier), language=language),))
    write_atomically(target, write_catalogue((*kept, *added)))
    _told(target, len(added), len(kept) + len(added), as_json=as_json)


def _run(source: str | None, work: Callable[[Settings, Fetcher], Awaitable[T]]) -> T:
    """The result of ``work`` with the settings and a fetcher; a list that cannot be used ends in its mistakes."""
    settings = load_settings({"feeds": source})
    set_up_logs("WARNING", settings.secrets)

    async def run() -> T:
        fetcher = Fetcher(settings.allow_private_hosts, Limits(per_host=settings.per_host))
        try:
            return await work(settings, fetcher)
        finally:
            await fetcher.aclose()

    try:
        return asyncio.run(run())
    except CatalogueError as error:
        for mistake in error.mistakes:
            print(one_line(str(mistake)), file=sys.stderr)
        sys.exit(1)
    except (FeedTrouble, BusyError) as error:
        print(f"lodestone: the feed cannot be had: {one_line(str(error))}", file=sys.stderr)
        sys.exit(1)


async def _gathered(
    found: Sequence[Feed], fetcher: Fetcher, parsers: Parsers, done: Callable[[int], None]
) -> list[Diagnosis]:
    diagnoses = []
    async with aclosing(examine(found, fetcher, parsers, utc_now())) as running:
        async for one in running:
            diagnoses.append(one)
            done(1)
    return diagnoses


async def _listed(source: str | None, settings: Settings, fetcher: Fetcher) -> tuple[Feed, ...]:
    """The feeds of a list that was named, else those that are polled, with what operators changed in the chat."""
    found = await load_feeds(settings.feeds, fetcher, utc_now(), settings.feed_bases)
    return found if source else read_changes(settings.data).over(found)


def _chosen(found: Sequence[Feed], ids: Sequence[str]) -> list[Feed]:
    unknown = set(ids) - {feed.id for feed in found}
    if unknown:
        raise click.BadParameter(f"no feed is called {', '.join(sorted(unknown))}; see `lodestone feeds list`")
    return [feed for feed in found if not ids or feed.id in ids]


def _row(feed: Feed, state: FeedState | None) -> dict[str, object]:
    row: dict[str, object] = {
        "id": feed.id, "name": feed.name, "family": feed.family, "tier": feed.tier, "language": feed.language,
        "kind": feed.kind, "url": feed.url, "topics": list(feed.topics),
    }  # fmt: skip
    if state is not None:
        row |= {
            "polled": state.polled, "succeeded": state.succeeded, "newest": state.newest, "items": state.items,
            "failures": state.failures, "reason": state.reason,
        }  # fmt: skip
    return row


def _line(feed: Feed, state: FeedState | None) -> str:
    line = f"{feed.tier:<10} {feed.id:<26} {feed.language:<3} {shown(feed.name, 40):<40} {one_line(feed.url)}"
    if state is None:
        return line
    return f"{line}  {f'{state.reason} x{state.failures}' if state.failures else f'{state.items} items'}"


def _finding(one: Diagnosis) -> dict[str, object]:
    newest = one.newest.isoformat() if one.newest else None
    return {"id": one.feed.id, "health": one.health, "newest": newest, "items": one.items, "detail": one.detail}


def _own_list(settings: Settings, to: Path | None) -> Path:
    """The file that holds one's own list: as said, else the settings' YAML file, else one in the data folder."""
    if to is not None:
        return to
    own = Path(settings.feeds) if settings.feeds and "://" not in settings.feeds else None
    return own if own is not None and own.suffix in {".yaml", ".yml"} else settings.data / OWN_LIST


def _begin_with(settings: Settings, target: Path) -> str | None:
    """What a list begins with: itself, else the feeds polled so far, since a list of one's own replaces them."""
    return str(target) if target.exists() else settings.feeds


def _told(target: Path, added: int, total: int, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"file": str(target), "added": added, "feeds": total}))
    else:
        print(f"{added} added, {total} feeds in {target}; run with --feeds {target}, or set LODESTONE_FEEDS")
