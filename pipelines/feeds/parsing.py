"""Two child processes that parse, each with one feed at a time; one that takes too long is killed and replaced.

A third does the bodies that may take long (large ones of feeds not read before, and what had to be killed last time),
so that healthy feeds do not wait behind them; nor for the processor, which it is the last to get. It lives while there
are such. What a child may take is counted in its own processor time.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.feeds.items import Item
from pipelines.feeds.parse_child import FRAME
from pipelines.feeds.trouble import FeedTrouble, ParsersBusyError, Reason

log = logging.getLogger(__name__)

_START_SECONDS = 15.0
_ANSWER_CAP = 16 << 20
_BEHIND = 10
"""How much nicer the child for slow bodies is to all else on this machine than we are."""
_NONE_FREE, _NO_TIME = 20.0, 300.0
"""Seconds until a feed comes again for which no parser was free, or this machine had no time."""
_SMALL = 64 << 10
"""Bytes of a body that no parser of ours holds for long: the worst that we know (nested tags) took 0.3 s at this size,
and 30 to 100 usual items are less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What a body held beyond what was known: see ``document.Document``. ``total`` counts all its items."""

    items: tuple[Item, ...]
    marks: tuple[str, ...]
    total: int
    newest: float
    title: str
    partial: bool
    links_repeat: bool


class Parsers:
    """The pool. ``limit`` is the processor time for one feed, ``patience`` the time for a free child, in seconds.

    After ``busy`` seconds by the clock on the wall the machine is to blame, not the feed. ``count`` children are for
    what is quick; one more does what may be slow, and ends when idle for ``linger`` seconds.
    """

    def __init__(
        self, count: int = 2, limit: float = 2.0, patience: float = 10.0, linger: float = 30.0, busy: float = 10.0
    ) -> None:
        self._limit = limit
        self._patience = patience
        self._linger = linger
        self._quick: asyncio.LifoQueue[_Child] = asyncio.LifoQueue()
        self._slow: asyncio.LifoQueue[_Child] = asyncio.LifoQueue()
        self._children = (*(_Child(busy) for _ in range(count)), _Child(busy, _BEHIND))
        for number, child in enumerate(self._children):
            (self._quick if number < count else self._slow).put_nowait(child)
        self._ending: asyncio.Task[None] | None = None

    async def parse(
        self, body: bytes, *, url: str, kind: str = "rss", content_type: str = "", known: Sequence[str] = (),
        links_repeat: bool = False, suspect: bool = False,
    ) -> Parsed:  # fmt: skip
        """A body's items, less those whose raw marks are ``known``; raises ``FeedTrouble`` or ``ParsersBusyError``.

        Feeds that are ``suspect`` (the last parse had to be killed) and large bodies of which nothing is known take
        turns on a child of their own.
        """
        head = {
            "url": url, "kind": kind, "content_type": content_type, "known": known, "links_repeat": links_repeat,
            "seconds": self._limit,
        }  # fmt: skip
        slow = suspect or (not known and len(body) > _SMALL)
        async with self._child(self._slow if slow else self._quick) as child:
            answer = await child.ask(json.dumps(head, separators=(",", ":")).encode(), body)
        if "reason" in answer:
            raise FeedTrouble(Reason(answer["reason"]), answer.get("detail", ""))
        items = tuple(Item(**{**row, "marks": tuple(row["marks"])}) for row in answer.pop("items"))
        return Parsed(items=items, marks=tuple(answer.pop("marks")), **answer)

    @contextlib.asynccontextmanager
    async def _child(self, lane: asyncio.LifoQueue[_Child]) -> AsyncIterator[_Child]:
        try:
            async with asyncio.timeout(self._patience):
                child = await lane.get()
        except TimeoutError:
            raise ParsersBusyError(_NONE_FREE) from None
        if lane is self._slow and self._ending is not None:
            self._ending.cancel()
        try:
            yield child
        finally:
            lane.put_nowait(child)
            if lane is self._slow:
                self._ending = asyncio.create_task(self._end_when_idle())

    async def _end_when_idle(self) -> None:
        await asyncio.sleep(self._linger)
        child = self._slow.get_nowait()  # it is free: whoever takes it cancels this first
        try:
            await child.end()
        finally:
            self._slow.put_nowait(child)

    async def aclose(self) -> None:
        """End the children."""
        if self._ending is not None:
            self._ending.cancel()
        for child in self._children:
            await child.end()


class _Child:
    """One process, started when first asked and again after each death."""

    def __init__(self, busy: float, nice: int = 0) -> None:
        self._busy = busy
        self._nice = nice
        self._process: asyncio.subprocess.Process | None = None

    async def ask(self, head: bytes, body: bytes) -> dict[str, Any]:
        """The child's answer; one that died while it had nothing to do is replaced without a word."""
        if self._process is not None:
            with contextlib.suppress(asyncio.IncompleteReadError, OSError):
                return await self._ask(head, body)
        try:
            return await self._ask(head, body)
        except (asyncio.IncompleteReadError, OSError):
            raise FeedTrouble(Reason.PARSE_CRASH, "the parser died") from None

    async def _ask(self, head: bytes, body: bytes) -> dict[str, Any]:
        answered = False
        try:
            process = await self._living()
            async with asyncio.timeout(self._busy):
                answer = await self._exchange(process, head, body)
            answered = answer.get("reason") != Reason.PARSE_MEMORY.value
            return answer
        except TimeoutError:  # it waits for nothing but the processor, which this machine had no time to give
            raise ParsersBusyError(_NO_TIME) from None
        except asyncio.IncompleteReadError:
            if self._process is not None and await self._process.wait() == -signal.SIGPROF:
                raise FeedTrouble(Reason.PARSE_HANG, "took all of its processor time") from None
            raise
        except ValueError:
            raise FeedTrouble(Reason.PARSE_CRASH, "an answer that cannot be read") from None
        finally:
            if not answered:  # also when this task is cancelled: half an answer in the pipe would be the next one's
                await self.end()

    async def _living(self) -> asyncio.subprocess.Process:
        if self._process is not None and self._process.returncode is None:
            return self._process
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "pipelines.feeds.parse_child",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            # No secret of ours goes where hostile bytes are read.
            env={"PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "MALLOC_ARENA_MAX": "1"},
            limit=1 << 20,
            start_new_session=True,  # Ctrl-C is for the parent, whose end closes our input
        )  # fmt: skip
        if self._nice:
            with contextlib.suppress(ProcessLookupError):
                os.setpriority(os.PRIO_PROCESS, self._process.pid, os.getpriority(os.PRIO_PROCESS, 0) + self._nice)
        try:
            async with asyncio.timeout(_START_SECONDS):
                await self._read(self._process)
        except TimeoutError:
            raise FeedTrouble(Reason.PARSE_CRASH, "the parser did not start") from None
        return self._process

    async def _exchange(self, process: asyncio.subprocess.Process, head: bytes, body: bytes) -> dict[str, Any]:
        assert process.stdin is not None
        process.stdin.writelines((FRAME.pack(len(head), len(body)), head, body))
        await process.stdin.drain()
        return await self._read(process)

    async def _read(self, process: asyncio.subprocess.Process) -> dict[str, Any]:
        assert process.stdout is not None
        size, _ = FRAME.unpack(await process.stdout.readexactly(FRAME.size))
        if size > _ANSWER_CAP:
            raise ValueError(size)
        answer: dict[str, Any] = json.loads(await process.stdout.readexactly(size))
        return answer

    async def end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await asyncio.shield(process.wait())
