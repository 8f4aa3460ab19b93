"""kill -9 at a marked place around one call: rows 1 and 2 of the fault table."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from bot.app import utc_now
from bot.line import Parts, build_line
from pipelines.language.reader import build_reader
from pipelines.redis_server import EmbeddedServer
from pipelines.rulebook import load_rules
from pipelines.store import connect
from pipelines.streams import Streams
from pipelines.worker import Worker
from tests.faults.deliveries import Account, Log, fill_store, ledger, publish
from tests.faults.forge import forging
from tests.telegram.remote import telegram_process

RUNS = 200
LIVE = "tests.faults.deadly:live"


@pytest.mark.faults
@pytest.mark.parametrize("when", ["after", "before"])
async def test_killed_at_the_mark(tmp_path: Path, when: str) -> None:
    begun = time.monotonic()
    account = await killed_at_the_mark(tmp_path, when, RUNS)
    row, most = (1, RUNS) if when == "after" else (2, 0)
    print(
        f"\nrow {row}, kill -9 just {when} the call, {RUNS} runs in {time.monotonic() - begun:.0f} s: {account} "
        f"(bar: lost 0, repeats <= {most}, unmarked 0, most copies {2 if most else 1})"
    )
    assert account.repeats == most  # after the answer there is no way to know of it: each is repeated once, marked


@pytest.mark.parametrize("when", ["after", "before"])
async def test_a_few_kills_at_the_mark(tmp_path: Path, when: str) -> None:
    account = await killed_at_the_mark(tmp_path, when, 2)
    assert account.repeats == (2 if when == "after" else 0)


async def killed_at_the_mark(folder: Path, when: str, runs: int) -> Account:
    """So many times a process dies around its call, and another one goes on; nothing is lost, no repeat unmarked."""
    server = EmbeddedServer(folder / "store", reserve_mb=0)
    await server.open()
    store = connect(server.url)
    await fill_store(store, chats=1, alerts=0)
    streams, rules = Streams(store, "addresser"), load_rules(None)
    (stage, *_) = build_line(Parts(store=store, clock=utc_now, rules=lambda: rules, reader=build_reader), ["address"])
    worker = Worker(streams, stage, utc_now)
    async with telegram_process("--any-chat", "--slim") as telegram, forging(folder / "logs") as forge:
        log, place = Log(telegram), (server.url, telegram.token, telegram.base_url)
        for number in range(runs):
            await publish(streams, store, number)
            assert await worker.step(1) == 1
            deadly = await forge.call(LIVE, *place, when)
            assert await deadly.end() == -signal.SIGKILL, deadly.log.read_text()
            assert await log.read() == len(log.calls)
            healthy = await forge.call(LIVE, *place, "never")
            assert await healthy.end() == 0, healthy.log.read_text()
        await log.read()
    states = await ledger(store)
    await store.aclose()
    await server.close()
    account = Account.of(log.calls, chats=1, alerts=runs)
    assert states == {"sent": runs}
    assert (account.lost, account.unmarked, account.disorder) == (0, 0, 0)
    assert account.worst <= (2 if when == "after" else 1)
    return account
