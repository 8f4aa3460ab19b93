"""Says what a round over all feeds brought: the first one of a run, or the only one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any

from bot.feeding import Feeding
from bot.languages.translator import ENGLISH, Translator
from bot.markup import Message, bold, compose, line
from bot.settings import Settings
from bot.text import shown
from pipelines import keys
from pipelines.feeds.feed import Feed
from pipelines.tasks import rest

log = logging.getLogger(__name__)


async def tell_first_round(
    feeding: Feeding, soon: AbstractSet[str], settings: Settings, clock: Callable[[], datetime], stop: asyncio.Event
) -> None:
    """Wait until each of the feeds in ``soon`` has had its turn, and tell what came and when the next turn is."""
    account = feeding.fetch.account
    while not (soon & feeding.feeds.keys()) <= account.turns:  # an operator may take one out meanwhile
        if await rest(stop, 0.25):
            return
    account.tell()
    came = summary(feeding, len(account.failing), account.headlines, settings)
    log.info("run.polled %s next_poll_in=%s", came, await _next_poll(feeding.store, clock()))


def summary(feeding: Feeding, failed: int, headlines: int, settings: Settings) -> str:
    """How many feeds, how many of them failed, and what came: ``too_old`` are entries passed over for their age."""
    return (
        f"feeds={len(feeding.feeds)} failed={failed} headlines={headlines} "
        f"too_old={feeding.fetch.account.too_old} first_poll_age={settings.first_poll_age:g}h"
    )


def render_churn(feed: Feed, items: int, tr: Translator = ENGLISH) -> Message:
    """What an admin is told of a feed whose known titles came under new ids, links or dates."""
    told = tr.plural(
        "{feed} ({id}): {count} known title came under a new id, link or date.",
        "{feed} ({id}): {count} known titles came under new ids, links or dates.",
        items, feed=shown(feed.name, 80), id=feed.id,
    )  # fmt: skip
    lines = [line(bold(tr("A feed brought old news again"))), line(told)]
    return compose([*lines, line(tr("None of them was sent again; what is new in it was."))])


async def _next_poll(store: Any, now: datetime) -> str:
    rows = await store.zrange(keys.DUE, 0, 99, withscores=True)
    times = [at for name, at in rows if name.startswith(b"poll:")]
    return f"{max(0.0, times[0] - now.timestamp()):.0f}s" if times else "unknown"
