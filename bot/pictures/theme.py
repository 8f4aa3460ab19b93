"""How every picture looks: size, letters and colours, light and dark. Plain values, so that no chart is loaded here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.shade import Shade

WIDTH, HEIGHT, DPI = 1080, 810, 100
"""Pixels of a picture, and how many make an inch. A phone shows it at about a third of this."""
TITLE, BODY, SMALL = 31.0, 22.0, 19.0
"""Sizes of letters in points of 1/72 inch; there are none smaller: 19 are about 10 on the phone's own screen."""
MARGIN = 44
"""Pixels around everything."""
THICK, THIN = 6.0, 1.6
"""Widths of lines in points: what is told, and what only helps to read it."""


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours by what they say. ``ground`` is behind all, ``panel`` behind a drawing, ``rule`` for lines to read by.

    ``first`` to ``third`` tell series apart; ``good``, ``bad`` and ``loud`` judge. Each stands out against ``ground``
    and ``panel`` by 3 to 1 at least, ``ink`` and ``soft`` by 4.5 to 1.
    """

    ground: str
    panel: str
    rule: str
    ink: str
    soft: str
    first: str
    second: str
    third: str
    good: str
    bad: str
    loud: str


THEMES: Mapping[Shade, Theme] = {
    Shade.LIGHT: Theme(
        ground="#ffffff",
        panel="#f4f7fa",
        rule="#d5dee6",
        ink="#14202b",
        soft="#566573",
        first="#1c6fb8",
        second="#7a4fb3",
        third="#0d7f78",
        good="#1b7f4b",
        bad="#c62f2f",
        loud="#b3620a",
    ),
    Shade.DARK: Theme(
        ground="#0f1722",
        panel="#17222f",
        rule="#2c3b4b",
        ink="#eef3f8",
        soft="#a3b2c1",
        first="#5ab0f5",
        second="#b79af2",
        third="#3fcabf",
        good="#4fce8a",
        bad="#ff7b72",
        loud="#f4ac3d",
    ),
}
