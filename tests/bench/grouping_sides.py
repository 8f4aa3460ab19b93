"""The sides of the benchmark ``grouping``: Lodestone's index, and what most people would take for near copies.

Both rivals give a headline to the story of the most similar one among the last so many, from a least similarity on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from bot.commandline.group import place
from pipelines.language.reader import build_reader
from pipelines.rows import entry_of
from pipelines.stories.identity import Index, Item
from pipelines.stories.memory import sketch_of
from rules.story import Report
from tests.bench.grouping_load import STEP, Row

AT_ONCE = 256
"""Headlines read at a time, as the command ``lodestone group`` reads them."""


class Side(Protocol):
    """Something that finds a headline's story among the ones that it remembers."""

    def ready(self, rows: Sequence[Row]) -> None:
        """Read ahead what is placed next: part of the cost where it is not empty."""

    def place(self, row: Row) -> str:
        """The story of a headline, which is remembered."""

    def fill(self, row: Row, story: str) -> None:
        """Remember a headline of a known story."""

    def final(self, story: str) -> str:
        """The story as which this one goes on."""


class Lodestone:
    """The product's index, with or without what the language pipeline reads."""

    def __init__(self, window: int, *, reads: bool) -> None:
        self._index = Index(window * STEP) if window else Index()
        self._reader = build_reader() if reads else None
        self._read: dict[str, Report] = {}
        self._merged: dict[str, str] = {}

    def ready(self, rows: Sequence[Row]) -> None:
        if self._reader is not None:
            entries = [entry_of(_as_entry(row)) for row in rows]
            self._read = {report.id: report for report in self._reader.read(entries)}

    def place(self, row: Row) -> str:
        report = self._read.get(row.id) or _unread(row)
        (story,) = place(self._index, (entry_of(_as_entry(row)),), (report,), self._merged)
        return story

    def final(self, story: str) -> str:
        while story in self._merged:
            story = self._merged[story]
        return story

    def fill(self, row: Row, story: str) -> None:
        self._index.add(Item(row.id, story, row.when, sketch_of(_unread(row))))


class Nearest:
    """What both rivals share: the story of the most similar headline, from ``bar`` on."""

    BARS: tuple[float, ...]

    def __init__(self, window: int, bar: float = 0.0) -> None:
        self.bar = bar or self.BARS[0]
        self._window = window or 1_000_000_000
        self._stories: dict[int, str] = {}
        self._next = 0

    def ready(self, rows: Sequence[Row]) -> None:
        """Nothing is read ahead."""

    def place(self, row: Row) -> str:
        text = self.text(row)
        score, number = self.nearest(text)
        story = self._stories[number] if score >= self.bar else row.id
        self._add(text, story)
        return story

    def fill(self, row: Row, story: str) -> None:
        self._add(self.text(row), story)

    def final(self, story: str) -> str:
        return story

    def parents(self, rows: Sequence[Row]) -> list[tuple[float, int]]:
        """For each headline how similar the most similar earlier one is, and which: stories for any bar follow."""
        found = list[tuple[float, int]]()
        for row in rows:
            text = self.text(row)
            found.append(self.nearest(text))
            self._add(text, "")
        return found

    def _add(self, text: Any, story: str) -> None:
        number, self._next = self._next, self._next + 1
        self._stories[number] = story
        self.remember(number, text)
        if number >= self._window:
            self._stories.pop(number - self._window)
            self.forget(number - self._window)

    def text(self, row: Row) -> Any:
        """A headline as it is compared."""
        raise NotImplementedError

    def nearest(self, text: Any) -> tuple[float, int]:
        """The highest similarity to a remembered headline, and which; (0, 0) where none is similar at all."""
        raise NotImplementedError

    def remember(self, number: int, text: Any) -> None:
        """Take a headline into the window."""
        raise NotImplementedError

    def forget(self, number: int) -> None:
        """Let the oldest headline go."""
        raise NotImplementedError


class Lsh(Nearest):
    """MinHash of the words (128 permutations) in an LSH; of what it finds, the highest Jaccard estimate."""

    BARS = (0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7)

    def __init__(self, window: int, bar: float = 0.0) -> None:
        from datasketch import MinHash, MinHashLSH  # noqa: PLC0415  a rival, perhaps not installed

        super().__init__(window, bar)
        self._lsh, self._empty = MinHashLSH(threshold=self.bar, num_perm=128), MinHash(num_perm=128)
        self._hashes: dict[int, Any] = {}

    def text(self, row: Row) -> Any:
        words = _words(row.title)
        made = self._empty.copy()
        made.update_batch([word.encode() for word in set(words)])
        return made

    def nearest(self, text: Any) -> tuple[float, int]:
        return max(((text.jaccard(self._hashes[n]), n) for n in self._lsh.query(text)), default=(0.0, 0))

    def remember(self, number: int, text: Any) -> None:
        self._hashes[number] = text
        self._lsh.insert(number, text)

    def forget(self, number: int) -> None:
        del self._hashes[number]
        self._lsh.remove(number)


class Fuzzy(Nearest):
    """rapidfuzz's ratio of the sorted words with each headline of the window, in one call that stays in C++."""

    BARS = (50, 55, 60, 65, 70, 75, 80, 85)

    def __init__(self, window: int, bar: float = 0.0) -> None:
        from rapidfuzz import fuzz, process  # noqa: PLC0415  a rival, perhaps not installed

        super().__init__(window, bar)
        self._extract: Callable[..., Any] = process.extractOne
        self._ratio = fuzz.ratio
        self._texts = deque[str]()

    def text(self, row: Row) -> Any:
        return " ".join(sorted(_words(row.title)))

    def nearest(self, text: Any) -> tuple[float, int]:
        found = self._extract(text, self._texts, scorer=self._ratio, score_cutoff=self.bar)
        return (found[1], found[2] + self._next - len(self._texts)) if found else (0.0, 0)

    def remember(self, number: int, text: Any) -> None:
        self._texts.append(text)

    def forget(self, number: int) -> None:
        self._texts.popleft()


SIDES: dict[str, Callable[[int, float], Side]] = {
    "Lodestone": lambda window, _: Lodestone(window, reads=False),
    "Lodestone, read": lambda window, _: Lodestone(window, reads=True),
    "MinHash LSH": Lsh,
    "rapidfuzz": Fuzzy,
}


def _as_entry(row: Row) -> dict[str, str]:
    return {"id": row.id, "title": row.title, "date": row.at, "publisher": row.publisher}


def _unread(row: Row) -> Report:
    entry = entry_of(_as_entry(row))
    return Report(id=row.id, title=entry.title, summary="", link="", source=entry.source, published=entry.published)


def _words(title: str) -> list[str]:
    return "".join(char if char.isalnum() else " " for char in title.lower()).split()
