"""The nouns of the record: a turn is what one story did to supply in a month; a record is many turns. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from rules.story import Direction, Topic


class Strand(StrEnum):
    """What part of supply is meant."""

    MINING = "mining"
    REFINING = "refining"
    STOCKPILE = "stockpile"
    INVESTMENT = "investment"
    CORRIDOR = "corridor"
    EXPORT_RULE = "export rule"
    IMPORT_RULE = "import rule"
    MONEY = "money"
    OTHER = "other"


FIRST_STRANDS = (Strand.MINING, Strand.REFINING, Strand.STOCKPILE, Strand.INVESTMENT, Strand.CORRIDOR)
"""What is always shown of the countries that always have a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What a story did in the month of ``at``: ``by`` are the countries that act, ``on`` the others that it is about.

    ``direction`` is that of supply (or money) to those who buy it, whoever gains: a ban on exports tightens in the row
    of the country that bans as in that of its customer. ``unknown`` counts as unclear.
    """

    story: str
    at: datetime
    direction: Direction
    strands: tuple[Strand, ...]
    topics: tuple[Topic, ...]
    by: tuple[str, ...]
    on: tuple[str, ...]
    title: str
    link: str
    publisher: str

    @property
    def month(self) -> date:
        """The first day of its month."""
        return self.at.date().replace(day=1)

    @property
    def countries(self) -> tuple[str, ...]:
        """All countries in whose row it counts, each once: who acts, then the others."""
        return tuple(dict.fromkeys((*self.by, *self.on)))


@dataclass(frozen=True, slots=True)
class Count:
    """How many turns tightened, eased, or could not be placed."""

    tightens: int = 0
    eases: int = 0
    unclear: int = 0

    @property
    def all(self) -> int:
        """All of them."""
        return self.tightens + self.eases + self.unclear


@dataclass(frozen=True, slots=True)
class Told:
    """What one story adds to the record; of two versions the later one counts."""

    story: str
    version: int
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """Turns, oldest first: at most one a story and month."""

    turns: tuple[Turn, ...] = ()

    @property
    def stories(self) -> int:
        """How many stories stand behind it."""
        return len({turn.story for turn in self.turns})

    @property
    def since(self) -> date | None:
        """The day of the first turn; None where there is none."""
        return self.turns[0].at.date() if self.turns else None

    def of(
        self,
        *,
        topic: Topic | None = None,
        country: str = "",
        strand: Strand | None = None,
        since: date | None = None,
    ) -> Record:
        """The turns of this topic, country and strand, from this day on; what is not named does not matter."""
        return Record(
            tuple(
                turn
                for turn in self.turns
                if (topic is None or topic in turn.topics)
                and (not country or country in turn.countries)
                and (strand is None or strand in turn.strands)
                and (since is None or turn.at.date() >= since)
            )
        )

    def count(self) -> Count:
        """All turns, counted."""
        return count(self.turns)

    def by_month(self, months: Iterable[date]) -> dict[date, Count]:
        """The count of each of these months, given by their first days; a month without a turn counts nothing."""
        found = {month: list[Turn]() for month in months}
        for turn in self.turns:
            if turn.month in found:
                found[turn.month].append(turn)
        return {month: count(turns) for month, turns in found.items()}

    def by_country(self) -> dict[str, int]:
        """How many turns each country has, the most first, then by code."""
        counts = Counter(code for turn in self.turns for code in turn.countries)
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def count(turns: Iterable[Turn]) -> Count:
    """These turns, counted."""
    ways = Counter(turn.direction for turn in turns)
    return Count(ways[Direction.TIGHTENS], ways[Direction.EASES], ways[Direction.UNKNOWN])


def gather(told: Iterable[Told]) -> Record:
    """The record of what the stories told, in whatever order and however often each came."""
    latest: dict[str, Told] = {}
    for each in told:
        known = latest.get(each.story)
        if known is None or each.version > known.version:
            latest[each.story] = each
    turns = [turn for each in latest.values() for turn in each.turns]
    return Record(tuple(sorted(turns, key=lambda turn: (turn.at, turn.story))))


def months_to(last: date, number: int) -> tuple[date, ...]:
    """The first days of so many months up to that of ``last``, oldest first."""
    end = last.year * 12 + last.month - 1
    return tuple(date(at // 12, at % 12 + 1, 1) for at in range(end - number + 1, end + 1))
