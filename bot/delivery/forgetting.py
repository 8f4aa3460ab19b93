"""Erases all that is kept about a chat: its settings, its rows, what waits for it, and the votes given there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from redis.asyncio import Redis

from bot.chat_store import ChatStore
from bot.delivery.chores import DROP, FORGET
from bot.delivery.reading import PREFIX
from pipelines import keys
from pipelines.votes import forget_chat

_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What was erased: whether there were settings, how many rows of the ledger, deliveries that waited, and votes."""

    settings: bool
    rows: int
    waiting: int
    votes: int


async def forget(store: Redis, chat_id: int, now: datetime) -> Forgotten:
    """Erase the chat, and what is left of the group that it once was.

    The settings go first, so that nothing new is lined up for it meanwhile. What is being sent at this moment arrives,
    and leaves no row. Done once more, it erases what an earlier try had left.
    """
    chats = ChatStore(store)
    chat = await chats.get(chat_id)
    known = await chats.forget(chat_id)
    ids = [chat_id, *([chat.former] if chat is not None and chat.former is not None else [])]
    waiting = rows = 0
    client: Any = store
    for each in ids:
        waiting += int(await store.register_script(DROP)(keys=[PREFIX], args=[int(now.timestamp() * 1000), str(each)]))
        stories: list[bytes] = await client.zrange(keys.LEDGERS, 0, -1)
        for start in range(0, len(stories) or 1, _PAGE):
            page = stories[start : start + _PAGE]
            rows += int(await store.register_script(FORGET)(keys=[PREFIX], args=[str(each), *page]))
        await client.unlink(*own_keys(each))
    votes = sum([await forget_chat(store, each) for each in ids])
    return Forgotten(settings=known, rows=max(0, rows - waiting), waiting=waiting, votes=votes)


def week_key(chat_id: int) -> str:
    """The week of which a digest has told the chat last; expiring."""
    return f"{PREFIX}week:{chat_id}"


def own_keys(chat_id: int) -> tuple[str, ...]:
    """The keys that hold nothing but what is kept of this chat, or of the person who writes in private."""
    own = (f"{PREFIX}{word}:{chat_id}" for word in ("rest", "spent", "kept"))
    return (*own, week_key(chat_id), keys.managed(chat_id))
