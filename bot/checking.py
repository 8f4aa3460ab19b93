"""The rules tried on their examples: which do not hold, and which clauses no example protects."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from bot.imagined import Read, read_examples
from pipelines.rulebook import is_own
from rules.check import Failure, failures
from rules.lint import Finding
from rules.mutation import Survivor, survivors
from rules.ruleset import RuleSet


@dataclass(frozen=True, slots=True)
class Tried:
    """What the examples said. ``mutants`` is how many were tried; only ``failures`` are faults, the rest is advice."""

    failures: tuple[Failure, ...]
    survivors: tuple[Survivor, ...]
    mutants: int

    @property
    def noticed(self) -> int:
        """How many mutants an example noticed."""
        return self.mutants - len(self.survivors)


def try_rules(rules: RuleSet, read: Read, now: datetime, *, everything: bool) -> Tried:
    """Read every example, and mutate the admin's own rules (with ``everything`` the shipped ones too)."""
    stories = read_examples(rules.examples, read, now)
    left, count = survivors(rules, stories.__getitem__, now, lambda each: everything or is_own(each))
    return Tried(failures(rules, stories.__getitem__, now, is_own), left, count)


def finding_row(finding: Finding) -> dict[str, object]:
    """A finding for machines."""
    return {"severity": finding.gravity, **asdict(finding.place), "message": finding.message, "remedy": finding.remedy}


def failure_row(failure: Failure) -> dict[str, object]:
    """An example that does not hold, for machines."""
    place, example = asdict(failure.place), failure.example
    must = "fire" if example.fires else "stay quiet"
    return {"rule": failure.rule.name, **place, "headline": example.headline, "must": must, "why": list(failure.why)}


def survivor_row(survivor: Survivor) -> dict[str, object]:
    """A change that no example notices, for machines."""
    place = asdict(survivor.place)
    return {"rule": survivor.mutant.rule.name, **place, "change": survivor.mutant.change, "remedy": survivor.remedy}
