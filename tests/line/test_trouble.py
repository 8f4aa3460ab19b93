"""What goes wrong on a person's machine: each is one clear line, and the rest goes on."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests.feeds.servers import Request, answer, serving
from tests.line.news import News
from tests.line.product import NO_PRICES, Product, lodestone, writing_to
from tests.telegram.server import TelegramServer

HEADLINE = "China's commerce ministry imposes export licence on dysprosium and terbium, effective immediately"
WRONG = "123456789:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


async def test_a_wrong_token_is_one_line_and_polling_goes_on(tmp_path: Path) -> None:
    async with News("mining") as news, TelegramServer() as server:
        settings = {
            **NO_PRICES,
            "telegram_token": WRONG,
            "telegram_base_url": server.base_url,
            "feeds": str(news.catalogue(tmp_path / "feeds.yaml")),
            "allow_private_hosts": "127.0.0.1",
            "poll_interval": "1",
        }
        async with lodestone(tmp_path / "data", "run", **settings) as product:
            line = await product.says("telegram.token_refused")
            assert "remedy=" in line
            await news.polled_again(2)
            assert await product.stop() == 0
    assert WRONG.partition(":")[2] not in "\n".join(product.err + product.out)
    assert sum("token_refused" in line for line in product.err) == 1


async def test_feeds_that_fail_in_their_own_ways_are_one_line_each(tmp_path: Path) -> None:
    feeds = tmp_path / "feeds.yaml"
    feeds.write_text(
        "feeds:\n"
        "  - {id: gone, name: Gone, url: 'https://feeds.invalid/rss', tier: wire}\n"
        "  - {id: shut, name: Shut, url: 'http://127.0.0.1:9/rss', tier: wire}\n"
    )
    settings = {**NO_PRICES, "feeds": str(feeds), "allow_private_hosts": "127.0.0.1"}
    async with lodestone(tmp_path / "data", "run", "--once", "--json", **settings) as product:
        assert await product.ends() == 1
    for feed in ("gone", "shut"):
        assert sum(f"feed.failed feed={feed} " in line for line in product.err) == 1
    assert sum("run.nothing_read feeds=2 " in line for line in product.err) == 1
    assert product.out == []


async def test_without_a_network_one_line_stands_for_all_feeds(tmp_path: Path) -> None:
    feeds = tmp_path / "feeds.yaml"
    rows = [f"  - {{id: f{n}, name: F{n}, url: 'http://127.0.0.1:9/{n}', tier: wire}}\n" for n in range(30)]
    feeds.write_text("feeds:\n" + "".join(rows))
    settings = {**NO_PRICES, "feeds": str(feeds), "allow_private_hosts": "127.0.0.1", "per_host": "30"}
    async with lodestone(tmp_path / "data", "run", **settings) as product:
        told = await product.says("run.polled")
        assert "feeds=30 failed=30 headlines=0 " in told
        assert "next_poll_in=" in told
        assert await product.stop() == 0
    assert sum("network.away reason=connect " in line for line in product.err) == 1
    assert not any("feed.failed" in line for line in product.err)


async def test_once_ends_though_a_host_asks_for_an_hour_of_silence(tmp_path: Path) -> None:
    async with serving() as server:
        server.pages["*"] = answer(429, retry_after="3600")
        feeds = [{"id": f"f{n}", "name": f"F{n}", "url": f"{server.url}/{n}", "tier": "wire"} for n in range(8)]
        path = tmp_path / "feeds.yaml"
        path.write_text(json.dumps({"feeds": feeds}))
        settings = {**NO_PRICES, "feeds": str(path), "allow_private_hosts": "127.0.0.1"}
        async with lodestone(tmp_path / "data", "run", "--once", "--json", **settings) as product:
            assert await product.ends() == 1, "no feed could be read"
    asked = len(server.requests)
    assert asked <= 2  # as many as one host is asked at a time
    assert sum("feed.failed" in line for line in product.err) == asked
    assert sum("feed.put_off" in line for line in product.err) == 8 - asked


async def test_a_signal_before_all_is_open_is_a_clean_stop(tmp_path: Path) -> None:
    asked = asyncio.Event()

    async def silent(_: Request, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await writer.wait_closed()

    async with serving() as server:
        server.pages["*"] = silent
        settings = {**NO_PRICES, "feeds": f"{server.url}/list.opml", "allow_private_hosts": "127.0.0.1"}
        async with lodestone(tmp_path / "data", "run", **settings) as product:
            await asked.wait()
            assert await product.stop() == 0
    assert not any("ERROR" in line or "Traceback" in line for line in product.err)


@pytest.mark.parametrize(
    ("words", "settings", "told"),
    [
        (("run",), {"data": "file"}, "store cannot be used: Not a directory; make it writable"),
        (("dead", "list"), {"data": "file"}, "store cannot be used: Not a directory"),
        (
            ("run",),
            {"redis_url": "redis://127.0.0.1:9"},
            "the store cannot be used: Error 111 connecting to 127.0.0.1:9",
        ),
        (("dead", "list"), {"redis_url": "redis://127.0.0.1:9"}, "correct REDIS_URL"),
    ],
)
async def test_a_store_that_cannot_be_had_is_one_line(
    tmp_path: Path, words: tuple[str, ...], settings: dict[str, str], told: str
) -> None:
    (tmp_path / "file").write_text("in the way")
    data = tmp_path / settings.pop("data", "data")
    async with lodestone(data, *words, **NO_PRICES, **settings) as product:
        assert await product.ends() == 2
    (line,) = (line for line in product.err if not line.startswith(" "))
    assert line.startswith("lodestone: ")
    assert told in line


async def test_a_second_poller_of_one_folder_is_refused_by_name(tmp_path: Path) -> None:
    feeds = tmp_path / "feeds.yaml"
    feeds.write_text("feeds: [{id: shut, name: Shut, url: 'http://127.0.0.1:9/rss', tier: wire}]\n")
    settings = {**NO_PRICES, "feeds": str(feeds)}
    async with lodestone(tmp_path / "data", "run", **settings) as first:
        await first.says("run.polled")  # its model is loaded: that holds up the renewal of its lease
        async with lodestone(tmp_path / "data", "run", **settings) as second:
            assert await second.ends() != 0
        assert "already polls for this store" in second.err[-1]
        async with lodestone(tmp_path / "data", "run", "--stage", "read", **settings) as guest:
            await guest.says("run.begun")
            assert await guest.stop() == 0
        assert await first.stop() == 0


async def test_of_two_processes_that_send_one_talks_to_telegram_until_it_ends(
    tmp_path: Path, store: Redis, store_url: str
) -> None:
    async with TelegramServer() as server:
        settings = {
            **NO_PRICES,
            "redis_url": store_url,
            **writing_to(server),
        }
        async with (
            lodestone(tmp_path, "run", "--stage", "send", **settings) as first,
            lodestone(tmp_path, "run", "--stage", "send", **settings) as second,
        ):
            polling = await either(first, second, "telegram.ready")
            other = second if polling is first else first
            await other.says("lease.elsewhere job=telegram")
            await either(first, second, "lease.elsewhere job=prices")
            assert not any("telegram.ready" in line for line in other.err)
            assert await polling.stop() == 0
            await other.says("telegram.ready")
            assert await other.stop() == 0
    assert not any("second_poller" in line for line in first.err + second.err)


async def either(first: Product, second: Product, words: str) -> Product:
    """The one of the two that says so first."""
    saying = {asyncio.create_task(each.says(words)): each for each in (first, second)}
    done, late = await asyncio.wait(saying, return_when=asyncio.FIRST_COMPLETED)
    for task in late:
        task.cancel()
    (said, *_) = done
    await said
    return saying[said]


async def test_a_full_disk_stops_intake_and_says_so_once(tmp_path: Path) -> None:
    async with News("mining") as news:
        settings = {
            **NO_PRICES,
            "feeds": str(news.catalogue(tmp_path / "feeds.yaml")),
            "allow_private_hosts": "127.0.0.1",
            "disk_reserve_mb": "999999",
        }
        async with lodestone(tmp_path / "data", "run", **settings) as product:
            await product.says("disk.low")
            assert await product.stop() == 0
        assert news.polls == 0
    assert sum("disk.low" in line for line in product.err) == 1


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"send_rate": "fast"}, ["LODESTONE_SEND_RATE", "send_rate"]),
        ({"telegram_token": "no-token"}, ["LODESTONE_TELEGRAM_TOKEN", "@BotFather"]),
        ({"fetch_paralel": "3"}, ["LODESTONE_FETCH_PARALEL", "fetch_parallel".upper()]),
        ({"feeds": "nowhere.opml"}, ["LODESTONE_FEEDS", "neither a file nor a URL"]),
    ],
)
async def test_a_wrong_setting_is_named_with_its_remedy(
    tmp_path: Path, settings: dict[str, str], words: list[str]
) -> None:
    async with lodestone(tmp_path / "data", "run", **settings) as product:
        assert await product.ends() == 2
    said = "\n".join(product.err)
    assert all(word.lower() in said.lower() for word in words), said
    assert "Traceback" not in said
