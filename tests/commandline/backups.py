"""A deployment that is backed up in the tests, and the command line as they call it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from click.testing import CliRunner, Result

from bot.cli import lodestone
from pipelines.feeds.catalogue import write_catalogue
from pipelines.feeds.changes import add_feed, remove_feed
from pipelines.feeds.feed import Feed
from rules.story import Tier
from tests.faults.deliveries import fill

OWN = "weights:\n  levels:\n    high: 61\n"
SETTINGS = "log_level: WARNING\n"
LISTED = Feed(id="listed", url="https://listed.example/feed", name="Listed", tier=Tier.TRADE)
OWN_FEED = Feed(id="own", url="https://own.example/feed", name="Own", family="own", tier=Tier.TRADE)


def call(data: Path, *words: str, **env: str) -> Result:
    return CliRunner().invoke(lodestone, list(words), env={"LODESTONE_DATA": str(data), "REDIS_URL": "", **env})


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def deployment(data: Path) -> Path:
    """A deployment at rest: three chats, two alerts that wait; rules, settings and changed feeds of its own."""
    asyncio.run(fill(data, chats=3, alerts=2))
    (data / "rules").mkdir()
    (data / "rules" / "mine.yaml").write_text(OWN)
    (data / "lodestone.yaml").write_text(SETTINGS)
    assert add_feed(data, (LISTED,), OWN_FEED) is not None
    assert remove_feed(data, (LISTED,), LISTED.id)
    (data / "feeds.yaml").write_bytes(write_catalogue((LISTED,)))
    (data / "telegram-token").write_text("not for a backup")
    return data
