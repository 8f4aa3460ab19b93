"""What people mean when they type a wish: "rare earths for 8 hours", "chips, energy 3d", "forever". Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches

from rules.story import Topic

LONGEST = timedelta(days=366)
"""Longer than this is better said as for ever."""

_ALIASES: Mapping[Topic, tuple[str, ...]] = {
    Topic.RARE_EARTH: (
        *(
            "rare",
            "rare earth",
            "rare earths",
            "rareearth",
            "rareearths",
            "ree",
            "critical mineral",
            "critical minerals",
        ),
        *("mineral", "minerals", "magnet", "magnets", "mining"),
    ),
    Topic.SEMICONDUCTOR: ("semiconductor", "semiconductors", "semi", "semis", "chip", "chips", "chipmaking"),
    Topic.POLICY: ("policy", "policies", "regulation", "regulations", "trade policy", "tariffs"),
    Topic.CRYPTO: ("crypto", "cryptos", "cryptocurrency", "cryptocurrencies", "bitcoin", "coins"),
    Topic.ENERGY: ("energy", "oil", "gas", "power", "electricity"),
    Topic.LIQUIDITY: ("liquidity", "money", "rates", "interest rates", "fed", "central banks", "monetary"),
    Topic.GEOPOLITICS: ("geopolitics", "geopolitical", "geopolitic", "geo", "war", "conflict", "sanctions"),
}
_EVERYTHING = ("all", "everything", "all topics", "every topic")
_FILLERS = frozenset(
    {"and", "the", "for", "topic", "topics", "about", "please", "news", "next", "mute", "unmute", "on"}
)
_FOREVER = frozenset({"forever", "ever", "always", "permanently", "indefinitely"})
_UNITS: Mapping[str, timedelta] = {
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), timedelta(minutes=1)),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), timedelta(hours=1)),
    **dict.fromkeys(("d", "day", "days"), timedelta(days=1)),
    **dict.fromkeys(("w", "wk", "wks", "week", "weeks"), timedelta(days=7)),
    **dict.fromkeys(("mo", "month", "months"), timedelta(days=30)),
    **dict.fromkeys(("y", "yr", "yrs", "year", "years"), timedelta(days=365)),
}
_AMOUNT = re.compile(r"(\d{1,6})([a-z]*)")
_WORDS = re.compile(r"(?:(?<!\S)[-\u2212]+)?\d+[a-z]*|[^\W\d_]+")
"""A minus belongs to the number behind it ("-1h"), so that nobody gets the length that it takes away."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What was understood: topics in the order named, how long (``None``: not said), and whether for ever was said.

    ``unclear`` is the first run of words that was not understood, ``nearest`` the topic it may have meant.
    """

    topics: tuple[Topic, ...] = ()
    duration: timedelta | None = None
    forever: bool = False
    unclear: str = ""
    nearest: Topic | None = None
    too_long: bool = False


def read_wish(text: str) -> Wish:
    """Topics and a duration in any order, with fillers; never raises."""
    words = _WORDS.findall(unicodedata.normalize("NFKC", text[:300]).lower())
    names = _names()
    topics, total, said, forever, unclear = list[Topic](), timedelta(), False, False, ""
    at, open_run = 0, False
    while at < len(words):
        span, found = _topics_at(words, at, names)
        taken, length = _duration_at(words, at)
        if span:
            topics += found
        elif taken:
            total, said = min(total + length, LONGEST * 2), True
        elif words[at] in _FOREVER:
            forever = True
        elif words[at] not in _FILLERS and (not unclear or open_run):
            unclear, open_run = f"{unclear} {words[at]}".strip(), True
            at += 1
            continue
        open_run = False
        at += span or taken or 1
    return Wish(
        topics=tuple(dict.fromkeys(topics)),
        duration=total if said else None,
        forever=forever,
        unclear=unclear,
        nearest=_nearest(unclear, names) if unclear else None,
        too_long=total > LONGEST or (said and total <= timedelta()),
    )


def short(duration: timedelta | None) -> str:
    """A duration as it is typed and as buttons carry it: "90m", "8h", "3d"; empty for ever."""
    if duration is None:
        return ""
    minutes = int(duration.total_seconds()) // 60
    for size, unit in ((1440, "d"), (60, "h")):
        if minutes % size == 0 and minutes:
            return f"{minutes // size}{unit}"
    return f"{minutes}m"


def _names() -> dict[str, tuple[Topic, ...]]:
    """Every name of a topic, and of all of them."""
    own = {alias: (topic,) for topic, aliases in _ALIASES.items() for alias in aliases}
    return own | dict.fromkeys(_EVERYTHING, tuple(Topic))


def _topics_at(words: list[str], at: int, names: Mapping[str, tuple[Topic, ...]]) -> tuple[int, tuple[Topic, ...]]:
    """How many words from here name a topic, the longest name first, and which."""
    for span in (2, 1):
        found = names.get(" ".join(words[at : at + span]))
        if found and at + span <= len(words):
            return span, found
    return 0, ()


def _duration_at(words: list[str], at: int) -> tuple[int, timedelta]:
    """How many words from here are a length of time, and what length: "8h", "8 hours", "an hour"."""
    amount = _AMOUNT.fullmatch(words[at])
    following = words[at + 1] if at + 1 < len(words) else ""
    if amount is None:
        return (2, _UNITS[following]) if words[at] in ("a", "an", "one") and following in _UNITS else (0, timedelta())
    number, unit = min(int(amount[1]), 600_000), amount[2]
    if unit in _UNITS:
        return 1, number * _UNITS[unit]
    if not unit and following in _UNITS:
        return 2, number * _UNITS[following]
    return 0, timedelta()


def _nearest(word: str, names: Mapping[str, tuple[Topic, ...]]) -> Topic | None:
    close = get_close_matches(word, [name for name, topics in names.items() if len(topics) == 1], n=1, cutoff=0.6)
    return names[close[0]][0] if close else None
