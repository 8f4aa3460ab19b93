"""``lodestone backup``: a copy of the deployment in one file, made while it runs and tried before it counts."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from importlib import metadata
from pathlib import Path
from typing import TypeVar

import click

from bot.app import utc_now
from bot.archive import Manifest
from bot.backup import BACK_UP_STEPS, BackupError, Work, back_up
from bot.commandline.options import JSON
from bot.commandline.progress import progress_bar
from bot.logs import set_up_logs
from bot.settings import load_settings

T = TypeVar("T")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="replace the file if it is there")
@JSON
def backup(*, file: Path, force: bool, as_json: bool) -> None:
    """Copy chats, deliveries, stories, own rules and feeds, and the settings file into FILE, running or not.

    The copy holds what had been written when the command began. It counts only after a server has loaded it from an
    empty folder and holds what its list says. It never holds the bot's token.
    """
    begun = utc_now()
    manifest = work_on("backup", BACK_UP_STEPS, lambda work: back_up(work, file, force=force))
    counts, size, seconds = manifest.counts, file.stat().st_size, (utc_now() - begun).total_seconds()
    if as_json:
        print(json.dumps({"file": str(file), "bytes": size, "seconds": round(seconds, 2), **row_of(manifest)}))
        return
    print(
        f"{file}: {size / 1e6:.2f} MB with {counts.chats} chats, {counts.rows} delivery rows and {counts.keys} keys, "
        f"made and tried in {seconds:.1f} s"
    )


def work_on(what: str, steps: int, how: Callable[[Work], Awaitable[T]]) -> T:
    """The result of a backup's work on the deployment of the settings; what stands in its way ends in exit code 1."""
    settings = load_settings()
    set_up_logs("WARNING", settings.secrets)

    async def run() -> T:
        with progress_bar(what, steps) as step:
            return await how(Work(settings, metadata.version("lodestone"), utc_now, step))

    try:
        return asyncio.run(run())
    except BackupError as error:
        print(f"lodestone: {error}", file=sys.stderr)
        sys.exit(1)


def row_of(manifest: Manifest) -> dict[str, object]:
    """What a backup says of itself, for machines."""
    counts = manifest.counts
    return {
        "format": manifest.format, "version": manifest.version, "created": manifest.created.isoformat(),
        "keys": counts.keys, "chats": counts.chats, "rows": counts.rows,
        "members": [member.name for member in manifest.members],
    }  # fmt: skip
