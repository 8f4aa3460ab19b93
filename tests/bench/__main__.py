"""``make bench``: all benchmarks, or those named: ``make bench ARGS="latency 60"``."""

from __future__ import annotations

import sys
from importlib import import_module

ALL = ("polling", "latency", "language", "grouping", "rules", "transport", "delivery", "prices", "reaction")


def main() -> None:
    """Run the benchmark that is named, with its words, else all."""
    name, *words = sys.argv[1:] or [""]
    for each in [name] if name else ALL:
        print(f"== {each}", flush=True)
        import_module(f"tests.bench.{each}").main(words)


main()
