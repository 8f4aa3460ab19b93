"""``lodestone check``: settings and rules, examined without running anything."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from bot.settings import load_settings
from pipelines.rulebook import load_rules
from rules.errors import RuleErrors
from rules.ruleset import RuleSet

RULES_OPTION = click.option(
    "--rules", type=click.Path(path_type=Path, exists=True, file_okay=False), help="rules over the shipped ones"
)


@click.command()
@RULES_OPTION
def check(rules: Path | None) -> None:
    """Read settings and rules strictly; every fault on standard error as file:line:column with its remedy.

    Exit 1 when a rule file has faults, 2 when a setting has.
    """
    rule_set = checked_rules(load_settings({"rules": rules}).rules)
    print(f"settings and {len(rule_set.rules)} rules are in order (rule set {rule_set.hash})")


def checked_rules(folder: Path | None) -> RuleSet:
    """The rules in force; on faults every one of them on standard error, and exit code 1."""
    try:
        return load_rules(folder)
    except RuleErrors as faults:
        for error in faults.errors:
            print(error, file=sys.stderr)
        print(f"{len(faults.errors)} faults in the rules", file=sys.stderr)
        sys.exit(1)
