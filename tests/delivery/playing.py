"""Has the product tell what happens to many chats: its stages, its clock, its queue, with only Telegram left out."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from redis.asyncio import Redis

from bot.address import Address, Digests
from bot.chat_store import ChatStore
from bot.chats import Chat
from bot.deliver import Deliver, Pace
from bot.delivery.answers import Answer, Outgoing, Sent
from bot.delivery.kept import follow_mutes, read_kept, write
from bot.delivery.lining import replan_digest
from bot.delivery.queue import Outbox
from bot.mute_clock import MuteClock
from bot.rendering import Renderer
from pipelines import keys
from pipelines.due import DueClock
from pipelines.judged import write_judged
from pipelines.stage import Stage
from pipelines.streams import Streams
from pipelines.worker import Worker
from tests.conftest import Clock
from tests.delivery.reference import Got
from tests.delivery.stories import apply
from tests.delivery.wished import BEGIN, Happening, Turn

_FEW, _MANY = tuple(range(4)), tuple(range(256))
_MOST = 10
_NAMED = re.compile(r"[(](s\d+\.\d+)[)]")
_END = re.compile(r"The mute on (.+?) has ended|Held back by the mute on (.+?) · ")


@dataclass
class Phone:
    """Takes messages as a sender does, and keeps what each chat got and when."""

    clock: Clock
    names: dict[int, dict[str, str]] = field(default_factory=dict)
    """For each chat what its mutes are called, and what they mute."""
    got: defaultdict[int, list[Got]] = field(default_factory=lambda: defaultdict(list))
    ids: int = 0
    messages: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    first: dict[tuple[int, int], str] = field(default_factory=dict)
    """Chat and message id -> the story."""
    strange: list[str] = field(default_factory=list)
    """Messages that should not be: of no story or another one, a list that is empty or too long, a repeat."""

    async def send(self, outgoing: Outgoing) -> Answer:
        """Note the message; one that is edited or replied to must be of the same story."""
        self.ids += 1
        chat, at, text = outgoing.chat.id, self.clock(), outgoing.message.plain
        named, told = _NAMED.findall(text), self.got[chat]
        if outgoing.story == "digest":
            self._list(chat, text, named)
            return Sent(self.ids)
        kind = "edit" if outgoing.edit else "reply" if outgoing.reply else "send"
        self.messages[kind] += 1
        first = self.first.setdefault((chat, outgoing.edit or outgoing.reply or self.ids), outgoing.story)
        if len(set(named)) != 1 or first != outgoing.story:
            self.strange.append(f"{kind} of {first} to {chat}: {text}")
        told.append((at, kind, named[0] if named else "?"))
        return Sent(self.ids)

    def _list(self, chat: int, text: str, named: Sequence[str]) -> None:
        at, after = self.clock(), ""
        if (found := _END.search(text)) is not None:
            heading = (found[1] or found[2]).lower()
            # "the rule tariff-in-force" holds the word "tariff" too.
            after = max((name for name in self.names[chat] if name in heading), key=len, default="")
            if found[1]:
                self.got[chat].append((at, "end", self.names[chat].get(after, "?")))
        self.messages["list"] += 1
        if len(named) > _MOST or not (named or after) or text.startswith("↻"):
            self.strange.append(f"list to {chat}: {text}")
        self.got[chat] += [(at, "line", f"{name} after {self.names[chat][after]}" if after else name) for name in named]


class Play:
    """The stages behind the judgement, moved from one moment at which something is due to the next."""

    def __init__(self, store: Redis, clock: Clock, page: int = 500) -> None:
        self.store, self.clock, self.phone = store, clock, Phone(clock)
        self.chats, self.streams = ChatStore(store), Streams(store, "play")
        self.outbox = Outbox(store, "play", 1e9)
        pace = Pace(chat=0, group=0)
        self.deliver = Deliver(self.chats, self.outbox, Renderer(store), lambda _: self.phone, clock, pace=pace)
        address = Address(store, clock, depths=self.outbox.depth, page=page).handle
        digests = Digests(clock, self.outbox.lines, MuteClock(store, clock).ended).handle
        alerts, due = keys.ALERTS, keys.DIGESTS
        stages = (
            Stage(name="address", reads=alerts, feeds=alerts, handle=address, batch=1, single_hand=True),
            Stage(name="digests", reads=due, feeds=None, handle=digests),
        )
        self.workers = [Worker(self.streams, stage, clock) for stage in stages]
        self.due = DueClock(store, self.streams, clock)

    async def seat(self, chats: Sequence[Chat]) -> None:
        """Store the chats as their commands would have: the clock knows when their mutes end."""
        await self.streams.create(keys.STREAMS)
        await self.due.claim(1)
        self.clock.at = BEGIN
        for chat in chats:
            await self.chats.put(chat)
            await write(self.store, follow_mutes(chat.id, (), chat.mutes, BEGIN))
            self._name(chat)

    async def go(self, happened: Sequence[Happening], until: datetime, turns: Sequence[Turn] = ()) -> None:
        """Everything that happens and that chats say, and what the clock has to do before and after."""
        coming: list[Turn | Happening] = [*turns, *happened]
        for each in sorted(coming, key=lambda each: each.at):
            await self._wait(each.at)
            self.clock.at = max(self.clock.at, each.at)
            if isinstance(each, Turn):
                await self._turn(each)
            else:
                await apply(self.store, *write_judged(each.alert))
                if each.passed:
                    await self.streams.publish(keys.ALERTS, each.alert)
            await self._work()
        await self._wait(until)

    async def _turn(self, turn: Turn) -> None:
        """Store the chat as its commands would have."""
        before, now = await self.chats.get(turn.chat.id), self.clock()
        assert before is not None
        await self.chats.put(turn.chat)
        await write(self.store, follow_mutes(turn.chat.id, before.mutes_at(now), turn.chat.mutes_at(now), now))
        if turn.hours:
            await replan_digest(self.store, turn.chat.id, turn.chat.next_release(now))
        self._name(turn.chat)

    def _name(self, chat: Chat) -> None:
        names = {mute.name or _TOPICS[mute.what]: mute.what for mute in chat.mutes}
        self.phone.names.setdefault(chat.id, {}).update({name.lower(): what for name, what in names.items()})

    async def left(self) -> list[str]:
        """What is still in line, or held back by a mute that has an end: nothing, once all has come to its end."""
        found = [f"{lane} {count}" for lane, count in (await self.outbox.depth()).items() if count]
        for chat in await self.chats.all():
            found += [f"{chat.id} {line}" for line in await self.outbox.lines(chat.id)]
            ends = {mute.what for mute in chat.mutes if mute.until is not None}
            kept = await read_kept(self.store, chat.id)
            found += [f"{chat.id} {each.member}" for each in kept if each.target.what in ends]
        return found

    async def _wait(self, until: datetime) -> None:
        raw: Any = self.store
        while found := await raw.zrange(keys.DUE, 0, 0, withscores=True):
            at = datetime.fromtimestamp(found[0][1], UTC)
            if at >= until:
                return
            self.clock.at = max(self.clock.at, at)
            await self._work()

    async def _work(self) -> None:
        """All that is to be done at this moment, but what becomes due by that."""
        await self.due.step()
        for worker in self.workers:
            while await worker.step(256):
                pass
        hands = _FEW
        while given := (await self.outbox.take(self.clock(), hands))[0]:
            answers = [(taken, await self.deliver.deliver(taken)) for taken in given]
            assert all(await self.outbox.settle(answers, self.clock()))
            hands = _MANY if len(given) == len(hands) else _FEW


def by_moment(got: Sequence[Got]) -> dict[datetime, list[tuple[str, str]]]:
    """What came, moment by moment: messages in their order, and what lists told in any, since these may be several."""
    moments = defaultdict[datetime, list[tuple[str, str]]](list)
    for at, kind, what in got:
        moments[at].append((kind, what))
    return {
        at: sorted(come, key=lambda each: each if each[0] in ("line", "end") else ("", ""))
        for at, come in moments.items()
    }


def compare(wanted: Mapping[int, Sequence[Got]], got: Mapping[int, Sequence[Got]]) -> list[str]:
    """Each moment of each chat at which it got something else than it was to get, in words."""
    found = list[str]()
    for chat in {*wanted, *got}:
        right, told = by_moment(wanted.get(chat, ())), by_moment(got.get(chat, ()))
        for at in sorted({*right, *told}):
            if right.get(at) != told.get(at):
                found.append(f"chat {chat} at {at:%d %H:%M:%S}: wanted {right.get(at)}, got {told.get(at)}")
    return found


_TOPICS = {
    "rare-earth": "rare earths",
    "semiconductor": "chips",
    "policy": "policy",
    "crypto": "crypto",
    "energy": "energy",
    "liquidity": "liquidity",
    "geopolitics": "geopolitics",
}
