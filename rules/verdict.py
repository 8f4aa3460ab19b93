"""What the rules say of a story: its label, how loud it is, and why. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

WEIGHTS = "weights"
"""What stands for a rule in the reason that tells how the score came about."""


class Label(StrEnum):
    """What a story is. Age, tier and corroboration never touch it."""

    STRUCTURAL = "structural"
    WATCH = "watch"
    NOISE = "noise"

    @property
    def rank(self) -> int:
        """0 for noise, 1 for watch, 2 for structural."""
        return ("noise", "watch", "structural").index(self.value)


class Severity(StrEnum):
    """How loud a story is: what is pushed, what waits for a digest."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 for low up to 3 for critical."""
        return ("low", "medium", "high", "critical").index(self.value)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a rule spoke: its name, the sentence in English, and what it did ("structural", "x 0.85", "+ 10").

    ``translations`` are pairs of a language and the sentence in it, where the rule has them, as it was written, with
    its placeholders; so is ``unfilled`` the English one, "" where that is ``because`` itself.
    """

    rule: str
    because: str
    effect: str
    translations: tuple[tuple[str, str], ...] = ()
    unfilled: str = field(default="", compare=False)

    @property
    def sentence(self) -> str:
        """The English sentence as the rule has it, with its placeholders: what its translations go by."""
        return self.unfilled or self.because


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The label, the severity with its score of 0 to 100, the reasons, and the hash of the rule set that spoke."""

    label: Label
    severity: Severity
    score: float
    reasons: tuple[Reason, ...] = ()
    rules: str = ""
