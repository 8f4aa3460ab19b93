"""The dead letters: what could not be dealt with, read, sent down its stream again, or thrown away.

Each letter is taken in one step of the store, so that two hands never send one twice and a crash loses none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from pipelines import keys
from pipelines.events import (
    Alert,
    Development,
    DigestDue,
    Entry,
    Fanout,
    Notice,
    Poll,
    ReactionDue,
    Reading,
    UnreadableEvent,
    decode,
)
from pipelines.stories.ids import is_story_id

_BATCH = 200
"""Letters that one script takes, so that nobody waits long for the store."""
_ID = re.compile(r"\d{1,19}(-\d{1,19})?")

_TAKE = """
if ARGV[1] ~= '' and not redis.call('SET', KEYS[2], '1', 'NX', 'EX', ARGV[1]) then return {-1, 0, ''} end
local streams = {}
for at = 3, #KEYS do streams[KEYS[at]] = true end
local taken, left, last = 0, 0, ''
for _, row in ipairs(redis.call('XRANGE', KEYS[1], ARGV[3], ARGV[4], 'COUNT', ARGV[5])) do
  local letter = {}
  for at = 1, #row[2], 2 do letter[row[2][at]] = row[2][at + 1] end
  last = row[1]
  local stream, event = letter.stream or '', letter.event or ''
  if not streams[stream] then stream = ARGV[6] .. stream end
  if ARGV[2] == '1' and (event == '' or not streams[stream]) then
    left = left + 1
  else
    if ARGV[2] == '1' then redis.call('XADD', stream, '*', 'e', event) end
    redis.call('XDEL', KEYS[1], row[1])
    taken = taken + 1
  end
end
return {taken, left, last}
"""
"""What cannot be sent again, since it names no stream of ours or holds no event, stays where it is."""

_SPEND = "return redis.call('SET', KEYS[1], '1', 'NX', 'EX', ARGV[1]) and 1 or 0"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event given up: by which stage, on the way down which stream, and why."""

    id: str
    stage: str
    stream: str
    why: str
    event: str

    @property
    def title(self) -> str:  # noqa: PLR0911  one line a kind
        """The headline it is about, as it was written, or what it is about by its id; "" where that cannot be read."""
        try:
            event = decode(self.event.encode())
        except UnreadableEvent:
            return ""
        match event:
            case Poll(feed):
                return feed
            case Entry():
                return event.title
            case Reading(entry):
                return entry.title
            case Development(story) | Alert(story):
                return story.lead.title
            case Fanout() | Notice():
                # What goes the way of a story and has no story's id is a word from the operators.
                return f"{'story' if is_story_id(event.story) else 'broadcast'} {event.story}"
            case DigestDue(chat):
                return f"digest of chat {chat}"
            case ReactionDue(story):
                return f"prices after story {story}"

    @property
    def way(self) -> Fanout | None:
        """The story or the broadcast that was on its way to chats; None for a letter about anything else."""
        try:
            event = decode(self.event.encode())
        except UnreadableEvent:
            return None
        return event if isinstance(event, Fanout) else None


@dataclass(frozen=True, slots=True)
class Took:
    """How many letters were taken, and how many could not be sent again and stay."""

    taken: int = 0
    left: int = 0


@dataclass(frozen=True, slots=True)
class Once:
    """A right that is used up by the first who claims it, remembered for so many seconds."""

    key: str
    seconds: int


async def count_letters(store: Redis) -> int:
    """How many there are."""
    return int(await store.xlen(keys.DEAD))


async def newest_letters(store: Redis, count: int) -> tuple[DeadLetter, ...]:
    """The newest, newest first."""
    rows: Any = await store.xrevrange(keys.DEAD, count=count)
    return tuple(_letter(*row) for row in rows)


async def read_letters(store: Redis) -> tuple[DeadLetter, ...]:
    """All of them, oldest first."""
    rows: Any = await store.xrange(keys.DEAD)
    return tuple(_letter(*row) for row in rows)


async def take_named(store: Redis, ids: Iterable[str], *, again: bool) -> Took:
    """Take the letters of these ids, down their stream again or away; ids that name none are passed over."""
    total = Took()
    for each in dict.fromkeys(ids):
        if _ID.fullmatch(each):
            taken, left, _ = await _take(store, each, each, again=again, once=None)
            total = Took(total.taken + taken, total.left + left)
    return total


async def take_all(store: Redis, *, again: bool, upto: str = "+", once: Once | None = None) -> Took | None:
    """Take every letter up to that id; None, and nothing was taken, where ``once`` has been claimed before.

    The claim is made in the same step as the first of the work. What comes back meanwhile, having failed once more, is
    not taken again.
    """
    newest: Any = await store.xrevrange(keys.DEAD, upto, count=1)
    end, start, total = newest[0][0].decode() if newest else "0-1", "-", Took()
    while True:
        taken, left, last = await _take(store, start, end, again=again, once=once)
        if taken < 0:
            return None
        total, once = Took(total.taken + taken, total.left + left), None
        if not last:
            return total
        start = f"({last}"


async def spend(store: Redis, once: Once) -> bool:
    """Claim the right; False where it was claimed before."""
    client: Any = store
    return bool(await client.eval(_SPEND, 1, once.key, once.seconds))


async def _take(store: Redis, start: str, end: str, *, again: bool, once: Once | None) -> tuple[int, int, str]:
    client: Any = store
    names = [keys.DEAD, once.key if once else keys.DEAD, *map(keys.stream, keys.STREAMS)]
    words = (once.seconds if once else "", int(again), start, end, _BATCH, keys.stream(""))
    taken, left, last = await client.eval(_TAKE, len(names), *names, *words)
    return int(taken), int(left), last.decode()


def _letter(entry: bytes, fields: dict[bytes, bytes]) -> DeadLetter:
    def text(name: bytes) -> str:
        return fields.get(name, b"").decode("utf-8", "replace")

    return DeadLetter(entry.decode(), text(b"stage"), text(b"stream"), text(b"why"), text(b"event"))
