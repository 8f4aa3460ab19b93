"""The other side of the polling benchmark: the package ``reader`` as it comes."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import feedparser_sgmllib

from tests.bench.feed_farm import CHANGED, NEW, ROUNDS, address, median, set_issue

# reader carries a feedparser of its own that asks for this module by the name it had before.
sys.modules.setdefault("sgmllib", feedparser_sgmllib)
from reader import make_reader  # noqa: E402


def rounds(port: int, feeds: int, workers: int) -> dict[str, Any]:
    """The first round and the median of those after it."""
    with tempfile.TemporaryDirectory() as folder:
        reader = make_reader(str(Path(folder) / "reader.sqlite"))
        for number in range(feeds):
            reader.add_feed(f"http://{address(number)}:{port}/{number}")
        rows = list[dict[str, Any]]()
        for issue in range(ROUNDS + 1):
            set_issue(port, issue)
            before, began = time.process_time(), time.perf_counter()
            known = reader.get_entry_counts().total or 0
            reader.update_feeds(scheduled=False, workers=workers)
            cpu, wall = time.process_time() - before, time.perf_counter() - began
            rows.append({"cpu": cpu, "wall": wall, "new": (reader.get_entry_counts().total or 0) - known})
        reader.close()
    expected = feeds // CHANGED * NEW
    assert rows[1]["new"] == expected, f"reader found {rows[1]['new']} new items, not {expected}"
    return {"first": rows[0], "changed": median(rows[1:])}


if __name__ == "__main__":
    print(json.dumps(rounds(*(int(word) for word in sys.argv[1:4]))))
