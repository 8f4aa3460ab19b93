"""Rules that change while a real process runs: what its log, its store and its admins are told."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.kept_rules import read_rule_set
from pipelines.redis_server import EmbeddedServer
from pipelines.store import connect
from tests.line.news import News
from tests.line.product import NO_PRICES, lodestone, talking
from tests.line.test_end_to_end import HEADLINE, texts
from tests.line.test_reload import BAD, QUIET, RULE
from tests.prices.server import price_server
from tests.telegram.server import TelegramServer

pytestmark = pytest.mark.faults


async def test_rules_are_broken_and_mended_while_the_product_runs(tmp_path: Path) -> None:
    """An admin is told of both, and the next story is judged by the new version."""
    rules, candidate = tmp_path / "rules", tmp_path / "candidate"
    rules.mkdir()
    candidate.mkdir()
    (candidate / "c.yaml").write_text(BAD)
    async with (
        News("mining") as news,
        TelegramServer() as server,
        price_server(lambda: datetime.now(UTC)) as prices,
    ):
        addresses = {f"{name}_url": address for name, address in prices.addresses.items()}
        folders = {"rules": str(rules), "shadow_rules": str(candidate), "price_sockets": "true"}
        settings = talking(server, news.catalogue(tmp_path / "feeds.yaml"), admins="7", **folders, **addresses)
        async with lodestone(tmp_path / "data", "run", **settings) as product:
            await product.says("telegram.ready")
            server.world.chat(7)
            await server.say(7, "/start")
            await server.until(lambda: len(texts(server, 7)) == 1)
            (rules / "mine.yaml").write_text(BAD)
            await server.until(lambda: len(texts(server, 7)) == 2)
            assert "refused" in texts(server, 7)[1]
            assert "mine.yaml line=1" in await product.says("rules.refused")
            (rules / "mine.yaml").write_text(RULE.replace("Mine.", "Because I say so.") % "dysprosium")
            await server.until(lambda: len(texts(server, 7)) == 3)
            assert "1 added" in texts(server, 7)[2]
            await server.say(7, "/rules")
            await server.until(lambda: len(texts(server, 7)) == 4)
            assert "1 of them your own" in texts(server, 7)[3]
            assert "The candidate for the shadow was refused" in texts(server, 7)[3]
            (candidate / "c.yaml").write_text(QUIET)
            await product.says("shadow.reloaded")
            news.add("mining", HEADLINE)
            await server.until(lambda: len(texts(server, 7)) == 5)
            message = next(each for each in server.world.chat(7).messages.values() if "Why:" in each["text"])
            why = next(row[0] for row in message["reply_markup"]["inline_keyboard"])["callback_data"]
            await server.press(7, message["message_id"], why)
            await server.until(lambda: len(texts(server, 7)) == 6)
            assert "Because I say so." in texts(server, 7)[5]
            async with lodestone(tmp_path / "data", "rules", "shadow", "--json", **settings) as asked:
                assert await asked.ends() == 0
            (row,) = map(json.loads, asked.out)
            assert (row["kind"], row["title"]) == ("lost", HEADLINE)
            assert row["shadow_because"] == "Hush. [quiet]"
            assert row["rules"] != row["live_rules"]
            assert "mine" in await rules_kept(tmp_path / "data", row["live_rules"])
            assert await product.stop() == 0


async def rules_kept(data: Path, name: str) -> list[str]:
    """The names of the rules in the set that is kept by this hash, by a guest of the running store."""
    embedded = EmbeddedServer(data / "store", reserve_mb=0)
    await embedded.open()
    store = connect(embedded.url)
    kept = await read_rule_set(store, name)
    await store.aclose()
    await embedded.close()
    return [rule.name for rule in kept.rules] if kept else []


async def test_of_two_processes_each_reloads_and_one_tells(tmp_path: Path) -> None:
    """One judges, the other talks to people: both see the change, it is counted once, and an admin reads it once."""
    rules = tmp_path / "data" / "rules"
    async with News("mining") as news, TelegramServer() as server:
        settings = talking(server, news.catalogue(tmp_path / "feeds.yaml"), admins="7", **NO_PRICES)
        judges = ("run", "--stage", "judge")
        talks = ("run", "--stage", "address", "--stage", "send")
        async with lodestone(tmp_path / "data", *judges, **settings) as first:
            await first.says("run.begun")
            async with lodestone(tmp_path / "data", *talks, **settings) as second:
                await second.says("telegram.ready")
                server.world.chat(7)
                await server.say(7, "/start")
                await server.until(lambda: len(texts(server, 7)) == 1)
                rules.mkdir()
                (rules / "mine.yaml").write_text(RULE % "dysprosium")
                for process in (first, second):
                    assert "rules 1 added" in await process.says("rules.reloaded")
                await server.until(lambda: len(texts(server, 7)) == 2)
                assert "1 added" in texts(server, 7)[1]
                (rules / "mine.yaml").write_text(BAD)
                for process in (first, second):
                    await process.says("rules.refused")
                await server.until(lambda: len(texts(server, 7)) == 3)
                await server.say(7, "/rules")
                await server.until(lambda: len(texts(server, 7)) == 4)
                assert "1 of them your own" in texts(server, 7)[3]
                assert "did you mean `words`?" in texts(server, 7)[3]
                assert await second.stop() == 0
            assert await first.stop() == 0
