"""What people mean when they type hours: "22:00-07:00 weekdays Lahore", "10pm to 7 am", "weekly mon 9". Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.quiet import EVERY_DAY, MINUTES_A_DAY

_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_OWN = (
    ("lunes", "lun", "پیر", "周一", "星期一", "每周一"),
    ("martes", "منگل", "周二", "星期二", "每周二"),
    ("miércoles", "miercoles", "mié", "بدھ", "周三", "星期三", "每周三"),
    ("jueves", "jue", "جمعرات", "周四", "星期四", "每周四"),
    ("viernes", "vie", "جمعہ", "周五", "星期五", "每周五"),
    ("sábado", "sábados", "sabado", "sáb", "ہفتہ", "周六", "星期六", "每周六"),
    ("domingo", "domingos", "dom", "اتوار", "周日", "星期日", "星期天", "每周日"),
)
"""Monday to Sunday in the other languages that are spoken here, less what begins the name of a city."""
_SHORT = {"tues": 1, "weds": 2, "thur": 3, "thurs": 3}
_DAYS: Mapping[str, tuple[int, ...]] = {
    **{word: (day,) for day, name in enumerate(_NAMES) for word in (name, f"{name}s", name[:3])},
    **{word: (day,) for word, day in _SHORT.items()},
    **{word: (day,) for day, words in enumerate(_OWN) for word in words},
    **dict.fromkeys(("laborables", "entresemana", "工作日"), (0, 1, 2, 3, 4)),
    **dict.fromkeys(("周末",), (5, 6)),
    **dict.fromkeys(("diario", "diaria", "diariamente", "روزانہ", "每天", "每日"), EVERY_DAY),
    **dict.fromkeys(("weekday", "weekdays", "workday", "workdays", "working"), (0, 1, 2, 3, 4)),
    **dict.fromkeys(("weekend", "weekends"), (5, 6)),
    **dict.fromkeys(("daily", "everyday", "nightly", "day", "days", "always"), EVERY_DAY),
}
_OFF = frozenset(
    {"off", "none", "no", "never", "stop", "disable", "cancel", "unset", "desactivar", "بند", "关闭", "关"}
)
_BUT = frozenset({"except", "but", "without", "not", "excluding"})
_TO = frozenset({"-", "to", "until", "till", "til", "through", "thru"})
_FILLERS = frozenset(
    {
        *("from", "between", "at", "on", "in", "the", "every", "each", "all", "and", "or", "of", "my", "please", "for"),
        *("quiet", "hours", "digest", "time", "zone", "timezone", "tz", "o'clock", "oclock", "night", "nights", "a"),
        *("morning", "evening", "clock", "only", "set", "me"),
        *("cada", "y", "اور", "سے", "تک", "بجے", "和"),
    }
)
_TOKEN = re.compile(
    r"(?P<zone>[a-z_]+/[a-z_/+\-0-9]+|(?:utc|gmt)\s*[+-]\s*\d{1,2}(?::?\d\d)?(?!\d)|(?<!\S)\+\d{1,2}(?::?\d\d)?(?!\S))"
    r"|(?P<length>\d+\s*(?:hours?|hrs?|minutes?|mins?|days?|weeks?)(?!\w))"
    r"|(?P<hour>\d{1,2})(?:\s*[:.h]\s*(?P<minute>\d\d)(?!\d)|h(?!\w))?\s*(?P<half>[ap]m(?!\w))?(?![\d:])"
    r"|(?P<four>\d{4})(?!\d)"
    r"|(?P<word>[^\W\d_](?:[^\W_]|')*\.?)|(?P<dash>-)|(?P<odd>\d\S*)"
)
_HALVES = ("am", "pm")


@dataclass(frozen=True, slots=True)
class Hours:
    """What was understood: spans and single moments in minutes of a day, days with 0 for Monday, a zone's name.

    ``days`` is empty where none was named. ``weekly``: that was said. ``off``: they are not wanted. ``zone`` is all
    that is neither hours nor days. ``unclear`` is the first piece that reads like hours and is none.
    """

    spans: tuple[tuple[int, int], ...] = ()
    times: tuple[int, ...] = ()
    days: tuple[int, ...] = ()
    weekly: bool = False
    off: bool = False
    zone: str = ""
    unclear: str = ""


@dataclass(frozen=True, slots=True)
class _Time:
    hour: int
    minute: int
    half: str
    bare: bool
    text: str


@dataclass(frozen=True, slots=True)
class _Day:
    days: tuple[int, ...]


_Piece = _Time | _Day | str


def read_hours(text: str) -> Hours:
    """Hours, days and a zone in any order, with fillers; never raises."""
    pieces, zone, unclear = _pieces(text)
    found = _Found()
    at = 0
    while at < len(pieces):
        at += found.take(pieces, at)
    said = [*found.unclear, *unclear]
    return Hours(
        spans=tuple(found.spans),
        times=tuple(dict.fromkeys(found.times)),
        days=tuple(day for day in EVERY_DAY if day in found.chosen()),
        weekly=found.weekly,
        off=found.off,
        zone=" ".join([*found.words, *zone]).replace(" - ", "-"),
        unclear=said[0] if said else "",
    )


class _Found:
    """What has been read so far."""

    def __init__(self) -> None:
        self.spans: list[tuple[int, int]] = []
        self.times: list[int] = []
        self.named: set[int] = set()
        self.refused: set[int] = set()
        self.weekly = self.off = self.but = False
        self.words: list[str] = []
        self.unclear: list[str] = []

    def chosen(self) -> set[int]:
        """The days that were named, less those that were excepted."""
        return (self.named or (set(EVERY_DAY) if self.refused else set())) - self.refused

    def take(self, pieces: Sequence[_Piece], at: int) -> int:
        """Deal with what stands here; returns how many pieces that was."""
        here = pieces[at]
        joined = at + 2 < len(pieces) and (pieces[at + 1] in _TO or (pieces[at + 1] == "and" and "between" in pieces))
        other = pieces[at + 2] if joined else None
        match here, other:
            case _Time(), _Time():
                self._span(here, other)
                return 3
            case _Time(), _:
                self._one(here)
            case _Day((first,)), _Day((last,)):
                self._days(tuple((first + each) % 7 for each in range((last - first) % 7 + 1)))
                return 3
            case _Day(days), _:
                self._days(days)
            case str(), _:
                self._word(here)
        return 1

    def _span(self, first: _Time, last: _Time) -> None:
        start, end = _minute(_half_by(first, last, first=True)), _minute(_half_by(last, first, first=False))
        if start is None or end is None:
            self.unclear.append(f"{first.text}-{last.text}")
        else:
            self.spans.append((start, end))

    def _one(self, time: _Time) -> None:
        minute = _minute(time)
        if minute is None:
            self.unclear.append(time.text)
        else:
            self.times.append(minute)

    def _days(self, days: tuple[int, ...]) -> None:
        (self.refused if self.but else self.named).update(days)

    def _word(self, word: str) -> None:
        if word in _OFF:
            self.off = True
        elif word in _BUT:
            self.but = True
        elif word in ("weekly", "week", "semanal", "每周"):
            self.weekly = True
        elif word not in _FILLERS and (word not in _TO or self.words):
            self.words.append(word)


def _pieces(text: str) -> tuple[list[_Piece], list[str], list[str]]:
    """The text's times, days and words in order; what names a zone by itself; what looks like a time and is none."""
    plain = unicodedata.normalize("NFKC", text[:300]).lower()
    plain = re.sub("[\N{HYPHEN}-\N{HORIZONTAL BAR}\N{MINUS SIGN}]", "-", plain)
    plain = re.sub(r"(?<=[\d\s])([ap])\.?\s?m\b\.?", r"\1m", plain.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
    plain = re.sub(r"(?<=\d)(?:to|until|till)(?=\d)", "-", plain)
    plain = re.sub(r"\bmidnight\b", "00:00", re.sub(r"\b(?:noon|midday)\b", "12:00", plain))
    pieces, zone, unclear = list[_Piece](), list[str](), list[str]()
    for found in _TOKEN.finditer(plain):
        kind, whole = found.lastgroup, found[0].strip()
        if found["hour"] is not None:
            bare = not found["half"] and not found["hour"].startswith("0")
            pieces.append(_Time(int(found["hour"]), int(found["minute"] or 0), found["half"] or "", bare, whole))
        elif kind == "four":
            pieces.append(_Time(int(whole[:2]), int(whole[2:]), "", bare=False, text=whole))
        elif kind == "zone":
            zone.append(whole)
        elif kind in ("length", "odd"):
            unclear.append(whole[:40])
        else:
            days = _DAYS.get(whole.rstrip("."))
            pieces.append(whole.rstrip(".") if days is None else _Day(days))
    return pieces, zone, unclear


def _half_by(time: _Time, other: _Time, *, first: bool) -> _Time:
    """The time with the half of the day that its neighbour says: 9-5pm begins in the morning, 9-11pm in the evening."""
    if not time.bare or not other.half or not 1 <= time.hour <= 12:
        return time
    earlier, later = (time, other) if first else (other, time)
    same = (earlier.hour % 12, earlier.minute) < (later.hour % 12, later.minute)
    return replace(time, half=other.half if same else _HALVES[other.half == "am"])


def _minute(time: _Time) -> int | None:
    """The minute of the day; None for what no clock shows."""
    if time.minute > 59 or (time.half and not 1 <= time.hour <= 12) or time.hour > 24:
        return None
    hour = time.hour % 12 + 12 * (time.half == "pm") if time.half else time.hour
    minute = hour * 60 + time.minute
    return minute % MINUTES_A_DAY if minute <= MINUTES_A_DAY else None
