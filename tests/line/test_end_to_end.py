"""RSS over HTTP in, a Telegram message out: the whole product as its users run it, nothing replaced."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.line.news import News
from tests.line.product import NO_PRICES, lodestone, talking
from tests.prices.server import price_server
from tests.telegram.server import TelegramServer

HEADLINE = "China's commerce ministry imposes export licence on dysprosium and terbium, effective immediately"
ELSEWHERE = "China's commerce ministry imposes export licence on dysprosium and terbium - Reuters"
NOISE = "Rare earth shares soar as traders bet on tighter supply"


def texts(server: TelegramServer, chat: int) -> list[str]:
    return [message["text"] for message in server.world.chat(chat).messages.values() if message["from"]["is_bot"]]


async def test_a_headline_becomes_one_message_with_its_reason_and_prices(tmp_path: Path) -> None:
    async with (
        News("mining", "wire") as news,
        TelegramServer() as server,
        price_server(lambda: datetime.now(UTC)) as prices,
    ):
        addresses = {f"{name}_url": address for name, address in prices.addresses.items()}
        settings = talking(server, news.catalogue(tmp_path / "feeds.yaml"), **addresses)
        async with lodestone(tmp_path / "data", "run", **settings) as product:
            await product.says("telegram.ready")
            server.world.chat(7)
            await server.say(7, "/start")
            await server.until(lambda: bool(texts(server, 7)))
            (welcome,) = texts(server, 7)
            assert "financial advice" in welcome
            assert "7" in welcome

            news.add("mining", NOISE)
            news.add("mining", HEADLINE)
            news.add("wire", ELSEWHERE)
            await server.until(lambda: len(texts(server, 7)) > 1)
            await news.polled_again(4)
            _, alert, *more = texts(server, 7)
            assert more == []
            assert "dysprosium" in alert
            assert "Why:" in alert
            assert all(coin in alert for coin in ("BTC", "ETH", "USDC"))
            assert await product.stop() == 0
    log = "\n".join(product.err)
    assert server.token not in log
    assert "ERROR" not in log


@pytest.mark.parametrize("as_json", [True, False])
async def test_once_shows_what_qualifies_and_ends(tmp_path: Path, as_json: bool) -> None:
    async with News("mining") as news:
        news.add("mining", NOISE)
        news.add("mining", HEADLINE)
        news.add("mining", "Ministry of long ago licenses gallium exports", minutes_old=26 * 60)
        settings = {
            "feeds": str(news.catalogue(tmp_path / "feeds.yaml")),
            "allow_private_hosts": "127.0.0.1",
            **NO_PRICES,
        }
        words = ["run", "--once", *(["--json"] if as_json else [])]
        async with lodestone(tmp_path / "data", *words, **settings) as product:
            assert await product.ends() == 0
        out = "\n".join(product.out)
        assert "dysprosium" in out
        assert "traders bet" not in out
        assert out.count("dysprosium") == 1
        (told,) = (line for line in product.err if "run.polled" in line)
        assert "feeds=1 failed=0 headlines=2 too_old=1 first_poll_age=24h alerts=1 structural=1" in told
