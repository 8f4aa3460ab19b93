"""``lodestone check``: settings, rules and feeds, examined without running anything and without the network."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import click

from bot.commandline.options import RULES
from bot.settings import load_settings
from pipelines.feeds.catalogue import CatalogueError, load_catalogue, read_file
from pipelines.feeds.feed import Feed
from pipelines.feeds.sources import parse_feeds
from pipelines.rulebook import load_rules
from rules.errors import RuleErrors
from rules.ruleset import RuleSet


@click.command()
@RULES
def check(rules: Path | None) -> None:
    """Read settings, rules and feeds strictly; every fault on standard error as file:line:column with its remedy.

    Exit 1 when rules or feeds have faults, 2 when a setting has.
    """
    settings = load_settings({"rules": rules})
    told, faults = list[str](), list[object]()
    try:
        rule_set = load_rules(settings.rules)
        told.append(f"{len(rule_set.rules)} rules are in order (rule set {rule_set.hash})")
    except RuleErrors as found:
        faults += found.errors
    try:
        feeds = _feeds(settings.feeds)
        told.append("the list of feeds is an address, read when it runs" if feeds is None else f"{len(feeds)} feeds")
    except CatalogueError as found:
        faults += found.mistakes
    if faults:
        _tell(faults)
    print("settings are in order", *told, sep="\n")


def _feeds(source: str | None) -> tuple[Feed, ...] | None:
    if source is None:
        return load_catalogue()
    return None if source.startswith(("http://", "https://")) else parse_feeds(read_file(Path(source)), source)


def checked_rules(folder: Path | None) -> RuleSet:
    """The rules in force; on faults every one of them on standard error, and exit code 1."""
    try:
        return load_rules(folder)
    except RuleErrors as found:
        _tell(found.errors)


def _tell(faults: Sequence[object]) -> NoReturn:
    print(*faults, f"faults: {len(faults)}", sep="\n", file=sys.stderr)
    sys.exit(1)
