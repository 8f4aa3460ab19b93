"""Chats in the store: one hash, one JSON value a chat, changed by compare-and-set so that two commands lose nothing."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter, ValidationError
from redis.asyncio import Redis

from bot.chats import Chat
from pipelines import keys

log = logging.getLogger(__name__)

_ADAPTER = TypeAdapter(Chat)
_ATTEMPTS = 100

_COMPARE_AND_SET = """
for i = 1, #ARGV, 3 do
  if (redis.call('HGET', KEYS[1], ARGV[i]) or '') ~= ARGV[i + 1] then return 0 end
end
for i = 1, #ARGV, 3 do
  if ARGV[i + 2] == '' then redis.call('HDEL', KEYS[1], ARGV[i])
  else redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 2]) end
end
return 1
"""
"""Triples of field, value as read, value wanted; an empty value means that the field is absent. All or nothing."""


class ChatsBusy(RuntimeError):
    """A chat changed under our hands at every attempt; nothing was changed by us."""


class UnreadableChat(RuntimeError):
    """What is stored of a chat is broken; nothing was changed."""


class ChatStore:
    """Reads and changes chats. A chat that cannot be read is logged and passed over, never overwritten."""

    def __init__(self, store: Redis) -> None:
        self._store: Any = store

    async def get(self, chat_id: int) -> Chat | None:
        """The chat, or ``None`` where the bot does not know it."""
        raw: bytes | None = await self._store.hget(keys.CHATS, str(chat_id))
        return None if raw is None else read_chat(raw)

    async def count(self) -> int:
        """How many chats are known, switched off ones included."""
        return int(await self._store.hlen(keys.CHATS))

    async def page(self, cursor: int, size: int = 500) -> tuple[int, tuple[Chat, ...]]:
        """About ``size`` chats from this place on, and the next place; 0 is the beginning, and then the end.

        Every chat that was there all the while comes; one may come twice while the hash grows.
        """
        onward, found = await self._store.hscan(keys.CHATS, cursor, count=size)
        return int(onward), tuple(chat for raw in found.values() if (chat := read_chat(raw)) is not None)

    async def pages(self, size: int = 500) -> AsyncIterator[tuple[Chat, ...]]:
        """All chats, page by page."""
        cursor = 0
        while True:
            cursor, chats = await self.page(cursor, size)
            if chats:
                yield chats
            if cursor == 0:
                return

    async def all(self) -> tuple[Chat, ...]:
        """Every chat, once, in order of id."""
        found = {chat.id: chat async for page in self.pages() for chat in page}
        return tuple(found[chat_id] for chat_id in sorted(found))

    async def coins(self) -> frozenset[str]:
        """Every coin that a chat has chosen, and perhaps some that it gave up since (``recount_coins``)."""
        return frozenset(coin.decode() for coin in await self._store.smembers(keys.COINS))

    async def recount_coins(self) -> None:
        """Count anew which coins active chats have chosen. It reads all chats, so it is for once an hour."""
        before = await self.coins()
        used = {coin async for page in self.pages() for chat in page if chat.active for coin in chat.coins}
        if gone := before - used:
            await self._store.srem(keys.COINS, *gone)
        if used:
            await self._store.sadd(keys.COINS, *used)

    async def put(self, chat: Chat) -> None:
        """Store the chat as given, whatever was there."""
        await self._note_coins(chat)
        await self._store.hset(keys.CHATS, str(chat.id), _write(chat))

    async def change(self, chat_id: int, how: Callable[[Chat | None], Chat | None]) -> Chat | None:
        """Apply a pure change to a chat and return what is stored then; ``how`` may be called more than once.

        ``how`` gets ``None`` for an unknown chat; where it returns ``None``, the chat is left as it is.
        """
        for _ in range(_ATTEMPTS):
            raw = await self._raw(chat_id)
            chat = read_chat(raw) if raw else None
            if raw and chat is None:
                raise UnreadableChat(f"chat {chat_id} cannot be read and is left as it is")
            wanted = how(chat)
            if wanted is None or wanted == chat:
                return chat
            if chat is None or chat.coins != wanted.coins or wanted.active > chat.active:
                await self._note_coins(wanted)
            if await self._swap((str(chat_id), raw, _write(wanted))):
                return wanted
        raise ChatsBusy(f"chat {chat_id} changed at each of {_ATTEMPTS} attempts")

    async def switch_off(self, chat_id: int, why: str) -> Chat | None:
        """Send nothing more to the chat (blocked, kicked, stopped); its wishes are kept for when it comes back."""
        return await self.change(chat_id, lambda chat: chat and chat.off(why))

    async def forget(self, chat_id: int) -> bool:
        """Erase what is stored of the chat, readable or not; whether there was anything."""
        return bool(await self._store.hdel(keys.CHATS, str(chat_id)))

    async def migrate(self, old_id: int, new_id: int) -> Chat | None:
        """A group became a supergroup: its wishes move to the new id. Harmless when it has been done already.

        Where the new id is known too (Telegram announces the new group and the move in any order), the wishes of the
        chat that was made first are kept. Either way it knows its former id.
        """
        for _ in range(_ATTEMPTS):
            old_raw, new_raw = await self._raw(old_id), await self._raw(new_id)
            old, new = (read_chat(raw) if raw else None for raw in (old_raw, new_raw))
            if old is None:
                return new
            first_made = new if new is not None and new.created < old.created else None
            kept = replace(first_made, former=old_id) if first_made else old.moved(new_id)
            done = await self._swap(
                (str(old_id), old_raw, b""),
                (str(new_id), new_raw, _write(kept)),
            )
            if done:
                log.info("chat.migrated old=%s new=%s", old_id, new_id)
                return kept
        raise ChatsBusy(f"chat {old_id} changed at each of {_ATTEMPTS} attempts")

    async def heir(self, former_id: int) -> Chat | None:
        """The chat that the group of this id has become."""
        async for page in self.pages():
            for chat in page:
                if chat.former == former_id:
                    return chat
        return None

    async def _note_coins(self, chat: Chat) -> None:
        if chat.coins:
            await self._store.sadd(keys.COINS, *chat.coins)

    async def _raw(self, chat_id: int) -> bytes:
        return await self._store.hget(keys.CHATS, str(chat_id)) or b""

    async def _swap(self, *triples: tuple[str, bytes, bytes]) -> bool:
        words = [word for triple in triples for word in triple]
        return bool(await self._store.eval(_COMPARE_AND_SET, 1, keys.CHATS, *words))


def _write(chat: Chat) -> bytes:
    """What is as a newcomer has it is left out: a third of the room, and what is added later reaches old chats too."""
    return _ADAPTER.dump_json(chat, exclude_defaults=True)


def read_chat(raw: bytes) -> Chat | None:
    """The chat as stored; None, with a line in the log, where it cannot be read."""
    try:
        return _ADAPTER.validate_json(raw)
    except ValidationError as error:
        log.warning(
            "chat.unreadable fields=%s", ",".join(str(each["loc"][0]) for each in error.errors() if each["loc"])
        )
        return None
