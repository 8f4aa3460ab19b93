"""``lodestone check``: settings, rules and feeds, examined without running anything and without the network."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import click

from bot.app import utc_now
from bot.checking import Examined, examine
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
@click.option("--mutate-all", is_flag=True, help="look for clauses that no example protects in the shipped rules too")
@click.option("--strict", is_flag=True, help="exit 1 for warnings as well")
@JSON
def check(*, rules: Path | None, mutate_all: bool, strict: bool, as_json: bool) -> None:
    """Read settings, rules and feeds strictly, then try the rules on every headline that they carry as an example.

    Faults come first, on standard error as file:line:column with their remedy, before any model is loaded. Then: rules
    that can never win, bounds that nothing reaches, names that nobody has; examples that do not hold; and, of your own
    rules, each clause that could be dropped or weakened without an example noticing.

    Exit 1 when rules, feeds or examples have faults, 2 when a setting has. With --json one object on standard output:
    {rules, rule_set, feeds, faults, failed, warnings, mutants, noticed}; null for what could not be read.
    """
    settings = load_settings({"rules": rules})
    rule_set, feeds, faults = _read(settings)
    if as_json:
        found = examine_rules(rule_set, everything=mutate_all) if rule_set and not faults else None
        print(json.dumps(_row(rule_set, feeds, faults, found), ensure_ascii=False))
        sys.exit(_code(faults, found, strict=strict))
    if faults or rule_set is None:
        _tell(faults)
    print("settings are in order")
    print(f"{len(rule_set.rules)} rules are in order (rule set {rule_set.hash})")
    print("the list of feeds is an address, read when it runs" if feeds is None else f"{len(feeds)} feeds")
    found = examine_rules(rule_set, everything=mutate_all)
    _tell_found(found, len(rule_set.examples))
    sys.exit(_code(faults, found, strict=strict))


def _read(settings: Settings) -> tuple[RuleSet | None, tuple[Feed, ...] | None, list[object]]:
    rule_set, feeds, faults = None, None, list[object]()
    try:
        rule_set = load_rules(settings.rules)
    except RuleErrors as found:
        faults += found.errors
    try:
        feeds = _feeds(settings)
    except CatalogueError as found:
        faults += found.mistakes
    return rule_set, feeds, faults


def examine_rules(rule_set: RuleSet, *, everything: bool) -> Examined:
    """The rules examined with the real reader."""
    # Only now: a slip in a rule file is told before the language pipeline is loaded.
    from pipelines.language.lexicon_file import load_lexicon  # noqa: PLC0415
    from pipelines.language.reader import build_reader  # noqa: PLC0415

    entities = frozenset(known.id for known in load_lexicon().entities.values())
    return examine(rule_set, build_reader().read, entities, utc_now(), everything=everything)


def _tell_found(found: Examined, examples: int) -> None:
    for failure in found.failures:
        print(failure, file=sys.stderr)
    for warning in _warnings(found):
        print(f"warning: {warning}", file=sys.stderr)
    held = f"{examples} examples, {len(found.failures)} do not hold"
    print(f"{held}; {found.caught}" if found.mutants else held)


def _warnings(found: Examined) -> list[str]:
    return [*map(str, found.findings), *found.weights, *map(str, found.survivors)]


def _code(faults: Sequence[object], found: Examined | None, *, strict: bool) -> int:
    return int(bool(faults) or (found is not None and bool(found.failures or (strict and _warnings(found)))))


def _row(
    rule_set: RuleSet | None, feeds: tuple[Feed, ...] | None, faults: Sequence[object], found: Examined | None
) -> dict[str, object]:
    return {
        "rules": len(rule_set.rules) if rule_set else None,
        "rule_set": rule_set.hash if rule_set else None,
        "feeds": None if feeds is None else len(feeds),
        "faults": [str(fault) for fault in faults],
        "failed": [str(failure) for failure in found.failures] if found else None,
        "warnings": _warnings(found) if found else None,
        "mutants": found.mutants if found else None,
        "noticed": found.mutants - len(found.survivors) if found else None,
    }


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
