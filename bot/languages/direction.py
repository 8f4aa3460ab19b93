"""Lines that read from the right, with latin names inside them. Pure.

Telegram gives a line the direction of its first letter, so that an Urdu line that begins with "BTC" would be laid out
as an English one; the marks here are those of Unicode's bidirectional algorithm (UAX #9).
"""

from __future__ import annotations

import re
import unicodedata

RIGHT_TO_LEFT_MARK, LEFT_TO_RIGHT_MARK = "\u200f", "\u200e"
_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"
_ISOLATES = "\u2066\u2067\u2068"
_RIGHT = ("R", "AL")
_BLOCKS = re.compile("[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]")
"""Where Unicode keeps right-to-left letters: most lines have none, and need not be looked at letter by letter."""
_TURNED = str.maketrans("→←↳", "←→↲")


def turned(text: str) -> str:
    """The text with its arrows the other way round, as they point where one reads from the right."""
    return text.translate(_TURNED)


def closed(text: str) -> str:
    """A text that was cut, with what it isolates ended: else the rest of the line would belong to it."""
    opened = sum(text.count(isolate) for isolate in _ISOLATES)
    return text + _POP_ISOLATE * (opened - text.count(_POP_ISOLATE))


def apart(text: str) -> str:
    """The text so wrapped, where it holds latin letters or digits and no others, that it keeps its own order."""
    if _BLOCKS.search(text) or text.startswith(_FIRST_STRONG_ISOLATE) or not any(map(str.isalnum, text)):
        return text
    return f"{_FIRST_STRONG_ISOLATE}{text}{_POP_ISOLATE}"


def begins_at_the_right(line: str) -> bool:
    """Whether a line holds right-to-left letters of our own; what comes from outside is isolated."""
    if not _BLOCKS.search(line):
        return False
    depth = 0
    for char in line:
        if char in _ISOLATES:
            depth += 1
        elif char == _POP_ISOLATE:
            depth -= 1
        elif depth <= 0 and unicodedata.bidirectional(char) in _RIGHT:
            return True
    return False
