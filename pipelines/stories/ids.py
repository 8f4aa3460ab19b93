"""Story ids: nine characters that name the day of the story and hash its first report.

Short enough to type after ``/story``, and the day says in which chunk the judged story is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_FIRST_DAY = date(2020, 1, 1)


def story_id(report_id: str, first_seen: datetime, taken: Callable[[str], bool] = lambda _: False) -> str:
    """The id of a story that begins with this report: the same input gives the same id.

    ``taken`` says that another story has an id already; one in two thousand million does by chance.
    """
    days = (first_seen.astimezone(UTC).date() - _FIRST_DAY).days
    day = _base36(min(max(days, 0), 36**3 - 1), 3)
    for salt in range(1000):
        digest = sha256(f"{salt}:{report_id}".encode() if salt else report_id.encode()).digest()
        candidate = day + _base36(int.from_bytes(digest[:8], "big") % 36**6, 6)
        if not taken(candidate):
            return candidate
    raise ValueError(f"no free story id for report {report_id[:40]!r}")


def day_of(story: str) -> date:
    """The UTC day of a story's first report; raises ``ValueError`` for what is no story id."""
    if not is_story_id(story):
        raise ValueError(f"{story[:20]!r} is no story id: nine letters and digits, like 1y4k0x9ab")
    return _FIRST_DAY + timedelta(days=int(story[:3], 36))


def is_story_id(text: str) -> bool:
    """Whether the text has the form of a story id."""
    return len(text) == 9 and all(character in _DIGITS for character in text)


def _base36(number: int, width: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return digits.rjust(width, "0")
