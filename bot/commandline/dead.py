"""``lodestone dead``: what could not be dealt with, and what to do about it."""

from __future__ import annotations

from typing import Any

import click
from redis.asyncio import Redis

from bot.commandline.options import JSON
from bot.commandline.stored import with_store
from bot.json_rows import json_row
from bot.text import shown
from pipelines import keys


@click.group()
def dead() -> None:
    """List, retry or drop what could not be dealt with."""


@dead.command("list")
@JSON
def list_letters(*, as_json: bool) -> None:
    """List the dead letters, oldest first."""
    letters = with_store(_letters)
    for entry, letter in letters:
        row = {"id": entry, **{name: letter.get(name, "") for name in ("stage", "stream", "why", "event")}}
        print(
            json_row(row)
            if as_json
            else f"{entry}  {row['stage']}: {shown(row['why'], 160)}\n    {shown(row['event'], 160)}"
        )
    if not letters and not as_json:
        print("none: everything has been dealt with")


@dead.command()
@click.argument("ids", nargs=-1, required=True)
def retry(ids: tuple[str, ...]) -> None:
    """Send letters down their stream again (ids from `dead list`, or all)."""
    print(f"{with_store(lambda store: _take(store, ids, again=True))} sent again")


@dead.command()
@click.argument("ids", nargs=-1, required=True)
def drop(ids: tuple[str, ...]) -> None:
    """Throw letters away (ids from `dead list`, or all)."""
    print(f"{with_store(lambda store: _take(store, ids, again=False))} dropped")


async def _letters(store: Redis) -> list[tuple[str, dict[str, str]]]:
    rows: Any = await store.xrange(keys.DEAD)
    return [
        (entry.decode(), {name.decode(): value.decode("utf-8", "replace") for name, value in fields.items()})
        for entry, fields in rows
    ]


async def _take(store: Redis, ids: tuple[str, ...], *, again: bool) -> int:
    rows: Any = await store.xrange(keys.DEAD)
    taken = 0
    for entry, fields in rows:
        if "all" not in ids and entry.decode() not in ids:
            continue
        async with store.pipeline(transaction=True) as pipe:
            name = fields.get(b"stream", b"").decode().removeprefix(keys.stream(""))
            if again and name in keys.STREAMS and fields.get(b"event"):
                pipe.xadd(keys.stream(name), {"e": fields[b"event"]})
            pipe.xdel(keys.DEAD, entry)
            await pipe.execute()
        taken += 1
    return taken
