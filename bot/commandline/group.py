"""``lodestone group``: which headlines of a file are reports of one story."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TextIO

import click

from bot.commandline.options import RULES
from bot.commandline.progress import progress_bar
from bot.commandline.rows import readable
from bot.json_rows import json_row
from bot.settings import load_settings
from pipelines.events import Entry
from pipelines.language.reader import load_reader
from pipelines.rows import read_rows
from pipelines.rulebook import load_rules
from pipelines.stories.identity import Index, Item
from pipelines.stories.ids import story_id
from pipelines.stories.memory import sketch_of
from rules.story import Report

BATCH = 256


@click.command()
@click.argument("file", type=click.File(encoding="utf-8"))
@RULES
def group(file: TextIO, rules: Path | None) -> None:
    """Write the story of each headline in FILE (- for standard input), one row out per row in.

    The rows run in time order; the clock is taken from them. Each line of the output is {id, story}. Rules are checked,
    as everywhere, but change no grouping.
    """
    load_rules(load_settings({"rules": rules}).rules)
    with readable(file.name):
        entries = list(read_rows(file, file.name))
    index, stories, merged = Index(), list[str](), dict[str, str]()
    with progress_bar("grouping", len(entries)) as advance:
        reader = load_reader()
        for start in range(0, len(entries), BATCH):
            batch = entries[start : start + BATCH]
            stories += place(index, batch, reader.read(batch), merged)
            advance(len(batch))
    for entry, story in zip(entries, stories, strict=True):
        print(json_row({"id": entry.id, "story": _final(story, merged)}))
    count = len({_final(story, merged) for story in stories})
    print(f"{len(entries)} headlines, {count} stories", file=sys.stderr)


def place(index: Index, entries: Sequence[Entry], reports: Sequence[Report], merged: dict[str, str]) -> Iterator[str]:
    """The story of each report, in order, with the entry's time as the clock; ``merged`` notes what a story became."""
    for entry, report in zip(entries, reports, strict=True):
        index.evict(entry.first_seen)
        known = index.story_of(report.id)
        if known:
            yield known
            continue
        sketch = sketch_of(report)
        placed = index.place(sketch)
        story = placed.story or story_id(report.id, entry.first_seen, index.has_story)
        if placed.also:
            story, gone = sorted((story, placed.also))
            merged[gone] = story
            index.merge(gone, story)
        index.add(Item(report.id, story, entry.first_seen, sketch))
        yield story


def _final(story: str, merged: Mapping[str, str]) -> str:
    """The story as which this one goes on."""
    while story in merged:
        story = merged[story]
    return story
