"""The streams between the stages: publish, read, hand over, reclaim, dead letters, leases.

Only commands that Redis 7.0 and Valkey share. ``hand_over`` is the one place where a stage's work becomes real: next
events, state and acknowledgement in one script, at most once per event, and only while the lease's fencing token holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from pipelines import keys
from pipelines.events import AnyEvent, encode
from pipelines.stage import Command

GROUP = "lodestone"
MAX_SURPRISES = 5
"""Surprises after which an event goes to the dead letters."""
MAX_DELIVERIES = 20
"""Deaths of a process that held an event, after which the event is taken for their cause. More than surprises, because
most deaths have other causes: a restart that comes six times in a row must not bury what was merely waiting."""

_HAND_OVER = """
local stream, lease, dead = KEYS[1], KEYS[2], KEYS[3]
local group, token = ARGV[1], ARGV[2]
if token ~= '' and redis.call('GET', lease) ~= token then
  return redis.error_reply('FENCED the lease has passed to another hand')
end
local at, applied = 4, {}
for event = 1, tonumber(ARGV[3]) do
  local id, commands = ARGV[at], tonumber(ARGV[at + 1])
  at = at + 2
  local fresh = redis.call('XACK', stream, group, id) == 1
  local body = fresh and redis.call('XRANGE', stream, id, id)[1]
  local holds = true
  for _ = 1, commands do
    local words = tonumber(ARGV[at])
    if fresh and ARGV[at + 1] == 'EXPECT' then
      holds = holds and (redis.call('GET', ARGV[at + 2]) or '') == ARGV[at + 3]
    elseif fresh and holds then
      local answer = redis.pcall(unpack(ARGV, at + 1, at + words))
      if type(answer) == 'table' and answer.err then
        redis.call('XADD', dead, 'MAXLEN', '~', 100000, '*', 'stream', stream, 'event', body and body[2][2] or '',
                   'why', 'write refused: ' .. ARGV[at + 1] .. ' ' .. answer.err)
      end
    end
    at = at + words + 1
  end
  if fresh then redis.call('XDEL', stream, id) end
  applied[event] = fresh and 1 or 0
end
return applied
"""
"""``EXPECT key value`` is no command of the server: where the key holds something else ("" stands for nothing), all of
the event that comes after it is left out. So what a handler read can be compared in the step in which it writes."""

_FORGET = """
if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
if #redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2]) > 0 then return 0 end
return redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
"""
"""Deleting a consumer drops what it holds, so it goes only while it is dead and holds nothing, in one step."""

_LET_GO = """
local held = redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1000, ARGV[2])
for _, entry in ipairs(held) do
  redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[3], 0, entry[1], 'JUSTID')
end
return #held
"""

_ACQUIRE = """
if redis.call('EXISTS', KEYS[1]) == 1 then return false end
local token = redis.call('INCR', KEYS[2]) .. ' ' .. ARGV[1]
redis.call('SET', KEYS[1], token, 'PX', ARGV[2])
redis.call('SADD', KEYS[3], ARGV[3])
return token
"""
_RENEW = "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end return redis.call('PEXPIRE', KEYS[1], ARGV[2])"
_RELEASE = "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end return redis.call('DEL', KEYS[1])"


class FencedError(RuntimeError):
    """The lease was lost: another hand may hold it, nothing was written."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """An event as read from a stream: its entry id, its bytes, surprises so far, and how often it was delivered."""

    id: bytes
    data: bytes
    tries: int = 0
    deliveries: int = 1


def add(name: str, event: AnyEvent) -> Command:
    """The write that puts an event on a stream."""
    return ("XADD", keys.stream(name), "*", "e", encode(event))


def postpone(
    stream: str, item: str, data: bytes, at: float, tries: int = 0, *, sooner: bool = False
) -> tuple[Command, Command]:
    """The writes that make the clock put an encoded event on ``stream`` at unix time ``at``, under a stable id.

    ``sooner``: an item that is due before that stays due then.
    """
    when = ("LT", at) if sooner else (at,)
    return (("ZADD", keys.DUE, *when, item), ("HSET", keys.DUE_EVENTS, item, f"{stream}/{tries} ".encode() + data))


def bury(stage: str, stream: str, data: bytes, why: str) -> Command:
    """The write that sends an event to the dead letters."""
    return (
        "XADD",
        keys.DEAD,
        "MAXLEN",
        "~",
        100_000,
        "*",
        "stage",
        stage,
        "stream",
        stream,
        "event",
        data,
        "why",
        why[:1000],
    )


class Streams:
    """The streams of one store, as one consumer."""

    def __init__(self, store: Redis, consumer: str) -> None:
        self._store = store
        self.consumer = consumer
        self._hand_over = store.register_script(_HAND_OVER)
        self._forget = store.register_script(_FORGET)
        self._let_go = store.register_script(_LET_GO)
        self._acquire = store.register_script(_ACQUIRE)
        self._renew = store.register_script(_RENEW)
        self._release = store.register_script(_RELEASE)

    async def create(self, names: Sequence[str]) -> None:
        """Make streams and groups; a group starts at 0, so that what came before the first reader is read too."""
        for name in names:
            try:
                await self._store.xgroup_create(keys.stream(name), GROUP, id="0", mkstream=True)
            except ResponseError as error:
                if not str(error).startswith("BUSYGROUP"):
                    raise

    async def publish(self, name: str, *events: AnyEvent) -> None:
        """Put events on a stream, in order."""
        async with self._store.pipeline(transaction=True) as pipe:
            for event in events:
                pipe.execute_command(*add(name, event))
            await pipe.execute()

    async def length(self, name: str) -> int:
        """How many events wait on a stream or are being dealt with."""
        return int(await self._store.xlen(keys.stream(name)))

    async def read(self, name: str, count: int, block_ms: int | None) -> list[Delivered]:
        """Up to ``count`` new events, waiting at most ``block_ms`` for the first (None: not at all)."""
        return await self._read(name, ">", count, block_ms)

    async def read_own(self, name: str, count: int = 1000) -> list[Delivered]:
        """What this consumer has read before and never handed over."""
        return await self._read(name, "0", count, None)

    async def _read(self, name: str, after: str, count: int, block_ms: int | None) -> list[Delivered]:
        answer: Any = await self._store.xreadgroup(
            GROUP, self.consumer, {keys.stream(name): after}, count=count, block=block_ms
        )
        return [_delivered(entry, fields) for entry, fields in answer[0][1] if fields] if answer else []

    async def hand_over(
        self, name: str, done: Sequence[tuple[bytes, Sequence[Command]]], lease: tuple[str, str] | None = None
    ) -> list[bool]:
        """Apply each event's writes and acknowledge it, all in one step; False where another had done so already.

        ``lease`` is (job, token); raises ``FencedError`` when that token no longer holds.
        """
        job, token = lease or ("", "")
        words: list[Any] = [GROUP, token, len(done)]
        for entry, commands in done:
            words += [entry, len(commands)]
            for command in commands:
                words += [len(command), *command]
        try:
            applied = await self._hand_over(keys=[keys.stream(name), keys.lease(job), keys.DEAD], args=words)
        except ResponseError as error:
            if "FENCED" in str(error):
                raise FencedError(str(error)) from None
            raise
        return [flag == 1 for flag in applied]

    async def beat(self, ttl_ms: int = 5000) -> None:
        """Say that this consumer lives."""
        async with self._store.pipeline(transaction=True) as pipe:
            pipe.set(keys.alive(self.consumer), b"1", px=ttl_ms)
            pipe.sadd(keys.CONSUMERS, self.consumer)
            await pipe.execute()

    async def rest(self) -> None:
        """Say that this consumer has ended, so that the next one need not wait to take over."""
        async with self._store.pipeline(transaction=True) as pipe:
            pipe.delete(keys.alive(self.consumer))
            pipe.srem(keys.CONSUMERS, self.consumer)
            await pipe.execute()

    async def reclaim(self, name: str, hung_ms: int, count: int = 100) -> list[Delivered]:
        """Take over what dead consumers held, and what living ones have held for longer than ``hung_ms``."""
        stream, claimed = keys.stream(name), list[Delivered]()
        for info in await self._store.xinfo_consumers(stream, GROUP):
            other = info["name"].decode()
            if other == self.consumer or await self._store.exists(keys.alive(other)):
                continue
            pending: Any = await self._store.xpending_range(stream, GROUP, "-", "+", count, consumername=other)
            claimed += await self._claim(stream, 0, {row["message_id"]: row["times_delivered"] for row in pending})
            if not pending:
                await self._forget(keys=[stream, keys.alive(other)], args=[GROUP, other])
        if not claimed:
            pending = await self._store.xpending_range(stream, GROUP, "-", "+", count, idle=hung_ms)
            claimed = await self._claim(stream, hung_ms, {row["message_id"]: row["times_delivered"] for row in pending})
        return claimed

    async def let_go(self, name: str) -> int:
        """Leave all that this consumer has read to whoever reclaims next, as if it had died; how many events those are.

        They go to a consumer without a heartbeat, so that nobody waits until this one looks hung.
        """
        return int(await self._let_go(keys=[keys.stream(name)], args=[GROUP, self.consumer, f"{self.consumer} let go"]))

    async def _claim(self, stream: str, idle: int, deliveries: Mapping[bytes, int]) -> list[Delivered]:
        if not deliveries:
            return []
        rows: Any = await self._store.xclaim(stream, GROUP, self.consumer, idle, list(deliveries))
        return [
            replace(_delivered(entry, fields), deliveries=deliveries[entry] + 1) for entry, fields in rows if fields
        ]

    async def acquire(self, job: str, ttl_ms: int) -> str | None:
        """The fencing token of the lease on ``job`` if it is free, else None."""
        places = [keys.lease(job), keys.fence(job), keys.JOBS]
        token = await self._acquire(keys=places, args=[self.consumer, ttl_ms, job])
        return token.decode() if token else None

    async def renew(self, job: str, token: str, ttl_ms: int) -> bool:
        """Hold on to a lease; False when it has been lost."""
        return bool(await self._renew(keys=[keys.lease(job)], args=[token, ttl_ms]))

    async def release(self, job: str, token: str) -> None:
        """Give a lease back."""
        await self._release(keys=[keys.lease(job)], args=[token])

    async def lease_ms(self, job: str) -> int:
        """For how many milliseconds the lease on ``job`` still holds; negative where nobody has it."""
        return int(await self._store.pttl(keys.lease(job)))

    async def holder(self, job: str) -> str | None:
        """Who holds the lease on ``job``."""
        value: Any = await self._store.get(keys.lease(job))
        return value.decode().partition(" ")[2] if value else None


def _delivered(entry: bytes, fields: Mapping[bytes, bytes]) -> Delivered:
    return Delivered(entry, fields.get(b"e", b""), int(fields.get(b"t", b"0")))
