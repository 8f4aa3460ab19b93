"""A side of ``grouping``, in a process of its own: ``speed`` on the load, ``quality`` on known stories."""

from __future__ import annotations

import gc
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import psutil

from tests.bench.grouping_load import Row, stored_rows
from tests.bench.grouping_sides import AT_ONCE, SIDES, Nearest, Side

MEASURED = 2_000
"""Headlines that are placed for the figures; all sides and windows place the same ones."""
BY_ITSELF = 6_000
"""Headlines before those that a side places by itself, so that it meets its own stories; older ones are told it."""
SECONDS = 10.0
"""After so long a side that is slow has placed enough, but at least ``LEAST`` headlines."""
LEAST = 100


def speed(name: str, window: int, bar: float, file: Path) -> dict[str, Any]:
    """Placements into a full window a second of the processor, the 99th percentile of one, and the memory taken."""
    total = sum(1 for _ in stored_rows(file))
    first = total - MEASURED - window
    side = SIDES[name](window, bar)
    # What is loaded once, whatever the window.
    _warm(name, bar, file)
    process = psutil.Process()
    gc.collect()
    before = process.memory_info().rss
    rows = stored_rows(file, first)
    for row in islice(rows, max(0, window - BY_ITSELF)):
        side.fill(row, row.story)
    quick, until = True, time.process_time() + SECONDS
    for row in islice(rows, min(window, BY_ITSELF)):
        quick = quick and time.process_time() < until
        if quick:
            side.place(row)
        else:
            side.fill(row, row.story)
    gc.collect()
    after = process.memory_info().rss
    gc.freeze()  # as the product does once it has started
    took, ready = _measure(side, rows)
    took.sort()
    return {
        "placed": len(took),
        "per_s": len(took) / (sum(took) + ready),
        "p99_ms": took[int(len(took) * 0.99)] * 1000,
        "window_mb": (after - before) / 2**20,
        "process_mb": process.memory_info().rss / 2**20,
    }


def _warm(name: str, bar: float, file: Path) -> None:
    other, rows = SIDES[name](500, bar), list(islice(stored_rows(file), 500))
    other.ready(rows[:AT_ONCE])
    for row in rows:
        other.place(row)


def _measure(side: Side, rows: Iterator[Row]) -> tuple[list[float], float]:
    """The processor's seconds that each placement took, and those of reading ahead: the clock's tell the neighbours."""
    took, ready, until = list[float](), 0.0, time.process_time() + SECONDS
    while batch := list(islice(rows, AT_ONCE)):
        begun = time.process_time()
        side.ready(batch)
        ready += time.process_time() - begun
        for row in batch:
            if len(took) >= LEAST and time.process_time() > until:
                return took, ready
            begun = time.process_time()
            side.place(row)
            took.append(time.process_time() - begun)
    return took, ready


def quality(name: str, file: Path) -> dict[str, Any]:
    """Pair precision, recall and F1 on rows whose stories are known, from an empty window on.

    For the rivals that is the best of their bars on these very rows, which flatters them.
    """
    rows = list(stored_rows(file))
    known = [row.story for row in rows]
    side = SIDES[name](0, 0.0)
    if not isinstance(side, Nearest):
        found = list[str]()
        for start in range(0, len(rows), AT_ONCE):
            side.ready(rows[start : start + AT_ONCE])
            found += [side.place(row) for row in rows[start : start + AT_ONCE]]
        return {"bar": 0.0, **pairs(known, found)}
    parents = list[tuple[float, int]]()
    for part in _apart(rows):
        fresh = SIDES[name](0, 0.0)
        assert isinstance(fresh, Nearest)
        parents += [(score, number + len(parents)) for score, number in fresh.parents(part)]
    scored = [{"bar": bar, **pairs(known, _joined(parents, bar))} for bar in side.BARS]
    return max(scored, key=lambda each: each["f1"])


def _apart(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """The rows cut where seven days pass between two: what came before is forgotten by then."""
    part = rows[:1]
    for before, row in pairwise(rows):
        if row.when - before.when > timedelta(days=7):
            yield list(part)
            part = []
        part = [*part, row]
    yield list(part)


def _joined(parents: Sequence[tuple[float, int]], bar: float) -> list[str]:
    stories = list[str]()
    for number, (score, parent) in enumerate(parents):
        stories.append(stories[parent] if score >= bar else str(number))
    return stories


def pairs(known: Sequence[str], found: Sequence[str]) -> dict[str, float]:
    """Precision, recall and F1 over pairs of headlines that are put into one story."""
    both, ours, theirs = (
        sum(count * (count - 1) // 2 for count in Counter(labels).values())
        for labels in (zip(known, found, strict=True), found, known)
    )
    return {
        "precision": both / ours if ours else 0.0,
        "recall": both / theirs if theirs else 0.0,
        "f1": 2 * both / (ours + theirs) if ours + theirs else 0.0,
    }


def main(words: list[str]) -> int:
    """Say one line of JSON for ``speed SIDE WINDOW BAR FILE`` or ``quality SIDE FILE``; status 3: no such package."""
    try:
        if words[0] == "speed":
            print(json.dumps(speed(words[1], int(words[2]), float(words[3]), Path(words[4]))))
        else:
            print(json.dumps(quality(words[1], Path(words[2]))))
    except ModuleNotFoundError as missing:
        print(missing.name, file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
