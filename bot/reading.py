"""A reading taken apart as a terminal shows it: the words, the act field by field, and why. Pure.

Colour is never the only sign: clauses stand in brackets, the governing verb has a mark, and kinds are named.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from bot.columns import Bit, cells, flow, paint, split, table
from bot.text import shown
from pipelines.language.parts import Mark, Parts, Piece, Token
from rules.story import Report

_GOVERNS = "▸"
_KINDS = ("entity", "verb", "event", "topic", "hedge", "negation", "time", "form", "flag")
_TOKENS_SHOWN, _PIECES_SHOWN = 120, 40


def as_lines(parts: Parts, *, colour: bool, width: int = 100) -> str:
    """All parts, each section under its heading."""
    return "\n".join(paint(line, colour=colour) for line in _lines(parts, max(40, min(width, 120)), colour=colour))


def as_row(report: Report, parts: Parts) -> dict[str, Any]:
    """The same for machines: the act's fields as they are, and the parts."""
    act = asdict(report.act)
    act["dates"] = [day.isoformat() for day in report.act.dates]
    return {
        "act": act,
        "driver": report.driver,
        "parts": {**asdict(parts), "learned": {head: dict(best) for head, best in parts.learned}},
    }


def _lines(parts: Parts, width: int, *, colour: bool) -> Iterator[list[Bit]]:
    yield [Bit("The words", "head")]
    if not parts.tokens:
        yield [Bit("  no words in a language that is read; nothing is concluded from them", "soft")]
        return
    yield from flow(_sentence(parts), width, 2)
    yield from flow(_legend(colour=colour), width, 2)
    yield []
    yield from table([(_phrase(each), _marks(each)) for each in parts.pieces[:_PIECES_SHOWN]], width)
    yield []
    yield [Bit("The act, and where each field came from", "head")]
    said = [each for each in parts.fields if each.value]
    wide = max(cells(each.value) for each in said)
    rows = []
    for each in said:
        value = [Bit(shown(each.value, 60) + " " * max(0, min(wide, 36) - cells(each.value)) + "  ", "value")]
        rows.append(([Bit(each.name)], [*value, *split(shown(each.source, 400), "soft")]))
    yield from table(rows, width, min(wide, 36) + 2)
    if missing := [each.name for each in parts.fields if not each.value]:
        yield from flow(split(f"not said: {', '.join(dict.fromkeys(missing))}", "soft"), width, 2)
    yield []
    yield from _topics(parts, width)
    yield from _weighed(parts, width)
    yield from _learned(parts, width)


def _sentence(parts: Parts) -> Iterator[Bit]:
    """The tokens with the bounds of the clauses."""
    opening = {clause.start: "[" if clause.main else "(" for clause in parts.clauses if clause.end > clause.start}
    closing = {clause.end - 1: "]" if clause.main else ")" for clause in parts.clauses if clause.end > clause.start}
    marked = {piece.start for piece in parts.pieces if piece.governs}
    for index, token in enumerate(parts.tokens[:_TOKENS_SHOWN]):
        if index in opening:
            yield Bit(opening[index], "soft")
        yield _token(token, marked=index in marked)
        if index in closing:
            yield Bit(closing[index], "soft")
        if token.spaced:
            yield Bit(" ")
    if len(parts.tokens) > _TOKENS_SHOWN:
        yield Bit(" …")


def _token(token: Token, *, marked: bool) -> Bit:
    word = (_GOVERNS if marked else "") + shown(token.text, 60)
    return Bit(word, "governs" if token.governs else token.kind)


def _legend(*, colour: bool) -> Iterator[Bit]:
    if colour:
        for kind in _KINDS:
            yield Bit(kind, kind)
            yield Bit(" ")
        yield Bit("  ")
    yield from split(f"[main clause] (side clause) {_GOVERNS}governing verb", "soft")


def _phrase(piece: Piece) -> list[Bit]:
    text = shown(piece.text, 60)
    return [Bit(_GOVERNS + text, "governs") if piece.governs else Bit(text, piece.marks[0].kind)]


def _marks(piece: Piece) -> list[Bit]:
    """What a phrase was taken for, by kind; several of one kind share its name."""
    bits: list[Bit] = []
    by_kind: dict[str, list[Mark]] = {}
    for mark in piece.marks:
        by_kind.setdefault(mark.kind, []).append(mark)
    for kind, marks in by_kind.items():
        bits += [Bit(" · ", "soft")] if bits else []
        bits += [Bit(kind, kind), Bit(" "), *split(", ".join(_named(mark) for mark in marks))]
    return bits


def _named(mark: Mark) -> str:
    if mark.kind in ("topic", "event"):
        return f"{mark.name} {mark.detail}"
    if mark.kind in ("hedge", "negation", "time", "aside") or mark.name == "chamber":
        return mark.detail
    return f"{mark.name} ({mark.detail})" if mark.detail else mark.name


def _topics(parts: Parts, width: int) -> Iterator[list[Bit]]:
    yield [Bit("Topics", "head")]
    rows = []
    for each in parts.topics:
        points = ", ".join(f"{shown(word, 60)} {number:+d}" for word, number in each.points) or each.otherwise
        value = [Bit(f"{each.probability:.2f}  ", "value")]
        rows.append(([Bit(each.topic, "topic")], [*value, *split(points, "soft")]))
    yield from table(rows, width)
    if not rows:
        yield [Bit("  none reached its cut", "soft")]
    yield []


def _weighed(parts: Parts, width: int) -> Iterator[list[Bit]]:
    found = parts.weighed
    if found is None:
        return
    other = "" if abs(found.chance - found.alone) < 0.0015 else f"; the lexicon alone says {found.alone:.3f}"
    yield [Bit("Structural", "head"), Bit(f"  p {found.chance:.3f}, called so from {found.cut:g}{other}")]
    sides = (
        ("for", [f"{name} {weight:+g}" for name, weight in found.evidence if weight > 0]),
        ("against", [f"before any evidence {found.bias:+g}"] + [f"{n} {w:+g}" for n, w in found.evidence if w < 0]),
    )
    rows = [([Bit(side)], split(", ".join(words) or "nothing", "soft")) for side, words in sides]
    yield from table(rows, width)


def _learned(parts: Parts, width: int) -> Iterator[list[Bit]]:
    """The place of the learned model's probabilities."""
    if not parts.learned:
        return
    yield []
    yield [Bit("What the learned model says", "head")]
    rows = []
    for head, best in parts.learned:
        words = ", ".join(f"{shown(word, 40)} {chance:.2f}" for word, chance in best)
        rows.append(([Bit(head)], split(words)))
    yield from table(rows, width)
