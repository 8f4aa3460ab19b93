"""The product as its users run it: a process of its own, with its environment, ended by a signal."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from tests.telegram.remote import RemoteTelegram
from tests.telegram.server import TelegramServer

_ROOT = Path(__file__).parents[2]


class Product:
    """A running ``lodestone``; what it writes is kept."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.out: list[str] = []
        self.err: list[str] = []
        self._readers = [
            asyncio.create_task(_collect(stream, lines))
            for stream, lines in ((process.stdout, self.out), (process.stderr, self.err))
        ]

    async def says(self, words: str, seconds: float = 40) -> str:
        """Wait for a line of its log that holds these words."""
        return await self.says_more(words, 0, seconds)

    async def says_more(self, words: str, after: int, seconds: float = 40) -> str:
        """The same for a line beyond the first ``after`` lines of its log."""
        async with asyncio.timeout(seconds):
            while True:
                for line in self.err[after:]:
                    if words in line:
                        return line
                assert self.process.returncode is None, "\n".join(self.err[-20:])
                await asyncio.sleep(0.02)

    async def ends(self, seconds: float = 60) -> int:
        """Wait for its end and return its exit code."""
        async with asyncio.timeout(seconds):
            code = await self.process.wait()
            await asyncio.gather(*self._readers)
            return code

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Signal it and wait for its end."""
        if self.process.returncode is None:
            self.process.send_signal(number)
        return await self.ends()


def environment(data: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """A clean environment with these settings; sockets are off unless a test has some of its own."""
    settings = {"price_sockets": "false", **settings}
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    return {**kept, "LODESTONE_DATA": str(data), **{f"LODESTONE_{name.upper()}": v for name, v in settings.items()}}


NO_PRICES = {"price_sources": "kraken", "kraken_url": "http://127.0.0.1:9"}
"""Settings of a product that finds no prices, at a port where nobody listens."""


def writing_to(server: TelegramServer | RemoteTelegram) -> dict[str, str]:
    """Settings of a product that writes to this Bot API server."""
    return {"telegram_token": server.token, "telegram_base_url": server.base_url}


def talking(server: TelegramServer, feeds: Path, **more: str) -> dict[str, str]:
    """Settings of a product that talks to this Bot API server and polls these feeds on loopback each second."""
    return {
        **writing_to(server),
        "feeds": str(feeds),
        "allow_private_hosts": "127.0.0.1",
        "poll_interval": "1",
        "price_interval": "1",
        **more,
    }


@asynccontextmanager
async def lodestone(data: Path, *words: str, **settings: str) -> AsyncIterator[Product]:
    """``lodestone`` with these words and settings, ended at the latest when the block ends."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *words,
        cwd=_ROOT,
        env=environment(data, settings),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    product = Product(process)
    try:
        yield product
    finally:
        if process.returncode is None:
            process.kill()
        await product.ends()


async def _collect(stream: asyncio.StreamReader | None, lines: list[str]) -> None:
    assert stream is not None
    while line := await stream.readline():
        lines.append(line.decode("utf-8", "replace").rstrip("\n"))
