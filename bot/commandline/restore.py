"""``lodestone restore``: bring a backup back into an empty data folder."""

from __future__ import annotations

import json
from pathlib import Path

import click

from bot.backup import RESTORE_STEPS
from bot.backup import restore as bring_back
from bot.commandline.backup import row_of, work_on
from bot.commandline.options import JSON


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@JSON
def restore(*, file: Path, as_json: bool) -> None:
    """Bring the backup FILE back into the data folder, whose store must be empty.

    What was delivered after the backup was made is not in it and may come again, marked. Rules, changes in the list of
    feeds and a settings file that are there already are kept.
    """
    done = work_on("restore", RESTORE_STEPS, lambda work: bring_back(work, file))
    found, manifest = done.found, done.manifest
    if as_json:
        print(
            json.dumps({**row_of(manifest), "found": {"keys": found.keys, "chats": found.chats, "rows": found.rows},
                        "kept": list(done.kept)})
        )  # fmt: skip
        return
    print(
        f"restored as of {manifest.created:%Y-%m-%d %H:%M:%S} UTC: {found.chats} chats, {found.rows} delivery rows and "
        f"{found.keys} keys; the backup says {manifest.counts.chats}, {manifest.counts.rows} and {manifest.counts.keys}"
    )
    for path in done.kept:
        print(f"{path} was there already and was kept; the backup's differs")
    print("what was delivered after that moment may come again, marked; start it with lodestone run")
