"""Shipped rules of one version beside those of another, and which of them somebody's own folder touches. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import unified_diff

from rules.printing import print_rule
from rules.ruleset import RuleSet, Status


@dataclass(frozen=True, slots=True)
class Moved:
    """A shipped rule that is new, gone or another: its texts, "" where there is none, and how one's folder touches it.

    ``touched`` is "replaced", "disabled", "filtered" or "".
    """

    name: str
    old: str
    new: str
    touched: str

    @property
    def how(self) -> str:
        """One of "added", "removed" and "changed"."""
        return "changed" if self.old and self.new else "added" if self.new else "removed"

    def diff(self) -> str:
        """The lines that differ, with two lines around each."""
        lines = unified_diff(self.old.splitlines(), self.new.splitlines(), lineterm="", n=2)
        return "\n".join(line for line in lines if not line.startswith(("---", "+++", "@@")))


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What moved since the version that was accepted."""

    version: str
    moved: tuple[Moved, ...]

    @property
    def touching(self) -> tuple[Moved, ...]:
        """What moved beneath one's own rules."""
        return tuple(each for each in self.moved if each.touched)

    def in_words(self) -> str:
        """One line; "" where nothing moved."""
        if not self.moved:
            return ""
        counts = {how: sum(each.how == how for each in self.moved) for how in ("added", "removed", "changed")}
        told = ", ".join(f"{count} {how}" for how, count in counts.items() if count)
        beneath = f", {len(self.touching)} of them beneath your own" if self.touching else ""
        return f"shipped rules since {self.version}: {told}{beneath}; `lodestone rules upgrade` shows them"


def compare_shipped(accepted: Mapping[str, str], version: str, shipped: RuleSet, joined: RuleSet) -> Upgrade:
    """What moved between the accepted texts and the shipped set; ``joined`` is that set under one's own folder."""
    now = {rule.name: print_rule(rule) for rule in shipped.rules}
    names = sorted(name for name in {*accepted, *now} if accepted.get(name) != now.get(name))
    moved = (Moved(name, accepted.get(name, ""), now.get(name, ""), _touched(name, shipped, joined)) for name in names)
    return Upgrade(version, tuple(moved))


def _touched(name: str, shipped: RuleSet, joined: RuleSet) -> str:
    before = next((rule for rule in shipped.rules if rule.name == name), None)
    after = next((rule for rule in joined.rules if rule.name == name), None)
    if after is None:
        return ""
    if before is None or after.file != before.file:
        return "replaced"
    if before.status is Status.STABLE is not after.status:
        return "disabled"
    own = {each.file for each in joined.filters} - {each.file for each in shipped.filters}
    return "filtered" if any(each.file in own and name in each.suppresses for each in joined.filters) else ""
