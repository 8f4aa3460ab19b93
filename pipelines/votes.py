"""What readers said of alerts: one vote a person and story, kept for 400 days, whichever chat it came from.

A story's votes are a hash of voter -> "mark unix-time chat"; an index of stories by their newest vote finds them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from redis.asyncio import Redis

from pipelines import keys
from rules.marks import Mark, Tally

KEPT = timedelta(days=400)
MOST_VOTERS = 1_000
"""Voters that one story takes; beyond them, only those who voted already may change their mind."""
MOST_STORIES = 20_000
"""Stories with votes that are kept; those whose newest vote is oldest go first."""
_PAGE = 500

_VOTE = """
local votes, index = KEYS[1], KEYS[2]
local voter, mark, at, chat, story, prefix = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local kept, voters, stories = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])
local before = redis.call('HGET', votes, voter)
local counted = mark
if before and string.match(before, '^%S+') == mark then
  redis.call('HDEL', votes, voter)
  counted = ''
  if redis.call('EXISTS', votes) == 0 then redis.call('ZREM', index, story) end
elseif not before and redis.call('HLEN', votes) >= voters then
  counted = 'full'
else
  redis.call('HSET', votes, voter, mark .. ' ' .. at .. ' ' .. chat)
  redis.call('EXPIRE', votes, kept)
  redis.call('ZADD', index, at, story)
  redis.call('ZREMRANGEBYSCORE', index, '-inf', '(' .. (tonumber(at) - kept))
  local over = redis.call('ZCARD', index) - stories
  if over > 0 then
    for _, oldest in ipairs(redis.call('ZRANGE', index, 0, over - 1)) do redis.call('UNLINK', prefix .. oldest) end
    redis.call('ZREMRANGEBYRANK', index, 0, over - 1)
  end
end
return {counted, redis.call('HVALS', votes)}
"""
"""The same mark again takes the vote back; all keys share one hash tag, so that the oldest may go too."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What came of a press: the mark that now stands for this voter (None: taken back), and the story's tally.

    ``full`` says that the story takes no further voters, so that nothing changed.
    """

    mark: Mark | None
    tally: Tally
    full: bool = False


async def vote(store: Redis, story: str, voter: int, mark: Mark, chat: int, now: datetime) -> Counted:
    """Count the vote; another one of the same voter replaces it, the same one takes it back.

    ``story`` must be one that exists: whoever calls has looked.
    """
    client: Any = store
    given = (voter, mark.value, int(now.timestamp()), chat, story, keys.votes(""))
    limits = (int(KEPT.total_seconds()), MOST_VOTERS, MOST_STORIES)
    counted, values = await client.eval(_VOTE, 2, keys.votes(story), keys.VOTED, *given, *limits)
    word = counted.decode()
    return Counted(Mark(word) if word in set(Mark) else None, _tally(values), full=word == "full")


async def read_tallies(store: Redis, since: datetime) -> dict[str, Tally]:
    """The tally of each story that had its newest vote at ``since`` or later, by story id, oldest vote first."""
    client: Any = store
    found: list[bytes] = await client.zrangebyscore(keys.VOTED, since.timestamp(), "+inf")
    stories = [each.decode() for each in found]
    tallies = dict[str, Tally]()
    for start in range(0, len(stories), _PAGE):
        page = stories[start : start + _PAGE]
        async with client.pipeline(transaction=False) as pipe:
            for story in page:
                pipe.hvals(keys.votes(story))
            tallies |= zip(page, map(_tally, await pipe.execute()), strict=True)
    return {story: tally for story, tally in tallies.items() if tally}


async def forget_votes(store: Redis, voter: int) -> int:
    """Take back every vote of a person; returns how many there were."""
    client: Any = store
    stories: list[bytes] = await client.zrange(keys.VOTED, 0, -1)
    gone = 0
    for start in range(0, len(stories), _PAGE):
        async with client.pipeline(transaction=False) as pipe:
            for story in stories[start : start + _PAGE]:
                pipe.hdel(keys.votes(story.decode()), str(voter))
            gone += sum(await pipe.execute())
    return gone


async def forget_chat(store: Redis, chat: int) -> int:
    """Take back every vote that was given in a chat, and every vote of the person whose private chat it is.

    Returns how many there were.
    """
    client: Any = store
    stories: list[bytes] = await client.zrange(keys.VOTED, 0, -1)
    own, gone = str(chat).encode(), 0
    for start in range(0, len(stories), _PAGE):
        page = [keys.votes(story.decode()) for story in stories[start : start + _PAGE]]
        async with client.pipeline(transaction=False) as pipe:
            for key in page:
                pipe.hgetall(key)
            found = await pipe.execute()
            for key, votes in zip(page, found, strict=True):
                if there := [who for who, vote in votes.items() if who == own or vote.rsplit(b" ", 1)[-1] == own]:
                    pipe.hdel(key, *there)
            gone += sum(await pipe.execute())
    return gone


def add_up(tallies: Iterable[Tally]) -> Tally:
    """The tallies of several stories as one."""
    total = Counter[Mark]()
    for tally in tallies:
        total.update(tally)
    return total


def _tally(values: Iterable[bytes]) -> Tally:
    """The counts; what another version of this program may have written is passed over."""
    words = Counter(value.split(b" ", 1)[0].decode("ascii", "replace") for value in values)
    return {mark: words[mark.value] for mark in Mark if words[mark.value]}
