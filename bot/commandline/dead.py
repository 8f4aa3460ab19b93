"""``lodestone dead``: what could not be dealt with, and what to do about it."""

from __future__ import annotations

import click
from redis.asyncio import Redis

from bot.commandline.options import JSON
from bot.commandline.stored import with_store
from bot.json_rows import json_row
from bot.text import shown
from pipelines.dead_letters import Took, read_letters, take_all, take_named


@click.group()
def dead() -> None:
    """List, retry or drop what could not be dealt with."""


@dead.command("list")
@JSON
def list_letters(*, as_json: bool) -> None:
    """List the dead letters, oldest first."""
    letters = with_store(read_letters)
    for each in letters:
        row = {"id": each.id, "stage": each.stage, "stream": each.stream, "why": each.why, "event": each.event}
        print(
            json_row({**row, "about": each.title})
            if as_json
            else f"{each.id}  {each.stage}: {shown(each.why, 160)}\n    {shown(each.title or each.event, 160)}"
        )
    if not letters and not as_json:
        print("none: everything has been dealt with")


@dead.command()
@click.argument("ids", nargs=-1, required=True)
def retry(ids: tuple[str, ...]) -> None:
    """Send letters down their stream again (ids from `dead list`, or all)."""
    took = with_store(lambda store: _take(store, ids, again=True))
    print(f"{took.taken} sent again")
    if took.left:
        print(f"{took.left} cannot be sent again and stay: they name no stream or hold no event; drop them")


@dead.command()
@click.argument("ids", nargs=-1, required=True)
def drop(ids: tuple[str, ...]) -> None:
    """Throw letters away (ids from `dead list`, or all)."""
    print(f"{with_store(lambda store: _take(store, ids, again=False)).taken} dropped")


async def _take(store: Redis, ids: tuple[str, ...], *, again: bool) -> Took:
    if "all" in ids:
        return await take_all(store, again=again) or Took()
    return await take_named(store, ids, again=again)
