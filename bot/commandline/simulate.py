"""``lodestone simulate``: the real stages on a file, and every message that they would send."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TextIO

import click

from bot.commandline.options import RULES
from bot.commandline.progress import progress_bar
from bot.commandline.rows import readable
from bot.json_rows import json_row
from bot.replay import Sending, replay
from bot.settings import load_settings
from pipelines.language.reader import load_reader
from pipelines.rows import read_rows
from pipelines.rulebook import load_rules


@click.command()
@click.argument("file", type=click.File(encoding="utf-8"))
@RULES
def simulate(file: TextIO, rules: Path | None) -> None:
    """Write every message that the headlines in FILE would cause (- for standard input).

    One chat gets every structural story at any severity, with no quiet hours, digest or budget. The clock is taken
    from the rows. Each line of the output is {at, kind, story, severity, ids, text}.
    """
    settings = load_settings({"rules": rules})
    with readable(file.name):
        entries = list(read_rows(file, file.name))

    async def work() -> int:
        sent = 0
        with progress_bar("replaying", len(entries)) as advance:
            rule_set, reader = load_rules(settings.rules), load_reader()
            async for sending in replay(entries, reader=reader, rules=rule_set, progress=advance):
                print_row(sending)
                sent += 1
        return sent

    sent = asyncio.run(work())
    print(f"{len(entries)} headlines, {sent} messages", file=sys.stderr)


def print_row(sending: Sending) -> None:
    """Write a message as one line of JSON to standard output."""
    row = {
        "at": sending.at.isoformat(),
        "kind": sending.kind,
        "story": sending.alert.story.id,
        "severity": sending.alert.verdict.severity,
        "ids": list(sending.entries),
        "text": sending.message.plain,
    }
    print(json_row(row))
