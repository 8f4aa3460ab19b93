"""The queue's scripts as a state machine: whatever comes in whatever order, nothing is lost, doubled or stuck."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from bot.chats import DeliveryState
from bot.delivery.answers import Refused, Retry, Sent, Unknown
from bot.delivery.ledger import ledger_key
from bot.delivery.lining import enqueue, hold, line_up_digest, unhold
from bot.delivery.queue import Outbox, Receipt, Taken
from bot.delivery.scripts import LANES
from bot.receipts import Form, held_until, left_out, put_off, receipt_of, surprise_of
from pipelines import keys
from pipelines.store import connect
from tests.conftest import Clock
from tests.delivery.stories import apply

PREFIX = f"{keys.TAG}:out:"
CHATS, MOVES = (1, -2, -3, -1003), ((-3, -1003), (-2, -1003))
PUSHES, OLDEST, SKEW = ("urgent", "normal"), 3 * 3600, 60
INTERVAL, HANDS = 100, 3
IN_LINE = ("pending", "sending", "unknown", "held")
T = TypeVar("T")

answers = st.sampled_from(
    [Sent(7), Sent(7, plain=True), Retry("no server"), Retry("too fast", after=30.0), Unknown("silence"), Refused("no")]
)


@dataclass
class Seen:
    """The store as it is after a step."""

    held: dict[int, str]
    hands: dict[str, int]
    waiting: dict[str, int]
    queues: dict[tuple[int, str], list[str]] = field(default_factory=dict)
    ready: set[tuple[int, str]] = field(default_factory=set)
    lines: dict[int, list[str]] = field(default_factory=dict)
    due: set[int] = field(default_factory=set)
    rows: dict[tuple[str, int], str] = field(default_factory=dict)
    dead: int = 0


@dataclass
class Process:
    """A process that sends: what its hands hold, and which of that has been taken from them."""

    name: str
    outbox: Outbox
    hands: dict[int, Taken] = field(default_factory=dict)
    lost: set[int] = field(default_factory=set)
    told: dict[int, tuple[str, ...]] = field(default_factory=dict)
    """The lines that a digest in hand is telling."""


class QueueMachine(RuleBasedStateMachine):
    """Two processes and a clock loop over a real store; what they know of it is kept beside."""

    url = ""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.clock = Clock(datetime(2026, 11, 24, tzinfo=UTC))
        self.run(self._open())
        self.stories = self.born = 0
        self.processes = [self._process(), self._process()]
        self.dead = list[Process]()
        self.opened = set[tuple[str, int]]()
        self.history = defaultdict[tuple[int, str], list[str]](list)
        self.since = dict[tuple[str, int], datetime]()
        self.rests = dict[int, tuple[datetime, datetime]]()
        self.pause: tuple[datetime, datetime] | None = None
        self.slots = list[datetime]()
        self.doubtful = set[tuple[str, int]]()
        self.buried = 0
        self.seen = self.run(self._look())

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    async def _open(self) -> None:
        self.store = connect(self.url)
        self.raw: Any = self.store
        await self.store.flushall()

    def _process(self) -> Process:
        self.born += 1
        name = f"p{self.born}"
        self.run(self.raw.set(keys.alive(name), "1"))
        return Process(name, Outbox(self.store, name, 1000 / INTERVAL, OLDEST))

    async def _look(self) -> Seen:
        pipe: Any = self.store.pipeline(transaction=False)
        for name in ("held", "hands", "waiting"):
            pipe.hgetall(f"{PREFIX}{name}")
        for chat in CHATS:
            pipe.zrange(f"{PREFIX}lines:{chat}", 0, -1)
            pipe.zscore(keys.DUE, f"digest:{chat}")
            for lane in LANES:
                pipe.lrange(f"{PREFIX}q:{lane}:{chat}", 0, -1)
                pipe.zscore(f"{PREFIX}ready:{lane}", chat)
        pipe.xlen(keys.DEAD)
        rows = sorted(self.opened)
        for story, chat in rows:
            pipe.hget(ledger_key(story, chat, 1), str(chat))
        held, hands, waiting, *found = await pipe.execute()
        seen = Seen(
            held={int(chat): line.decode() for chat, line in held.items()},
            hands={hand.decode(): int(chat) for hand, chat in hands.items()},
            waiting={lane.decode(): int(count) for lane, count in waiting.items()},
        )
        values = iter(found)
        for chat in CHATS:
            seen.lines[chat] = [story.decode() for story in next(values)]
            if next(values) is not None:
                seen.due.add(chat)
            for lane in LANES:
                seen.queues[chat, lane] = [entry.decode().split()[0] for entry in next(values)]
                if next(values) is not None:
                    seen.ready.add((chat, lane))
        seen.dead = next(values)
        seen.rows = {pair: row.decode().split()[0] for pair, row in zip(rows, values, strict=True) if row}
        return seen

    # --- what may happen

    @rule(chats=st.sets(st.sampled_from(CHATS), min_size=1), lane=st.sampled_from(PUSHES))
    def line_up(self, chats: set[int], lane: str) -> None:
        self.stories += 1
        story = f"s{self.stories}"
        self._pushed(story, sorted(chats), lane)
        self.run(apply(self.store, *enqueue(story, sorted(chats), 1, lane, self.clock(), parts=1)))

    def _pushed(self, story: str, chats: list[int], lane: str) -> None:
        for chat in chats:
            self.opened.add((story, chat))
            self.history[chat, lane].append(story)
            self.since[story, chat] = self.clock()

    @rule(chats=st.sets(st.sampled_from(CHATS), min_size=1), minutes=st.integers(0, 90))
    def hold_for_a_digest(self, chats: set[int], minutes: int) -> None:
        self.stories += 1
        story, due = f"s{self.stories}", self.clock() + timedelta(minutes=minutes)
        self.opened |= {(story, chat) for chat in chats}
        self.run(apply(self.store, *hold(story, [(chat, due) for chat in chats], 1, self.clock(), parts=1)))

    @precondition(lambda self: any(self._held_rows()))
    @rule(data=st.data())
    def what_is_held_rises(self, data: st.DataObject) -> None:
        story, chat = data.draw(st.sampled_from(self._held_rows()))
        self._rise(story, chat)

    def _rise(self, story: str, chat: int) -> None:
        self._pushed(story, [chat], "urgent")
        writes = (*unhold(story, [chat]), *enqueue(story, [chat], 2, "urgent", self.clock(), parts=1))
        self.run(apply(self.store, *writes))

    @precondition(lambda self: any(self._being_told()))
    @rule(data=st.data())
    def what_a_digest_is_telling_rises(self, data: st.DataObject) -> None:
        story, chat = data.draw(st.sampled_from(self._being_told()))
        self._rise(story, chat)

    def _being_told(self) -> list[tuple[str, int]]:
        told = {
            (story, process.hands[hand].chat_id)
            for process, hand in self._hands()
            if hand not in process.lost
            for story in process.told[hand]
        }
        return sorted(told & set(self._held_rows()))

    def _held_rows(self) -> list[tuple[str, int]]:
        return sorted(
            (story, chat)
            for chat in CHATS
            for story in self.seen.lines[chat]
            if self.seen.rows.get((story, chat)) == "held"
        )

    @precondition(lambda self: "sent" in self.seen.rows.values())
    @rule(data=st.data())
    def keep_current(self, data: st.DataObject) -> None:
        """An edit of a message that is there: in line without touching its row."""
        sent = sorted(pair for pair, state in self.seen.rows.items() if state == "sent")
        story, chat = data.draw(st.sampled_from(sent))
        writes = enqueue(story, [chat], 2, "edit", self.clock(), parts=1)
        self.history[chat, "edit"].append(story)
        self.run(apply(self.store, *(each for each in writes if each[0] != "HSET")))

    @rule()
    def the_clock_releases_digests(self) -> None:
        self.run(self._ring())

    async def _ring(self) -> None:
        for chat in CHATS:
            due = await self.raw.zscore(keys.DUE, f"digest:{chat}")
            if due is not None and due <= self.clock().timestamp():
                await self.raw.zrem(keys.DUE, f"digest:{chat}")
                if await self.raw.zcard(f"{PREFIX}lines:{chat}"):
                    await apply(self.store, *line_up_digest(chat, self.clock()))

    @rule(who=st.integers(0, 1), hand=st.integers(0, HANDS - 1))
    def a_hand_forgets(self, who: int, hand: int) -> None:
        """One that holds something asks for more all the same: it has lost it."""
        self._take(self.processes[who], [hand])

    @rule(who=st.integers(0, 1))
    def take(self, who: int) -> None:
        """All free hands ask."""
        process = self.processes[who]
        self._take(process, sorted(set(range(HANDS)) - process.hands.keys()))

    @rule(who=st.integers(0, 1))
    def take_in_time(self, who: int) -> None:
        """The same once all waits are over and all digests are due."""
        self.clock.advance(minutes=95)
        self.run(self._ring())
        self.take(who)

    def _take(self, process: Process, asking: list[int]) -> None:
        if not asking:
            return
        for hand in asking:
            process.hands.pop(hand, None)
            process.lost.discard(hand)
        given, wait = self.run(process.outbox.take(self.clock(), asking))
        assert wait > 0
        assert len(given) <= len(asking)
        for each in given:
            self._check_given(each)
            self._in_hand(process, each)

    def _in_hand(self, process: Process, each: Taken) -> None:
        process.hands[each.hand] = each
        process.told[each.hand] = tuple(self.seen.lines[each.chat_id][:2]) if each.lane == "digest" else ()
        self.doubtful.add((each.story, each.chat_id))

    def _check_given(self, each: Taken) -> None:
        now = self.clock()
        calling = {
            taken.chat_id for other in self.processes for hand, taken in other.hands.items() if hand not in other.lost
        }
        assert each.chat_id not in calling, "one call for a chat at a time"
        for began, until in filter(None, (self.rests.get(each.chat_id), self.pause)):
            assert not (began <= now + timedelta(seconds=SKEW) and until > now), "a wait holds"
        if each.lane in PUSHES:
            age = now - self.since[each.story, each.chat_id]
            assert age <= timedelta(seconds=OLDEST), "what is too old is told in a digest"
        if self.slots:
            apart = (each.slot - self.slots[-1]) / timedelta(milliseconds=1)
            assert apart >= INTERVAL - 1, "the token's pace"
        self.slots.append(each.slot)

    def _hands(self) -> list[tuple[Process, int]]:
        return [(process, hand) for process in self.processes for hand in sorted(process.hands)]

    @precondition(lambda self: bool(self._hands()))
    @rule(
        data=st.data(), answer=answers, how=st.sampled_from(["answer"] * 4 + ["surprise", "quiet", "unwanted", "off"])
    )
    def settle(self, data: st.DataObject, answer: Sent | Retry | Unknown | Refused, how: str) -> None:
        process, hand = data.draw(st.sampled_from(self._hands()))
        receipt = self._receipt(process, hand, answer, how, structural=data.draw(st.booleans()))
        self._settle(process, hand, receipt)

    @precondition(lambda self: bool(self._late()))
    @rule(data=st.data())
    def an_answer_comes_late(self, data: st.DataObject) -> None:
        """When another hand holds the chat."""
        process, hand = data.draw(st.sampled_from(self._late()))
        self._settle(process, hand, self._receipt(process, hand, Sent(8), "answer"))

    def _late(self) -> list[tuple[Process, int]]:
        return [
            (process, hand)
            for process, hand in self._hands()
            if hand in process.lost and process.hands[hand].chat_id in self.seen.held
        ]

    def _receipt(self, process: Process, hand: int, answer: Any, how: str, *, structural: bool = True) -> Receipt:
        now, taken, told = self.clock(), process.hands[hand], process.told[hand]
        if how == "quiet" and taken.lane != "edit":
            return held_until(taken, now + timedelta(minutes=20))
        if how == "unwanted" and taken.lane != "digest":
            return left_out(taken)
        if how == "surprise":
            return surprise_of(taken, "KeyError", now, rest=1)
        if how == "off":
            return put_off(taken, rest=1, why="blocked")
        form: Form = "edit" if taken.lane == "edit" else "message"
        return receipt_of(
            taken,
            answer,
            now,
            rest=1,
            version=1,
            structural=structural,
            form=form,
            told=tuple((story, 1) for story in told),
        )

    def _settle(self, process: Process, hand: int, receipt: Receipt) -> None:
        taken, now = process.hands.pop(hand), self.clock()
        (kept,) = self.run(process.outbox.settle([(taken, receipt)], now))
        assert kept == (hand not in process.lost), "an answer counts for whoever holds the chat"
        if hand in process.lost:
            process.lost.discard(hand)
            assert self.run(self._look()) == self.seen, "and writes nothing where that is another"
            return
        self.buried += receipt.buried
        if receipt.state not in (DeliveryState.UNKNOWN, DeliveryState.SENDING):
            self.doubtful.discard((taken.story, taken.chat_id))
        until = now + timedelta(seconds=receipt.pause)
        if until > now:
            self.rests[taken.chat_id] = (now, until)

    def _lost(self, *chats: int) -> None:
        """Nobody holds these chats any more."""
        for process in self.processes:
            process.lost |= {hand for hand, taken in process.hands.items() if taken.chat_id in chats}

    @rule(who=st.integers(0, 1))
    def a_process_dies(self, who: int) -> None:
        self.run(self.raw.delete(keys.alive(self.processes[who].name)))
        self.dead.append(self.processes[who])
        self.processes[who] = self._process()

    @rule(who=st.integers(0, 1))
    def recover(self, who: int) -> None:
        # Among what a dead process held may be chats that were taken from it before it died.
        names = {process.name for process in (*self.dead, self.processes[1 - who])}
        names = {name for name in names if not self.run(self.raw.exists(keys.alive(name)))}
        left = sum(line.split()[2] in names for line in self.seen.held.values())
        assert self.run(self.processes[who].outbox.recover(self.clock())) == left
        self.dead.clear()

    @precondition(lambda self: bool(self._hands()))
    @rule(who=st.integers(0, 1))
    def a_process_is_frozen(self, who: int) -> None:
        """It is taken for dead, and lives on with all that it holds."""
        frozen = self.processes[who]
        self.run(self.raw.delete(keys.alive(frozen.name)))
        self.recover(1 - who)
        self.run(self.raw.set(keys.alive(frozen.name), "1"))
        frozen.lost |= frozen.hands.keys()

    @rule(chat=st.sampled_from(CHATS))
    def drop(self, chat: int) -> None:
        self.run(self.processes[0].outbox.drop(chat, self.clock()))
        self._lost(chat)

    @rule(move=st.sampled_from(MOVES))
    def move(self, move: tuple[int, int]) -> None:
        old, new = move
        self.run(self.processes[0].outbox.move(old, new, self.clock()))
        self._lost(old)
        for lane in LANES:
            for story in self.seen.queues[old, lane]:
                self.history[new, lane].append(story)
                if lane != "digest":
                    self._follow(story, old, new)
        for story in self.seen.lines[old]:
            self._follow(story, old, new)

    def _follow(self, story: str, old: int, new: int) -> None:
        self.opened.discard((story, old))
        if (story, old) in self.doubtful and (story, new) not in self.opened:
            self.doubtful.add((story, new))
        self.doubtful.discard((story, old))
        if (story, new) not in self.opened and (story, old) in self.since:
            self.since[story, new] = self.since[story, old]
        self.opened.add((story, new))

    @rule(seconds=st.sampled_from([20, 45]))
    def pause_all(self, seconds: int) -> None:
        now = self.clock()
        until = now + timedelta(seconds=seconds)
        standing = self.pause
        if standing is None or standing[0] > now + timedelta(seconds=SKEW) or standing[1] < until:
            self.pause = (now, until)
        self.run(self.processes[0].outbox.pause_all(seconds, now))

    @precondition(lambda self: any(self.seen.queues[chat, lane] for chat in CHATS for lane in PUSHES))
    @rule()
    def hours_pass(self) -> None:
        self.clock.advance(hours=4)

    @rule(seconds=st.sampled_from([0.05, 0.1, 1, 2, 30, 61, 1900, -0.2, -20, -61, -3600, -86_400]))
    def the_clock_moves(self, seconds: float) -> None:
        self.clock.advance(seconds=seconds)
        if self.slots and self.slots[-1] > self.clock() + timedelta(seconds=SKEW - 1):
            self.slots.clear()

    # --- what always holds

    @invariant()
    def all_is_in_its_place(self) -> None:
        seen = self.seen = self.run(self._look())
        assert {line.split(maxsplit=2)[2]: chat for chat, line in seen.held.items()} == seen.hands
        lengths = {lane: sum(len(seen.queues[chat, lane]) for chat in CHATS) for lane in LANES}
        assert {lane: seen.waiting.get(lane, 0) for lane in LANES} == lengths
        for (chat, lane), queue in seen.queues.items():
            if lane != "digest":
                assert _in_order(queue, self.history[chat, lane]), "order within a chat and lane"
            assert not queue or chat in seen.held or (chat, lane) in seen.ready, "what waits is looked at"
        for chat, line in seen.held.items():
            lane, story, _ = line.split(maxsplit=2)
            assert seen.queues[chat, lane][0] == story, "what is in hand is first in line"
            if lane in PUSHES:
                assert seen.rows[story, chat] == "sending"
        for chat in CHATS:
            released = seen.queues[chat, "digest"] or chat in seen.due
            assert not seen.lines[chat] or released, "what is held is told some day"
        for story, chat in self.opened:
            places = [lane for lane in PUSHES if story in seen.queues[chat, lane]]
            places += ["lines"] if story in seen.lines[chat] else []
            state = seen.rows[story, chat]
            assert len(places) == (state in IN_LINE), f"{state} is in {places}"
            if "lines" in places:
                assert state == ("unknown" if (story, chat) in self.doubtful else "held"), "a doubt stays a doubt"
        assert seen.dead == self.buried

    def teardown(self) -> None:
        try:
            self._drain()
        finally:
            self.run(self.store.aclose())
            self.runner.close()

    def _drain(self) -> None:
        """Whatever has happened, in the end all is told."""
        for process, hand in self._hands():
            self._settle(process, hand, self._receipt(process, hand, Sent(1), "answer"))
            self.all_is_in_its_place()
        self.recover(0)
        last = self.processes[0]
        for _ in range(600):
            self.run(self._ring())
            given, wait = self.run(last.outbox.take(self.clock(), [0]))
            for each in given:
                self.seen = self.run(self._look())
                self._in_hand(last, each)
                self._settle(last, 0, self._receipt(last, 0, Sent(1), "answer"))
            self.clock.advance(seconds=max(wait, 1))
            self.seen = self.run(self._look())
            if not given and not any(self.seen.queues.values()) and not any(self.seen.lines.values()):
                break
            if not given and not any(self.seen.queues.values()):
                self.clock.advance(hours=1)
        assert set(self.seen.rows.values()) <= {"sent", "failed", "listed"}
        assert self.seen.rows.keys() >= self.opened
        assert not self.seen.held
        assert not any(self.seen.lines.values())


def _in_order(queue: list[str], history: list[str]) -> bool:
    """Whether the queue is what is left of the history."""
    rest = iter(history)
    return all(story in rest for story in queue)


def test_whatever_happens_the_queue_keeps_its_word(store_url: str) -> None:
    QueueMachine.url = store_url
    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
    run_state_machine_as_test(
        QueueMachine,
        settings=settings(max_examples=40, stateful_step_count=45, deadline=None, suppress_health_check=checks),
    )
