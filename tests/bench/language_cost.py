"""What the reader costs, in a fresh process: load time and memory after ``import spacy``, and headlines a second.

Called as ``python -m tests.bench.language_cost``: a JSON list of titles on standard input, figures as JSON on standard
output. One thread, batches of 256; a headline counts from its ``Entry`` to its ``Report``.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from statistics import median
from typing import Any

ROUNDS = 3
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS"), "1")


def measured(titles: Sequence[str]) -> dict[str, Any]:
    """The figures of a child of its own, kept to one thread."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.language_cost"],
        input=json.dumps(titles),
        stdout=subprocess.PIPE,
        check=True,
        text=True,
        env={**os.environ, **_ONE_THREAD},
    )
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def _child() -> None:
    titles: list[str] = json.load(sys.stdin)
    import psutil  # noqa: PLC0415
    import spacy  # noqa: F401, PLC0415  what comes after it is counted

    process = psutil.Process()
    gc.collect()
    before, began, used = process.memory_info().rss, time.perf_counter(), time.process_time()
    from pipelines.events import Entry  # noqa: PLC0415
    from pipelines.language.reader import BATCH, build_reader  # noqa: PLC0415
    from rules.story import Source, Tier  # noqa: PLC0415

    reader = build_reader()
    load, load_cpu, loaded = time.perf_counter() - began, time.process_time() - used, process.memory_info().rss
    at, source = datetime(2026, 1, 1, tzinfo=UTC), Source("bench", "", "bench", Tier.TRADE)
    entries = [
        Entry(feed="bench", id=str(n), url="", title=title, summary="", source=source, published=at, first_seen=at)
        for n, title in enumerate(titles)
    ]
    reader.read(entries[:BATCH])
    warm = process.memory_info().rss
    wall, cpu = [], []
    for _ in range(ROUNDS):
        began, used = time.perf_counter(), time.process_time()
        reader.read(entries)
        wall.append(time.perf_counter() - began)
        cpu.append(time.process_time() - used)
    found = {
        "load_s": load,
        "load_cpu_s": load_cpu,
        "loaded_mb": (loaded - before) / 1e6,
        "read_mb": (warm - before) / 1e6,
        "headlines": len(entries),
        "per_cpu_s": len(entries) / median(cpu),
        "per_s": len(entries) / median(wall),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    _child()
