"""A peer for the transport that answers as it is told, or breaks."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

TOKEN = "4200000042:TEST-token-of-the-transport-which-nobody-may-see"
OK = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 25\r\n\r\n{"ok":true,"result":true}'
Reply = Callable[[asyncio.StreamWriter], Awaitable[None]]


def says(data: bytes) -> Reply:
    """Answers these bytes and keeps the connection."""

    async def reply(writer: asyncio.StreamWriter) -> None:
        writer.write(data)

    return reply


def says_and_closes(data: bytes = b"") -> Reply:
    async def reply(writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        writer.close()

    return reply


async def resets(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def stalls(writer: asyncio.StreamWriter) -> None:
    await writer.wait_closed()


async def drips(writer: asyncio.StreamWriter) -> None:
    """Never silent for long, and never done."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    with contextlib.suppress(OSError):
        while not writer.transport.is_closing():
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)


class Peer:
    """A server that counts what is asked of it and answers as the list says, then well."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.asked: list[bytes] = []
        self.open = self.most_open = self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                _, _, length = head.lower().partition(b"content-length: ")
                self.asked.append(head + await reader.readexactly(int(length.split(b"\r\n")[0] or 0)))
                await (self.replies.pop(0) if self.replies else says(OK))(writer)
                await writer.drain()
        self.open -= 1
        writer.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/bot{TOKEN}/sendMessage"


@contextlib.asynccontextmanager
async def peer(*replies: Reply) -> AsyncIterator[Peer]:
    state = Peer(*replies)
    server = await asyncio.start_server(state.serve, "127.0.0.1", 0)
    state.port = server.sockets[0].getsockname()[1]
    try:
        yield state
    finally:
        server.close()
