"""``lodestone rules suggest``: small edits that readers' votes speak for, with what each would have done."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import click
from redis.asyncio import Redis

from bot.app import utc_now
from bot.commandline.check import checked_rules
from bot.commandline.options import JSON, RULES
from bot.commandline.progress import progress_bar
from bot.commandline.stored import with_store
from bot.commandline.suggested import Heard, closing, opening, render_proposal, row, too_few
from bot.imagined import read_examples
from bot.json_rows import json_row
from bot.settings import load_settings
from pipelines.judged import read_days, read_records
from pipelines.rulebook import load_rulebook
from pipelines.stories.ids import day_of, is_story_id
from pipelines.votes import KEPT, read_tallies
from rules.judge import judge
from rules.marks import Marked, mark_of
from rules.ruleset import Example, RuleSet
from rules.story import Story
from rules.suggest import Proposal, suggest
from rules.verdict import Label

if TYPE_CHECKING:
    from pipelines.language.reader import Reader

_PAGE = 500
Lately = tuple[tuple[Story, datetime], ...]


@click.command("suggest")
@click.option("--days", type=click.IntRange(1, 400), default=30, show_default=True, help="days to try each edit on")
@RULES
@click.option(
    "--write",
    nargs=2,
    type=(click.IntRange(1), click.Path(path_type=Path)),
    metavar="N FILE",
    help="write proposal N as a new file, and nothing else",
)
@JSON
def suggest_edits(*, days: int, rules: Path | None, write: tuple[int, Path] | None, as_json: bool) -> None:
    """Propose small edits of the rules from the votes under alerts.

    Each comes with its YAML, the marked stories that it rests on, and what it would have done to the stories of the
    last --days. Nothing is changed by it: a person puts a proposal into the rules folder, or does not.
    """
    settings = load_settings({"rules": rules})
    folder = settings.rules
    rule_set, now = checked_rules(folder), utc_now()
    heard, lately = with_store(lambda store: _hear(store, rule_set, now, days))
    if missing := too_few(heard):
        print(missing, file=sys.stderr if as_json else sys.stdout)
        _refuse_to_write(write, 0)
        return
    proposals = suggest(load_rulebook(folder).layers, heard.marked, lately, _read_alone(now))
    if write is not None:
        _refuse_to_write(write, len(proposals))
        _write(proposals[write[0] - 1], write[1])
        return
    where = str(folder or settings.data / "rules")
    if as_json:
        for number, proposal in enumerate(proposals, 1):
            print(json_row(row(number, proposal, heard)))
    print(opening(heard, len(proposals)), file=sys.stderr if as_json else sys.stdout)
    if not as_json and proposals:
        print()
        for number, proposal in enumerate(proposals, 1):
            print(render_proposal(number, proposal, heard, where))
        print(closing(where))


async def _hear(store: Redis, rules: RuleSet, now: datetime, days: int) -> tuple[Heard, Lately]:
    """The marked stories, and those of the last days that the rules tell."""
    tallies = {story: tally for story, tally in (await read_tallies(store, now - KEPT)).items() if is_story_id(story)}
    marks = {story: mark for story, tally in tallies.items() if (mark := mark_of(tally)) is not None}
    marked, ids = list[Marked](), list(marks)
    for start in range(0, len(ids), _PAGE):
        page = ids[start : start + _PAGE]
        alerts = await read_records(store, [(day_of(story), story) for story in page])
        marked += [
            Marked(alert.story, alert.judged, marks[story])
            for story, alert in zip(page, alerts, strict=True)
            if alert is not None
        ]
    told = list[tuple[Story, datetime]]()
    with progress_bar("reading what was judged", days) as advance:
        for ago in reversed(range(days)):
            day = now.date() - timedelta(days=ago)
            async for batch in read_days(store, day, day):
                # What the rules do not tell no proposal can make told, and is most of what there is.
                told += [
                    (alert.story, alert.judged)
                    for alert in batch
                    if judge(alert.story, rules, alert.judged).label is not Label.NOISE
                ]
            advance(1)
    heard = Heard(
        marked=tuple(marked),
        divided=len(tallies) - len(marks),
        gone=len(marks) - len(marked),
        told=len(told),
        days=days,
    )
    return heard, tuple(told)


def _read_alone(now: datetime) -> Callable[[str], Story]:
    """Reads a title as an example is read; the language pipeline is loaded when it is first needed."""

    @cache
    def reader() -> Reader:
        from pipelines.language.reader import load_reader  # noqa: PLC0415

        return load_reader()

    def read(title: str) -> Story:
        example = Example(title, fires=True, line=1, column=1)
        return read_examples([example], reader().read, now)[example]

    return read


def _refuse_to_write(write: tuple[int, Path] | None, proposals: int) -> None:
    if write is None:
        return
    number, file = write
    if number > proposals:
        raise click.ClickException(
            f"there is no proposal {number}, there are {proposals}; leave --write out to see them"
        )
    if file.suffix not in (".yaml", ".yml"):
        raise click.ClickException(f"{file} would not be read as rules; give it a name that ends in .yaml")
    if file.exists():
        raise click.ClickException(f"{file} exists and is left as it is; name a new file")


def _write(proposal: Proposal, file: Path) -> None:
    if proposal.clash:
        raise click.ClickException(
            f"as a file of its own it would not load: {proposal.clash}; change that entry instead"
        )
    try:
        file.write_text(f"# {proposal.edit.what}.\n{proposal.text}", encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}; name another place") from None
    print(f"wrote {file}; it counts once it lies in the rules folder and `lodestone check` finds it in order")
