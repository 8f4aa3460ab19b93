"""What was judged on a range of days, one story after another, and the texts of the rule layers."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Callable
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from pipelines import keys
from pipelines.events import Alert, UnreadableEvent, decode
from pipelines.rulebook import _texts


async def judged_between(
    store: Redis, first: date, last: date, advance: Callable[[int], None] = lambda _: None
) -> AsyncIterator[Alert]:
    """The stories first seen on these days, both included, as last judged; ``advance`` hears of each day done."""
    client: Any = store
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        for key in (keys.judged(day), keys.judged_noise(day)):
            async for _, record in client.hscan_iter(key, count=200):
                try:
                    alert = decode(zlib.decompress(record))
                except (UnreadableEvent, zlib.error):
                    continue
                if isinstance(alert, Alert):
                    yield alert
        advance(1)


def rule_layers(folder: Path | None) -> tuple[dict[str, str], ...]:
    """The texts of the shipped packs and of the folder over them, by file name."""
    shipped = _texts(files("rules") / "packs", "packs/")[0]
    own = _texts(folder, f"{folder}/")[0] if folder is not None and folder.is_dir() else {}
    return (shipped, own) if own else (shipped,)
