"""Makes processes of the product quickly: one parent imports everything once, and each process is a fork of it.

What runs is the product itself, from its command line on; only the half second of imports is saved, so that hundreds of
kills end in minutes. Speaks lines of JSON; ``forging`` steers it from a test.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import os
import select
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

_ROOM = Path(__file__).parents[2]
_MODULES = ("bot.cli", "bot.commandline.run", "bot.telegram_wiring", "tests.faults.deadly")


@dataclass
class Child:
    """A process of the product; ``log`` is what it writes, ``ended`` is set when it is over."""

    pid: int
    log: Path
    begun: float
    code: int | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    over: float = 0.0
    """When it was seen to be over."""

    def signal(self, number: signal.Signals) -> None:
        """Signal it, if it still lives."""
        if self.code is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    async def kill(self) -> None:
        """kill -9, and wait for its end."""
        self.signal(signal.SIGKILL)
        await self.end()

    async def end(self, seconds: float = 30) -> int:
        """Wait for its end; the exit code, or minus the signal that ended it."""
        async with asyncio.timeout(seconds):
            await self.ended.wait()
        assert self.code is not None
        return self.code

    def said(self, words: str) -> list[str]:
        """The lines of its log that hold these words."""
        return [line for line in self.log.read_text().splitlines() if words in line]

    async def says(self, words: str, seconds: float = 30) -> str:
        """Wait for such a line."""
        async with asyncio.timeout(seconds):
            while not (lines := self.said(words)):
                assert self.code is None, self.log.read_text()[-3000:]
                await asyncio.sleep(0.01)
        return lines[0]


class Forge:
    """The parent, as a test sees it."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Path) -> None:
        self._process = process
        self._folder = folder
        self._answers: asyncio.Queue[int] = asyncio.Queue()
        self.children: dict[int, Child] = {}
        self._reader = asyncio.create_task(self._read())

    async def run(self, *words: str, **environment: str) -> Child:
        """``lodestone`` with these words and this environment."""
        return await self._make({"call": "bot.cli:main", "words": words}, environment)

    async def call(self, what: str, *words: str) -> Child:
        """A function of ours, "module:name", called with these words in a process of its own."""
        return await self._make({"call": what, "arguments": words}, {})

    async def _make(self, order: dict[str, Any], environment: Mapping[str, str]) -> Child:
        assert self._process.stdin is not None
        log = self._folder / f"{len(self.children):04}.log"
        log.touch()
        begun = time.monotonic()
        self._process.stdin.write(json.dumps({**order, "env": environment, "log": str(log)}).encode() + b"\n")
        pid = await asyncio.wait_for(self._answers.get(), 20)
        # Its end may have been told before this line is reached: see ``_read``.
        child = self.children[pid]
        child.log, child.begun = log, begun
        return child

    async def _read(self) -> None:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            told = json.loads(line)
            if "made" in told:
                self.children[told["made"]] = Child(told["made"], Path(), 0.0)
                self._answers.put_nowait(told["made"])
            else:
                child = self.children[told["ended"]]
                child.code, child.over = told["code"], time.monotonic()
                child.ended.set()

    async def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        await asyncio.wait_for(self._process.wait(), 20)
        await self._reader


@asynccontextmanager
async def forging(folder: Path) -> AsyncIterator[Forge]:
    """A parent whose processes write their logs to ``folder``; all are ended with the block."""
    os.makedirs(folder, exist_ok=True)  # noqa: PTH103
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.faults.forge", cwd=_ROOM, stdin=pipe, stdout=pipe
    )
    forge = Forge(process, folder)
    try:
        yield forge
    finally:
        await forge.close()


def main() -> None:
    """The parent itself: an order a line on standard input, until that ends."""
    for name in _MODULES:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    wake, woken = os.pipe()
    os.set_blocking(woken, False)
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    living, buffer = set[int](), b""
    while True:
        ready, _, _ = select.select([0, wake], [], [])
        if wake in ready:
            with suppress(BlockingIOError):
                os.read(wake, 4096)
            _reap(living)
        if 0 in ready:
            data = os.read(0, 65536)
            if not data:
                break
            *lines, buffer = (buffer + data).split(b"\n")
            for line in lines:
                pid = os.fork()
                if pid == 0:
                    _become(json.loads(line), wake, woken)
                living.add(pid)
                _tell(made=pid)
    for pid in living:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
            os.kill(pid, signal.SIGKILL)
    for pid in living:
        with suppress(ChildProcessError):
            os.waitpid(pid, 0)


def _reap(living: set[int]) -> None:
    for pid in sorted(living):
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            living.discard(pid)
            _tell(ended=pid, code=os.waitstatus_to_exitcode(status))


def _tell(**words: int) -> None:
    os.write(1, json.dumps(words).encode() + b"\n")


def _become(order: dict[str, Any], *pipe: int) -> NoReturn:
    """The child: a clean process as ``exec`` would have left it, but for the modules."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for end in pipe:
        os.close(end)
    null, log = os.open(os.devnull, os.O_RDONLY), os.open(order["log"], os.O_WRONLY | os.O_APPEND)
    os.dup2(null, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    os.environ.clear()
    os.environ.update({**kept, **order["env"]})
    sys.argv = ["lodestone", *order.get("words", ())]
    code: Any = 1
    try:
        module, _, name = order["call"].partition(":")
        getattr(importlib.import_module(module), name)(*order.get("arguments", ()))
        code = 0
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else int(error.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        sys.stdout.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
