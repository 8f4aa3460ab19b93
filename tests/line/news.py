"""A feed server on loopback whose items a test adds while it runs."""

from __future__ import annotations

import asyncio
import email.utils
import html
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from aiohttp import web


class News:
    """Serves one RSS feed a name under ``/NAME.xml``."""

    def __init__(self, *names: str) -> None:
        self.items: dict[str, list[tuple[str, str, datetime]]] = {name: [] for name in names}
        self.polls = 0
        self.port = 0
        self._runner: web.AppRunner | None = None
        self._polled = asyncio.Condition()

    async def polled_again(self, times: int, seconds: float = 40) -> None:
        """Wait until feeds have been polled so many times more."""
        until = self.polls + times
        async with asyncio.timeout(seconds), self._polled:
            await self._polled.wait_for(lambda: self.polls >= until)

    def add(self, name: str, title: str, minutes_old: float = 1) -> None:
        """Publish a headline."""
        at = datetime.now(UTC) - timedelta(minutes=minutes_old)
        self.items[name].append((f"{name}-{len(self.items[name])}", title, at))

    def catalogue(self, path: Path) -> Path:
        """A catalogue file that names these feeds."""
        feeds = [
            {
                "id": name,
                "name": name.title(),
                "url": f"http://127.0.0.1:{self.port}/{name}.xml",
                "tier": "wire",
                "family": name,
            }
            for name in self.items
        ]
        path.write_text(json.dumps({"feeds": feeds}))
        return path

    async def _serve(self, request: web.Request) -> web.Response:
        async with self._polled:
            self.polls += 1
            self._polled.notify_all()
        name = request.match_info["name"]
        rows = "".join(
            f"<item><title>{html.escape(title)}</title><link>https://example.org/{key}</link>"
            f'<guid isPermaLink="false">{key}</guid><pubDate>{email.utils.format_datetime(at)}</pubDate></item>'
            for key, title, at in reversed(self.items[name])
        )
        body = f'<?xml version="1.0"?><rss version="2.0"><channel><title>{name}</title>{rows}</channel></rss>'
        return web.Response(text=body, content_type="application/rss+xml")

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/{name}.xml", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()
