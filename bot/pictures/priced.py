"""A price line on a sheet: what it came to above it, hours and prices at its edges, and rows of days under it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.pictures.canvas import Sheet, drawable
from bot.pictures.plot import Curve, Event, Key, Lane, Plot, Tick
from bot.pictures.theme import BODY, DPI, HEIGHT, MARGIN, SMALL, THIN, TITLE, WIDTH, Theme

_FIGURE = 46.0
_LINE = 3.6
"""Width of a price line in points: it has more corners than a line of steps."""
_STEP, _TITLE_STEP = 38, 50
_PRICES, _MOST_PRICES = 96, 190
"""Pixels for the prices at the right, at least and at most."""
_NAMES, _MOST_NAMES = 186, 236
"""Pixels for the names of the rows, at least and at most."""
_LANE, _LANES = 54.0, 310.0
"""Pixels of a row, and of all of them at most: the line keeps what is left."""
_INSIDE = 16
_BAND = 0.24
"""How strong the wash of the usual band is."""


def draw_plot(plot: Plot, theme: Theme) -> bytes:
    """The picture as a PNG file."""
    sheet = Sheet(theme)
    top = _head(sheet, plot)
    bottom = _foot(sheet, plot)
    prices = max((sheet.width(tick.label, SMALL) + 16 for tick in plot.curve.up), default=0.0)
    right = WIDTH - MARGIN - min(max(_PRICES, prices), _MOST_PRICES)
    if plot.lanes:
        _week(sheet, plot, top, right, bottom)
    else:
        _curve(sheet, plot, _Panel(MARGIN, right, top, bottom - 50))
        _labels(sheet, plot.curve.across, (MARGIN, right), bottom - 22)
    return sheet.png()


def _head(sheet: Sheet, plot: Plot) -> float:
    """What it is and what it came to; where the rest begins."""
    theme, room, y = sheet.theme, WIDTH - 2 * MARGIN, MARGIN + 12.0
    kicker = sheet.shortened(drawable(plot.kicker, plot.plain), BODY, room, bold=True)
    sheet.text(MARGIN, y, kicker, BODY, theme.first, bold=True)
    y += 50
    if plot.title:
        for line in sheet.wrapped(drawable(plot.title, plot.plain), TITLE, room, 2, bold=True):
            sheet.text(MARGIN, y, line, TITLE, theme.ink, bold=True)
            y += _TITLE_STEP
        return y - 12
    size = _FIGURE if not plot.lanes else TITLE + 4
    sheet.text(MARGIN, y + 12, sheet.shortened(plot.figure, size, room, bold=True), size, theme.ink, bold=True)
    if plot.change:
        x = MARGIN + sheet.width(plot.figure, size, bold=True) + 28
        wide = sheet.width(plot.change, TITLE, bold=True) + 36
        colour = {"good": theme.good, "bad": theme.bad}.get(plot.mood, theme.soft)
        sheet.box(x, y - 16, wide, 56, colour, round_by=14)
        sheet.text(x + wide / 2, y + 12, plot.change, TITLE, theme.ground, bold=True, side="center")
    return y + (66 if not plot.lanes else 56)


def _foot(sheet: Sheet, plot: Plot) -> float:
    """Keys, sums and what this is; where what stands above must end."""
    theme, room, y = sheet.theme, WIDTH - 2 * MARGIN, HEIGHT - MARGIN - 4.0
    sheet.text(MARGIN, y, sheet.shortened(drawable(plot.foot, ""), SMALL, room), SMALL, theme.soft)
    x = MARGIN * 1.0
    if plot.summary:
        y -= _STEP
        summary = sheet.shortened(drawable(plot.summary, ""), BODY, room, bold=True)
        sheet.text(MARGIN, y, summary, BODY, theme.ink, bold=True)
    if plot.keys:
        y -= _STEP + 4
    for key in plot.keys:
        x = _key(sheet, key, x, y)
    return y - 34


def _key(sheet: Sheet, key: Key, x: float, y: float) -> float:
    """What a shade means; where the next may begin."""
    if key.kind == "band":
        sheet.box(x, y - 11, 34, 22, sheet.theme.panel, round_by=6)
        sheet.shade([(x, y - 11), (x + 34, y - 11), (x + 34, y + 11), (x, y + 11)], sheet.theme.second, _BAND)
    sheet.text(x + 46, y, key.words, SMALL, sheet.theme.soft)
    return x + 46 + sheet.width(key.words, SMALL) + 44


@dataclass(frozen=True, slots=True)
class _Panel:
    """Where the line stands on the sheet, in pixels."""

    left: float
    right: float
    top: float
    bottom: float

    def x(self, at: float) -> float:
        """Where a place across lies."""
        return self.left + _INSIDE + at * (self.right - self.left - 2 * _INSIDE)

    def y(self, up: float) -> float:
        """Where a height lies."""
        return self.bottom - _INSIDE - up * (self.bottom - self.top - 2 * _INSIDE)


def _curve(sheet: Sheet, plot: Plot, panel: _Panel) -> None:
    """The line on its panel, with prices at the right."""
    theme, curve = sheet.theme, plot.curve
    sheet.box(panel.left, panel.top, panel.right - panel.left, panel.bottom - panel.top, theme.panel)
    for tick in curve.up:
        y = panel.y(tick.at)
        sheet.line([(panel.left, y), (panel.right, y)], theme.rule, THIN, over=1)
        label = sheet.shortened(tick.label, SMALL, WIDTH - MARGIN - panel.right - 14)
        sheet.text(panel.right + 14, y, label, SMALL, theme.soft)
    for begin, end in curve.gaps:
        _gap(sheet, plot.gap, (panel.x(begin), panel.x(end)), panel)
    if curve.band:
        lower = [(panel.x(at), panel.y(low)) for at, low, _ in curve.band]
        upper = [(panel.x(at), panel.y(high)) for at, _, high in curve.band]
        sheet.shade([*lower, *reversed(upper)], theme.second, _BAND)
    if curve.level is not None:
        y = panel.y(curve.level)
        sheet.line([(panel.x(0), y), (panel.x(1), y)], theme.soft, THIN, dashed=True)
    _runs(sheet, curve, panel)
    for event in reversed(curve.events):
        _event(sheet, event, panel, alone=len(curve.events) == 1)
    if curve.runs:
        at, up = curve.runs[-1][-1]
        sheet.mark(panel.x(at), panel.y(up), "o", theme.first, 12)


def _runs(sheet: Sheet, curve: Curve, panel: _Panel) -> None:
    """The pieces of the line, over a wash where no band is to be seen."""
    for run in curve.runs:
        points = [(panel.x(at), panel.y(up)) for at, up in run]
        if not curve.band:
            floor = [(points[-1][0], panel.bottom), (points[0][0], panel.bottom)]
            sheet.shade([*points, *floor], sheet.theme.first)
        sheet.line(points * 2 if len(points) == 1 else points, sheet.theme.first, _LINE, over=3)


def _gap(sheet: Sheet, words: str, span: tuple[float, float], panel: _Panel) -> None:
    """A time without prices, named where the name has room."""
    (begin, end), top, bottom = span, panel.top, panel.bottom
    sheet.shade([(begin, top), (end, top), (end, bottom), (begin, bottom)], sheet.theme.soft, 0.16)
    if sheet.width(words, SMALL) + 16 <= end - begin:
        sheet.text((begin + end) / 2, (top + bottom) / 2, words, SMALL, sheet.theme.soft, side="center")


def _event(sheet: Sheet, event: Event, panel: _Panel, *, alone: bool) -> None:
    """A moment: a line through the panel with its name, and a mark where the price stood."""
    x, loud = panel.x(event.at), event.kind == "alert"
    colour = sheet.theme.loud if loud else sheet.theme.soft
    foot, head = (x, panel.bottom), (x, panel.top + 44)
    sheet.line([foot, head], colour, THIN * (1.6 if loud else 1), dashed=not loud)
    half = sheet.width(event.label, SMALL, bold=loud) / 2
    # Two names stand away from each other: the lines may be close.
    aside = 0 if alone else half - 8 if loud else 8 - half
    middle = min(max(x + aside, panel.left + half + 10), panel.right - half - 10)
    sheet.text(middle, panel.top + 24, event.label, SMALL, colour, bold=loud, side="center", over=4)
    if event.up is not None:
        sheet.mark(x, panel.y(event.up), "D" if loud else "o", colour, 17 if loud else 12, hollow=not loud)


def _labels(sheet: Sheet, ticks: Sequence[Tick], sides: tuple[float, float], y: float) -> None:
    """The names of hours or days, as many as fit beside each other, the newest first."""
    left, right = sides
    taken = WIDTH * 1.0
    for tick in reversed(ticks):
        x, wide = left + _INSIDE + tick.at * (right - left - 2 * _INSIDE), sheet.width(tick.label, SMALL)
        x = min(max(x, left + wide / 2), WIDTH - MARGIN - wide / 2)
        if x + wide / 2 <= taken:
            sheet.text(x, y, tick.label, SMALL, sheet.theme.soft, side="center")
            taken = x - wide / 2 - 14


def _week(sheet: Sheet, plot: Plot, top: float, right: float, bottom: float) -> None:
    """The line over rows of days, all in the same columns."""
    names = min(max(_NAMES, *(sheet.width(each.name, SMALL) + 26 for each in plot.lanes)), _MOST_NAMES)
    theme, sides = sheet.theme, (MARGIN + names * 1.0, right)
    lane = min(_LANE, _LANES / len(plot.lanes))
    high = bottom - 44 - lane * len(plot.lanes)
    _curve(sheet, plot, _Panel(*sides, top, high - 14))
    left, wide = sides[0] + _INSIDE, sides[1] - sides[0] - 2 * _INSIDE
    edges = [left + tick.at * wide for tick in plot.columns]
    ends = [*edges[1:], left + wide]
    sheet.box(MARGIN, high, WIDTH - 2 * MARGIN, lane * len(plot.lanes), theme.panel)
    for x in edges[1:]:
        sheet.line([(x, top), (x, bottom - 44)], theme.rule, THIN, over=1)
    most = max(max(lane.counts) for lane in plot.lanes)
    # A mark is in points, a row in pixels: the larger count has the larger mark, as far as the row has room.
    room = lane * 72 / DPI
    for row, each in enumerate(plot.lanes):
        sizes = [min(room, 26 + 9 * (count / most) ** 0.5) for count in each.counts]
        sheet.text(
            MARGIN + 16, high + (row + 0.5) * lane, sheet.shortened(each.name, SMALL, names - 24), SMALL, theme.ink
        )  # fmt: skip
        _lane(sheet, each, high + (row + 0.5) * lane, list(zip(edges, ends, strict=True)), sizes)
    for number, (tick, begin, end) in enumerate(zip(plot.columns, edges, ends, strict=True)):
        today = number == len(edges) - 1
        sheet.text(
            (begin + end) / 2, bottom - 20, tick.label, SMALL, theme.ink if today else theme.soft,
            bold=today, side="center",
        )  # fmt: skip


def _lane(sheet: Sheet, lane: Lane, y: float, cells: Sequence[tuple[float, float]], sizes: Sequence[float]) -> None:
    theme = sheet.theme
    for count, (begin, end), size in zip(lane.counts, cells, sizes, strict=True):
        x = (begin + end) / 2
        if not count:
            sheet.mark(x, y, "o", theme.rule, 7)
            continue
        if count < 10:
            sheet.mark(x, y, "o", theme.loud, size)
        else:  # a circle has no room for two digits
            wide, high = sheet.width(str(count), SMALL, bold=True) + 20, size * DPI / 72 - 3
            sheet.box(x - wide / 2, y - high / 2, wide, high, theme.loud, round_by=high / 2)
        sheet.text(x, y, str(count), SMALL, theme.ground, bold=True, side="center", over=5)
    sheet.text(WIDTH - MARGIN - 24, y, lane.total, BODY, theme.ink, bold=True, side="right")
