"""The store's files cut off anywhere, broken in the middle, or gone: no loss in silence, and a backup brings it back.

Rows 21 and 16 of the fault table.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from bot.delivery.ledger import ROWS_PREFIX
from pipelines import aof
from pipelines.redis_server import EmbeddedServer, NoServerError
from pipelines.store import connect
from tests.faults.deliveries import Account, fill
from tests.line.product import lodestone, writing_to
from tests.telegram.remote import RemoteTelegram, telegram_process

pytestmark = pytest.mark.faults

ROWS, LAST_KB, MIDDLE, BORDERS = 2_000, 40, 12, 6
CHATS, ALERTS = 10, 40
GROWING = "appendonly.aof.1.incr.aof"


async def rows_in(folder: Path) -> int:
    """Start a server on the folder, count the rows, stop it."""
    server = EmbeddedServer(folder, reserve_mb=0)
    try:
        await server.open()
        client: Any = connect(server.url)
        numbers = [int(row) for row in await client.lrange("rows", 0, -1)]
        await client.aclose()
    finally:
        await server.close()
    assert numbers == list(range(len(numbers)))  # what is missing is missing at the end only
    return len(numbers)


async def written(folder: Path) -> list[int]:
    """A store with rows that were acknowledged one by one; how long its file was after each."""
    server = EmbeddedServer(folder, reserve_mb=0)
    await server.open()
    client: Any = connect(server.url)
    ends = []
    for number in range(ROWS):
        await client.rpush("rows", number)
        ends.append((folder / aof.FOLDER / GROWING).stat().st_size)
    await client.aclose()
    await server.close()
    return ends


@pytest.mark.parametrize("noted", [True, False], ids=["stopped", "killed-before-a-note"])
async def test_a_file_cut_off_anywhere_is_never_shorter_in_silence(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, noted: bool
) -> None:
    rng, source = random.Random(21), tmp_path / "source"
    ends = await written(source)
    size = ends[-1]
    offsets = rng.sample(range(size - 1024, size), LAST_KB) + rng.sample(range(size // 4, size - 1024), MIDDLE)
    offsets += rng.sample(ends[-30:-1], BORDERS)  # where no record is torn, only the note can tell
    torn = silent = at_borders = acknowledged = 0
    for offset in offsets:
        copy = tmp_path / "copy"
        shutil.copytree(source, copy)
        if not noted:
            aof.forget_sizes(copy)
        os.truncate(copy / aof.FOLDER / GROWING, offset)
        caplog.clear()
        kept = await rows_in(copy)
        lines = [each.getMessage() for each in caplog.records if each.levelno == logging.ERROR]
        assert kept == sum(end <= offset for end in ends), "all whole rows are there"
        acknowledged += ROWS - kept
        assert len(lines) <= 1
        torn += len(lines)
        silent += not lines
        at_borders += offset in ends
        if noted:
            assert f"lost_bytes={size - (ends[kept - 1])} " in lines[0]
        shutil.rmtree(copy)
    print(
        f"\nrow 21, {'with' if noted else 'without'} a note of sizes: {len(offsets)} cuts, {torn} told, "
        f"{silent} silent; {at_borders} exactly between two records; {acknowledged} rows missing, all behind their cuts"
    )
    assert silent == (0 if noted else at_borders)


async def test_a_file_broken_in_the_middle_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    rng, source = random.Random(22), tmp_path / "source"
    await written(source)
    whole = (source / aof.FOLDER / GROWING).read_bytes()
    refused = 0
    for _ in range(30):
        copy, at = tmp_path / "copy", rng.randrange(len(whole) // 4, len(whole) - 1024)
        shutil.copytree(source, copy)
        harmed = whole[:at] + bytes(16) + whole[at + 16 :]
        (copy / aof.FOLDER / GROWING).write_bytes(harmed)
        for _ in range(2):
            with pytest.raises(
                NoServerError, match=rf"{GROWING} is broken at .*mv {copy} {copy}\.broken.*lodestone restore"
            ):
                await rows_in(copy)
            refused += 1
        assert (copy / aof.FOLDER / GROWING).read_bytes() == harmed
        shutil.rmtree(copy)
    print(f"\nrow 21, 16 bytes of zeros in the middle: {refused} of 60 starts refused, the files as they were")


def settings_for(telegram: RemoteTelegram) -> dict[str, str]:
    return {**writing_to(telegram), "send_rate": "300", "chat_rate": "50"}


async def delivered(telegram: RemoteTelegram) -> list[dict[str, Any]]:
    return [call for call in await telegram.calls() if call["method"] == "sendMessage" and call["delivered"]]


async def until(telegram: RemoteTelegram, count: int, seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while len(await delivered(telegram)) < count:
            await asyncio.sleep(0.05)


async def run_words(data: Path, *words: str, **settings: str) -> str:
    async with lodestone(data, *words, **settings) as command:
        assert await command.ends() == 0, command.err
        return "\n".join(command.out)


async def rows_that_say(data: Path, state: str) -> int:
    server = EmbeddedServer(data / "store", reserve_mb=0)
    await server.open()
    client: Any = connect(server.url)
    count = 0
    async for key in client.scan_iter(match=f"{ROWS_PREFIX}*".replace("{", "[{]").replace("}", "[}]")):
        count += sum(row.startswith(state.encode()) for row in (await client.hgetall(key)).values())
    await client.aclose()
    await server.close()
    return count


async def test_an_emptied_store_comes_back_and_nothing_is_pushed_again(tmp_path: Path) -> None:
    data, file, line = tmp_path / "data", tmp_path / "b.tgz", ("run", "--stage", "address", "--stage", "send")
    await fill(data, chats=CHATS, alerts=ALERTS)
    async with telegram_process("--any-chat") as telegram:
        settings = settings_for(telegram)
        async with lodestone(data, *line, **settings) as product:
            await until(telegram, CHATS * ALERTS)
            said = await run_words(data, "backup", str(file), **settings)  # as a guest of what runs
            assert await product.stop() == 0
        sent = await rows_that_say(data, "sent")
        shutil.rmtree(data / "store")
        (data / "store").mkdir()
        back = await run_words(data, "restore", str(file), **settings)
        again = await rows_that_say(data, "sent")
        before = len(await delivered(telegram))
        async with lodestone(data, *line, **settings) as product:
            await product.says("run.begun")
            await asyncio.sleep(3)
            assert await product.stop() == 0
        account = Account.of(await delivered(telegram), chats=CHATS, alerts=ALERTS)
        after = len(await delivered(telegram))
    print(f"\nrow 16: {said}\n        {back}\n        {account}; sent rows before {sent}, after {again}")
    assert (sent, again) == (CHATS * ALERTS, CHATS * ALERTS)
    assert after == before
    assert (account.lost, account.repeats) == (0, 0)


async def test_a_backup_from_the_middle_repeats_only_what_came_after_it(tmp_path: Path) -> None:
    data, file, line = tmp_path / "data", tmp_path / "b.tgz", ("run", "--stage", "address", "--stage", "send")
    await fill(data, chats=CHATS, alerts=ALERTS)
    async with telegram_process("--any-chat") as telegram:
        settings = settings_for(telegram) | {"send_rate": "60"}
        async with lodestone(data, *line, **settings) as product:
            await until(telegram, CHATS * ALERTS // 4)
            begun = len(await delivered(telegram))
            await run_words(data, "backup", str(file), **settings)
            await until(telegram, CHATS * ALERTS)
            assert await product.stop() == 0
        shutil.rmtree(data / "store")
        await run_words(data, "restore", str(file), **settings)
        async with lodestone(data, *line, **settings) as product:
            await product.says("run.begun")
            await until_quiet(telegram)
            assert await product.stop() == 0
        account = Account.of(await delivered(telegram), chats=CHATS, alerts=ALERTS)
    print(f"\nrow 16, from the middle: {begun} delivered when the backup began; {account}")
    assert account.lost == 0
    assert account.worst <= 2
    assert account.repeats <= CHATS * ALERTS - begun


async def until_quiet(telegram: RemoteTelegram, seconds: float = 60) -> None:
    """Wait until three seconds have brought nothing new."""
    async with asyncio.timeout(seconds):
        seen = -1
        while seen != (seen := len(await delivered(telegram))):
            await asyncio.sleep(3)
