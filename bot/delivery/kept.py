"""What mutes hold back: kept apart until a mute ends, then lines of a message that says so.

A chat's sorted set holds "story mute" for what is held back and "- mute" for a mute whose end is to be told. What a
mute releases goes among the lines of the chat's digest, each story with a mark beside it that says which mute held it.
So what the queue promises of lines holds for them too: none is lost, and none told twice.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, unquote

from redis.asyncio import Redis

from bot.chats import Chat
from bot.delivery.reading import PREFIX
from bot.mutings import Mute
from bot.targets import Target
from pipelines import keys
from pipelines.events import DigestDue, encode
from pipelines.stage import Command
from pipelines.streams import postpone

MOST_KEPT = 200
"""Stories kept for a chat: beyond them the oldest go, for what nobody reads for so long is no news."""
_END = "-"
_MARK = "mute="
_LAST = 9e15
"""The place of what is to be told of an end: behind all stories, so that it is never the oldest."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A story that a mute holds back, since when; ``story`` is empty for the mute's end, which is to be told."""

    member: str
    story: str
    target: Target
    since: float


@dataclass(frozen=True, slots=True)
class Ended:
    """One mute's lines among those of a digest: the stories still to be told, and the marks to be taken away.

    ``said``: it has been told before that the mute ended, or nobody wants to hear it.
    """

    target: Target
    stories: tuple[str, ...]
    end: str = ""
    marks: tuple[tuple[str, str], ...] = ()

    @property
    def said(self) -> bool:
        """Whether nothing is to be told of the end itself."""
        return not self.end

    def dealt(self, stories: Collection[str]) -> tuple[tuple[str, int], ...]:
        """What goes with these stories once they are told; what has no story any more goes in any case."""
        left = set(self.stories) - set(stories)
        marks = [mark for mark, story in self.marks if story not in left]
        return tuple((mark, 0) for mark in (*marks, *((self.end,) if self.end else ())))


def keep_back(story: str, chats: Sequence[tuple[int, Mute]], now: datetime) -> tuple[Command, ...]:
    """The writes that keep the story back for these chats; what is kept already keeps its place."""
    return tuple(
        command
        for chat, mute in chats
        for command in (
            ("ZADD", _key(chat), "NX", now.timestamp(), f"{story} {_token(mute.target)}"),
            ("ZREMRANGEBYRANK", _key(chat), 0, -MOST_KEPT - 1),
            *(ring(chat, mute.until) if mute.until is not None else ()),
        )
    )


def let_go(story: str, chats: Sequence[tuple[Chat, Mute | None]]) -> tuple[Command, ...]:
    """The writes after which no mute of these chats keeps the story back, but the one beside them where there is one.

    It is told in another way, or waits for that one.
    """
    others = [(chat.id, [mute.target for mute in chat.mutes if mute != but]) for chat, but in chats]
    return tuple(
        ("ZREM", _key(chat), *(f"{story} {_token(target)}" for target in targets))
        for chat, targets in others
        if targets
    )


def promise_end(chat: int, target: Target, until: datetime | None) -> tuple[Command, ...]:
    """The writes that have the clock tell when a mute ends; without an end, that nothing is told of one."""
    end = f"{_END} {_token(target)}"
    if until is None:
        return (("ZREM", _key(chat), end),)
    return (("ZADD", _key(chat), _LAST, end), *ring(chat, until))


def take_back(chat: int, targets: Sequence[Target], now: datetime) -> tuple[Command, ...]:
    """The writes after a mute was ended by hand: of its end nothing is told, but what it held back comes now."""
    ends = tuple(("ZREM", _key(chat), f"{_END} {_token(target)}") for target in targets)
    return (*ends, *ring(chat, now))


def follow_mutes(chat: int, before: Sequence[Mute], after: Sequence[Mute], now: datetime) -> tuple[Command, ...]:
    """The writes after the mutes of a chat have changed from some to others, in whatever way."""
    ends, left = {mute.what: mute.until for mute in before}, {mute.what for mute in after}
    begun = [mute for mute in after if mute.what not in ends or ends[mute.what] != mute.until]
    gone = [mute.target for mute in before if mute.what not in left]
    promised = tuple(command for mute in begun for command in promise_end(chat, mute.target, mute.until))
    return (*promised, *(take_back(chat, gone, now) if gone else ()))


async def write(store: Redis, commands: Sequence[Command]) -> None:
    """Make these writes in one step, outside any hand-over."""
    if not commands:
        return
    pipe = store.pipeline(transaction=True)
    for command in commands:
        pipe.execute_command(*command)
    await pipe.execute()


def ring(chat: int, at: datetime) -> tuple[Command, ...]:
    """The writes that have the clock look at the chat's mutes then, or before if something else is due."""
    return postpone(keys.DIGESTS, f"mutes:{chat}", encode(DigestDue(chat, mutes=True)), at.timestamp(), sooner=True)


def release(chat: int, kept: Sequence[Kept], told: Collection[str], now: datetime) -> tuple[Command, ...]:
    """The writes that make lines of what is no longer kept; stories in ``told`` only go.

    Stories keep the order in which they came.
    """
    lines, at = f"{PREFIX}lines:{chat}", int(now.timestamp() * 1000)
    writes = list[Command]()
    for each in kept:
        writes.append(("ZREM", _key(chat), each.member))
        if each.story in told:
            continue
        if each.story:
            writes.append(("ZADD", lines, "NX", int(each.since * 1000), each.story))
        writes.append(("ZADD", lines, "NX", at, f"{_MARK}{_token(each.target)}={each.story}"))
    return tuple(writes)


def ended(lines: Sequence[str]) -> Ended | None:
    """The first mute whose end is among these lines, with what it held back, oldest first; None where none is."""
    marks = [(line, *line.removeprefix(_MARK).split("=", 1)) for line in lines if line.startswith(_MARK)]
    if not marks:
        return None
    token = marks[0][1]
    own = {story: mark for mark, each, story in marks if each == token and story}
    end = next((mark for mark, each, story in marks if each == token and not story), "")
    stories = tuple(line for line in lines if line in own)
    return Ended(_target(token), stories, end, tuple((mark, story) for story, mark in own.items()))


async def read_kept(store: Redis, chat: int) -> tuple[Kept, ...]:
    """All that the chat's mutes hold back, oldest first, and the ends that are to be told."""
    found: Any = await store.zrange(_key(chat), 0, -1, withscores=True)
    kept = list[Kept]()
    for member, since in found:
        story, _, token = member.decode().partition(" ")
        kept.append(Kept(member.decode(), "" if story == _END else story, _target(token), float(since)))
    return tuple(kept)


def _key(chat: int) -> str:
    return f"{PREFIX}kept:{chat}"


def _token(target: Target) -> str:
    """The target in one word without "=", for keys and lines."""
    return f"{quote(target.what, safe=':')}~{quote(target.name[:40], safe='')}".replace("=", "%3D")


def _target(token: str) -> Target:
    what, _, name = token.partition("~")
    return Target(unquote(what), unquote(name))
