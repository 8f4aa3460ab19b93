"""``lodestone rules show``: the rules as understood, and where each comes from."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from bot.commandline.check import checked_rules
from bot.commandline.options import JSON, RULES
from bot.json_rows import json_row
from bot.settings import load_settings
from pipelines.rulebook import is_own, load_rules
from rules.page import nearest
from rules.printing import print_rule, print_weights
from rules.ruleset import Filter, Rule, RuleSet, Status


@click.command()
@click.argument("names", nargs=-1)
@RULES
@JSON
def show(*, names: tuple[str, ...], rules: Path | None, as_json: bool) -> None:
    """Print the rules and filters of these NAMES, or the whole set, as understood: lists written out, folders joined.

    A comment says where each stands, whether it is yours or stands in for a shipped one, what is silent, and which
    filters may keep it quiet. What is printed can be read again as a rule file.
    """
    rule_set = checked_rules(load_settings({"rules": rules}).rules)
    known = {each.name: each for each in rule_set.asked}
    for name in names:
        if name not in known:
            print(f"there is no rule `{name}`; {nearest(name, known)}", file=sys.stderr)
            sys.exit(1)
    shipped = load_rules(None)
    wanted = [known[name] for name in names] or list(known.values())
    if as_json:
        for each in wanted:
            row = {"name": each.name, "file": each.file, "line": each.line, "notes": _notes(each, shipped)}
            print(json_row({**row, "yaml": print_rule(each)}))
    else:
        for title, kind in (("rules", Rule), ("filters", Filter)):
            if some := [each for each in wanted if isinstance(each, kind)]:
                print(f"{title}:")
            for each in some:
                print(f"  # {each.file}:{each.line}: {', '.join(_notes(each, shipped))}")
                print(print_rule(each), end="")
        if not names:
            print(print_weights(rule_set.weights), end="")


def _notes(each: Rule | Filter, shipped: RuleSet) -> list[str]:
    notes = ["yours" if is_own(each) else "shipped"]
    before = next((one for one in shipped.asked if one.name == each.name), None)
    if before and is_own(each):
        notes.append(f"stands in for {before.file}:{before.line}")
    if each.status is not Status.STABLE:
        disabled = before is not None and before.status is Status.STABLE and not is_own(each)
        notes.append("disabled by your folder" if disabled else f"silent ({each.status})")
    if isinstance(each, Rule):
        notes += [f"filtered by {one.name} ({one.file}:{one.line})" for one in each.filters]
    return notes
