"""Rules that change while the product runs: in force within seconds when sound, refused loudly when not."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from bot.markup import Message
from bot.reloads import tell_reloads
from bot.rulekeeping import Outcome, Refused, Reloaded, RuleKeeper
from pipelines.kept_rules import keep_rule_set, read_rule_set
from pipelines.rule_news import read_rule_news
from pipelines.rulebook import load_rulebook
from tests.conftest import Clock
from tests.line.news import News
from tests.line.product import lodestone
from tests.line.test_end_to_end import HEADLINE, texts
from tests.prices.server import price_server
from tests.telegram.server import TelegramServer

RULE = "rules: [{name: mine, when: {words: [%s]}, then: structural, because: Mine., status: stable}]\n"


BAD = (RULE % "gallium").replace("words", "wordz")


class Folder:
    """A folder of rules, its keeper, and what the keeper told."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.told: list[Outcome] = []
        self.keeper = RuleKeeper(path, load_rulebook(path), self._tell)

    async def _tell(self, outcome: Outcome) -> None:
        self.told.append(outcome)

    def write(self, text: str, name: str = "r.yaml") -> None:
        self.path.mkdir(exist_ok=True)
        (self.path / name).write_text(text)

    async def looks(self, count: int = 2) -> list[Outcome]:
        """So many looks; what was told since the last time."""
        for _ in range(count):
            await self.keeper.look()
        told, self.told = self.told, []
        return told

    @property
    def has_mine(self) -> bool:
        return any(rule.name == "mine" for rule in self.keeper.rules.rules)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "rules")


async def test_a_sound_change_is_in_force_at_the_second_look(folder: Folder) -> None:
    """The first look may see half a file."""
    assert await folder.looks() == []
    folder.write(RULE % "gallium")
    assert await folder.looks(1) == []
    (told,) = await folder.looks(1)
    assert isinstance(told, Reloaded)
    assert folder.has_mine
    assert told.new.rules.hash == folder.keeper.rules.hash != told.old.hash
    assert await folder.looks(3) == []


async def test_a_file_that_grows_is_not_read_before_it_rests(folder: Folder) -> None:
    text = RULE % "gallium"
    for end in range(10, len(text), 20):
        folder.write(text[:end])
        assert await folder.looks(1) == []
    folder.write(text)
    assert [type(told) for told in await folder.looks()] == [Reloaded]


async def test_a_bad_change_keeps_the_set_and_is_told_once(folder: Folder) -> None:
    folder.write(RULE % "gallium")
    await folder.looks()
    good = folder.keeper.rules.hash
    folder.write(BAD)
    (refused,) = await folder.looks()
    assert isinstance(refused, Refused)
    assert "did you mean `words`?" in str(refused.faults[0])
    os.utime(folder.path / "r.yaml", ns=(10**9, 10**9))  # saved again with the same fault
    assert await folder.looks() == []
    assert folder.keeper.rules.hash == good
    folder.write(RULE % "gallium")
    (mended,) = await folder.looks()
    assert isinstance(mended, Reloaded)
    assert folder.keeper.rules.hash == good


async def test_a_folder_that_goes_leaves_the_shipped_rules(folder: Folder) -> None:
    folder.write(RULE % "gallium")
    await folder.looks()
    (folder.path / "r.yaml").unlink()
    folder.path.rmdir()
    (told,) = await folder.looks()
    assert isinstance(told, Reloaded)
    assert told.gone
    assert not folder.has_mine


async def test_no_bad_file_loses_a_rule(folder: Folder) -> None:
    """The last good set is kept, whatever is written."""
    folder.write(RULE % "gallium")
    await folder.looks()
    good, refusals = folder.keeper.rules.hash, 0
    bad = ("rules: [", "\t", "rules: 1", "a: &a [*a]", RULE % "[", "rules: [{name: mine}]", "\x00", "- x")
    for number in range(40):
        folder.write(f"# {number}\n{bad[number % len(bad)]}")
        refusals += sum(isinstance(told, Refused) for told in await folder.looks())
        assert folder.keeper.rules.hash == good
    assert refusals == 40


async def test_what_is_told_is_logged_counted_and_written_to_admins(
    folder: Folder, store: Redis, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    written: list[Message] = []

    async def notify(message: Message) -> None:
        written.append(message)

    told = tell_reloads(store, clock, notify)
    folder.write(BAD)
    for outcome in await folder.looks():
        await told(outcome)
    assert "r.yaml:1:" in written[0].plain
    assert "did you mean `words`?" in written[0].plain
    assert any(record.getMessage().startswith("rules.refused file=") for record in caplog.records)
    news = await read_rule_news(store)
    assert (news.refusals, news.reloads, news.refused) == (1, 0, clock())
    assert "r.yaml:1:" in news.fault

    folder.write(RULE % "gallium")
    for outcome in await folder.looks():
        await told(outcome)
    assert "1 added" in written[1].plain
    news = await read_rule_news(store)
    assert (news.refusals, news.reloads, news.fault) == (1, 1, "")
    kept = await read_rule_set(store, folder.keeper.rules.hash)
    assert kept is not None
    assert kept.rules == folder.keeper.rules.rules


async def test_sets_of_long_ago_are_dropped(folder: Folder, store: Redis, clock: Clock) -> None:
    first = load_rulebook(folder.path)
    await keep_rule_set(store, first, clock())
    folder.write(RULE % "gallium")
    second = load_rulebook(folder.path)
    await keep_rule_set(store, second, clock())
    clock.advance(days=401)
    await keep_rule_set(store, second, clock())
    assert await read_rule_set(store, first.rules.hash) is None


async def test_rules_are_broken_and_mended_while_the_product_runs(tmp_path: Path) -> None:
    """An admin is told of both, and the next story is judged by the new version."""
    rules = tmp_path / "rules"
    rules.mkdir()
    async with (
        News("mining") as news,
        TelegramServer() as server,
        price_server(lambda: datetime.now(UTC)) as prices,
    ):
        settings: dict[str, Any] = {
            "telegram_token": server.token,
            "telegram_base_url": server.base_url,
            "admins": "7",
            "rules": str(rules),
            "feeds": str(news.catalogue(tmp_path / "feeds.yaml")),
            "allow_private_hosts": "127.0.0.1",
            "poll_interval": "1",
            "price_interval": "1",
            **{f"{name}_url": address for name, address in prices.addresses.items()},
        }
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
            news.add("mining", HEADLINE)
            await server.until(lambda: len(texts(server, 7)) == 5)
            message = next(each for each in server.world.chat(7).messages.values() if "Why:" in each["text"])
            why = next(row[0] for row in message["reply_markup"]["inline_keyboard"])["callback_data"]
            await server.press(7, message["message_id"], why)
            await server.until(lambda: len(texts(server, 7)) == 6)
            assert "Because I say so." in texts(server, 7)[5]
            assert await product.stop() == 0
