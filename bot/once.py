"""Each update of Telegram is dealt with once, by one of many processes, also across restarts.

A claim goes before the work and a mark after it. The claim of a process whose heart stopped counts for nothing, so that
an update whose handler died is dealt with when Telegram sends it again.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from enum import StrEnum

from redis.asyncio import Redis

from pipelines import keys
from pipelines.store import STORE_TROUBLE, is_away

log = logging.getLogger(__name__)

_CLAIM_SECONDS = 120
"""After this a claim ends even though its process lives: the handler hangs."""
_DONE_SECONDS = 48 * 3600
"""Telegram repeats an update for 24 hours at most."""

_CLAIM = """
local held = redis.call('GET', KEYS[1])
if held == 'done' then return 'done' end
if held and held ~= ARGV[1] and redis.call('EXISTS', ARGV[2] .. held) == 1 then return 'elsewhere' end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[3])
return 'mine'
"""


class Turn(StrEnum):
    """What became of an update: it was dealt with now, had been before, or another hand has it right now."""

    MINE = "mine"
    DONE = "done"
    ELSEWHERE = "elsewhere"


class Once:
    """The marks of one bot's updates. ``holder`` is this process, by the name under which its heart beats."""

    def __init__(self, store: Redis, bot: int, holder: str) -> None:
        self._store = store
        self._bot = bot
        self._holder = holder
        self._claim = store.register_script(_CLAIM)
        self._in_hand: set[int] = set()

    async def run(self, number: int, work: Callable[[], Awaitable[None]]) -> Turn:
        """Do ``work`` if the update of this number is nobody else's. Raises the store's errors before the work only."""
        if number in self._in_hand:
            return Turn.ELSEWHERE
        self._in_hand.add(number)
        try:
            key = keys.update(self._bot, number)
            said = await self._claim(keys=[key], args=[self._holder, keys.alive(""), _CLAIM_SECONDS])
            turn = Turn(said.decode())
            if turn is Turn.MINE:
                await work()
                await self._mark(key)
            return turn
        finally:
            self._in_hand.discard(number)

    async def _mark(self, key: str) -> None:
        try:
            await self._store.set(key, b"done", ex=_DONE_SECONDS)
        except STORE_TROUBLE as error:
            if not is_away(error):
                raise
            log.warning("update.unmarked cost=%s", "it may count twice if Telegram sends it again")
