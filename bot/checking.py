"""The rules examined as a whole: what looks wrong, examples that do not hold, and clauses that no example protects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.imagined import Read, read_examples
from rules.check import Failure, failures
from rules.lint import Finding, lint, lint_weights
from rules.mutation import Survivor, survivors
from rules.ruleset import Filter, Rule, RuleSet

SHIPPED = "packs/"
"""How the files of the shipped packs are named; any other file is the admin's own."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found. ``mutants`` is how many were tried; only ``failures`` are faults, the rest is advice."""

    findings: tuple[Finding, ...]
    weights: tuple[str, ...]
    failures: tuple[Failure, ...]
    survivors: tuple[Survivor, ...]
    mutants: int

    @property
    def caught(self) -> str:
        """How many mutants an example noticed, in words."""
        noticed = self.mutants - len(self.survivors)
        share = f" ({noticed / self.mutants:.0%})" if self.mutants else ""
        return f"{noticed} of {self.mutants} mutants noticed{share}"


def is_own(each: Rule | Filter) -> bool:
    """Whether a rule or filter is the admin's own and not shipped."""
    return not each.file.startswith(SHIPPED)


def examine(rules: RuleSet, read: Read, entities: frozenset[str], now: datetime, *, everything: bool) -> Examined:
    """Look at the set, read every example, and mutate the admin's own rules (with ``everything`` the shipped ones too).

    ``entities`` are the ids that the reader knows.
    """
    stories = read_examples(rules.examples, read, now)

    def wanted(each: Rule | Filter) -> bool:
        return everything or is_own(each)

    left, count = survivors(rules, stories.__getitem__, now, wanted)
    return Examined(
        findings=lint(rules, entities, wanted),
        weights=lint_weights(rules.weights),
        failures=failures(rules, stories.__getitem__, now),
        survivors=left,
        mutants=count,
    )
