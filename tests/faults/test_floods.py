"""Five hundred young items whose ids, links or dates are new at each poll: a chat hears of each act once.

``test_churn`` has an archive that comes again once it is old; here the acts are news, and were told a moment ago.
"""

from __future__ import annotations

import asyncio
import email.utils
import html
import json
import random
import re
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bench.latency import CHATS, noise
from tests.faults.load import opened, seat, settings_for
from tests.feeds.servers import Request, answer, feed, item, serving
from tests.line.product import lodestone
from tests.telegram.remote import telegram_process

pytestmark = pytest.mark.faults

ITEMS, POLLS = 500, 12
ACTS = (
    "Namibia bans exports of unprocessed lithium ore",
    "Commerce Department adds 14 chip toolmakers to the entity list",
    "Norway nationalises the Fen rare earth deposit",
    "Kazakhstan imposes export licence on antimony, effective immediately",
    "Indonesia halts nickel ore exports with immediate effect",
)
FLOODS: dict[str, Callable[[int, int], tuple[str, str, bool]]] = {
    "guids": lambda n, poll: (f"https://e.org/{n}", f"{poll}/{n}", False),
    "guids and links": lambda n, poll: (f"https://e.org/{poll}/{n}", f"{poll}/{n}", False),
    "dates": lambda n, poll: (f"https://e.org/{n}", f"{n}", True),
    "all but the titles": lambda n, poll: (f"https://e.org/{poll}/{n}", f"{poll}/{n}", True),
}
"""Number and poll, to link, guid, and whether the item is dated at the poll."""

_TAG = re.compile(r"<[^>]*>")


@pytest.mark.parametrize("flood", FLOODS)
async def test_five_hundred_items_that_are_new_at_each_poll(tmp_path: Path, flood: str) -> None:
    begun, asked, words = time.time(), 0, noise(random.Random(6))
    titles = [next(words) for _ in range(ITEMS)]
    for number, act in enumerate(ACTS):
        titles[number * 40] = act  # among the newest two hundred, which is what is read of a feed

    async def serve(request: Request, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        rows = list[str]()
        for number, title in enumerate(titles):
            place, guid, redated = FLOODS[flood](number, asked)
            at = (time.time() if redated else begun) - number
            rows.append(item(html.escape(title), place, guid, email.utils.formatdate(at)))
        await answer(200, feed(*rows))(request, writer)

    async with opened(tmp_path / "data" / "store") as store:
        await seat(store)
    async with serving() as server, telegram_process("--any-chat") as telegram:
        server.pages["/"] = serve
        catalogue = tmp_path / "feeds.json"
        catalogue.write_text(
            json.dumps({"feeds": [{"id": "mill", "name": "Mill", "tier": "wire", "family": "mill", "url": server.url}]})
        )
        async with lodestone(tmp_path / "data", "run", **settings_for(telegram, catalogue)) as product:
            await product.says("telegram.ready")
            async with asyncio.timeout(240):
                while asked < POLLS:
                    await asyncio.sleep(0.2)
            await asyncio.sleep(3)
            assert await product.stop() == 0
        calls = await telegram.calls(method="sendMessage")
    told = Counter(act for call in calls for act in ACTS if act in call["text"])
    print(
        f"\nnew {flood} at each of {asked} polls of {ITEMS} items with {len(ACTS)} acts: {sum(told.values())} messages "
        f"of them to {CHATS} chats, {sum(told.values()) - len(ACTS) * CHATS} extra (bar 0); "
        f"{len(calls) - sum(told.values())} of other titles"
    )
    assert told == dict.fromkeys(ACTS, CHATS)
    assert all(
        count == CHATS for count in Counter(_TAG.sub("", call["text"]).splitlines()[1] for call in calls).values()
    )
