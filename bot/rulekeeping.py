"""The rule set in force, and its live reload: a changed folder is read as a whole and swapped in, or refused loudly."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from pipelines.rulebook import Rulebook, load_rulebook
from pipelines.store import STORE_TROUBLE, is_away
from pipelines.tasks import rest
from rules.errors import RuleError, RuleErrors
from rules.ruleset import RuleSet

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.5
"""Between two looks at the folder; a change is in force, or refused, at the second look after it."""

Signature = tuple[tuple[str, int, int, int], ...] | None
"""Name, size, time of change and inode of each rule file; None where there is no folder."""
_NEVER: Signature = (("", -1, -1, -1),)
_GONE = -1


@dataclass(frozen=True, slots=True)
class Reloaded:
    """A changed folder was read, and is in force.

    ``old`` is the set before, if there was one. ``mended``: the folder had been refused. ``gone``: it is no longer
    there, so that only shipped rules judge.
    """

    old: RuleSet | None
    new: Rulebook
    gone: bool
    mended: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """A changed folder has faults; the set before it goes on judging."""

    faults: tuple[RuleError, ...]


Outcome = Reloaded | Refused


async def _kept_nowhere(rulebook: Rulebook) -> None:
    """Where no verdict has to be rebuilt, no text has to be kept."""


class RuleKeeper:
    """Holds the rules and looks at their folder. ``told`` hears what came of each change that was read.

    ``keep`` is awaited before a set comes into force; while it finds the store away, the set before stays.
    ``read`` reads the folder, in a thread.
    """

    def __init__(
        self,
        folder: Path,
        rulebook: Rulebook | None,
        told: Callable[[Outcome], Awaitable[None]],
        *,
        keep: Callable[[Rulebook], Awaitable[None]] = _kept_nowhere,
        read: Callable[[Path], Rulebook] = load_rulebook,
    ) -> None:
        self._folder = folder
        self._told = told
        self._keep = keep
        self._load = read
        self._current = rulebook.rules if rulebook else None
        # The first look reads anew: the folder may have changed since the set in hand was read.
        self._read = self._seen = _NEVER
        self._refused: tuple[RuleError, ...] = ()

    @property
    def rules(self) -> RuleSet:
        """The set in force, of a keeper that was given one."""
        assert self._current is not None
        return self._current

    @property
    def sound(self) -> RuleSet | None:
        """The last set that was sound, if there has been one."""
        return self._current

    async def run(self, stop: asyncio.Event) -> None:
        """Look until ``stop``."""
        while not stop.is_set():
            if not await rest(stop, LOOK_SECONDS):
                await self.look()

    async def look(self) -> None:
        """One look: what is as it was at the look before, and is not what was read last, is read."""
        # In a thread: the folder may be on a slow disk, and reading many rules takes a while.
        now = await asyncio.to_thread(_signature, self._folder)
        settled, self._seen = now == self._seen, now
        if not settled or now == self._read:
            return
        found = await asyncio.to_thread(self._attempt)
        if await asyncio.to_thread(_signature, self._folder) != now:
            return  # it changed under the reader's hands: neither good nor bad
        if isinstance(found, Rulebook):
            await self._take(found, now)
        else:
            self._read = now
            if found != self._refused:
                self._refused = found
                await self._told(Refused(found))

    async def _take(self, rulebook: Rulebook, now: Signature) -> None:
        try:
            # First kept, then in force: no verdict may name a set whose text is nowhere.
            await self._keep(rulebook)
        except STORE_TROUBLE as error:
            if not is_away(error):
                raise
            return  # the next look tries again
        first, self._read = self._read == _NEVER, now
        mended, self._refused = bool(self._refused), ()
        old, self._current = self._current, rulebook.rules
        if not first or mended or old is None or old.hash != rulebook.rules.hash:
            await self._told(Reloaded(old, rulebook, gone=now is None, mended=mended))

    def _attempt(self) -> Rulebook | tuple[RuleError, ...]:
        """The folder's rules, or its faults; whatever is in the folder, the program goes on."""
        try:
            rulebook = self._load(self._folder)
        except RuleErrors as found:
            return found.errors
        except Exception as error:
            log.exception("rules.surprise folder=%s", self._folder)
            why = f"reading it failed in a way that nobody foresaw ({type(error).__name__})"
            return (RuleError(str(self._folder), 1, 1, why, "undo the last change, and report the lines in the log"),)
        # The hash of many rules takes a while to work out: here, and not at the first verdict in the loop.
        log.debug("rules.read rules=%s", rulebook.rules.hash)
        return rulebook


def load_candidate(folder: Path) -> Rulebook:
    """The shipped rules with a candidate folder over them, which has to be there; raises ``RuleErrors``."""
    if not folder.is_dir():
        raise RuleErrors([RuleError(str(folder), 1, 1, "is not a folder", "make it, or unset LODESTONE_SHADOW_RULES")])
    return load_rulebook(folder)


def _signature(folder: Path) -> Signature:
    """What a change of the folder, or of any rule file in it, changes."""
    try:
        files = [each for each in folder.iterdir() if each.suffix in (".yaml", ".yml") and each.name[0] != "."]
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        return ((".", error.errno or 0, 0, 0),)
    return tuple(sorted(map(_facts, files)))


def _facts(file: Path) -> tuple[str, int, int, int]:
    try:
        facts = file.stat()
    except OSError:
        return file.name, _GONE, _GONE, _GONE  # a link to nowhere, or gone since
    return file.name, facts.st_size, facts.st_mtime_ns, facts.st_ino
