"""Reads the dates of feeds. Pure. feedparser's own reading is silently wrong for zone names, slashes and more."""

from __future__ import annotations

import email.utils
import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, timezone

# Only zones that mean one thing in feeds; "IST" is taken as India's, by far the most frequent.
_ZONES = {
    "Z": 0, "UTC": 0, "UT": 0, "GMT": 0, "WET": 0, "BST": 1, "WEST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3,
    "MSK": 3, "PKT": 5, "IST": 5.5, "HKT": 8, "SGT": 8, "AWST": 8, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11,
    "NZST": 12, "NZDT": 13, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
}  # fmt: skip
_ZONE_TAIL = re.compile(r"\s*(?:\(([A-Z]{1,5})\)|\b([A-Z]{1,5})|(?:GMT|UTC)?([+-])(\d{1,2}):?(\d{2})?)$")
_YEAR_FIRST = re.compile(r"(\d{4})[/.年-](\d{1,2})[/.月-](\d{1,2})日?")
_YEAR_LAST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_DAYNAME = re.compile(r"^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+", re.IGNORECASE)
_FORMS = (
    "%b %d, %Y %I:%M %p", "%B %d, %Y %I:%M %p", "%b %d, %Y %H:%M", "%B %d, %Y %H:%M", "%b %d, %Y", "%B %d, %Y",
    "%d %b %Y", "%d %B %Y", "%d-%b-%y %H:%M:%S", "%d-%b-%Y %H:%M:%S",
)  # fmt: skip
_EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)
_LONGEST = 60

MAX_AGE = timedelta(days=7)
"""An item that calls itself older than this is not news, whenever it turns up."""
SLACK = timedelta(minutes=10)
AHEAD = timedelta(days=4)
"""A register lists Monday's issue on Friday, and a missing zone is off by hours: so far ahead still means new."""


@dataclass(frozen=True, slots=True)
class Age:
    """When an item counts as published, and whether that is ``known`` and ``stale`` by the item's own word."""

    published: datetime
    known: bool
    stale: bool


def judge_age(stated: datetime | None, now: datetime) -> Age:
    """What to make of an item's stated time: missing or absurd becomes ``now``, the near future becomes ``now``."""
    if stated is None or stated < _EARLIEST or stated > now + AHEAD:
        return Age(now, known=False, stale=False)
    if stated > now + SLACK:
        return Age(now, known=True, stale=False)
    return Age(stated, known=True, stale=stated < now - MAX_AGE)


def parse_date(text: str) -> datetime | None:
    """The moment that a feed's date names, in UTC; None rather than a guess. Without a zone it is taken as UTC."""
    text = " ".join(text.split())
    if not text or len(text) > _LONGEST:
        return None
    for read in (_iso, _mail, _other):
        try:
            moment = read(text)
            if moment is not None:
                return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError, TypeError, IndexError):
            continue
    return None


def _iso(text: str) -> datetime | None:
    return datetime.fromisoformat(text.upper()) if text[:4].isdecimal() and not text.isdecimal() else None


def _mail(text: str) -> datetime | None:
    """RFC 822 and its kin, with the zone names that the standard leaves out."""
    if "-" in text.partition(":")[0]:
        return None
    moment = email.utils.parsedate_to_datetime(text)
    _, zone = _cut_zone(text)
    return moment if moment.tzinfo and zone is None else moment.replace(tzinfo=zone or UTC)


def _other(text: str) -> datetime | None:
    """Slashes, dots, Chinese and Japanese dates, month names first, and seconds since 1970."""
    if text.isdecimal():
        seconds = int(text) / (1000 if len(text) == 13 else 1)
        return datetime.fromtimestamp(seconds, UTC) if len(text) in {10, 13} else None
    rest, zone = _cut_zone(_DAYNAME.sub("", text))
    if match := _YEAR_FIRST.match(rest):
        year, month, day = (int(part) for part in match.groups())
    elif match := _YEAR_LAST.match(rest):
        first, second, year = (int(part) for part in match.groups())
        if first <= 12 and second <= 12 and first != second:
            return None  # 3/4 is April to some and March to others
        day, month = (first, second) if first > 12 or first == second else (second, first)
    else:
        return _by_form(rest, zone)
    return datetime.combine(datetime(year, month, day), _clock(rest[match.end() :]), tzinfo=zone or UTC)  # noqa: DTZ001


def _by_form(text: str, zone: timezone | None) -> datetime | None:
    for form in _FORMS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=zone or UTC)
        except ValueError:
            continue
    return None


def _clock(text: str) -> time:
    match = re.search(r"(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([AaPp][Mm])?", text)
    if match is None:
        return time()
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    if match[4]:
        hour = hour % 12 + (12 if match[4].lower() == "pm" else 0)
    return time(hour, minute, second)


def _cut_zone(text: str) -> tuple[str, timezone | None]:
    """The text without its zone, and the zone where its name or offset is known."""
    match = _ZONE_TAIL.search(text)
    if match is None:
        return text, None
    name = match[1] or match[2]
    if name:
        hours = _ZONES.get(name)
        return (text, None) if hours is None else (text[: match.start()], timezone(timedelta(hours=hours)))
    offset = timedelta(hours=int(match[4]), minutes=int(match[5] or 0)) * (-1 if match[3] == "-" else 1)
    return text[: match.start()], timezone(offset)
