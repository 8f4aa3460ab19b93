"""A reading taken apart as a terminal shows it: the words, the act field by field, and why. Pure.

Colour is never the only sign: clauses stand in brackets, the governing verb has a mark, and kinds are named.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bot.text import shown
from pipelines.language.parts import Mark, Parts, Piece, Token
from rules.story import Report

_CODES = {
    "head": "1", "entity": "36", "topic": "32", "event": "35", "verb": "33", "governs": "1;4;33", "hedge": "31",
    "negation": "1;31", "time": "34", "form": "34", "flag": "2", "aside": "2", "soft": "2", "value": "1",
}  # fmt: skip
_GOVERNS = "▸"
_KINDS = ("entity", "verb", "event", "topic", "hedge", "negation", "time", "form", "flag")
_WORDS_SHOWN = 24
_TOKENS_SHOWN, _PIECES_SHOWN = 120, 40


@dataclass(frozen=True, slots=True)
class _Bit:
    """A run of text in one style."""

    text: str
    style: str = ""


def as_lines(parts: Parts, *, colour: bool, width: int = 100) -> str:
    """All parts, each section under its heading."""
    return "\n".join(_paint(line, colour=colour) for line in _lines(parts, max(40, min(width, 120)), colour=colour))


def as_row(report: Report, parts: Parts) -> dict[str, Any]:
    """The same for machines: the act's fields as they are, and the parts."""
    act = asdict(report.act)
    act["dates"] = [day.isoformat() for day in report.act.dates]
    return {
        "act": act,
        "driver": report.driver,
        "parts": {**asdict(parts), "learned": {head: dict(best) for head, best in parts.learned}},
    }


def _lines(parts: Parts, width: int, *, colour: bool) -> Iterator[list[_Bit]]:
    yield [_Bit("The words", "head")]
    if not parts.tokens:
        yield [_Bit("  no words in a language that is read; nothing is concluded from them", "soft")]
        return
    yield from _flow(_sentence(parts), width, 2)
    yield from _flow(_legend(colour=colour), width, 2)
    yield []
    yield from _table([(_phrase(each), _marks(each)) for each in parts.pieces[:_PIECES_SHOWN]], width)
    yield []
    yield [_Bit("The act, and where each field came from", "head")]
    said = [each for each in parts.fields if each.value]
    wide = max(_cells(each.value) for each in said)
    rows = []
    for each in said:
        value = [_Bit(shown(each.value, 60) + " " * max(0, min(wide, 36) - _cells(each.value)) + "  ", "value")]
        rows.append(([_Bit(each.name)], [*value, *_split(shown(each.source, 400), "soft")]))
    yield from _table(rows, width, min(wide, 36) + 2)
    if missing := [each.name for each in parts.fields if not each.value]:
        yield from _flow(_split(f"not said: {', '.join(dict.fromkeys(missing))}", "soft"), width, 2)
    yield []
    yield from _topics(parts, width)
    yield from _weighed(parts, width)
    yield from _learned(parts, width)


def _sentence(parts: Parts) -> Iterator[_Bit]:
    """The tokens with the bounds of the clauses."""
    opening = {clause.start: "[" if clause.main else "(" for clause in parts.clauses if clause.end > clause.start}
    closing = {clause.end - 1: "]" if clause.main else ")" for clause in parts.clauses if clause.end > clause.start}
    marked = {piece.start for piece in parts.pieces if piece.governs}
    for index, token in enumerate(parts.tokens[:_TOKENS_SHOWN]):
        if index in opening:
            yield _Bit(opening[index], "soft")
        yield _token(token, marked=index in marked)
        if index in closing:
            yield _Bit(closing[index], "soft")
        if token.spaced:
            yield _Bit(" ")
    if len(parts.tokens) > _TOKENS_SHOWN:
        yield _Bit(" …")


def _token(token: Token, *, marked: bool) -> _Bit:
    word = (_GOVERNS if marked else "") + shown(token.text, 60)
    return _Bit(word, "governs" if token.governs else token.kind)


def _legend(*, colour: bool) -> Iterator[_Bit]:
    if colour:
        for kind in _KINDS:
            yield _Bit(kind, kind)
            yield _Bit(" ")
        yield _Bit("  ")
    yield from _split(f"[main clause] (side clause) {_GOVERNS}governing verb", "soft")


def _phrase(piece: Piece) -> list[_Bit]:
    text = shown(piece.text, 60)
    return [_Bit(_GOVERNS + text, "governs") if piece.governs else _Bit(text, piece.marks[0].kind)]


def _marks(piece: Piece) -> list[_Bit]:
    """What a phrase was taken for, by kind; several of one kind share its name."""
    bits: list[_Bit] = []
    by_kind: dict[str, list[Mark]] = {}
    for mark in piece.marks:
        by_kind.setdefault(mark.kind, []).append(mark)
    for kind, marks in by_kind.items():
        bits += [_Bit(" · ", "soft")] if bits else []
        bits += [_Bit(kind, kind), _Bit(" "), *_split(", ".join(_named(mark) for mark in marks))]
    return bits


def _named(mark: Mark) -> str:
    if mark.kind in ("topic", "event"):
        return f"{mark.name} {mark.detail}"
    if mark.kind in ("hedge", "negation", "time", "aside") or mark.name == "chamber":
        return mark.detail
    return f"{mark.name} ({mark.detail})" if mark.detail else mark.name


def _topics(parts: Parts, width: int) -> Iterator[list[_Bit]]:
    yield [_Bit("Topics", "head")]
    rows = []
    for each in parts.topics:
        points = ", ".join(f"{shown(word, 60)} {number:+d}" for word, number in each.points) or each.otherwise
        value = [_Bit(f"{each.probability:.2f}  ", "value")]
        rows.append(([_Bit(each.topic, "topic")], [*value, *_split(points, "soft")]))
    yield from _table(rows, width)
    if not rows:
        yield [_Bit("  none reached its cut", "soft")]
    yield []


def _weighed(parts: Parts, width: int) -> Iterator[list[_Bit]]:
    found = parts.weighed
    if found is None:
        return
    other = "" if abs(found.chance - found.alone) < 0.0015 else f"; the lexicon alone says {found.alone:.3f}"
    yield [_Bit("Structural", "head"), _Bit(f"  p {found.chance:.3f}, called so from {found.cut:g}{other}")]
    sides = (
        ("for", [f"{name} {weight:+g}" for name, weight in found.evidence if weight > 0]),
        ("against", [f"before any evidence {found.bias:+g}"] + [f"{n} {w:+g}" for n, w in found.evidence if w < 0]),
    )
    rows = [([_Bit(side)], _split(", ".join(words) or "nothing", "soft")) for side, words in sides]
    yield from _table(rows, width)


def _learned(parts: Parts, width: int) -> Iterator[list[_Bit]]:
    """The place of the learned model's probabilities."""
    if not parts.learned:
        return
    yield []
    yield [_Bit("What the learned model says", "head")]
    rows = []
    for head, best in parts.learned:
        words = ", ".join(f"{shown(word, 40)} {chance:.2f}" for word, chance in best)
        rows.append(([_Bit(head)], _split(words)))
    yield from _table(rows, width)


def _table(rows: Sequence[tuple[list[_Bit], list[_Bit]]], width: int, deeper: int = 0) -> Iterator[list[_Bit]]:
    """Two columns; the second wraps under itself, so much ``deeper`` where there is room."""
    first = min(_WORDS_SHOWN, max((_length(left) for left, _ in rows), default=0))
    for left, right in rows:
        pad = [_Bit(" " * max(2, first + 2 - _length(left)))]
        yield from _flow([*left, *pad, *right], width, 2, first + 4 + (deeper if first + deeper < width // 2 else 0))


def _flow(bits: Iterable[_Bit], width: int, indent: int, hanging: int | None = None) -> Iterator[list[_Bit]]:
    """The bits in lines of at most ``width`` cells, broken where a bit is a space or begins a word."""
    line, used = [_Bit(" " * indent)], indent
    under = indent if hanging is None else hanging
    for bit in bits:
        size = _cells(bit.text)
        # An opening bracket stays with the word that follows it.
        if (
            used + size + (12 if bit.text in ("[", "(") else 0) > width
            and used > under
            and bit.text.strip() not in (",", ".", ")", "]")
        ):
            yield line
            line, used = [_Bit(" " * under)], under
            if not bit.text.strip():
                continue
        line.append(bit)
        used += size
    yield line


def _split(text: str, style: str = "") -> list[_Bit]:
    """Words and the spaces between them, so that a line may break there."""
    words = text.split(" ")
    return [bit for index, word in enumerate(words) for bit in ([_Bit(" ")] * (index > 0) + [_Bit(word, style)])]


def _paint(line: Sequence[_Bit], *, colour: bool) -> str:
    if not colour:
        return "".join(bit.text for bit in line).rstrip()
    return "".join(
        f"\x1b[{_CODES[bit.style]}m{bit.text}\x1b[0m" if bit.style in _CODES and bit.text.strip() else bit.text
        for bit in line
    ).rstrip()


def _length(bits: Sequence[_Bit]) -> int:
    return sum(_cells(bit.text) for bit in bits)


def _cells(text: str) -> int:
    """How many columns of a terminal a text takes: letters of the Far East take two, accents none."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )
