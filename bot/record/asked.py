"""What people mean when they ask for the record: "pakistan", "us rare earths", "chips in japan". Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from bot.languages.translator import ENGLISH, Translator
from bot.text import shown
from bot.wishes import read_wish
from bot.words import TOPICS, topic_names
from pipelines.record.phrases import fold
from pipelines.record.tables import Tables
from rules.story import Topic

MONTHS = 6
MOST_MONTHS = 13
"""The stories of so many months are kept."""
_LONGEST_NAME = 5
_FILLERS = frozenset({"in", "of", "from", "by", "with", "record", "month", "months", "country"})


@dataclass(frozen=True, slots=True)
class Asked:
    """What the record is wanted of: every topic and country where none is named.

    ``unclear`` is what was not understood, ``nearest`` the topic or country that it may have meant, as typed.
    """

    topic: Topic | None = None
    country: str = ""
    unclear: str = ""
    nearest: str = ""


def read_asked(text: str, tables: Tables, tr: Translator = ENGLISH) -> Asked:
    """A topic and a country in any order, the first of each, in English or as ``tr`` calls them; never raises."""
    own = tr.locale.territories
    names = {**{fold(own[code]): code for code in tables.shown if code in own}, **tables.names}
    words = fold(text[:300]).split()
    country, rest, at = "", list[str](), 0
    while at < len(words):
        span, code = _country_at(words, at, names)
        if not span and words[at] not in _FILLERS:
            rest.append(words[at])
        country = country or code
        at += span or 1
    wish = read_wish(" ".join(rest), topic_names(tr))
    unclear = " ".join(word for word in wish.unclear.split() if word)
    return Asked(
        topic=wish.topics[0] if wish.topics else None,
        country=country,
        unclear=shown(unclear, 40),
        nearest=_nearest(unclear, wish.nearest, tables) if unclear else "",
    )


def _country_at(words: list[str], at: int, names: Mapping[str, str]) -> tuple[int, str]:
    """How many words from here name a country, the longest name first, and its code."""
    for span in range(min(_LONGEST_NAME, len(words) - at), 0, -1):
        code = names.get(" ".join(words[at : at + span]))
        # Two letters are a code only where they stand alone: "in" and "no" are words.
        word = not words[at].isascii() or len(words[at]) > 2 or words[at] in ("us", "uk", "eu")
        if code and (span > 1 or word or len(words) == 1):
            return span, code
    return 0, ""


def _nearest(unclear: str, topic: Topic | None, tables: Tables) -> str:
    """The country whose name is near, else the topic."""
    names = [name for name in tables.names if len(name) > 2]
    close = get_close_matches(unclear, names, n=1, cutoff=0.75)
    if close:
        return tables.shown.get(tables.names[close[0]], close[0])
    return TOPICS[topic] if topic is not None else ""
