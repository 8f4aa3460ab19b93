"""Cuts a text into the pieces of a vocabulary: WordPiece (Schuster and Nakajima 2012), as uncased BERT has it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

LONGEST = 64
"""Pieces of a text that are read, the two that frame it included; a headline has about twenty."""
_LONGEST_WORD = 40
_ASCII_WORDS = re.compile(r"[a-z0-9]+|[!-/:-@\[-`{-~]")


class WordPiece:
    """Turns texts into piece numbers. ``vocabulary`` lists the pieces; a leading ``##`` continues a word."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self._numbers = {piece: number for number, piece in enumerate(vocabulary)}
        self._unknown = self._numbers["[UNK]"]
        self._first, self._last = self._numbers["[CLS]"], self._numbers["[SEP]"]

    def numbers(self, text: str) -> list[int]:
        """The piece numbers of a text, framed by start and end; at most ``LONGEST``."""
        found: list[int] = []
        for word in words(text):
            found += self._pieces(word)
            if len(found) >= LONGEST - 2:
                break
        return [self._first, *found[: LONGEST - 2], self._last]

    def _pieces(self, word: str) -> list[int]:
        """The longest piece first, from the left; a word that cannot be cut is unknown."""
        if len(word) > _LONGEST_WORD:
            return [self._unknown]
        found: list[int] = []
        start = 0
        while start < len(word):
            prefix = "##" if start else ""
            for end in range(len(word), start, -1):
                number = self._numbers.get(prefix + word[start:end])
                if number is not None:
                    found.append(number)
                    start = end
                    break
            else:
                return [self._unknown]
        return found


def words(text: str) -> list[str]:
    """Lower-case words without accents; each mark of punctuation stands alone."""
    if text.isascii():
        return _ASCII_WORDS.findall(text.lower())
    plain = unicodedata.normalize("NFD", text.lower())
    spaced = "".join(
        f" {char} " if _alone(char) else char for char in plain if unicodedata.category(char) not in ("Mn", "Cc", "Cf")
    )
    return spaced.split()


def _alone(char: str) -> bool:
    """Whether a character is a token by itself: punctuation and signs."""
    return not char.isalnum() and not char.isspace() and (char.isascii() or unicodedata.category(char)[0] == "P")
