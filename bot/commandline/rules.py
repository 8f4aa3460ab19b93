"""``lodestone rules``: try the rules on the headlines that they carry as examples."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from bot.app import utc_now
from bot.checking import failure_row
from bot.commandline.check import checked_rules, read_with_progress
from bot.commandline.options import JSON, RULES
from bot.commandline.rules_compare import compare
from bot.commandline.rules_init import init
from bot.commandline.rules_replay import replay
from bot.commandline.rules_schema import schema
from bot.commandline.rules_shadow import shadow
from bot.commandline.rules_show import show
from bot.commandline.rules_suggest import suggest_edits
from bot.commandline.rules_upgrade import upgrade
from bot.imagined import read_examples
from bot.json_rows import json_row
from bot.logs import one_line
from bot.settings import load_settings
from pipelines.rulebook import is_own
from rules.check import failures


@click.group()
def rules() -> None:
    """Test, compare and replay the rules."""


rules.add_command(compare)
rules.add_command(init)
rules.add_command(replay)
rules.add_command(schema)
rules.add_command(shadow)
rules.add_command(show)
rules.add_command(upgrade)
rules.add_command(suggest_edits)


@rules.command()
@RULES
@JSON
def test(*, rules: Path | None, as_json: bool) -> None:
    """Read every example of every rule with the real reader; each must fire, or stay quiet, as its rule says.

    Exit 1 when one does not. With --json one object for each that does not hold, on standard output.
    """
    rule_set = checked_rules(load_settings({"rules": rules}).rules)
    now = utc_now()
    stories = read_examples(rule_set.examples, read_with_progress, now)
    failed = failures(rule_set, stories.__getitem__, now, is_own)
    for failure in failed:
        if as_json:
            print(json_row(failure_row(failure)))
        else:
            print(one_line(str(failure)), file=sys.stderr)
    summary = f"{len(rule_set.rules)} rules, {len(rule_set.examples)} examples, {len(failed)} do not hold"
    print(summary, file=sys.stderr if as_json else sys.stdout)
    if failed:
        sys.exit(1)
