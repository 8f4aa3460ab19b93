"""Finds the phrases of many lists in a title in one pass over its words. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

_NO_WORD = re.compile(r"[^\w%$]+")
_GAP = ".."
_WIDEST_GAP = 3

Place = tuple[int, int]
"""Where a phrase stands: the number of its first word, and its words with a minus, so that of two that begin together
the longer one is the lesser."""


def fold(text: str) -> str:
    """A title or a phrase as it is compared: lower case, hyphens and dots as spaces, words one space apart."""
    return " ".join(_NO_WORD.sub(" ", text.replace("\u2019", "'").lower().replace("'s ", " ")).split())


class Phrases:
    """Lists of phrases by name. Within a phrase ``..`` stands for up to three words."""

    def __init__(self, lists: Mapping[str, Iterable[str]]) -> None:
        self._by_first: dict[str, list[tuple[str, tuple[tuple[str, ...], ...]]]] = {}
        for name, phrases in lists.items():
            for phrase in phrases:
                parts = tuple(tuple(fold(part).split()) for part in phrase.split(f" {_GAP} "))
                if not all(parts):
                    raise ValueError(f"{name}: {phrase!r} has a part without a word")
                self._by_first.setdefault(parts[0][0], []).append((name, parts))

    def find(self, words: Sequence[str]) -> dict[str, Place]:
        """The first place of each list that has a phrase in these folded words."""
        found: dict[str, Place] = {}
        for at, word in enumerate(words):
            for name, parts in self._by_first.get(word, ()):
                length = _length_at(words, at, parts)
                if length and (name not in found or (at, -length) < found[name]):
                    found[name] = (at, -length)
        return found


def _length_at(words: Sequence[str], at: int, parts: tuple[tuple[str, ...], ...]) -> int:
    """How many words from here are the phrase; 0 where it does not stand here."""
    end = at
    for number, part in enumerate(parts):
        for start in range(end, end + (_WIDEST_GAP + 1 if number else 1)):
            if tuple(words[start : start + len(part)]) == part:
                end = start + len(part)
                break
        else:
            return 0
    return end - at
