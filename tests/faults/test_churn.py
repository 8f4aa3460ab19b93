"""Five hundred old items come again under new ids and links (fault 28): nobody hears of them, the operator once."""

from __future__ import annotations

import asyncio
import email.utils
import html
import json
import random
import time
from itertools import islice
from pathlib import Path

import pytest

from tests.bench.latency import CHATS
from tests.bench.latency import structural as headlines
from tests.faults.load import opened, seat, settings_for
from tests.feeds.servers import answer, feed, item, serving
from tests.line.product import lodestone
from tests.telegram.remote import telegram_process

pytestmark = pytest.mark.faults

OLD, ADMIN = 500, 4_711
DAY = 86_400.0
FRESH = (
    "Indonesia halts nickel ore exports with immediate effect",
    "Norway revokes licences for graphite mining",
    "Vietnam raises duty on tungsten imports, effective Monday",
)


def row(title: str, place: str, guid: str, at: float) -> str:
    return item(html.escape(title), place, guid, email.utils.formatdate(at))


@pytest.mark.parametrize("redated", [False, True], ids=["dates kept", "dates new"])
async def test_28_an_archive_that_comes_again(tmp_path: Path, redated: bool) -> None:
    now, titles = time.time(), list(islice(headlines(random.Random(28)), OLD))
    before = [
        row(title, f"http://e.org/{n}", f"http://e.org/?p={n}", now - 3 * DAY - n) for n, title in enumerate(titles)
    ]
    after = [
        row(title, f"https://e.org/{n}", f"tag:e.org,{n}", now - (n if redated else 3 * DAY + n))
        for n, title in enumerate(titles)
    ]
    fresh = [row(title, f"https://e.org/new{n}", f"new{n}", now) for n, title in enumerate(FRESH)]
    async with opened(tmp_path / "data" / "store") as store:
        await seat(store)
    async with serving() as server, telegram_process("--any-chat") as telegram:
        server.pages["/"] = answer(200, feed(*before))
        catalogue = tmp_path / "feeds.json"
        catalogue.write_text(
            json.dumps({"feeds": [{"id": "mill", "name": "Mill", "tier": "wire", "family": "mill", "url": server.url}]})
        )
        settings = settings_for(telegram, catalogue, admins=str(ADMIN))
        async with lodestone(tmp_path / "data", "run", **settings) as product:
            await product.says("telegram.ready")
            await product.says("run.polled")
            quiet = len(await telegram.calls(method="sendMessage"))
            server.pages["/"] = answer(200, feed(*fresh, *after))
            await product.says("feed.churn")
            # Again and again under other links, as where a site puts a number of its own into each.
            for number in range(5):
                polls = len(server.requests)
                again = [row.replace("e.org/", f"e.org/{number}/").replace("tag:", f"tag{number}:") for row in after]
                server.pages["/"] = answer(200, feed(*fresh, *again))
                async with asyncio.timeout(30):
                    while len(server.requests) < polls + 3:
                        await asyncio.sleep(0.05)
            await asyncio.sleep(3)
            assert await product.stop() == 0
        calls = await telegram.calls(method="sendMessage")
    news = [call for call in calls if call["chat"] != ADMIN]
    notes = [call for call in calls if call["chat"] == ADMIN]
    known = [call for call in news if any(html.escape(title, quote=False) in call["text"] for title in titles)]
    fresh_told = {title: sum(title in call["text"] for call in news) for title in FRESH}
    lines = [line for line in product.err if "feed.churn" in line]
    print(
        f"\n28: {OLD} old items six times under new ids and links, {len(FRESH)} new among them: {quiet} messages "
        f"before, {len(known)} for known titles (bar 0), {sum(fresh_told.values())} for the new ones to {CHATS} chats, "
        f"{len(notes)} notes to the operator, {len(lines)} lines in the log (bar 1)"
    )
    assert quiet == 0
    assert known == []
    assert fresh_told == dict.fromkeys(FRESH, CHATS)
    assert (len(notes), len(lines)) == (1, 1)
    assert "Mill" in notes[0]["text"]
