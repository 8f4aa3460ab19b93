"""The atlas of time zones, read once from the time zone database that is installed with the bot and our own cities."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import available_timezones

from bot.quiet import zone_of
from bot.zone_cities import CALLED, CITIES
from bot.zones import Atlas, Spot, plain

_PLACE = re.compile(r"([+-]\d{2})(\d{2})(\d{2})?([+-]\d{3})(\d{2})(\d{2})?")
_CITY = re.compile(r"(.+?) (-?[\d.]+) (-?[\d.]+)")
_CLOCKS = (datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 7, 15, tzinfo=UTC))
"""Two days whose clocks tell whether zones of one country differ."""


@cache
def atlas() -> Atlas:
    """All zones, cities and countries; a few thousand names, made at the first question."""
    names, shown = dict[str, str](), dict[str, str]()

    def add(name: str, zone: str) -> None:
        # The first who brings a name keeps it: our own cities, then the zones, then the countries.
        names.setdefault(plain(name), zone)
        shown.setdefault(plain(name), name)

    spots = [*_own(add)]
    known = {spot.zone for spot in spots}
    for name, zone in CALLED.items():
        add(name, zone)
    countries = defaultdict[str, list[str]](list)
    for country, place, zone in _rows("zone.tab"):
        add(zone.rpartition("/")[2].replace("_", " "), zone)
        countries[country].append(zone)
        north, east = _degrees(place)
        spots.append(Spot(zone, north, east))
    several = dict[str, tuple[str, ...]]()
    for code, name in _rows("iso3166.tab"):
        # Of zones that show the same time, one whose cities we list; else the first.
        ranked = sorted(countries[code], key=known.__contains__, reverse=True)
        clocks = {_clock(zone): zone for zone in reversed(ranked)}
        if len(clocks) == 1:
            add(name, countries[code][0])
        elif clocks:
            several[plain(name)] = tuple(sorted(clocks.values(), key=countries[code].index))
    for zone in sorted(available_timezones()):
        if "/" in zone:
            add(zone, zone)
        # "Etc/GMT-3" is three hours ahead, and who types GMT-3 means behind.
        if not zone.startswith("Etc/"):
            add(zone.rpartition("/")[2].replace("_", " "), zone)
    return Atlas(names, shown, several, tuple(spots))


def _own(add: Callable[[str, str], None]) -> Iterator[Spot]:
    """The spots of our own cities, whose names are added on the way."""
    for row in CITIES.strip().splitlines():
        zone, *cities = row.split("; ")
        for city in cities:
            found = _CITY.fullmatch(city)
            assert found is not None, f"our own list of cities has a row that is none: {city}"
            for name in found[1].split("/"):
                add(name, zone)
            yield Spot(zone, float(found[2]), float(found[3]))


def _rows(name: str) -> Iterator[list[str]]:
    """The rows of a table of the database, without its comments and notes."""
    text = (files("tzdata") / "zoneinfo" / name).read_text(encoding="utf-8")
    for row in text.splitlines():
        if row and not row.startswith("#"):
            yield row.split("\t")[: 2 if name == "iso3166.tab" else 3]


def _degrees(place: str) -> tuple[float, float]:
    """Degrees north and east of "+2452+06703" or "+404251-0740023"."""
    found = _PLACE.fullmatch(place)
    assert found is not None, f"the table of zones has a place that is none: {place}"
    return _angle(*found.group(1, 2, 3)), _angle(*found.group(4, 5, 6))


def _angle(degrees: str, minutes: str, seconds: str | None) -> float:
    size = abs(int(degrees)) + int(minutes) / 60 + int(seconds or 0) / 3600
    return -size if degrees.startswith("-") else size


def _clock(zone: str) -> tuple[timedelta | None, ...]:
    return tuple(day.astimezone(zone_of(zone)).utcoffset() for day in _CLOCKS)
