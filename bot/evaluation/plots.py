"""Plots as inline SVG. Colours are CSS variables of the page, so that they follow light and dark. Pure.

Drawn here rather than by a plotting library: five shapes, no dependency, and text that stays text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from bot.evaluation.result import used
from pipelines.language.figures import Bin, Confusion, Point

_WIDTH, _HEIGHT = 460, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 16, 14, 46
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


def calibration(bins: Sequence[Bin]) -> str:
    """The share that is structural against the probability, a dot a tenth, larger where it holds more headlines."""
    most = max((each.count for each in bins), default=1)
    spots = [(_x(each.mean), _y(each.share)) for each in bins]
    body = [f'<path class="guide" d="M{_x(0)} {_y(0)}L{_x(1)} {_y(1)}"/>', _line(spots)]
    for each, (x, y) in zip(bins, spots, strict=True):
        tip = f"{each.count} headlines, mean p {each.mean:.2f}, {each.share:.0%} structural"
        body.append(_dot(x, y, 4 + 6 * (each.count / most) ** 0.5, tip))
    return _frame("mean p_structural", "share structural", body)


def precision_recall(points: Sequence[Point], cut: tuple[float, float], recall: float) -> str:
    """Precision against recall; ``cut`` is the (recall, precision) that the shipped cut gives."""
    body = []
    if points:
        path = "".join(
            f"{'L' if index else 'M'}{_x(point.recall):.1f} {_y(point.precision):.1f}"
            for index, point in enumerate(points)
        )
        body.append(f'<path class="curve" d="{path}"/>')
    body.append(f'<path class="guide" d="M{_x(recall)} {_y(0)}V{_y(1)}"/>')
    body.append(_dot(_x(cut[0]), _y(cut[1]), 6, f"as shipped: precision {cut[1]:.2f}, recall {cut[0]:.2f}"))
    side = "end" if cut[0] > 0.5 else "start"
    shift = -10 if side == "end" else 10
    body.append(_text(_x(cut[0]) + shift, _y(cut[1]) + 18, "the cut as shipped", side, "note"))
    return _frame("recall", "precision", body)


def heat(table: Confusion, *, turned: bool) -> str:
    """A confusion as cells that are shaded by their share of their row. ``turned`` writes the heads upright."""
    cell = 26 if turned else 74
    left = 150 if turned else 112
    top = 138 if turned else 34
    size = len(table.labels) * cell
    digits = len(str(used(table.counts)))
    body = [_text(left - 10, top - 12, "wanted ↓ got →", "end", "note")]
    for index, label in enumerate(table.labels):
        middle = (index + 0.5) * cell
        body.append(_text(left - 8, top + middle + 4, label, "end"))
        if turned:
            place = f"translate({left + middle + 4:.0f} {top - 8})rotate(-60)"
            body.append(f'<text class="tick" transform="{place}">{escape(label)}</text>')
        else:
            body.append(_text(left + middle, top - 10, label, "middle"))
    for row, counts in enumerate(table.counts):
        body += _cells(table, row, counts, (left, top, cell), small=turned and digits > 2)
    wide = left + size + (60 if turned else 12)
    return f'<svg viewBox="0 0 {wide} {top + size + 8}" role="img" style="max-width:{wide}px">{"".join(body)}</svg>'


def bar(value: float, low: float | None, high: float | None) -> str:
    """A bar from 0 to 1 with its interval, to stand in a table."""
    whisker = "" if low is None or high is None else f'<path class="whisker" d="M{low * 120:.1f} 8H{high * 120:.1f}"/>'
    return (
        '<svg class="bar" viewBox="0 0 120 16" role="img"><rect class="track" width="120" height="8" y="4" rx="4"/>'
        f'<rect class="fill" width="{value * 120:.1f}" height="8" y="4" rx="4"/>{whisker}</svg>'
    )


def _cells(
    table: Confusion, row: int, counts: Sequence[int], place: tuple[int, int, int], *, small: bool
) -> Iterator[str]:
    left, top, cell = place
    total = sum(counts) or 1
    for column, count in enumerate(counts):
        x, y, share = left + column * cell, top + row * cell, count / total
        right = row == column
        kind = "right" if right else "wrong"
        shade = 0.0 if not count else 0.08 + 0.92 * share
        tip = f"wanted {table.labels[row]}, got {table.labels[column]}: {count} of {total}"
        yield (
            f'<g><title>{escape(tip)}</title><rect class="cell" x="{x + 1}" y="{y + 1}" width="{cell - 2}" '
            f'height="{cell - 2}" rx="3"/><rect class="{kind}" x="{x + 1}" y="{y + 1}" width="{cell - 2}" '
            f'height="{cell - 2}" rx="3" fill-opacity="{shade:.2f}"/>'
        )
        if count:
            kind = f"count{' small' if small else ''}{' on' if shade > 0.75 else ''}"
            yield _text(x + cell / 2, y + cell / 2 + 4, str(count), "middle", kind)
        yield "</g>"


def _frame(across: str, up: str, body: Iterable[str]) -> str:
    lines = []
    for tick in _TICKS:
        lines.append(f'<path class="grid" d="M{_x(0)} {_y(tick)}H{_x(1)}M{_x(tick)} {_y(0)}V{_y(1)}"/>')
        lines.append(_text(_x(0) - 8, _y(tick) + 4, f"{tick:g}", "end"))
        lines.append(_text(_x(tick), _y(0) + 18, f"{tick:g}", "middle"))
    lines.append(_text((_x(0) + _x(1)) / 2, _HEIGHT - 6, across, "middle", "axis"))
    middle = (_y(0) + _y(1)) / 2
    lines.append(
        f'<text class="axis" text-anchor="middle" transform="translate(14 {middle:.0f})rotate(-90)">{up}</text>'
    )
    return f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">{"".join(lines)}{"".join(body)}</svg>'


def _line(spots: Sequence[tuple[float, float]]) -> str:
    path = "".join(f"{'L' if index else 'M'}{x:.1f} {y:.1f}" for index, (x, y) in enumerate(spots))
    return f'<path class="curve" d="{path}"/>' if path else ""


def _dot(x: float, y: float, radius: float, tip: str) -> str:
    return f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"><title>{escape(tip)}</title></circle>'


def _text(x: float, y: float, words: str, anchor: str, kind: str = "tick") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _x(value: float) -> float:
    return _LEFT + value * (_WIDTH - _LEFT - _RIGHT)


def _y(value: float) -> float:
    return _HEIGHT - _BOTTOM - value * (_HEIGHT - _TOP - _BOTTOM)
