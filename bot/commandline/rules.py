"""``lodestone rules``: try the rules on the headlines that they carry as examples."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import click

from bot.app import utc_now
from bot.commandline.check import checked_rules
from bot.commandline.options import JSON, RULES
from bot.settings import load_settings
from pipelines.events import Entry, Reading
from pipelines.stories.changes import begin
from rules.check import Failure, failures
from rules.story import Report, Source, Story, Tier


@click.group()
def rules() -> None:
    """Test the rules."""


@rules.command()
@RULES
@JSON
def test(*, rules: Path | None, as_json: bool) -> None:
    """Read every example of every rule with the real reader; each must fire, or stay quiet, as its rule says.

    Exit 1 when one does not. With --json one object for each that does not hold, on standard output.
    """
    rule_set = checked_rules(load_settings({"rules": rules}).rules)
    # Only now: a slip in a rule file is told before the language pipeline is loaded.
    from pipelines.language.reader import build_reader  # noqa: PLC0415

    read, now = build_reader().read, utc_now()
    failed = failures(rule_set, lambda headline: story_of(headline, read, now), now)
    for failure in failed:
        if as_json:
            print(json.dumps(_row(failure), ensure_ascii=False))
        else:
            print(failure, file=sys.stderr)
    examples = sum(len(rule.examples) for rule in rule_set.rules)
    summary = f"{len(rule_set.rules)} rules, {examples} examples, {len(failed)} do not hold"
    print(summary, file=sys.stderr if as_json else sys.stdout)
    if failed:
        sys.exit(1)


def _row(failure: Failure) -> dict[str, object]:
    rule, example = failure.rule, failure.example
    place = {"file": rule.file, "line": example.line, "column": example.column}
    return {"rule": rule.name, **place, "headline": example.headline, "must": "fire" if example.fires else "stay quiet"}


def story_of(headline: str, read: Callable[[Sequence[Entry]], Sequence[Report]], now: datetime) -> Story:
    """The story that this headline alone makes, said now by a neutral source."""
    source = Source("example", "", "example", Tier.TRADE)
    entry = Entry(
        feed="example",
        id=headline,
        url="",
        title=headline,
        summary="",
        source=source,
        published=now,
        first_seen=now,
    )
    return begin(Reading(entry, read([entry])[0]), "example", now)
