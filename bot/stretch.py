"""How far back a chart goes."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum


class Stretch(StrEnum):
    """A chart's time up to now, as a person types it."""

    DAY = "24h"
    WEEK = "7d"
    MONTH = "30d"

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return timedelta(days={Stretch.DAY: 1, Stretch.WEEK: 7, Stretch.MONTH: 30}[self])
