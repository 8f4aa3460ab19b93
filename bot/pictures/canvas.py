"""A sheet on which pictures are drawn, in pixels from the upper left corner: letters, lines, boxes and marks.

Loads matplotlib, without its global state (``pyplot``), so that only the child process imports this. It draws with the
letters that matplotlib brings along, the same on every machine, and leaves out what these cannot draw.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any, Literal

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.lines import Line2D
from matplotlib.patches import FancyBboxPatch

from bot.pictures.theme import DPI, HEIGHT, WIDTH, Theme
from bot.text import clusters, isolated

_FAMILY = "DejaVu Sans"
_DRAWN_SHARE = 0.7
"""A text of whose signs fewer can be drawn is not worth drawing."""


class Sheet:
    """One picture in the making."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self._figure = Figure(figsize=(WIDTH / DPI, HEIGHT / DPI), dpi=DPI, facecolor=theme.ground)
        self._canvas = FigureCanvasAgg(self._figure)
        self._axes = self._figure.add_axes((0, 0, 1, 1))
        self._axes.set_axis_off()
        self._axes.set_xlim(0, WIDTH)
        self._axes.set_ylim(HEIGHT, 0)
        self._renderer: Any = self._canvas.get_renderer()  # type: ignore[no-untyped-call]  # the library's own

    def png(self) -> bytes:
        """The picture as a file."""
        file = io.BytesIO()
        self._figure.savefig(file, format="png", facecolor=self.theme.ground)
        return file.getvalue()

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        colour: str,
        *,
        bold: bool = False,
        side: Literal["left", "center", "right"] = "left",
        over: int = 2,
    ) -> None:
        """One line of letters, whose middle stands at ``y``; ``over`` says what lies on what."""
        self._axes.text(
            x, y, isolated(text), fontproperties=_letters(size, bold=bold), color=colour, ha=side,
            va="center_baseline", parse_math=False, zorder=over,
        )  # fmt: skip

    def width(self, text: str, size: float, *, bold: bool = False) -> float:
        """Pixels that a line takes."""
        width, _, _ = self._renderer.get_text_width_height_descent(text, _letters(size, bold=bold), ismath=False)
        return float(width)

    def wrapped(self, text: str, size: float, room: float, most: int, *, bold: bool = False) -> list[str]:
        """The text in at most so many lines of at most ``room`` pixels, ended by an ellipsis where it was longer."""
        lines, rest = list[str](), text
        while rest and len(lines) < most:
            line, rest = self._first_line(rest, size, room, bold=bold)
            lines.append(line)
        if rest:
            lines[-1] = self.shortened(f"{lines[-1]} {rest}", size, room, bold=bold)
        return lines

    def shortened(self, text: str, size: float, room: float, *, bold: bool = False) -> str:
        """The text in ``room`` pixels, ended by an ellipsis where it was longer."""
        if self.width(text, size, bold=bold) <= room:
            return text
        kept = list(clusters(text))
        while kept and self.width("".join(kept).rstrip() + "…", size, bold=bold) > room:
            kept.pop()
        head, space, _ = "".join(kept).rpartition(" ")
        whole = head if space and len(head) * 2 >= len(kept) else "".join(kept)
        return f"{whole.rstrip(' ,;:-')}…"

    def line(
        self, points: Sequence[tuple[float, float]], colour: str, width: float, *, over: int = 2, dashed: bool = False
    ) -> None:
        """Straight from point to point; ``over`` says what lies on what."""
        self._axes.add_line(
            Line2D(
                [x for x, _ in points], [y for _, y in points], color=colour, linewidth=width,
                linestyle=(0, (4, 3)) if dashed else "-",
                solid_capstyle="round", solid_joinstyle="round", zorder=over,
            )
        )  # fmt: skip

    def shade(self, points: Sequence[tuple[float, float]], colour: str, strength: float = 0.13) -> None:
        """A faint wash between the points."""
        self._axes.fill(
            [x for x, _ in points], [y for _, y in points], color=colour, alpha=strength, linewidth=0, zorder=1
        )

    def box(self, x: float, y: float, width: float, height: float, colour: str, *, round_by: float = 18) -> None:
        """A filled box with round corners."""
        style = f"round,pad=0,rounding_size={round_by}"
        self._axes.add_patch(
            FancyBboxPatch((x, y), width, height, boxstyle=style, facecolor=colour, linewidth=0, zorder=0)
        )

    def mark(self, x: float, y: float, shape: str, colour: str, size: float, *, hollow: bool = False) -> None:
        """A mark in one of the library's shapes, ``size`` points wide, with an edge that sets it off."""
        edge = self.theme.panel if not hollow else colour
        face = colour if not hollow else self.theme.panel
        self._axes.plot(
            [x], [y], marker=shape, markersize=size, markerfacecolor=face, markeredgecolor=edge,
            markeredgewidth=2.2 if not hollow else 3.0, linestyle="none", zorder=4,
        )  # fmt: skip

    def _first_line(self, text: str, size: float, room: float, *, bold: bool) -> tuple[str, str]:
        """What fits into the first line, broken between words, else between signs; and the rest."""
        fits = 0
        for end in _ends(text):
            if self.width(text[:end], size, bold=bold) > room:
                break
            fits = end
        if fits == 0:
            for end in _cluster_ends(text):
                if fits and self.width(text[:end], size, bold=bold) > room:
                    break
                fits = end
        return text[:fits].rstrip(), text[fits:].lstrip()


def drawable(text: str, instead: str) -> str:
    """The text without the signs for which there are no letters; ``instead`` where too little would be left of it."""
    font: Any = get_font(findfont(_letters(12, bold=False)))
    signs = [sign for sign in clusters(text) if not sign.isspace()]
    kept = "".join(sign for sign in clusters(text) if all(font.get_char_index(ord(char)) for char in sign))
    drawn = sum(not sign.isspace() for sign in clusters(kept))
    return " ".join(kept.split()) if signs and drawn / len(signs) >= _DRAWN_SHARE else instead


def _letters(size: float, *, bold: bool) -> FontProperties:
    return FontProperties(family=_FAMILY, size=size, weight="bold" if bold else "normal")


def _ends(text: str) -> Iterator[int]:
    """The places after which a line may be broken: before a blank, and at the text's end."""
    yield from (at for at, char in enumerate(text) if char == " " and at)
    yield len(text)


def _cluster_ends(text: str) -> Iterator[int]:
    at = 0
    for sign in clusters(text):
        at += len(sign)
        yield at
