"""``lodestone check``: settings, rules and feeds, examined without running anything and without the network."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import click

from bot.app import utc_now
from bot.checking import Tried, failure_row, finding_row, survivor_row, try_rules
from bot.commandline.options import JSON, RULES
from bot.commandline.progress import progress_bar
from bot.imagined import Read
from bot.json_rows import json_row
from bot.logs import one_line
from bot.settings import Settings, load_settings
from pipelines.events import Entry
from pipelines.feeds.catalogue import CatalogueError, load_catalogue, read_file
from pipelines.feeds.feed import Feed
from pipelines.feeds.sources import parse_feeds
from pipelines.rulebook import is_own, load_rules
from rules.errors import RuleErrors
from rules.lint import Finding, Gravity, lint
from rules.ruleset import RuleSet
from rules.story import Report

_BATCH = 64


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
    {rules, rule_set, feeds, faults, findings, examples, failed, unprotected, mutants, noticed}; null for what could not
    be looked at.
    """
    settings = load_settings({"rules": rules})
    rule_set, feeds, faults = _read(settings)
    if faults or rule_set is None:
        if not as_json:
            _tell(faults)
        print(json_row(_row(rule_set, feeds, faults)))
        sys.exit(1)
    findings = _linted(rule_set, everything=mutate_all)
    if not as_json:
        _tell_read(rule_set, feeds, findings)
        _tell_upgrade(settings)
    tried = try_rules(rule_set, read_with_progress, utc_now(), everything=mutate_all)
    if as_json:
        print(json_row(_row(rule_set, feeds, (), findings, tried)))
    else:
        _tell_tried(rule_set, findings, tried)
    warned = len(tried.survivors) + sum(each.gravity is Gravity.WARNING for each in findings)
    if tried.failures or len(findings) + len(tried.survivors) > warned or (strict and warned):
        sys.exit(1)


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


def _linted(rule_set: RuleSet, *, everything: bool) -> tuple[Finding, ...]:
    from pipelines.language.askable import askable  # noqa: PLC0415  faults are told before the lexicon is read

    return lint(rule_set, askable(), lambda each: everything or is_own(each))


def read_with_progress(entries: Sequence[Entry]) -> list[Report]:
    """The entries read by the real reader, which is loaded only now: what is wrong in a file is told before that."""
    from pipelines.language.reader import load_reader  # noqa: PLC0415

    read: Read = load_reader().read
    reports = list[Report]()
    with progress_bar("examples", len(entries)) as done:
        for start in range(0, len(entries), _BATCH):
            batch = read(entries[start : start + _BATCH])
            reports += batch
            done(len(batch))
    return reports


def _tell_read(rule_set: RuleSet, feeds: tuple[Feed, ...] | None, findings: Sequence[Finding]) -> None:
    print("settings are in order")
    print(f"{len(rule_set.rules)} rules are read (rule set {rule_set.hash})")
    print("the list of feeds is an address, read when it runs" if feeds is None else f"{len(feeds)} feeds", flush=True)
    for finding in findings:
        print(finding, file=sys.stderr)


def _tell_upgrade(settings: Settings) -> None:
    """What a new version changed in the shipped rules since they were last accepted, in one line."""
    from pipelines.upgrades import moved_line  # noqa: PLC0415  faults are told first

    if line := moved_line(settings.rules_folder):
        print(line)


def _tell_tried(rule_set: RuleSet, findings: Sequence[Finding], tried: Tried) -> None:
    for failure in tried.failures:
        print(one_line(str(failure)), file=sys.stderr)
    for survivor in tried.survivors:
        print(survivor, file=sys.stderr)
    errors = sum(each.gravity is Gravity.ERROR for each in findings)
    warnings = len(findings) - errors + len(tried.survivors)
    print(f"{len(rule_set.examples)} examples, {len(tried.failures)} do not hold")
    if tried.mutants:
        print(f"{tried.noticed} of {tried.mutants} mutants noticed ({tried.noticed / tried.mutants:.0%})")
    print(f"errors: {errors + len(tried.failures)}, warnings: {warnings}")


def _row(
    rule_set: RuleSet | None,
    feeds: tuple[Feed, ...] | None,
    faults: Sequence[object],
    findings: Sequence[Finding] | None = None,
    tried: Tried | None = None,
) -> dict[str, object]:
    return {
        "rules": len(rule_set.rules) if rule_set else None,
        "rule_set": rule_set.hash if rule_set else None,
        "feeds": None if feeds is None else len(feeds),
        "faults": [str(fault) for fault in faults],
        "findings": None if findings is None else [finding_row(each) for each in findings],
        "examples": len(rule_set.examples) if rule_set else None,
        "failed": [failure_row(each) for each in tried.failures] if tried else None,
        "unprotected": [survivor_row(each) for each in tried.survivors] if tried else None,
        "mutants": tried.mutants if tried else None,
        "noticed": tried.noticed if tried else None,
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
