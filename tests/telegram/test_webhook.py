"""The webhook and who calls it: strangers, who learn nothing, and Telegram, which calls until it is answered 200."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from random import randrange
from typing import Any

import aiohttp
import pytest
from redis.exceptions import ConnectionError as StoreConnectionError
from telegram import Update

from bot.once import Turn
from bot.telegram_side import build_bot
from bot.webhook import HEADER, MOST_BYTES, Address, Webhook
from tests.telegram.server import TOKEN

SECRET = "the_secret-that-nobody-may-see"
PATH = "/hook/here"
RIGHT = {HEADER: SECRET}


def update(number: int = 1, chat: int = 5, text: str = "x") -> dict[str, Any]:
    return {
        "update_id": number,
        "message": {
            "message_id": number,
            "date": 1,
            "chat": {"id": chat, "type": "private", "first_name": "A"},
            "text": text,
        },
    }


GOOD = json.dumps(update()).encode()


def free_port() -> int:
    """A port that is free now, and that no outgoing connection of this machine is given meanwhile."""
    while True:
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", randrange(12_000, 32_000))) as found:
            port: int = found.getsockname()[1]
            return port


@dataclass
class Scene:
    """A webhook that listens, what it was given, and someone who calls it."""

    port: int
    client: aiohttp.ClientSession
    seen: list[int] = field(default_factory=list)

    async def call(self, body: Any = GOOD, method: str = "POST", path: str = PATH, **headers: Any) -> tuple[int, str]:
        url = f"http://127.0.0.1:{self.port}{path}"
        async with self.client.request(method, url, data=body, headers=headers.get("headers", RIGHT)) as answer:
            return answer.status, "\n".join([await answer.text(), str(answer.headers)])


@contextlib.asynccontextmanager
async def serving(
    receive: Callable[[Update], Awaitable[Turn]] | None = None, connections: int = 40, **seconds: float
) -> AsyncIterator[Scene]:
    port = free_port()
    address = Address(
        url=f"https://bot.example{PATH}", host="127.0.0.1", port=port, secret=SECRET, connections=connections
    )
    async with aiohttp.ClientSession() as client:
        scene = Scene(port, client)

        async def note(each: Update) -> Turn:
            scene.seen.append(each.update_id)
            return Turn.MINE

        webhook = Webhook(address, build_bot(TOKEN, "http://127.0.0.1:9/bot", 1), receive or note, **seconds)
        await webhook.open()
        try:
            yield scene
        finally:
            await webhook.close()


async def in_pieces(data: bytes) -> AsyncIterator[bytes]:
    """A body without a length."""
    for at in range(0, len(data), 65536):
        yield data[at : at + 65536]


def with_message(**parts: Any) -> bytes:
    message = update()["message"] | parts
    return json.dumps({"update_id": 1, "message": message}).encode()


BIG = b" " * 5_000_000 + GOOD
CASES: dict[str, tuple[int, dict[str, Any]]] = {
    "the right one": (200, {}),
    "no secret": (401, {"headers": {}}),
    "an empty secret": (401, {"headers": {HEADER: ""}}),
    "a wrong secret": (401, {"headers": {HEADER: "WRONG-secret"}}),
    "the beginning of the secret": (401, {"headers": {HEADER: SECRET[:-1]}}),
    "more than the secret": (401, {"headers": {HEADER: SECRET + "x"}}),
    "the secret in other letters": (401, {"headers": {HEADER: SECRET.upper()}}),
    "a secret in umlauts": (401, {"headers": {HEADER: "gehäim"}}),
    "the secret under another name": (401, {"headers": {"Authorization": SECRET}}),
    "5 MB without the secret": (401, {"headers": {}, "body": BIG}),
    "5 MB": (413, {"body": BIG}),
    "5 MB without a length": (413, {"body": BIG, "pieces": True}),
    "5 MB that come packed": (413, {"body": gzip.compress(BIG), "headers": RIGHT | {"Content-Encoding": "gzip"}}),
    "one byte too many": (413, {"body": GOOD + b" " * (MOST_BYTES + 1 - len(GOOD))}),
    "all that is allowed": (200, {"body": GOOD + b" " * (MOST_BYTES - len(GOOD))}),
    "all that is allowed, without a length": (200, {"body": GOOD.ljust(MOST_BYTES), "pieces": True}),
    "nothing": (400, {"body": b""}),
    "no JSON": (400, {"body": b"<html>"}),
    "half of it": (400, {"body": GOOD[:-5]}),
    "no UTF-8": (400, {"body": b'{"update_id": 1, "x": "\xff\xfe"}'}),
    "a list": (400, {"body": b"[1]"}),
    "a number": (400, {"body": b"7"}),
    "null": (400, {"body": b"null"}),
    "a text": (400, {"body": b'"update_id"'}),
    "too deep": (400, {"body": b"[" * 200_000}),
    "no number": (400, {"body": b'{"message": {}}'}),
    "a number in letters": (400, {"body": b'{"update_id": "1"}'}),
    "a number that is true": (400, {"body": b'{"update_id": true}'}),
    "a broken number": (400, {"body": b'{"update_id": 1.0}'}),
    "a number below zero": (400, {"body": b'{"update_id": -1}'}),
    "a number without end": (400, {"body": b'{"update_id": ' + b"9" * 5000 + b"}"}),
    "a number that is too large": (400, {"body": b'{"update_id": 9223372036854775808}'}),
    "a message that is a text": (400, {"body": b'{"update_id": 1, "message": "x"}'}),
    "a message without its parts": (400, {"body": b'{"update_id": 1, "message": {}}'}),
    "a chat that is a list": (400, {"body": with_message(chat=[5])}),
    "a date beyond all calendars": (400, {"body": with_message(date=1e300)}),
    "a date that is none": (400, {"body": with_message(date="soon")}),
    "a kind that nobody knows yet": (200, {"body": b'{"update_id": 1, "telepathy": {"x": 1}}'}),
    "GET": (405, {"method": "GET", "body": None}),
    "PUT": (405, {"method": "PUT"}),
    "DELETE": (405, {"method": "DELETE", "body": None}),
    "a body that is not packed": (400, {"headers": RIGHT | {"Content-Encoding": "gzip"}}),
    "another path": (404, {"path": "/hook"}),
    "a longer path": (404, {"path": f"{PATH}/"}),
    "a path around it": (404, {"path": "/hook/../hook/here/../x"}),
    "health": (200, {"path": "/health", "method": "GET", "body": None, "headers": {}}),
    "health by POST": (404, {"path": "/health"}),
}


@pytest.mark.parametrize("name", CASES)
async def test_each_call_gets_its_answer_and_no_secret_is_shown(name: str, caplog: pytest.LogCaptureFixture) -> None:
    status, call = CASES[name]
    call = dict(call)
    if call.pop("pieces", False):
        call["body"] = in_pieces(call["body"])
    caplog.set_level(logging.DEBUG, "bot")
    caplog.set_level(logging.DEBUG, "aiohttp")
    async with serving() as scene:
        answered, said = await scene.call(**call)
        assert answered == status
        assert scene.seen == ([1] if status == 200 and name != "health" else [])
        assert (await scene.call(json.dumps(update(2)).encode()))[0] == 200
        assert scene.seen[-1] == 2
    told = "\n".join([said, caplog.text, *(str(vars(record)) for record in caplog.records)])
    for secret in (SECRET, SECRET[:12], "WRONG-secret", "gehäim", TOKEN.partition(":")[2]):
        assert secret not in told
    assert answered != 401 or caplog.records == [], "who does not know the secret does not fill the log either"


async def test_a_slow_body_is_not_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    gate = asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield GOOD[:10]
        await gate.wait()

    async with serving(body_seconds=0.1) as scene:
        slow = asyncio.create_task(scene.call(slowly()))
        assert (await scene.call(json.dumps(update(2)).encode()))[0] == 200
        assert (await slow)[0] == 408
        assert scene.seen == [2]
        gate.set()


HEAD = f"POST {PATH} HTTP/1.1\r\nHost: x\r\n{HEADER}: {SECRET}"


@pytest.mark.parametrize(
    "sent",
    [
        f"{HEAD}\r\nContent-Length: 500\r\n\r\n{GOOD[:50].decode()}",
        f"{HEAD}\r\nContent-Length: some\r\n\r\n{GOOD.decode()}",
        f"{HEAD}\r\nContent-Length: -1\r\n\r\n{GOOD.decode()}",
        f"{HEAD}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        f"{HEAD}\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n3\r\n{{}}\r\n0\r\n\r\n",
        f"{HEAD}\x00\r\n\r\n",
        f"{HEAD} and no colon\r\nfollows\r\n\r\n",
        f"{HEADER}: {SECRET}\r\n\r\n",
        f"{HEAD}\r\nX: {'y' * 20_000}\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
async def test_what_breaks_off_or_is_no_http_harms_nobody(sent: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "bot")
    caplog.set_level(logging.DEBUG, "aiohttp")
    async with serving() as scene:
        reader, writer = await asyncio.open_connection("127.0.0.1", scene.port)
        writer.write(sent.encode("latin-1"))
        writer.write_eof()
        assert b" 200 " not in await reader.read()
        writer.close()
        assert (await scene.call())[0] == 200
        assert scene.seen == [1]
    assert SECRET not in caplog.text + "".join(str(vars(record)) for record in caplog.records)
    assert "webhook.failed" not in caplog.text


async def test_only_so_many_at_a_time_and_the_rest_comes_again() -> None:
    gate, seen = asyncio.Event(), list[int]()

    async def slow(each: Update) -> Turn:
        seen.append(each.update_id)
        await gate.wait()
        return Turn.MINE

    async with serving(slow, connections=2, hung_seconds=-1) as scene:
        tasks = [asyncio.create_task(scene.call(json.dumps(update(number)).encode())) for number in (1, 2)]
        while len(seen) < 2:
            await asyncio.sleep(0)
        status, said = await scene.call(json.dumps(update(3)).encode())
        assert (status, "Retry-After" in said) == (503, True)
        assert (await scene.call(None, "GET", "/health"))[0] == 503, "what takes so long hangs"
        gate.set()
        assert [(await task)[0] for task in tasks] == [200, 200]
        assert (await scene.call(json.dumps(update(3)).encode()))[0] == 200
        assert (await scene.call(None, "GET", "/health"))[0] == 200
    assert sorted(seen) == [1, 2, 3]


async def _away(_: Update) -> Turn:
    raise StoreConnectionError("away")


async def _surprised(_: Update) -> Turn:
    raise ValueError("a surprise")


async def _known(_: Update) -> Turn:
    return Turn.DONE


async def _in_hand(_: Update) -> Turn:
    return Turn.ELSEWHERE


@pytest.mark.parametrize(
    ("receive", "status", "again"),
    [(_away, 503, True), (_surprised, 500, False), (_known, 200, False), (_in_hand, 503, True)],
)
async def test_what_was_not_dealt_with_is_not_answered_200(
    receive: Callable[[Update], Awaitable[Turn]], status: int, again: bool, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(receive) as scene:
        answered, said = await scene.call()
    assert (answered, "Retry-After" in said) == (status, again)
    assert SECRET not in said + caplog.text
