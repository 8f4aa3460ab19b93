"""Pairs of headlines that are one event, and pairs that only look like it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.stories.identity import Index, Item
from tests.stories.headlines import START, sketched

CASES: dict[str, list[Any]] = yaml.safe_load((Path(__file__).parent / "data" / "pairs.yaml").read_text("utf-8"))


def _cases() -> list[Any]:
    rows = [(kind, row) for kind in ("same", "different") for row in CASES[kind]]
    pairs = [
        (row["one"], row["other"], row["hours"], kind) if isinstance(row, dict) else (*row, 6, kind)
        for kind, row in rows
    ]
    return [pytest.param(*pair, id=f"{pair[3]}: {pair[0][:50]}") for pair in pairs]


@pytest.mark.parametrize(("one", "other", "hours", "kind"), _cases())
def test_pair(one: str, other: str, hours: float, kind: str) -> None:
    for first, second in ((one, other), (other, one)):
        index = Index()
        index.add(Item("1", "story", START, sketched(first)))
        placed = index.place(sketched(second, START + timedelta(hours=hours)))
        assert bool(placed.story) == (kind == "same"), placed
