"""One act in many papers whose ids and dates move at each poll, with the product as its users run it: one message."""

from __future__ import annotations

import asyncio
import contextlib
import email.utils
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.feeds.servers import FeedServer, Request, answer, feed, item, serving
from tests.line.product import NO_PRICES, Product, lodestone, talking
from tests.line.test_end_to_end import texts
from tests.telegram.server import TelegramServer

pytestmark = pytest.mark.faults
FEEDS, CHAT = 8, 7
WORDINGS = (
    "Namibia bans exports of unprocessed lithium ore",
    "NAMIBIA BANS EXPORTS OF UNPROCESSED LITHIUM ORE",
    "Namibia bans unprocessed lithium ore exports - Reuters",
    "UPDATE 1-Namibia bans exports of unprocessed lithium ore",
    "Exports of unprocessed lithium ore banned by Namibia",
)
ANOTHER = "Commerce Department adds 14 chip toolmakers to the entity list"


class Restless:
    """Feeds of one headline each, that give it a new id, link and date whenever they are asked."""

    def __init__(self, server: FeedServer) -> None:
        self._server = server
        self._asked = 0
        self.titles: dict[int, list[str]] = {n: [] for n in range(FEEDS)}
        for number in range(FEEDS):
            server.pages[f"/{number}"] = self._serve

    async def _serve(self, request: Request, writer: asyncio.StreamWriter) -> None:
        self._asked += 1
        rows = (
            item(title, f"https://e.org/{self._asked}/{n}", f"{self._asked}/{n}", email.utils.formatdate(time.time()))
            for n, title in enumerate(self.titles[int(request.path[1:])])
        )
        await answer(200, feed(*rows))(request, writer)

    async def asked_again(self, times: int) -> None:
        """Wait until each feed has been asked so many times more, as far as their number tells."""
        until = self._asked + times * FEEDS
        async with asyncio.timeout(60):
            while self._asked < until:
                await asyncio.sleep(0.05)

    def catalogue(self, path: Path) -> Path:
        """The feeds as a catalogue."""
        feeds = [
            {"id": f"p{n}", "name": f"Paper {n}", "url": f"{self._server.url}/{n}", "tier": "trade", "family": f"p{n}"}
            for n in range(FEEDS)
        ]
        path.write_text(json.dumps({"feeds": feeds}))
        return path


@contextlib.asynccontextmanager
async def running(tmp_path: Path, telegram: TelegramServer) -> AsyncIterator[tuple[Product, Restless]]:
    async with serving() as server:
        restless = Restless(server)
        settings = talking(telegram, restless.catalogue(tmp_path / "feeds.json"), **NO_PRICES)
        async with lodestone(tmp_path / "data", "run", **settings) as product:
            await product.says("telegram.ready")
            yield product, restless


async def test_papers_that_never_rest_are_told_of_once(tmp_path: Path) -> None:
    async with TelegramServer() as telegram:
        telegram.world.chat(CHAT)
        async with running(tmp_path, telegram) as (product, restless):
            await telegram.say(CHAT, "/start")
            await telegram.until(lambda: bool(texts(telegram, CHAT)))
            for number, titles in restless.titles.items():
                titles.append(WORDINGS[number % len(WORDINGS)])
            await telegram.until(lambda: len(texts(telegram, CHAT)) > 1)
            await restless.asked_again(3)
            restless.titles[3].append(ANOTHER)
            await telegram.until(lambda: any(ANOTHER in text for text in texts(telegram, CHAT)))
            assert await product.stop() == 0
        _, *alerts = texts(telegram, CHAT)
    assert ["lithium" in text.lower() for text in alerts] == [True, False]
