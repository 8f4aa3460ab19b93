"""Feed servers on loopback that behave as told: real HTTP over real sockets, with all that can go wrong there."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

Reply = Callable[["Request", asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Request:
    """What a client asked: the path and its headers in lower case."""

    path: str
    headers: dict[str, str]


@dataclass
class FeedServer:
    """One listening address. ``pages`` maps a path to its reply; ``requests`` are kept in order."""

    port: int = 0
    host: str = "127.0.0.1"
    connections: int = 0
    requests: list[Request] = field(default_factory=list)
    pages: dict[str, Reply] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {
                name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)
            }
            request = Request(head[0].split(" ")[1], headers)
            self.requests.append(request)
            reply = self.pages.get(request.path) or self.pages.get("*") or answer(404, b"nothing here")
            await reply(request, writer)
            await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def serving(host: str = "127.0.0.1", **pages: Reply) -> AsyncIterator[FeedServer]:
    """A server on a free port of ``host`` while the block runs."""
    state = FeedServer(host=host)
    state.pages.update(pages)
    server = await asyncio.start_server(state._serve, host, 0)
    state.port = server.sockets[0].getsockname()[1]
    try:
        yield state
    finally:
        server.close()


def answer(status: int, body: bytes = b"", **headers: str) -> Reply:
    """An ordinary answer; header names may be written with underscores."""

    async def reply(_: Request, writer: asyncio.StreamWriter) -> None:
        head = {"content_length": str(len(body)), **headers}
        lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in head.items())
        writer.write(f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode() + body)

    return reply


def feed(*items: str, head: str = "") -> bytes:
    """An RSS body around these items."""
    channel = f"<channel><title>Test Feed</title>{head}{''.join(items)}</channel>"
    return f'<?xml version="1.0"?><rss version="2.0">{channel}</rss>'.encode()


def item(title: str = "", link: str = "", guid: str | None = None, date: str = "", more: str = "") -> str:
    """An RSS item; what is empty is left out, except a guid of "" which is written empty."""
    parts = [f"<title>{title}</title>" if title else "", f"<link>{link}</link>" if link else ""]
    parts += [f"<guid>{guid}</guid>" if guid is not None else "", f"<pubDate>{date}</pubDate>" if date else "", more]
    return f"<item>{''.join(parts)}</item>"
