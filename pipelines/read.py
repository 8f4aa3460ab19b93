"""The second stage: entries become readings. spaCy sees batches, in a thread, so that the loop stays free."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from pipelines.events import Entry, Reading
from pipelines.language.reader import Reader
from pipelines.stage import Done, Outcome

log = logging.getLogger(__name__)


class Read:
    """Gives each entry to the reader. One batch at a time, since the reader serves one thread."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._turn = asyncio.Lock()

    async def handle(self, events: Sequence[Entry]) -> Sequence[Outcome]:
        """One ``Done`` per entry with its ``Reading``, in order."""
        async with self._turn:
            reports = await asyncio.to_thread(self._reader.read, list(events))
        log.debug("read.batch entries=%d structural=%d", len(reports), sum(report.structural for report in reports))
        return [Done(outputs=(Reading(entry, report),)) for entry, report in zip(events, reports, strict=True)]
