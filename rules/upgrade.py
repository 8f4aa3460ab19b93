"""Shipped rules of one version beside those of another, and which of them somebody's own folder touches. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import unified_diff

from rules.errors import RuleErrors
from rules.printing import print_rule, print_weights
from rules.ruleset import Filter, Rule, RuleSet, Status
from rules.schema import load

WEIGHTS = "the weights"


@dataclass(frozen=True, slots=True)
class Moved:
    """A shipped rule or filter, or the weights, that are new, gone or others than they were.

    ``old`` and ``new`` are the texts, "" where there is none. ``touched`` is what one's own folder does with it:
    "replaced", "disabled", "filtered" or "".
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


def texts_of(shipped: RuleSet) -> dict[str, str]:
    """Each shipped rule and filter as understood, by its name; the weights under a name that no rule can have."""
    weights = print_weights(shipped.weights)
    return {each.name: print_rule(each) for each in shipped.asked} | ({WEIGHTS: weights} if weights else {})


def touched_by(shipped: RuleSet, joined: RuleSet) -> tuple[str, ...]:
    """The names in ``texts_of`` of what one's own folder replaces, disables or filters."""
    return tuple(name for name in texts_of(shipped) if _touched(name, shipped, joined))


def compare_shipped(accepted: Mapping[str, str], version: str, shipped: RuleSet, joined: RuleSet) -> Upgrade:
    """What moved between the accepted texts and the shipped set; ``joined`` is that set under one's own folder."""
    now = texts_of(shipped)
    accepted = {name: text if text == now.get(name) else _printed_anew(text) for name, text in accepted.items()}
    names = sorted(name for name in {*accepted, *now} if accepted.get(name) != now.get(name))
    moved = (Moved(name, accepted.get(name, ""), now.get(name, ""), _touched(name, shipped, joined)) for name in names)
    return Upgrade(version, tuple(moved))


def _touched(name: str, shipped: RuleSet, joined: RuleSet) -> str:
    if name == WEIGHTS:
        return "replaced" if joined.weights != shipped.weights else ""
    before, after = _named(name, shipped), _named(name, joined)
    if after is None:
        return ""
    if before is None or after.file != before.file:
        return "replaced"
    if before.status is Status.STABLE is not after.status:
        return "disabled"
    own = {each.file for each in joined.filters} - {each.file for each in shipped.filters}
    return "filtered" if any(each.file in own and name in each.suppresses for each in joined.filters) else ""


def _printed_anew(text: str) -> str:
    """A text as this version would print it, so that another layout is no change; as it is if it reads no more."""
    try:
        read = load({"accepted.yaml": text if text.startswith("weights:") else f"rules:\n{text}"})
    except RuleErrors:
        return text
    return print_rule(read.rules[0]) if read.rules else print_weights(read.weights)


def _named(name: str, rules: RuleSet) -> Rule | Filter | None:
    return next((each for each in rules.asked if each.name == name), None)
