"""A thousand feeds on one port of 127.0.0.0/8, served by a process of its own whose time is not counted.

``/set/N`` makes N the current issue: each issue gives every tenth feed two new items. ETags as good servers send them.
"""

from __future__ import annotations

import asyncio
import email.utils
import statistics
import sys
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any

ITEMS = 30
CHANGED = 10  # every tenth feed has news in an issue
NEW = 2
ROUNDS = 3
_TEXT = "The ministry said that the measure applies to shipments declared after the date of publication. " * 3


def address(number: int) -> str:
    """The host of a feed: one address each, so that a limit per host holds for each alone."""
    return f"127.{1 + number // 60_000}.{(number // 240) % 250}.{1 + number % 240}"


def issue_of(number: int, issue: int) -> int:
    """The last issue up to ``issue`` in which this feed had news; 0 is the first round, where all is new."""
    return max((one for one in range(1, issue + 1) if number % CHANGED == one % CHANGED), default=0)


def body(number: int, issue: int, start: datetime) -> bytes:
    """A feed of thirty items, the newest first."""
    newest = ITEMS + NEW * sum(1 for one in range(1, issue + 1) if number % CHANGED == one % CHANGED)
    items = []
    for item in range(newest, newest - ITEMS, -1):
        date = email.utils.format_datetime(start - timedelta(minutes=10 * (newest - item)), usegmt=True)
        link = f"https://news{number}.example/2026/11/story-{item}?utm_source=rss"
        items.append(
            f"<item><title>Feed {number} reports item {item} on tariffs &amp;amp; chips</title><link>{link}</link>"
            f'<guid isPermaLink="false">{number}-{item}</guid><pubDate>{date}</pubDate><dc:creator>Desk</dc:creator>'
            f"<category>trade</category><description><![CDATA[<p>{_TEXT}</p><p>Item {item}.</p>]]></description></item>"
        )
    head = f"<title>Feed {number}</title><link>https://news{number}.example/</link><description>News</description>"
    name = 'version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    return f'<?xml version="1.0" encoding="UTF-8"?><rss {name}><channel>{head}{"".join(items)}</channel></rss>'.encode()


class Farm:
    """Answers for all feeds."""

    def __init__(self) -> None:
        self.issue = 0
        self.start = datetime.now(UTC)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                path = head.split(b" ", 2)[1].decode()
                status, extra, data = self.answer(path, head)
                wish = b"\r\nconnection: close" in head.lower()
                extra += "Connection: close\r\n" if wish else ""
                writer.write(f"HTTP/1.1 {status}\r\n{extra}Content-Length: {len(data)}\r\n\r\n".encode() + data)
                await writer.drain()
                if wish:
                    break
        except (asyncio.IncompleteReadError, OSError):
            pass
        writer.close()

    def answer(self, path: str, head: bytes) -> tuple[str, str, bytes]:
        if path.startswith("/set/"):
            self.issue = int(path.rpartition("/")[2])
            return "200 OK", "", b"set"
        number = int(path.rpartition("/")[2])
        etag = f'"{number}-{issue_of(number, self.issue)}"'
        if etag.encode() in head:
            return "304 Not Modified", f"ETag: {etag}\r\n", b""
        return "200 OK", f"ETag: {etag}\r\nContent-Type: application/rss+xml\r\n", body(number, self.issue, self.start)


def set_issue(port: int, issue: int) -> None:
    """Tell the farm on ``port`` which issue is the current one."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/set/{issue}", timeout=10) as done:
        done.read()


def median(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The round whose CPU time is the middle one."""
    middle = statistics.median_low([row["cpu"] for row in rows])
    return next(row for row in rows if row["cpu"] == middle)


async def main() -> None:
    server = await asyncio.start_server(Farm().serve, "0.0.0.0", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    # The farm goes when whoever started it does: then its input ends.
    await asyncio.to_thread(sys.stdin.buffer.read)


if __name__ == "__main__":
    asyncio.run(main())
