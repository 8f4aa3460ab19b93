"""The server's other way: it calls the bot's webhook for each update, and again until that answers 200."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import aiohttp

from tests.telegram.world import Json, World

_AGAIN_SECONDS = 0.05


@dataclass(frozen=True)
class Push:
    """One call of the webhook: 0 where nobody answered."""

    update: int
    status: int
    body: str = ""


class Pusher:
    """Calls the webhook that the bot has set, one update at a time, in order."""

    def __init__(self, world: World, notify: Callable[[], Awaitable[None]]) -> None:
        self._world = world
        self._notify = notify
        self.pushes: list[Push] = []
        self.held = False
        """While true nothing is sent by itself."""

    async def run(self, changed: asyncio.Condition) -> None:
        """Send what waits, for ever."""
        while True:
            async with changed:
                await changed.wait_for(
                    lambda: bool(self._world.webhook["url"] and self._world.updates and not self.held)
                )
            update = self._world.updates[0]
            push = await self.push(update)
            if push.status != 200:
                await asyncio.sleep(_AGAIN_SECONDS)
            elif update in self._world.updates:
                self._world.updates.remove(update)

    async def push(self, update: Json) -> Push:
        """Send one update now, whether or not it was sent before."""
        headers = {"X-Telegram-Bot-Api-Secret-Token": self._world.secret} if self._world.secret else {}
        status, body = 0, ""
        try:
            async with (
                aiohttp.ClientSession(trust_env=False) as session,
                session.post(self._world.webhook["url"], json=update, headers=headers) as answer,
            ):
                status, body = answer.status, await answer.text()
        except aiohttp.ClientError:
            pass
        push = Push(update["update_id"], status, body)
        self.pushes.append(push)
        await self._notify()
        return push
