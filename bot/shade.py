"""Whether a picture is light or dark."""

from __future__ import annotations

from enum import StrEnum


class Shade(StrEnum):
    """How a picture looks."""

    LIGHT = "light"
    DARK = "dark"

    @property
    def other(self) -> Shade:
        """The one to switch to."""
        return Shade.DARK if self is Shade.LIGHT else Shade.LIGHT
