"""The main job once: every feed is polled a single time, and what came is dealt with to the end."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis

from bot.app import utc_now
from bot.json_rows import json_row
from bot.line import NAMES
from bot.main_job import Job, open_job
from bot.rounds import summary
from bot.settings import Settings
from pipelines import keys
from pipelines.events import Alert, decode
from pipelines.prices.read import read_quotes
from rules.verdict import Label

log = logging.getLogger(__name__)


async def run_once(settings: Settings, *, as_json: bool) -> int:
    """Poll every feed once and deal with what came, then end. Exit code 1 when no feed at all could be read.

    ``as_json``: one line per structural story on standard output, and nothing is sent; the alerts stay on their stream
    for the next full run.
    """
    names = NAMES[:4] if as_json else NAMES
    async with open_job(settings, names) as (job, feeding):
        assert feeding is not None
        last, before = await _last_alert(job.store), await _added(job.store, keys.ENTRIES, keys.ALERTS)
        job.start(names, feeding)
        if not as_json:
            await job.start_sending()
        begun = utc_now()
        for stream, polls in (await feeding.turns()).items():
            await job.streams.publish(stream, *polls)
        while not job.running.stop.is_set() and await feeding.waiting(begun, utc_now()):
            await asyncio.sleep(0.1)
        streams = tuple(
            name for name in keys.STREAMS if not as_json or name not in (keys.ALERTS, keys.DIGESTS, keys.REACTIONS)
        )
        await _drained(job, streams, outbox=not as_json)
        if as_json:
            await _print_alerts(job.store, last, settings.coins)
        headlines, alerts = (
            now - then for now, then in zip(await _added(job.store, keys.ENTRIES, keys.ALERTS), before, strict=True)
        )
        structural = await job.store.zcount(keys.LATEST, begun.timestamp(), "+inf")
        came = summary(feeding, await feeding.failing(), headlines, settings)
        log.info("run.polled %s alerts=%d structural=%d", came, alerts, structural)
        unread = not job.running.stop.is_set() and not await feeding.readable(begun)
        if unread:
            log.error(
                "run.nothing_read feeds=%d remedy=%s",
                len(feeding.feeds),
                "no feed could be read: see the lines above, then `lodestone feeds doctor`",
            )
    return 1 if job.running.failed or unread else 0


async def _drained(job: Job, names: Sequence[str], *, outbox: bool) -> None:
    """Wait until nothing is left on these streams, and nothing in line for a chat that may be called soon."""
    while not job.running.stop.is_set():
        if not sum([await job.streams.length(name) for name in names]) and (
            not outbox or await job.outbox.idle(utc_now())
        ):
            return
        await asyncio.sleep(0.05)


async def _added(store: Redis, *names: str) -> list[int]:
    """How many events were ever put on these streams."""
    facts: list[Any] = [await store.xinfo_stream(keys.stream(name)) for name in names]
    return [int(each["entries-added"]) for each in facts]


async def _last_alert(store: Redis) -> str:
    rows: Any = await store.xrevrange(keys.stream(keys.ALERTS), count=1)
    return f"({rows[0][0].decode()}" if rows else "-"


async def _print_alerts(store: Redis, after: str, coins: Sequence[str]) -> None:
    newest = dict[str, Alert]()
    rows: Any = await store.xrange(keys.stream(keys.ALERTS), min=after)
    for _, fields in rows:
        alert = decode(fields[b"e"])
        if isinstance(alert, Alert):
            newest[alert.story.id] = alert
    quotes = await read_quotes(store, coins)
    for alert in newest.values():
        if alert.verdict.label is Label.STRUCTURAL:
            lead, verdict = alert.story.lead, alert.verdict
            row = {
                "story": alert.story.id,
                "label": verdict.label,
                "severity": verdict.severity,
                "score": round(verdict.score, 1),
                "title": lead.title,
                "link": lead.link,
                "sources": list(dict.fromkeys(report.source.publisher for report in alert.story.reports)),
                "reasons": [reason.because for reason in verdict.reasons],
                "prices": {
                    quote.symbol: {
                        "usd": str(quote.price),
                        "change_24h": None if quote.change_24h is None else str(quote.change_24h),
                        "as_of": quote.as_of.isoformat(),
                    }
                    for quote in quotes
                },
            }
            sys.stdout.write(json_row(row) + "\n")
    sys.stdout.flush()
