"""The clock on the chat's wall: each case is a few days of news, wishes and stops, and what was told when.

What is compared is the whole list, so that a line told twice, a line lost and a message at another minute all show.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.quiet import Quiet
from rules.verdict import Severity
from tests.conftest import Clock
from tests.delivery.days import Days
from tests.delivery.scene import CHAT

HIGH = Severity.HIGH
BERLIN, KARACHI = "Europe/Berlin", "Asia/Karachi"
NIGHT, WORKING_NIGHT = Quiet(22 * 60, 7 * 60), Quiet(22 * 60, 7 * 60, (0, 1, 2, 3, 4))
DIGEST = {"digest": (8 * 60,)}


# what it shows, the month, the chat's wishes, what happens and what is told, each as "day hh:mm ..." in UTC
CASES: list[tuple[str, str, dict[str, Any], str, str]] = [
    (
        "quiet hours over midnight; the gravest rings",
        "2027-01",
        {"zone": BERLIN, "quiet": NIGHT},
        "12 20:59 news a, 12 21:00 news b, 12 23:30 news c, 13 01:00 critical d, 13 05:59 news e, 13 06:01 news f",
        "12 20:59 a, 13 01:00 d, 13 06:00 digest b c e, 13 06:01 f",
    ),
    (
        "the night in which an hour is left out",
        "2027-03",
        {"zone": BERLIN, "quiet": NIGHT},
        (
            "27 20:59 news a, 27 21:00 news b, 28 00:59 news c, 28 01:00 news d, 28 05:01 news e, 28 19:59 news f, "
            "28 20:00 news g"
        ),
        "27 20:59 a, 28 05:00 digest b c d, 28 05:01 e, 28 19:59 f, 29 05:00 digest g",
    ),
    (
        "the night in which an hour comes twice",
        "2027-10",
        {"zone": BERLIN, "quiet": NIGHT},
        "30 19:59 news a, 30 20:00 news b, 31 00:30 news c, 31 01:30 news d, 31 05:59 news e, 31 06:01 news f",
        "30 19:59 a, 31 06:00 digest b c d e, 31 06:01 f",
    ),
    (
        "a digest at an hour that is left out comes an hour later, once",
        "2027-03",
        {"zone": BERLIN, "digest": (150,), "level": HIGH},
        "27 12:00 small a, 28 02:00 small b",
        "28 01:30 digest a, 29 00:30 digest b",
    ),
    (
        "a digest at an hour that comes twice comes the first time",
        "2027-10",
        {"zone": BERLIN, "digest": (150,), "level": HIGH},
        "30 12:00 small a, 31 00:45 small b",
        "31 00:30 digest a, 01 01:30 digest b",
    ),
    (
        "a mute that ends inside quiet hours",
        "2027-01",
        {"zone": "UTC", "quiet": NIGHT},
        "12 22:10 news a, 12 22:20 /mute rare earths 4h, 13 01:00 news b, 13 03:00 news c",
        "13 07:00 digest a c",
    ),
    (
        "a digest that was due while all stood still",
        "2027-01",
        {"zone": "UTC", "level": HIGH, **DIGEST},
        "12 06:00 small a, 12 07:00 stop, 13 09:30 small b, 14 10:30 start",
        "14 10:30 digest a, 15 08:00 digest b",
    ),
    (
        "quiet hours that ended while all stood still",
        "2027-01",
        {"zone": "UTC", "quiet": NIGHT},
        "12 23:00 news a, 12 23:30 stop, 13 12:00 news b, 13 12:01 start",
        "13 12:01 b, 13 12:01 digest a",
    ),
    (
        "a zone further east: what is planned comes sooner",
        "2027-01",
        {"zone": "UTC", "level": HIGH, **DIGEST},
        "12 01:00 small a, 12 02:00 /zone Lahore, 12 04:00 small b",
        "12 03:00 digest a, 13 03:00 digest b",
    ),
    (
        "a zone further west: what is planned comes later",
        "2027-01",
        {"zone": KARACHI, "level": HIGH, **DIGEST},
        "12 01:00 small a, 12 02:00 /zone New York",
        "12 13:00 digest a",
    ),
    (
        "a zone in which it is day: nothing waits any longer",
        "2027-01",
        {"zone": KARACHI, "quiet": NIGHT},
        "12 18:00 news a, 12 19:00 /zone London, 12 21:59 news b, 12 22:00 news c",
        "12 19:00 digest a, 12 21:59 b, 13 07:00 digest c",
    ),
    (
        "other hours while news waits",
        "2027-01",
        {"zone": "UTC", "quiet": NIGHT},
        (
            "12 23:00 news a, 12 23:10 /quiet 22:00-05:00, 13 06:00 news b, 13 22:30 news c, 13 23:00 /quiet off, "
            "13 23:10 news d"
        ),
        "13 05:00 digest a, 13 06:00 b, 13 23:00 digest c, 13 23:10 d",
    ),
    (
        "a digest every week, and one that is ended: what only it would have told goes, the rest comes in the morning",
        "2027-01",
        {"zone": "UTC", "level": HIGH, "budget": 0, **DIGEST},
        (
            "12 09:00 small a, 12 10:00 /digest weekly mon 09:00, 13 10:00 news b, 18 09:30 news c, 18 09:40 small d, "
            "19 10:00 /digest off"
        ),
        "18 09:00 digest a b, 20 08:00 digest c",
    ),
    (
        "a digest every week beside quiet nights: what is small waits for it",
        "2027-01",
        {"zone": "UTC", "quiet": NIGHT, "level": HIGH, "digest": (540,), "digest_days": (0,)},
        "12 09:00 small a, 12 23:00 news b, 13 23:00 small c, 14 23:00 news d, 18 09:10 small e, 18 23:00 news f",
        "13 07:00 digest b, 15 07:00 digest d, 18 09:00 digest a c, 19 07:00 digest f, 25 09:00 digest e",
    ),
    (
        "quiet on the nights of working days alone",
        "2027-01",
        {"zone": KARACHI, "quiet": WORKING_NIGHT},
        (
            "15 16:59 news a, 15 17:00 news b, 15 20:00 news c, 16 02:00 news d, 16 18:00 news e, 17 18:00 news f, "
            "18 18:00 news g"
        ),
        "15 16:59 a, 16 02:00 d, 16 02:00 digest b c, 16 18:00 e, 17 18:00 f, 19 02:00 digest g",
    ),
    (
        "a budget on the day line; the gravest counts and always comes",
        "2027-01",
        {"zone": KARACHI, "budget": 2, **DIGEST},
        (
            "12 18:00 news a, 12 18:30 critical b, 12 18:50 news c, 12 18:55 critical d, 12 19:00 news e, "
            "12 19:01 news f, 12 19:02 news g, 13 18:59 news h, 13 19:00 news i"
        ),
        (
            "12 18:00 a, 12 18:30 b, 12 18:55 d, 12 19:00 e, 12 19:01 f, 13 03:00 digest c g, 13 19:00 i, "
            "14 03:00 digest h"
        ),
    ),
    (
        "a budget on a day of 25 hours, told in the morning where there is no digest",
        "2027-10",
        {"zone": BERLIN, "budget": 1},
        "30 21:59 news a, 30 22:00 news b, 31 22:59 news c, 31 23:00 news d",
        "30 21:59 a, 30 22:00 b, 31 23:00 d, 01 07:00 digest c",
    ),
    (
        "a budget on a day of 23 hours",
        "2027-03",
        {"zone": BERLIN, "budget": 1},
        "27 22:59 news a, 27 23:00 news b, 28 21:59 news c, 28 22:00 news d",
        "27 22:59 a, 27 23:00 b, 28 22:00 d, 29 06:00 digest c",
    ),
    (
        "another zone gives no second budget for the same hours",
        "2027-01",
        {"zone": "UTC", "budget": 1, **DIGEST},
        "12 10:00 news a, 12 11:00 /zone Karachi, 12 12:00 news b, 12 18:59 news c, 12 19:00 news d",
        "12 10:00 a, 12 19:00 d, 13 03:00 digest b c",
    ),
    (
        "a budget and quiet hours together",
        "2027-01",
        {"zone": "UTC", "budget": 1, "quiet": NIGHT},
        (
            "12 10:00 news a, 12 12:00 news b, 12 23:00 news c, 13 06:00 critical d, 13 09:00 news e, "
            "13 10:00 /budget off, 13 10:01 news f"
        ),
        "12 10:00 a, 13 06:00 d, 13 07:00 digest b c, 13 10:00 digest e, 13 10:01 f",
    ),
]


def read(month: str, row: str) -> tuple[datetime, str]:
    day, clock, what = row.strip().split(" ", 2)
    return datetime.fromisoformat(f"{month}-{day}T{clock}").replace(tzinfo=UTC), what


@pytest.mark.parametrize(("month", "wishes", "script", "told"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
async def test_each_line_comes_once_and_at_its_time(
    days: Days, clock: Clock, month: str, wishes: dict[str, Any], script: str, told: str
) -> None:
    happens = [read(month, row) for row in script.split(", ")]
    clock.at = happens[0][0]
    await days.seat(**wishes)
    assert await days.go(happens, 8) == told.split(", ")
    assert await days.outbox.lines(CHAT) == ()


# --- the budget's count
