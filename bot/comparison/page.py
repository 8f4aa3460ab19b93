"""A comparison as one self-contained page: nothing is fetched, no script runs, and all text is escaped. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from html import escape

from bot.comparison.sides import Side, as_sides
from bot.document import as_document, read_style
from bot.text import shown
from bot.words import TOPICS
from rules.compare import Comparison, Difference, Kind

_WIDTH, _HEIGHT, _LEFT, _BASE = 920, 170, 40, 140
MOST = 500
"""Stories of a kind on the page: more than anyone reads, and a browser still opens it."""


def as_page(found: Comparison, old: Side, new: Side) -> str:
    """The page: counts, a timeline, and each story that is judged differently with the reasons of both sides."""
    body = f"<main>\n{chr(10).join(_body(found, old, new))}\n</main>"
    return as_document("Lodestone: rules compared", read_style("bot.evaluation", "bot.comparison"), body)


def _body(found: Comparison, old: Side, new: Side) -> Iterator[str]:
    stories = "1 story" if found.stories == 1 else f"{found.stories:,} stories"
    names = f"From {shown(old.name, 120)} to {shown(new.name, 120)}, on {stories}."
    yield f"<header><h1>What the rules change</h1><p>{escape(names)}</p></header>"
    tiles = "".join(
        f'<div class="tile"><b>{len(found.of(kind)):,}</b><span class="{kind}">{kind}</span></div>' for kind in Kind
    )
    same = found.stories - len(found.differences)
    yield f'<div class="tiles">{tiles}<div class="tile"><b>{same:,}</b><span>unchanged</span></div></div>'
    if found.differences:
        yield _section(
            "By day", "Gained above the line, lost below it; changed in outline.", _timeline(found.differences)
        )
        yield _section("By topic", "A story of two topics counts in both.", _topics(found))
    words = {
        Kind.GAINED: "Structural by the new rules only.",
        Kind.LOST: "Structural by the old rules only.",
        Kind.CHANGED: "Another label or severity.",
    }
    for kind in Kind:
        if differences := found.of(kind):
            more = f" The first {MOST} of {len(differences):,}; --json tells all." if len(differences) > MOST else ""
            told = "".join(_story(each, old, new) for each in differences[:MOST])
            yield _section(kind.capitalize(), f"{words[kind]}{more}", told)
    if not found.differences:
        yield _section("Nothing changes", "Every story has the same label and severity under both.", "")


def _section(title: str, words: str, body: str) -> str:
    return f'<section><h2>{escape(title)}</h2><p>{escape(words)}</p><div class="wide">{body}</div></section>'


def _timeline(differences: Sequence[Difference]) -> str:
    """Bars by day: gained upward, lost downward, changed as an outline on top of gained."""
    counts: dict[date, Counter[Kind]] = {}
    for each in differences:
        counts.setdefault(each.at.date(), Counter())[each.kind] += 1
    first, last = min(counts), max(counts)
    days = (last - first).days + 1
    most = max(max(count[Kind.GAINED] + count[Kind.CHANGED], count[Kind.LOST]) for count in counts.values())
    step = (_WIDTH - _LEFT - 10) / days
    middle, half = _BASE / 2 + 5, _BASE / 2 - 10
    body = [f'<path class="grid" d="M{_LEFT} {middle}H{_WIDTH - 10}"/>']
    for day, count in sorted(counts.items()):
        x, wide = _LEFT + (day - first).days * step + step * 0.1, max(1.5, min(step * 0.8, 36))
        at = middle
        for kind, way in ((Kind.GAINED, -1), (Kind.CHANGED, -1), (Kind.LOST, 1)):
            high = count[kind] / most * half
            if not high:
                continue
            top = at - high if way < 0 else middle
            tip = f"{day:%d %b %Y}: {count[kind]} {kind}"
            body.append(
                f'<rect class="{kind}" x="{x:.1f}" y="{top:.1f}" width="{wide:.1f}" height="{high:.1f}">'
                f"<title>{tip}</title></rect>"
            )
            at = top if way < 0 else at
    labels = f'<text x="{_LEFT}" y="{_HEIGHT - 12}">{first:%d %b %Y}</text>' + (
        f'<text x="{_WIDTH - 10}" y="{_HEIGHT - 12}" text-anchor="end">{last:%d %b %Y}</text>' if last > first else ""
    )
    scale = f'<text x="{_LEFT - 8}" y="{middle - half + 4:.0f}" text-anchor="end">{most}</text>'
    name = "Stories gained, lost and changed, by day"
    return f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{name}">{"".join(body)}{labels}{scale}</svg>'


def _topics(found: Comparison) -> str:
    head = "<tr><th></th>" + "".join(f'<th class="n">{kind}</th>' for kind in Kind) + "</tr>"
    rows = "".join(
        f"<tr><td>{escape(TOPICS[topic])}</td>"
        + "".join(f'<td class="n {kind if counts[kind] else "soft"}">{counts[kind]}</td>' for kind in Kind)
        + "</tr>"
        for topic, counts in found.by_topic().items()
    )
    return f"<table>{head}{rows}</table>"


def _story(each: Difference, old: Side, new: Side) -> str:
    lead = each.story.lead
    publisher = shown(lead.source.publisher, 40)
    where = " · ".join(
        filter(None, (f"{each.at:%d %b %Y}", publisher, ", ".join(TOPICS[topic] for topic in lead.topics)))
    )
    return (
        f'<article><h3>{escape(shown(lead.title, 240))}</h3><div class="soft">{escape(where)}</div>'
        f"{as_sides(each, old, new)}</article>"
    )
