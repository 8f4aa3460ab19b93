"""Delivery: ``delivery [free|paid|memory|limiter] [SIZE]``, all of them where none is named.

The product's own process, a real store and the Bot API server of the tests in a process of its own, which counts.
"""

from __future__ import annotations

from importlib import import_module

PARTS = ("free", "paid", "memory", "limiter")


def main(words: list[str]) -> None:
    """The part that is named, with its words, else all."""
    name, *rest = words or [""]
    if name and name not in PARTS:
        raise SystemExit(f"there is no part {name!r} of this benchmark; use one of {', '.join(PARTS)}")
    for each in [name] if name else PARTS:
        import_module(f"tests.bench.delivery_{each}").main(rest)
