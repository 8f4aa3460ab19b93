"""``lodestone rules upgrade``: what a new version changed beneath one's own rules."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from bot.commandline.check import checked_rules
from bot.commandline.options import RULES
from bot.settings import load_settings
from pipelines.upgrades import accept, look_up
from rules.upgrade import Moved


@click.command()
@RULES
@click.option("--accept", "accepted", is_flag=True, help="note that you have seen it")
@click.option("--fail", is_flag=True, help="exit 1 when something beneath your own rules moved")
def upgrade(*, rules: Path | None, accepted: bool, fail: bool) -> None:
    """Show the shipped rules that were added, removed or changed since you last accepted them.

    Those that your folder replaces, disables or filters come first, each with what changed in it.
    """
    folder = load_settings({"rules": rules}).rules_folder
    checked_rules(folder)
    if not folder.is_dir():
        print(f"there are no rules of your own in {folder}; `lodestone rules init` makes the folder")
        return
    found = look_up(folder)
    if accepted or found is None:
        try:
            accept(folder)
        except OSError as error:
            print(f"{folder} cannot be written: {error.strerror}; mend its permissions", file=sys.stderr)
            sys.exit(1)
        print(f"the shipped rules of now are noted in {folder}; a later upgrade shows what changed since")
        return
    if not found.moved:
        print(f"no shipped rule has moved since {found.version}")
    for each in sorted(found.moved, key=lambda moved: (not moved.touched, moved.name)):
        _tell(each)
    if fail and found.touching:
        sys.exit(1)


def _tell(moved: Moved) -> None:
    print(f"{moved.name}: {moved.how}{f', and {moved.touched} by your folder' if moved.touched else ''}")
    if moved.how == "changed":
        print("\n".join(f"    {line}" for line in moved.diff().splitlines()))
