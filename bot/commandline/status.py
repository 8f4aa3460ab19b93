"""``lodestone status``: what waits to be sent and since when, what went wrong, and the chats."""

from __future__ import annotations

import json
import sys

import click
from redis.asyncio import Redis

from bot.app import utc_now
from bot.commandline.options import JSON
from bot.commandline.stored import with_store
from bot.delivery.reading import OutboxReader
from bot.markup import compose
from bot.overview import Overview, overview_lines, overview_row
from bot.survey import survey
from bot.terminal import to_terminal


@click.command()
@JSON
def status(*, as_json: bool) -> None:
    """Say what waits to be sent and since when, what went wrong, and how many chats there are."""

    async def read(store: Redis) -> Overview:
        return await survey(store, OutboxReader(store), utc_now())

    seen = with_store(read)
    now = utc_now()
    if as_json:
        print(json.dumps(overview_row(seen, now)))
    else:
        print(to_terminal(compose(overview_lines(seen, now)), colour=sys.stdout.isatty()))
