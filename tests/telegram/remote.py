"""The Bot API server in a process of its own, for tests that kill and for the benchmarks."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any

import httpx

from tests.telegram.faults import Fault
from tests.telegram.server import TOKEN


class RemoteTelegram:
    """Steers a server that runs elsewhere on this machine."""

    def __init__(self, base_url: str) -> None:
        self.base_url, self.token = base_url, TOKEN
        self._http = httpx.AsyncClient(base_url=base_url.removesuffix("/bot"), trust_env=False)

    async def order(self, name: str, **body: Any) -> None:
        """One order: "fault", "limits", "clear", "freeze", "release", "chat", "say", "press", "member" or "update"."""
        (await self._http.post(f"/control/{name}", json=body)).raise_for_status()

    async def fault(self, fault: Fault) -> None:
        """Order a fault."""
        await self.order("fault", **asdict(fault))

    async def calls(self, since: int = 0, method: str | None = None) -> list[dict[str, Any]]:
        """The log of calls from number ``since``."""
        query: dict[str, Any] = {"since": since} | ({"method": method} if method else {})
        rows: list[dict[str, Any]] = (await self._http.get("/control/calls", params=query)).json()["calls"]
        return rows

    async def counts(self, since: int = 0, *, chats: bool = True, method: str | None = None) -> dict[str, Any]:
        """The log in figures (``tests.telegram.counts``), of the sends or of ``method``; chats are keyed by text."""
        query: dict[str, Any] = {"since": since, "chats": int(chats)} | ({"method": method} if method else {})
        found: dict[str, Any] = (await self._http.get("/control/counts", params=query)).json()
        return found

    async def close(self) -> None:
        await self._http.aclose()


@asynccontextmanager
async def telegram_process(*options: str) -> AsyncIterator[RemoteTelegram]:
    """A server of its own process, e.g. ``telegram_process("--any-chat", "--slim")``."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.telegram.server", *options, stdout=pipe)
    assert process.stdout is not None
    try:
        first = (await asyncio.wait_for(process.stdout.readline(), 20)).decode().split()
        remote = RemoteTelegram(first[1])
        yield remote
        await remote.close()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
