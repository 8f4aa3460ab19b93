"""A story's timeline on a sheet: the stages as steps over time, what happened as marks on them, what comes beside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.pictures.canvas import Sheet, drawable
from bot.pictures.outline import Legend, Mark, Sketch
from bot.pictures.theme import BODY, HEIGHT, MARGIN, SMALL, THICK, THIN, TITLE, WIDTH, Theme

_TITLE_LINES = 2
_TITLE_STEP, _STEP = 52, 38
"""Pixels from line to line."""
_NAMES = 218
"""Pixels for the names of the levels."""
_AHEAD = 288
_GAP = 16
_SHAPES: Mapping[str, tuple[str, str, float]] = {
    "stage": ("o", "first", 17),
    "source": ("o", "third", 13),
    "figure": ("D", "second", 13),
    "measure": ("^", "second", 16),
    "correction": ("s", "loud", 14),
    "effect": ("*", "good", 27),
    "reversal": ("v", "bad", 17),
    "denial": ("X", "bad", 17),
}
"""Each kind's shape, its colour by name, and its size in points."""
_COUNTED, _OVER = 28.0, 34.0
"""Size in points of a mark that holds a number, and pixels from one mark to the one over it."""


def draw_story(sketch: Sketch, theme: Theme) -> bytes:
    """The picture as a PNG file."""
    sheet = Sheet(theme)
    top = _head(sheet, sketch)
    bottom = _foot(sheet, sketch)
    right = WIDTH - MARGIN
    if sketch.ahead:
        right -= _AHEAD + _GAP
        _ahead(sheet, sketch, right + _GAP, top, bottom)
    _chart(sheet, sketch, top, right, bottom)
    return sheet.png()


def _head(sheet: Sheet, sketch: Sketch) -> float:
    """Label, title and what must be known first; where the rest begins."""
    theme, room, y = sheet.theme, WIDTH - 2 * MARGIN, MARGIN + 12.0
    kicker = sheet.shortened(drawable(sketch.kicker, ""), BODY, room, bold=True)
    sheet.text(MARGIN, y, kicker, BODY, theme.first, bold=True)
    y += 50
    for line in sheet.wrapped(drawable(sketch.title, sketch.plain), TITLE, room, _TITLE_LINES, bold=True):
        sheet.text(MARGIN, y, line, TITLE, theme.ink, bold=True)
        y += _TITLE_STEP
    if sketch.banner:
        lines = sheet.wrapped(drawable(sketch.banner, sketch.withdrawn), BODY, room - 40, 2, bold=True)
        sheet.box(MARGIN, y - 14, room, 14 + _STEP * len(lines), theme.bad, round_by=12)
        for line in lines:
            sheet.text(MARGIN + 20, y + 12, line, BODY, theme.ground, bold=True)
            y += _STEP
        y += 26
    return y - 14


def _foot(sheet: Sheet, sketch: Sketch) -> float:
    """Legend, sums and what this is; where what stands above must end."""
    y, room = HEIGHT - MARGIN - 4.0, WIDTH - 2 * MARGIN
    sheet.text(MARGIN, y, sheet.shortened(sketch.foot, SMALL, room), SMALL, sheet.theme.soft)
    if sketch.summary:
        y -= _STEP
        summary = sheet.shortened(drawable(sketch.summary, ""), BODY, room, bold=True)
        sheet.text(MARGIN, y, summary, BODY, sheet.theme.ink, bold=True)
    told = [each for each in sketch.legend if any(mark.kind == each.kind for mark in sketch.marks)]
    for row in reversed(_legend(sheet, told)):
        y -= _STEP + 2
        for x, each in row:
            _mark(sheet, x, y, each.kind)
            sheet.text(x + 24, y, each.words, SMALL, sheet.theme.soft)
    return y - 66


def _legend(sheet: Sheet, told: Sequence[Legend]) -> list[list[tuple[float, Legend]]]:
    """The rows of the legend, with the place of each kind."""
    rows = list[list[tuple[float, Legend]]]()
    x = WIDTH * 1.0
    for each in told:
        width = 24 + sheet.width(each.words, SMALL)
        if x + width > WIDTH - MARGIN:
            rows.append([])
            x = MARGIN + 10.0
        rows[-1].append((x, each))
        x += width + 44
    return rows


def _chart(sheet: Sheet, sketch: Sketch, top: float, right: float, bottom: float) -> None:
    theme, left = sheet.theme, MARGIN + _NAMES
    sheet.box(MARGIN, top, right - MARGIN, bottom - top, theme.panel)
    room = (bottom - top) / len(sketch.levels)

    def y_of(row: int) -> float:
        return bottom - (row + 0.5) * room

    def x_of(at: float) -> float:
        return left + 14 + at * (right - left - 36)

    for row, name in enumerate(sketch.levels):
        sheet.line([(left, y_of(row)), (right - 12, y_of(row))], theme.rule, THIN)
        standing = bool(sketch.steps) and sketch.steps[-1].row == row
        sheet.text(
            MARGIN + 18, y_of(row), sheet.shortened(name, BODY, _NAMES - 24), BODY,
            theme.ink if standing else theme.soft, bold=standing,
        )  # fmt: skip
    _steps(sheet, [(x_of(step.at), y_of(step.row)) for step in sketch.steps], x_of(1), bottom)
    _marks(sheet, [(x_of(mark.at), y_of(mark.row), mark) for mark in sketch.marks])
    dates = [(x_of(mark.at), mark.label) for mark in sketch.marks if mark.label]
    _dates(sheet, [*dates[:1], *dates[-1:], (x_of(1), sketch.until), *dates[1:-1]], (left, right), bottom + 26)


def _steps(sheet: Sheet, corners: Sequence[tuple[float, float]], end: float, bottom: float) -> None:
    """The line through the levels, up to now."""
    if not corners:
        return
    points = list[tuple[float, float]]()
    for x, y in corners:
        points += [(x, points[-1][1])] if points else []
        points.append((x, y))
    last = points[-1][1]
    points.append((end, last))
    sheet.shade([*points, (end, bottom), (points[0][0], bottom)], sheet.theme.first)
    sheet.line(points, sheet.theme.first, THICK, over=3)


def _marks(sheet: Sheet, marks: Sequence[tuple[float, float, Mark]]) -> None:
    """Each on the line, or over the one that stands there already."""
    over = dict[tuple[float, float], float]()
    for x, y, mark in marks:
        lift = over.get((x, y), 0.0)
        _mark(sheet, x, y - lift, mark.kind, mark.count)
        over[x, y] = lift + _OVER


def _mark(sheet: Sheet, x: float, y: float, kind: str, count: int = 1) -> None:
    """The mark; one of several sources holds their number."""
    shape, colour, size = _SHAPES[kind]
    sheet.mark(x, y, shape, getattr(sheet.theme, colour), size if count == 1 else _COUNTED)
    if count > 1:
        sheet.text(x, y, str(count), SMALL, sheet.theme.ground, bold=True, side="center", over=5)


def _dates(sheet: Sheet, dates: Sequence[tuple[float, str]], room: tuple[float, float], y: float) -> None:
    """The dates that fit beside each other, the first named first."""
    taken = list[tuple[float, float]]()
    for x, text in dates:
        width = sheet.width(text, SMALL)
        middle = min(max(x, room[0] + width / 2), room[1] - width / 2)
        span = (middle - width / 2 - 12, middle + width / 2 + 12)
        if all(span[1] <= low or span[0] >= high for low, high in taken):
            taken.append(span)
            sheet.text(middle, y, text, SMALL, sheet.theme.soft, side="center")


def _ahead(sheet: Sheet, sketch: Sketch, left: float, top: float, bottom: float) -> None:
    theme = sheet.theme
    sheet.box(left, top, _AHEAD, bottom - top, theme.panel)
    sheet.text(left + 20, top + 34, sheet.shortened(sketch.ahead_title, BODY, _AHEAD - 40), BODY, theme.loud, bold=True)
    y, room = top + 84.0, _AHEAD - 56
    for each in sketch.ahead:
        if y + 2 * _STEP - 10 > bottom:
            return
        sheet.mark(left + 30, y, "D", theme.loud, 12, hollow=True)
        sheet.text(left + 52, y, sheet.shortened(each.day, BODY, room, bold=True), BODY, theme.ink, bold=True)
        sheet.text(left + 52, y + 34, sheet.shortened(f"{each.what}", SMALL, room), SMALL, theme.soft)
        sheet.text(left + 52, y + 64, sheet.shortened(each.left, SMALL, room), SMALL, theme.soft)
        y += 116
