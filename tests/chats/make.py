"""Alerts, quotes and chats for tests, with one thing changed at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from bot.chats import Chat, Kind
from pipelines.events import Alert
from pipelines.prices.quote import Quote
from pipelines.stories.ids import story_id
from rules.story import (
    Act,
    Actor,
    Direction,
    Driver,
    Event,
    Report,
    Source,
    Stage,
    StageReached,
    Story,
    Tag,
    Tier,
    Topic,
)
from rules.verdict import Label, Reason, Severity, Verdict

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
ACT = Act(
    event=Event.EXPORT_CONTROL,
    stage=Stage.IN_FORCE,
    direction=Direction.TIGHTENS,
    actors=(Actor("Ministry of Commerce", "A1"),),
)
REASONS = (
    Reason("export-control-in-force", "A government has put an export control into force.", "structural"),
    Reason("official", "The ministry itself published it.", "+ 10"),
)


def report(number: int = 1, publisher: str = "Harbour Wire", **changes: Any) -> Report:
    """A report by a publisher of its own family."""
    given: dict[str, Any] = {
        "id": f"r{number}",
        "title": "Ministry puts export licences on terbium into force",
        "summary": "",
        "link": f"https://news.example.org/{number}?a=1&b=2",
        "source": Source(f"feed{number}", publisher, publisher.lower(), Tier.WIRE),
        "published": NOW - timedelta(minutes=4),
        "tags": (Tag(Topic.RARE_EARTH, 0.9), Tag(Topic.POLICY, 0.8)),
        "act": ACT,
        "driver": Driver.SUPPLY,
        "reader": "reader-1",
    }
    return Report(**given | changes)


def story(*reports: Report, **changes: Any) -> Story:
    """A story of these reports, of one as a rule."""
    told = reports or (report(),)
    first = min(each.published for each in told)
    given: dict[str, Any] = {
        "id": story_id(told[0].id, first),
        "version": 1,
        "reports": told,
        "report_count": len(told),
        "families": tuple(dict.fromkeys(each.source.family for each in told)),
        "first_seen": first,
        "stages": (StageReached(told[0].act.stage, told[0].published, told[0].id),),
    }
    return Story(**given | changes)


def alert(
    *reports: Report, label: Label = Label.STRUCTURAL, severity: Severity = Severity.HIGH, **changes: Any
) -> Alert:
    """An alert; what is left over goes to the story."""
    reasons = changes.pop("reasons", REASONS)
    verdict = Verdict(label=label, severity=severity, score=71.4, reasons=reasons, rules="ab12cd34ef56")
    return Alert(story(*reports, **changes), verdict, judged=NOW, parsed=NOW)


def chat(**changes: Any) -> Chat:
    """A newcomer's chat."""
    given: dict[str, Any] = {"id": 701, "kind": Kind.PRIVATE, "created": NOW}
    return Chat(**given | changes)


def quote(symbol: str = "BTC", price: str = "70123.4", change: str | None = "1.23", age: float = 12) -> Quote:
    """A quote of that age in seconds."""
    percent = None if change is None else Decimal(change)
    return Quote(symbol, Decimal(price), percent, NOW - timedelta(seconds=age), ("kraken",))
