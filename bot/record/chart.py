"""The chart of the record as SVG: months from left to right, what tightens above the line, what eases below. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from bot.words import TOPICS
from pipelines.record.turns import Record, Turn
from rules.story import Direction, Topic

_LEFT, _RIGHT, _TOP, _HALF, _FOOT = 34, 6, 16, 120, 26
_STEP = 52
_MIDDLE = _TOP + _HALF


def chart(found: Record, span: Sequence[date], whole_since: date | None) -> str:
    """Bars by month, stacked by each story's strongest topic; months before ``whole_since`` are shaded.

    What is unclear is not drawn. Each piece says in a tooltip what it counts.
    """
    counts: dict[tuple[date, Direction], Counter[Topic | None]] = {}
    for turn in found.turns:
        counts.setdefault((turn.month, turn.direction), Counter())[_topic(turn)] += 1
    ways = (Direction.TIGHTENS, Direction.EASES)
    most = max((counts[key].total() for key in counts if key[1] in ways), default=1)
    width = _LEFT + _STEP * len(span) + _RIGHT
    height = _MIDDLE + _HALF + _FOOT
    body = [_scale(most, width)]
    for number, month in enumerate(span):
        x = _LEFT + number * _STEP
        if whole_since is None or month < whole_since.replace(day=1):
            body.append(f'<rect class="void" x="{x}" y="{_TOP}" width="{_STEP}" height="{2 * _HALF}"/>')
        body += _bars(counts.get((month, ways[0]), Counter()), month, x, most, up=True)
        body += _bars(counts.get((month, ways[1]), Counter()), month, x, most, up=False)
        year = f'<tspan x="{x + _STEP / 2:.0f}" dy="12">{month.year}</tspan>' if month.month == 1 or not number else ""
        body.append(
            f'<text x="{x + _STEP / 2:.0f}" y="{height - _FOOT + 12}" text-anchor="middle">{month:%b}{year}</text>'
        )
    body.append(f'<path class="axis" d="M{_LEFT} {_MIDDLE}H{width - _RIGHT}"/>')
    name = "Structural stories by month: what tightens supply above the line, what eases it below"
    return f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{name}">{"".join(body)}</svg>'


def topics_in(found: Record) -> tuple[Topic | None, ...]:
    """The topics that have a colour in the chart of this record, in their fixed order; None stands for no topic."""
    drawn = {_topic(turn) for turn in found.turns if turn.direction is not Direction.UNKNOWN}
    return tuple(topic for topic in (*Topic, None) if topic in drawn)


def topic_class(topic: Topic | None) -> str:
    """The style of a topic's pieces."""
    return f"t-{topic.value}" if topic is not None else "t-none"


def _topic(turn: Turn) -> Topic | None:
    """The field that it is strongest in; policy and geopolitics are means, and count where there is no field."""
    means = (Topic.POLICY, Topic.GEOPOLITICS)
    return min(turn.topics, key=means.__contains__, default=None)


def _scale(most: int, width: int) -> str:
    lines = []
    for way, word in ((-1, "tightens"), (1, "eases")):
        y = _MIDDLE + way * _HALF
        lines.append(f'<path class="grid" d="M{_LEFT} {y}H{width - _RIGHT}"/>')
        lines.append(f'<text x="{_LEFT - 6}" y="{y + 4}" text-anchor="end">{most}</text>')
        middle = _MIDDLE + way * _HALF // 2
        lines.append(
            f'<text x="12" y="{middle}" text-anchor="middle" transform="rotate(-90 12 {middle})">{word}</text>'
        )
    # Once more at the newest end, where a phone begins to show it.
    lines.append(f'<text x="{width - _RIGHT}" y="{_TOP - 5}" text-anchor="end">{most}</text>')
    return "".join(lines)


def _bars(counts: Counter[Topic | None], month: date, x: int, most: int, *, up: bool) -> list[str]:
    """One stack, from the line outwards."""
    pieces, at = list[str](), float(_MIDDLE)
    for topic in (*Topic, None):
        if not counts[topic]:
            continue
        high = counts[topic] / most * _HALF
        top = at - high if up else at
        told = TOPICS[topic].lower() if topic is not None else "no topic"
        pieces.append(
            f'<rect class="{topic_class(topic)}" x="{x + 5}" y="{top:.1f}" width="{_STEP - 10}" height="{high:.1f}">'
            f"<title>{month:%b %Y}, {told}: {counts[topic]} {'tighten' if up else 'ease'}</title></rect>"
        )
        at = at - high if up else at + high
    return pieces
