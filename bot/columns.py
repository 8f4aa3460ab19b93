"""Styled runs of text in lines and columns, as a terminal shows them. Pure.

Colour is never the only sign of anything.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

_CODES = {
    "head": "1", "entity": "36", "topic": "32", "event": "35", "verb": "33", "governs": "1;4;33", "hedge": "31",
    "negation": "1;31", "time": "34", "form": "34", "flag": "2", "aside": "2", "soft": "2", "value": "1",
}  # fmt: skip
_WORDS_SHOWN = 24


@dataclass(frozen=True, slots=True)
class Bit:
    """A run of text in one style."""

    text: str
    style: str = ""


def table(rows: Sequence[tuple[list[Bit], list[Bit]]], width: int, deeper: int = 0) -> Iterator[list[Bit]]:
    """Two columns; the second wraps under itself, so much ``deeper`` where there is room."""
    first = min(_WORDS_SHOWN, max((length(left) for left, _ in rows), default=0))
    for left, right in rows:
        pad = [Bit(" " * max(2, first + 2 - length(left)))]
        yield from flow([*left, *pad, *right], width, 2, first + 4 + (deeper if first + deeper < width // 2 else 0))


def flow(bits: Iterable[Bit], width: int, indent: int, hanging: int | None = None) -> Iterator[list[Bit]]:
    """The bits in lines of at most ``width`` cells, broken where a bit is a space or begins a word."""
    line, used = [Bit(" " * indent)], indent
    under = indent if hanging is None else hanging
    for bit in bits:
        size = cells(bit.text)
        # An opening bracket stays with the word that follows it.
        if (
            used + size + (12 if bit.text in ("[", "(") else 0) > width
            and used > under
            and bit.text.strip() not in (",", ".", ")", "]")
        ):
            yield line
            line, used = [Bit(" " * under)], under
            if not bit.text.strip():
                continue
        line.append(bit)
        used += size
    yield line


def split(text: str, style: str = "") -> list[Bit]:
    """Words and the spaces between them, so that a line may break there."""
    words = text.split(" ")
    return [bit for index, word in enumerate(words) for bit in ([Bit(" ")] * (index > 0) + [Bit(word, style)])]


def paint(line: Sequence[Bit], *, colour: bool) -> str:
    """The line as text, its styles as ANSI codes where ``colour``."""
    if not colour:
        return "".join(bit.text for bit in line).rstrip()
    return "".join(
        f"\x1b[{_CODES[bit.style]}m{bit.text}\x1b[0m" if bit.style in _CODES and bit.text.strip() else bit.text
        for bit in line
    ).rstrip()


def length(bits: Sequence[Bit]) -> int:
    """How many columns the bits take together."""
    return sum(cells(bit.text) for bit in bits)


def cells(text: str) -> int:
    """How many columns of a terminal a text takes: letters of the Far East take two, accents none."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )
