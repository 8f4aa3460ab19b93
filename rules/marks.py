"""What readers said of alerts: the mark that a story bears by their votes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from rules.story import Story


class Mark(StrEnum):
    """What a reader may say of an alert, in the order of the buttons."""

    USEFUL = "useful"
    NOISE = "noise"
    KNEW = "knew"
    LATE = "late"

    @property
    def words(self) -> str:
        """The mark as a reader says it."""
        return {"knew": "knew it", "late": "too late"}.get(self.value, self.value)

    @property
    def wanted(self) -> bool:
        """Whether the story was worth an alert: useful, and what came too late, which was missed sooner."""
        return self in (Mark.USEFUL, Mark.LATE)


Tally = Mapping[Mark, int]
"""How many readers said what of one story; what nobody said may be left out."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A story that readers marked, and the time at which it was judged."""

    story: Story
    at: datetime
    mark: Mark


def mark_of(tally: Tally) -> Mark | None:
    """What most of its readers said of a story; None where nobody did, or where two marks are level."""
    most = max(tally.values(), default=0)
    said = [mark for mark, count in tally.items() if count == most > 0]
    return said[0] if len(said) == 1 else None
