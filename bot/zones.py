"""Which time zone a person means: by its name, a city, a country, a distance from UTC, or a place on the map. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from math import asin, cos, radians, sin, sqrt

_OFFSET = re.compile(r"(?:utc|gmt)?\s*([+-])\s*(\d{1,2})(?::?(\d{2}))?(?:\s*(?:utc|gmt|h|hours?))?")
_FARTHEST = (12 * 60, 14 * 60)
"""Minutes that a clock may be behind UTC and ahead of it."""
_QUARTER = 15
_MOST = 4
_MOST_CLOCKS = 12
"""No country has more clocks."""
_STATES = dict.fromkeys(("us", "usa", "america", "united states of america"), "united states")
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Spot:
    """A city that stands for a zone: degrees north and east."""

    zone: str
    north: float
    east: float


@dataclass(frozen=True, slots=True)
class Guess:
    """What was understood: a zone, or, where that is empty, the ``names`` that may have been meant."""

    zone: str = ""
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Atlas:
    """What there is to be found. ``names`` are plain (see ``plain``): zones in full, cities, countries of one clock.

    ``shown`` has for each name the spelling in which it is offered, ``several`` the zones of countries with more than
    one clock. ``spots`` are the cities with their places.
    """

    names: Mapping[str, str]
    shown: Mapping[str, str]
    several: Mapping[str, tuple[str, ...]]
    spots: tuple[Spot, ...]

    def find(self, text: str) -> Guess:
        """The zone that is meant; never raises."""
        word = plain(text[: 2 * _LONGEST])
        if not word or len(word) > _LONGEST:
            return Guess()
        zone = self.names.get(word) or fixed(word)
        if not zone:
            # "Lahore, Pakistan" and "time in New York".
            parts = [part for part in re.split(r"\s*,\s*", unicodedata.normalize("NFKC", text)) if part]
            zone = next((found for part in parts if (found := self.names.get(plain(part)))), "")
        if zone:
            return Guess(zone)
        if several := self.several.get(_STATES.get(word, word)):
            return Guess(names=several[:_MOST_CLOCKS])
        close = get_close_matches(word, self.names, n=_MOST, cutoff=0.7)
        return Guess(names=tuple(dict.fromkeys(self.shown.get(each, each) for each in close)))

    def nearest(self, north: float, east: float) -> str:
        """The zone of the city that is nearest to a place, along the globe."""
        return min(self.spots, key=lambda spot: _apart(spot, north, east)).zone


def plain(text: str) -> str:
    """A name as it is compared: small letters without marks, with single spaces instead of lines and dots."""
    letters = unicodedata.normalize("NFKD", text).casefold()
    bare = "".join(char for char in letters if not unicodedata.combining(char))
    bare = bare.replace("\N{MINUS SIGN}", "-").replace("\N{EN DASH}", "-")
    return re.sub(r"\s*/\s*", "/", re.sub(r"[\s_.,'\u2019]+", " ", bare)).strip()


def fixed(word: str) -> str:
    """A distance from UTC as a zone of its own, "UTC+05:30"; empty for what is none that a clock may have."""
    found = _OFFSET.fullmatch(word)
    if found is None:
        return ""
    minutes = int(found[2]) * 60 + int(found[3] or 0)
    ahead = found[1] == "+"
    if minutes > _FARTHEST[ahead] or int(found[3] or 0) % _QUARTER or int(found[3] or 0) > 59:
        return ""
    return f"UTC{found[1]}{minutes // 60:02}:{minutes % 60:02}" if minutes else "UTC"


def _apart(spot: Spot, north: float, east: float) -> float:
    """How far two places are from one another, as an angle."""
    here, there = radians(spot.north), radians(north)
    half = sin((there - here) / 2) ** 2 + cos(here) * cos(there) * sin(radians(east - spot.east) / 2) ** 2
    return asin(min(1.0, sqrt(half)))
