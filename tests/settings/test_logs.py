"""What reaches the log, with real requests whose URL holds a token, as the Bot API's do."""

from __future__ import annotations

import io
import json
import logging
import re
import sys
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from aiohttp import web
from telegram.ext import ApplicationBuilder

from bot.logs import LineFormatter, one_line, redact, set_up_logs
from bot.telegram_side import build_bot

TOKEN = "123456789:AAfake_fake-fake_fake-fake_fake-fake"
KEY = "CG-key-without-a-pattern"
LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z [A-Z]+ [\w.]+ \S.*")

log = logging.getLogger("tests.logs")


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What was logged; the loggers are put back afterwards."""
    root = logging.getLogger()
    before, level, hook = root.handlers[:], root.level, sys.excepthook
    stream = io.StringIO()
    set_up_logs("DEBUG", (KEY,), stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)
    sys.excepthook = hook
    logging.captureWarnings(capture=False)


@pytest.fixture
async def address() -> AsyncIterator[str]:
    async def answer(request: web.Request) -> web.Response:
        status = int(request.match_info["status"])
        return web.json_response({"url": str(request.url)}, status=status)

    app = web.Application()
    app.router.add_get("/bot{token}/{status}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
    yield f"http://127.0.0.1:{port}"
    await runner.cleanup()


def checked(stream: io.StringIO) -> list[str]:
    found = stream.getvalue().splitlines()
    assert all(LINE.fullmatch(line) for line in found), found
    assert TOKEN not in stream.getvalue()
    assert TOKEN.replace(":", "%3A") not in stream.getvalue()
    assert KEY not in stream.getvalue()
    return found


async def test_a_successful_request(lines: io.StringIO, address: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        reply = await client.get(f"{address}/bot{TOKEN}/200", params={"key": KEY})
    log.info("call.done url=%s text=%s", reply.url, reply.text)
    log.info("call.done", extra={"url": reply.url})
    found = checked(lines)
    assert len(found) == 2  # the libraries' own lines with the URL are silenced
    assert found[0].count("[hidden]") == 4


async def test_an_http_error_and_its_traceback(lines: io.StringIO, address: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        reply = await client.get(f"{address}/bot{TOKEN}/500")
    try:
        reply.raise_for_status()
    except httpx.HTTPStatusError as error:
        log.exception("call.failed why=%s", error)
        log.error("call.failed", exc_info=error, stack_info=True)
    found = checked(lines)
    assert len(found) == 2
    assert all("Traceback" in line and "HTTPStatusError" in line for line in found)
    assert "Stack (most recent call last)" in found[1]


async def test_a_time_out(lines: io.StringIO, address: str) -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=httpx.Timeout(5, pool=0.0001)) as client:
        client._transport._pool._max_connections = 0  # type: ignore[attr-defined]  # no connection can be had
        try:
            await client.get(f"{address}/bot{TOKEN}/200")
        except httpx.PoolTimeout as error:
            raised = RuntimeError(f"{error.request.url} timed out with {KEY}")
            raised.__cause__ = error
            log.error("call.failed", exc_info=raised)
    assert "PoolTimeout" in checked(lines)[0]


def test_what_nobody_caught(lines: io.StringIO) -> None:
    try:
        raise RuntimeError(f"The token `{TOKEN}` was rejected\nby the server")
    except RuntimeError as error:
        sys.excepthook(RuntimeError, error, error.__traceback__)
    assert "program.crashed" in checked(lines)[0]


@pytest.mark.parametrize(
    ("message", "arguments"),
    [
        ("a=%s b=%r", ({"token": TOKEN}, [KEY])),
        ("named=%(token)s", ({"token": TOKEN},)),
        ("named=%(other)s", ({"token": TOKEN},)),
        ("too few %s %s", (TOKEN,)),
        ("too few %s %s " + TOKEN, (KEY,)),
        (json.dumps({"token": TOKEN.replace(":", "%3A")}), ()),
    ],
)
def test_arguments_of_any_kind(message: str, arguments: tuple[object, ...]) -> None:
    record = logging.LogRecord("tests.logs", logging.INFO, __file__, 1, message, arguments, None)
    checked(io.StringIO(LineFormatter((KEY,)).format(record)))


def test_half_a_character_is_shown_as_an_escape() -> None:
    """Formatted directly: a runner that passes captured logs between processes cannot encode it."""
    record = logging.makeLogRecord({"msg": "half \ud83d", "name": "feed", "levelno": logging.INFO, "levelname": "INFO"})
    assert LineFormatter().format(record).endswith(r"half \ud83d")


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Tariff\n2026-11-24T00:00:00Z INFO root forged", r"Tariff\n2026-11-24T00:00:00Z INFO root forged"),
        ("over\rwritten", r"over\rwritten"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x9b31m", r"\x9b31m"),
        ("nul\x00 bell\x07", r"nul\x00 bell\x07"),
        ("one\u2028two\x85three", r"one\u2028two\x85three"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("稀土 · Métaux ✓", "稀土 · Métaux ✓"),
    ],
)
def test_a_headline_cannot_forge_a_line(lines: io.StringIO, title: str, shown: str) -> None:
    log.info("entry.read title=%s", title)
    assert [line.partition("title=")[2] for line in checked(lines)] == [shown]
    assert one_line(title) == shown


def test_a_secret_is_hidden_also_where_one_is_part_of_another() -> None:
    assert redact("abc abcdef", ("abc", "abcdef")) == "[hidden] [hidden]"
    assert redact("abc", ("",)) == "abc"


def test_neither_the_bot_nor_its_application_shows_the_token() -> None:
    bot = build_bot(TOKEN, "http://127.0.0.1:9/bot", 1)
    application = ApplicationBuilder().bot(bot).build()
    shown = f"{bot!r} {bot} {application!r} {application.updater!r} {bot.request!r}"
    assert TOKEN.partition(":")[2] not in shown
    assert "[id=123456789]" in repr(application)
