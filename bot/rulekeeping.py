"""The rule set in force, and its live reload: a changed folder is read as a whole and swapped in, or refused loudly."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from pipelines.rulebook import Rulebook, load_rulebook
from rules.errors import RuleError, RuleErrors
from rules.ruleset import RuleSet

LOOK_SECONDS = 1.5
"""Between two looks at the folder; a change is in force, or refused, at the second look after it."""

Signature = tuple[tuple[str, int, int, int], ...]
"""Name, size, time of change and inode of each rule file."""


@dataclass(frozen=True, slots=True)
class Reloaded:
    """Another set is in force. ``gone`` says that the folder is no longer there, so that only shipped rules judge."""

    old: RuleSet
    new: Rulebook
    gone: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """A changed folder has faults; the set before it goes on judging."""

    faults: tuple[RuleError, ...]


Outcome = Reloaded | Refused


class RuleKeeper:
    """Holds the rules and looks at their folder. ``told`` hears what came of each change that was read."""

    def __init__(self, folder: Path, rulebook: Rulebook, told: Callable[[Outcome], Awaitable[None]]) -> None:
        self._folder = folder
        self._told = told
        self._rulebook = rulebook
        self._read = self._seen = _signature(folder)
        self._refused: tuple[RuleError, ...] = ()

    @property
    def rules(self) -> RuleSet:
        """The set in force."""
        return self._rulebook.rules

    async def run(self, stop: asyncio.Event) -> None:
        """Look until ``stop``."""
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await stop.wait()
            if not stop.is_set():
                await self.look()

    async def look(self) -> None:
        """One look: what is as it was at the look before, and is not what was read last, is read."""
        # In a thread: the folder may be on a slow disk, and reading many rules takes a while.
        now = await asyncio.to_thread(_signature, self._folder)
        settled, self._seen = now == self._seen, now
        if not settled or now == self._read:
            return
        self._read = now
        try:
            rulebook = await asyncio.to_thread(load_rulebook, self._folder)
        except RuleErrors as found:
            if found.errors != self._refused:
                self._refused = found.errors
                await self._told(Refused(found.errors))
            return
        mended, self._refused = bool(self._refused), ()
        old, self._rulebook = self.rules, rulebook
        if mended or old.hash != rulebook.rules.hash:
            await self._told(Reloaded(old, rulebook, gone=not self._folder.is_dir()))


def _signature(folder: Path) -> Signature:
    """What a change of the folder changes; () where it is not there or cannot be read."""
    found: list[tuple[str, int, int, int]] = []
    with contextlib.suppress(OSError):
        for file in folder.iterdir():
            if not file.name.startswith(".") and file.suffix in (".yaml", ".yml"):
                facts = file.stat()
                found.append((file.name, facts.st_size, facts.st_mtime_ns, facts.st_ino))
    return tuple(sorted(found))
