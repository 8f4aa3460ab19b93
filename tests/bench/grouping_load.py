"""The headlines of the benchmark ``grouping``: a file's rows as often as it takes, else headlines of our own words.

A file is repeated with its words changed: in each copy a word gives place to another that stands in about as many
rows, the same one throughout the copy. So a copy's headlines are as like each other as the file's, and few are like
those of another copy.
"""

from __future__ import annotations

import itertools
import json
import math
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipelines.stories.weights import load_weights

START = datetime(2026, 11, 16, tzinfo=UTC)
STEP = timedelta(seconds=6)
"""From one headline of the load to the next: 100,000 of them are just under seven days."""
BULK = "uci_2014"
"""The set that serves as load where a file has several."""

_WORD = re.compile(r"[^\W\d_]{3,}")
_COMMONEST, _BAND = 100, 64
"""Words that stay, since they hold a sentence together; and how many words of like rank change places."""


@dataclass(frozen=True, slots=True)
class Row:
    """One headline: ``story`` is the one that it is known to belong to."""

    id: str
    title: str
    publisher: str
    story: str
    at: str

    @property
    def when(self) -> datetime:
        """Its time."""
        return datetime.fromisoformat(self.at)


def read_sets(file: Path) -> dict[str, list[Row]]:
    """The rows of a file by their set, each in time order; rows without a known story are left out."""
    sets: dict[str, list[Row]] = {}
    with file.open(encoding="utf-8") as lines:
        for each in map(json.loads, filter(str.strip, lines)):
            if each.get("story"):
                at = datetime.fromisoformat(each["date"])
                at = at if at.tzinfo else at.replace(tzinfo=UTC)
                row = Row(each["id"], each["title"], each.get("publisher") or "", each["story"], at.isoformat())
                sets.setdefault(each.get("set", "all"), []).append(row)
    return {name: sorted(rows, key=lambda row: row.at) for name, rows in sets.items()}


def repeated(rows: Sequence[Row], count: int) -> Iterator[Row]:
    """So many headlines: the rows, then copies of them in other words, one every ``STEP``."""
    number = itertools.count()
    for copy in itertools.count():
        change = _changed(rows, random.Random(copy)) if copy else str
        for row in rows:
            if (place := next(number)) == count:
                return
            yield _placed(place, change(row.title), row.publisher, f"{copy}:{row.story}")


def _changed(rows: Sequence[Row], rng: random.Random) -> Callable[[str], str]:
    counts = Counter(word for row in rows for word in set(_words(row.title)))
    ranked = [word for word, _ in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))][_COMMONEST:]
    others = dict[str, str]()
    for start in range(0, len(ranked), _BAND):
        band = ranked[start : start + _BAND]
        others.update(zip(band, rng.sample(band, len(band)), strict=True))
    return lambda title: _WORD.sub(lambda found: _like(found[0], others), title)


def _like(word: str, others: Mapping[str, str]) -> str:
    """The other word in the case of the one that it stands for."""
    other = others.get(word.lower(), word.lower())
    return other.upper() if word.isupper() else other.capitalize() if word[0].isupper() else other


def _words(title: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(title)]


def invented(count: int) -> Iterator[Row]:
    """So many headlines of words as often as real headlines hold them, half of them further reports of a story.

    A report holds most of its story's words and some of its own. Sixty stories live at a time, some far larger than
    others, as on a real day.
    """
    rng, table = random.Random(6), load_weights()
    weights = {stem: weight for stem, weight in table.by_stem.items() if weight >= 3 and stem.isalpha()}
    stems, shares = list(weights), list(itertools.accumulate(math.exp(-weight) for weight in weights.values()))

    def draw(number: int) -> list[str]:
        words = dict.fromkeys(rng.choices(stems, cum_weights=shares, k=number))
        return [word.capitalize() if word in table.names else word for word in words]

    alive = list[tuple[str, list[str]]]()
    for number in range(count):
        if alive and rng.random() < 0.5:
            story, words = alive[min(int(rng.expovariate(0.15)), len(alive) - 1)]
            kept = sorted(rng.sample(range(len(words)), rng.randint(len(words) * 6 // 10, len(words) * 9 // 10)))
            title = [*(words[place] for place in kept), *draw(rng.randint(1, 3))]
        else:
            story, title = f"s{number}", draw(rng.randint(8, 11))
            alive.insert(rng.randint(0, len(alive)), (story, title))
            if len(alive) > 60:
                del alive[rng.randrange(61)]
        yield _placed(number, " ".join(title), f"Paper {rng.randrange(400)}", story)


def _placed(place: int, title: str, publisher: str, story: str) -> Row:
    return Row(f"r{place}", title, publisher, story, (START + place * STEP).isoformat())


def write_rows(rows: Iterator[Row] | Sequence[Row], file: Path) -> None:
    """The rows as JSON Lines, for the processes that are measured."""
    with file.open("w", encoding="utf-8") as lines:
        lines.writelines(json.dumps(asdict(row)) + "\n" for row in rows)


def stored_rows(file: Path, first: int = 0) -> Iterator[Row]:
    """What ``write_rows`` wrote, from a row on, read as it is asked for so that it takes no memory."""
    with file.open(encoding="utf-8") as lines:
        for line in itertools.islice(lines, first, None):
            yield Row(**json.loads(line))
