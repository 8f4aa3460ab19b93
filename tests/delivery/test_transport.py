"""The transport below the library's bot, against peers that break at every place: written once, and never a token."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import logging
import socket
import subprocess
import sys
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import httpx
import pytest
from telegram import InputMediaPhoto
from telegram.error import BadRequest, NetworkError, TelegramError, TimedOut

from bot.delivery.answers import Retry, Unknown
from bot.delivery.meaning import meaning
from bot.telegram_side import build_bot
from bot.transport import AiohttpRequest, CutOffError, NotOpenError, never_left, tls_context
from tests.delivery.peers import OK, TOKEN, Reply, drips, peer, resets, says, says_and_closes, stalls
from tests.telegram.faults import Fault
from tests.telegram.methods import picture
from tests.telegram.server import TelegramServer


@contextlib.asynccontextmanager
async def request(connections: int = 2, **phases: Any) -> AsyncIterator[AiohttpRequest]:
    made = AiohttpRequest(connections, **phases)
    yield made
    await made.shutdown()


def all_text(error: BaseException, log: pytest.LogCaptureFixture) -> str:
    """Everything of a failure that may meet a log: its texts, those of all that hangs on it, and what was logged."""
    parts = ["".join(traceback.format_exception(error)), log.text]
    parts += [str(vars(record)) for record in log.records]
    links: list[BaseException | None] = [error]
    while links:
        link = links.pop()
        if link is not None:
            parts += [str(link), repr(link), repr(link.args), str(getattr(link, "__dict__", ""))]
            links += [link.__cause__, link.__context__]
    return "\n".join(parts)


def assert_no_token(text: str) -> None:
    for half in (TOKEN[:10], TOKEN[11:30], TOKEN[30:]):
        assert half not in text


# --- a POST is written once


BREAKS = {
    "closes without an answer": says_and_closes(),
    "resets": resets,
    "breaks off in the head": says_and_closes(b"HTTP/1.1 200 OK\r\nConte"),
    "breaks off in the body": says_and_closes(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"),
    "speaks no HTTP": says_and_closes(b"hello\r\n\r\n"),
    "has a bad header": says_and_closes(b"HTTP/1.1 200 OK\r\nA b: c\x00\r\n\r\n"),
    "packs badly": says(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope"),
    "is silent": stalls,
    "never ends": drips,
    "answers without end": says(b"HTTP/1.1 200 OK\r\nContent-Length: 30000000\r\n\r\n" + b" " * 22_000_000),
    "unpacks without end": says(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n" + gzip.compress(b" " * 40_000_000)
    ),
}


@pytest.mark.parametrize("broken", BREAKS)
@pytest.mark.parametrize("reused", [False, True])
async def test_a_post_is_written_once_whatever_breaks(
    broken: str, reused: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    before: list[Reply] = [says(OK)] if reused else []
    async with (
        peer(*before, BREAKS[broken]) as server,
        request(1, read=0.3, connect=0.3, wait=0.1, write=0.1) as post,
    ):
        for _ in before:
            assert await post.post(server.url) is True
        with pytest.raises(NetworkError) as told:
            await post.post(server.url)
        assert (len(server.asked), server.most_open) == (len(before) + 1, 1)
        assert isinstance(told.value.__cause__, CutOffError)
        assert not never_left(told.value.__cause__)
        assert isinstance(meaning(told.value), Unknown)
        assert isinstance(told.value, TimedOut) == (broken in ("is silent", "never ends"))
        assert_no_token(all_text(told.value, caplog))
        assert await post.post(server.url) is True, "its one connection is free again"


# --- what never left


async def refused(post: AiohttpRequest) -> None:
    with socket.socket() as shut:
        shut.bind(("127.0.0.1", 0))
        await post.post(f"http://127.0.0.1:{shut.getsockname()[1]}/bot{TOKEN}/getMe")


async def unknown_host(post: AiohttpRequest) -> None:
    await post.post(f"http://nobody.invalid/bot{TOKEN}/getMe")


async def no_handshake(post: AiohttpRequest) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        await post.post(f"https://127.0.0.1:{mute.getsockname()[1]}/bot{TOKEN}/getMe")


async def no_tls(post: AiohttpRequest) -> None:
    async def babble(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"no TLS here, and no end of it\r\n" * 40)
        writer.close()

    server = await asyncio.start_server(babble, "127.0.0.1", 0)
    async with server:
        await post.post(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/bot{TOKEN}/getMe")


async def no_connection_free(post: AiohttpRequest) -> None:
    async with peer(stalls) as server:
        first = asyncio.create_task(post.post(server.url, read_timeout=20))
        while not server.asked:
            await asyncio.sleep(0)
        try:
            await post.post(server.url)
        finally:
            assert len(server.asked) == 1
            first.cancel()


async def bad_address(post: AiohttpRequest) -> None:
    await post.post(f"http:///bot{TOKEN}/getMe")


async def closed(post: AiohttpRequest) -> None:
    await post.shutdown()
    async with peer() as server:
        try:
            await post.post(server.url)
        finally:
            assert server.asked == []


@pytest.mark.parametrize(
    ("way", "timed_out"),
    [
        (refused, False),
        (unknown_host, False),
        (no_handshake, True),
        (no_tls, False),
        (no_connection_free, True),
        (bad_address, False),
        (closed, False),
    ],
)
async def test_what_never_left_is_told_apart(
    way: Callable[[AiohttpRequest], Awaitable[None]], timed_out: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with request(1, connect=0.2, wait=0.1, tls=tls_context()) as post:
        with pytest.raises(NetworkError) as told:
            await way(post)
    assert isinstance(told.value, TimedOut) == timed_out
    assert never_left(told.value.__cause__)
    assert isinstance(meaning(told.value), Retry)
    assert_no_token(all_text(told.value, caplog))


@pytest.mark.parametrize(
    ("error", "left"),
    [
        (aiohttp.ConnectionTimeoutError(), False),
        (aiohttp.InvalidURL("x"), False),
        (NotOpenError(), False),
        (httpx.ConnectError("x"), False),
        (httpx.ConnectTimeout("x"), False),
        (httpx.PoolTimeout("x"), False),
        (httpx.ProxyError("x"), False),
        (httpx.UnsupportedProtocol("x"), False),
        (aiohttp.ServerDisconnectedError(), True),
        (aiohttp.SocketTimeoutError(), True),
        (aiohttp.ServerTimeoutError(), True),
        (aiohttp.ClientOSError(), True),
        (aiohttp.ClientConnectionResetError(), True),
        (aiohttp.ClientPayloadError(), True),
        (CutOffError(), True),
        (httpx.ReadTimeout("x"), True),
        (httpx.WriteError("x"), True),
        (httpx.RemoteProtocolError("x"), True),
        (TimeoutError(), True),
        (OSError(), True),
        (ValueError(), True),
        (None, True),
    ],
)
def test_only_sure_cases_never_left(error: BaseException | None, left: bool) -> None:
    assert never_left(error) == (not left)


# --- what an answer means, as before


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (b"HTTP/1.1 400 Bad Request\r\nContent-Length: 27\r\n\r\n" + b'{"ok":false,"description":"'[:27], BadRequest),
        (b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 3\r\n\r\n<a>", NetworkError),
        (b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n", NetworkError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n<ok/>", TelegramError),
    ],
)
async def test_an_answer_of_any_kind_is_told_without_the_token(
    reply: bytes, error: type[TelegramError], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with peer(says(reply)) as server, request() as post:
        with pytest.raises(error) as told:
            await post.post(server.url)
        assert len(server.asked) == 1, "no redirect is followed, nothing repeated"
        assert not never_left(told.value.__cause__)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING], "its caller tells it"
    assert_no_token(all_text(told.value, caplog))


async def test_a_success_logs_no_token(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with peer() as server, request() as post:
        assert await post.post(server.url) is True
    assert_no_token("\n".join([caplog.text, *(str(vars(record)) for record in caplog.records), repr(post)]))


# --- manners


def test_without_a_token_neither_the_library_nor_the_transport_is_loaded() -> None:
    words = "import bot.commandline.run, sys; print({'telegram', 'aiohttp'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


async def test_no_proxy_of_the_environment_and_no_cookies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    cookie = OK.replace(b"\r\n\r\n", b"\r\nSet-Cookie: a=b; Path=/\r\n\r\n", 1)
    async with peer(says(cookie)) as server, request() as post:
        assert await post.post(server.url) is True
        assert await post.post(server.url) is True
    assert len(server.asked) == 2
    assert not any(b"\r\ncookie:" in asked.lower() for asked in server.asked)


async def test_connections_are_bounded_and_shared() -> None:
    async with peer() as server, request(3) as post:
        assert all(await asyncio.gather(*(post.post(server.url) for _ in range(40))))
    assert len(server.asked) == 40
    assert server.most_open == 3


async def test_files_and_fields_arrive() -> None:
    async with TelegramServer() as server:
        server.world.chat(5)
        async with build_bot(server.token, server.base_url, 2) as bot:
            sent = await bot.send_photo(
                5,
                picture(3, 2),
                caption="ä <b>b</b>",
                parse_mode="HTML",
                filename="p.png",
            )
        (call,) = (call for call in server.world.calls if call.method == "sendPhoto")
    file = next(value for value in call.params.values() if hasattr(value, "filename"))
    assert (sent.caption, file.filename, file.content_type) == ("ä b", "p.png", "image/png")


async def test_a_photo_is_changed_in_its_place() -> None:
    async with TelegramServer() as server:
        server.world.chat(5)
        async with build_bot(server.token, server.base_url, 2) as bot:
            sent = await bot.send_photo(5, picture(3, 2), filename="p.png")
            await sent.edit_media(InputMediaPhoto(picture(6, 4), "ä", filename="p.png"))
        message = server.world.chats[5].messages[sent.message_id]
    assert (message["photo"][0]["width"], message["caption"]) == (6, "ä")


async def test_a_bot_may_be_closed_and_opened_again() -> None:
    async with TelegramServer() as server:
        server.world.chat(5)
        bot = build_bot(server.token, server.base_url, 2)
        await bot.send_message(5, "before it is opened")
        for _ in range(2):
            async with bot:
                await bot.send_message(5, "x")
        with pytest.raises(NetworkError) as told:
            await bot.send_message(5, "y")
        assert isinstance(meaning(told.value), Retry)
        assert [call.text for call in server.world.sent(5)] == ["before it is opened", "x", "x"]


# --- polls


@pytest.mark.parametrize("kind", ["close", "garbled", "502"])
async def test_a_torn_poll_does_not_hold_up_the_next(kind: Any) -> None:
    async with TelegramServer() as server:
        server.fault(Fault(kind, method="getUpdates", count=6))
        async with build_bot(server.token, server.base_url, 1) as bot:
            for _ in range(6):
                with pytest.raises(TelegramError):
                    await bot.get_updates(timeout=1)
            await server.say(5, "/help")
            (update,) = await bot.get_updates(timeout=1)
    assert update.message is not None


async def test_polls_that_went_silent_do_not_use_up_the_connections() -> None:
    async with peer(*[stalls] * 6) as server, request(1, read=0.05) as polls:
        for _ in range(6):
            with pytest.raises(TimedOut):
                await polls.post(server.url)
        assert await polls.post(server.url) is True
        assert server.most_open <= 7
