"""``lodestone check``: settings, rules and feeds, examined without running anything and without the network."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import click

from bot.commandline.options import JSON, RULES
from bot.settings import Settings, load_settings
from pipelines.feeds.catalogue import CatalogueError, load_catalogue, read_file
from pipelines.feeds.feed import Feed
from pipelines.feeds.sources import parse_feeds
from pipelines.rulebook import load_rules
from rules.errors import RuleErrors
from rules.ruleset import RuleSet


@click.command()
@RULES
@JSON
def check(*, rules: Path | None, as_json: bool) -> None:
    """Read settings, rules and feeds strictly; every fault on standard error as file:line:column with its remedy.

    Exit 1 when rules or feeds have faults, 2 when a setting has. With --json one object on standard output: {rules,
    rule_set, feeds, faults}; null for what could not be read, and for feeds at an address, which is read when it runs.
    """
    settings = load_settings({"rules": rules})
    rule_set, feeds = None, None
    told, faults = list[str](), list[object]()
    try:
        rule_set = load_rules(settings.rules)
        told.append(f"{len(rule_set.rules)} rules are in order (rule set {rule_set.hash})")
    except RuleErrors as found:
        faults += found.errors
    try:
        feeds = _feeds(settings)
        told.append("the list of feeds is an address, read when it runs" if feeds is None else f"{len(feeds)} feeds")
    except CatalogueError as found:
        faults += found.mistakes
    if as_json:
        counts = (
            {"rules": len(rule_set.rules), "rule_set": rule_set.hash} if rule_set else {"rules": None, "rule_set": None}
        )
        known = None if feeds is None else len(feeds)
        print(json.dumps({**counts, "feeds": known, "faults": [str(fault) for fault in faults]}, ensure_ascii=False))
        sys.exit(1 if faults else 0)
    if faults:
        _tell(faults)
    print("settings are in order", *told, sep="\n")


def _feeds(settings: Settings) -> tuple[Feed, ...] | None:
    source, bases = settings.feeds, settings.feed_bases
    if source is None:
        return load_catalogue(None, bases)
    return None if source.startswith(("http://", "https://")) else parse_feeds(read_file(Path(source)), source, bases)


def checked_rules(folder: Path | None) -> RuleSet:
    """The rules in force; on faults every one of them on standard error, and exit code 1."""
    try:
        return load_rules(folder)
    except RuleErrors as found:
        _tell(found.errors)


def _tell(faults: Sequence[object]) -> NoReturn:
    print(*faults, f"faults: {len(faults)}", sep="\n", file=sys.stderr)
    sys.exit(1)
