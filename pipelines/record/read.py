"""Reads the record out of the judged stories, a batch at a time: of a story only its turns are kept."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import date
from zlib import crc32

from redis.asyncio import Redis

from pipelines.judged import KEPT, open_record, read_told
from pipelines.record.tables import load_tables
from pipelines.record.told import tell
from pipelines.record.turns import Record, Told, gather

_AT_ONCE = 50
"""Records opened before others on the loop have their turn: a few milliseconds."""


@dataclass(slots=True)
class Memo:
    """What stories told when they were last read, with the sum of their record: who asks again need not open them.

    A story that has moved has another record, so that nothing here is ever out of date.
    """

    told: dict[str, tuple[int, Told]] = field(default_factory=dict)


async def read_record(store: Redis, today: date, memo: Memo | None = None) -> Record:
    """The record of all structural stories that are kept."""
    tables, before = load_tables(), memo.told if memo is not None else {}
    found: dict[str, tuple[int, Told]] = {}
    async for batch in read_told(store, today - KEPT, today):
        for number, (story, record) in enumerate(batch, 1):
            sum_of = crc32(record)
            known = before.get(story)
            if known is None or known[0] != sum_of:
                if number % _AT_ONCE == 0:
                    await asyncio.sleep(0)
                alert = open_record(record)
                if alert is None:
                    continue
                known = sum_of, tell(alert, tables)
            latest = found.get(story)
            if latest is None or known[1].version >= latest[1].version:
                found[story] = known
    if memo is not None:
        memo.told = found
    return gather(told for _, told in found.values())
