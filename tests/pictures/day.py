"""Stories of the packaged day as the line makes them: read, grouped as its key says, judged by the shipped rules."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from importlib.resources import files

from pipelines.events import Alert, Entry, Reading
from pipelines.language.reader import load_reader
from pipelines.prices.quote import Quote
from pipelines.rulebook import load_rules
from pipelines.stories.changes import advance, begin
from rules.judge import judge
from rules.story import Source, Tier

_TOLD = {
    "china-yttrium": ("d004", "d041", "d042", "d043", "d044", "d045", "d046"),
    "china-rrr": ("d011", "d012", "d013", "d014"),
    "tsmc-arizona": ("d006", "d007", "d008"),
    "opec-output": ("d071", "d072", "d073"),
    "pakistan-mou": ("d024",),
    "gallium-stake": ("d033",),
    "dutch-tools": ("d077",),
    "japan-reserve": ("d133",),
}
_PRICES = (("BTC", "91480", "1.8"), ("ETH", "3034.5", "2.4"), ("USDC", "0.9999", "0.0"))


@dataclass(frozen=True, slots=True)
class Day:
    """What the screens show: one story from its rumour on, one that grew, and some for a digest.

    ``rumour``, ``deed`` are one story at two moments; ``first``, ``grown`` another.
    """

    rumour: Alert
    deed: Alert
    first: Alert
    grown: Alert
    digest: tuple[Alert, ...]


def read_day() -> Day:
    """The day, with the reader and the rules that are shipped; two seconds."""
    text = (files("bot.demo") / "day.jsonl").read_text(encoding="utf-8")
    rows = {row["id"]: row for row in map(json.loads, text.splitlines())}
    entries = [_entry(rows[each]) for ids in _TOLD.values() for each in ids]
    read = {each.id: Reading(each, report) for each, report in zip(entries, load_reader().read(entries), strict=True)}
    rules = load_rules(None)

    def told(name: str, count: int | None = None) -> Alert:
        first, *others = [read[each] for each in _TOLD[name][:count]]
        story, now = begin(first, name, first.entry.published), first.entry.published
        for reading in others:
            now = reading.entry.published
            story = advance(story, reading, now)
        return Alert(story, judge(story, rules, now), now, now)

    return Day(
        rumour=told("china-yttrium", 1),
        deed=told("china-yttrium", 3),
        first=told("china-rrr", 1),
        grown=told("china-rrr"),
        digest=tuple(map(told, list(_TOLD)[2:])),
    )


def quotes(now: datetime) -> Sequence[Quote]:
    """Prices as fresh as the keeper has them."""
    at = now - timedelta(seconds=12)
    return [Quote(symbol, Decimal(price), Decimal(change), at, ("day",)) for symbol, price, change in _PRICES]


def _entry(row: dict[str, str]) -> Entry:
    """One row of the day as a feed would have brought it; the tier is given, since no feed was polled."""
    at = datetime.fromisoformat(row["date"])
    return Entry(
        feed="day",
        id=row["id"],
        url=row["link"],
        title=row["title"],
        summary=row.get("summary", ""),
        source=Source(feed="day", publisher=row["publisher"], family=row["publisher"].lower(), tier=Tier.WIRE),
        published=at,
        first_seen=at,
    )
