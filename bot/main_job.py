"""The main job as a story: open the store, take the clock, start the stages, stop cleanly."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from redis.asyncio import Redis

from bot.app import (
    CLAIM_PATIENCE,
    Running,
    access_of,
    build_send,
    choose_sender,
    consumer_name,
    heartbeat,
    open_store,
    seat_terminal,
    utc_now,
)
from bot.chat_store import ChatStore
from bot.chats import Chat, Kind
from bot.delivery.ledger import Ledger
from bot.delivery.queue import Outbox
from bot.delivery.terminal import TerminalSender
from bot.feeding import Feeding, open_feeding
from bot.lag import watch_loop
from bot.languages.catalogues import Languages
from bot.line import NAMES, Parts, build_line
from bot.memory import MemoryWatch
from bot.pricing import keep_prices
from bot.reloads import Said, tell_reloads, tell_shadow
from bot.rounds import render_churn, tell_first_round
from bot.rulekeeping import RuleKeeper, load_candidate
from bot.settings import Settings
from pipelines import keys
from pipelines.due import DueClock
from pipelines.feeds.feed import Feed
from pipelines.judged import trim_judged
from pipelines.kept_rules import keep_rule_set
from pipelines.lease import run_alone
from pipelines.neighbours import Neighbours, this_process
from pipelines.redis_server import EmbeddedServer
from pipelines.rule_news import note_begun, note_shadow
from pipelines.rulebook import Rulebook, load_rulebook
from pipelines.shadow import trim_shadow
from pipelines.store import STORE_TROUBLE
from pipelines.streams import Streams
from pipelines.tasks import rest
from pipelines.titles import trim_titles
from pipelines.turns import start_polls
from pipelines.upgrades import moved_line
from pipelines.worker import Worker

if TYPE_CHECKING:  # only a process with a token, or one that reads, pays for the libraries
    from bot.telegram_side import TelegramSide
    from pipelines.language.reader import Reader

log = logging.getLogger(__name__)


class Job:
    """What one process has in hand while it runs."""

    def __init__(
        self, settings: Settings, store: Redis, server: EmbeddedServer | None, running: Running, rulebook: Rulebook
    ) -> None:
        self.settings = settings
        self.store = store
        self.running = running
        self.streams = Streams(store, consumer_name())
        self.outbox = Outbox(store, self.streams.consumer, settings.send_rate, settings.push_max_age)
        self.rules = RuleKeeper(
            settings.rules_folder, rulebook, tell_reloads(store, utc_now, self._tell_admins), keep=self._keep_rules
        )
        # It begins with nothing and reads its folder at the first look: whatever is in there, the live rules judge.
        self._shadow = (
            RuleKeeper(settings.shadow_rules, None, tell_shadow(store), read=load_candidate)
            if settings.shadow_rules is not None
            else None
        )
        self._telling = asyncio.Lock()
        self._languages = Languages()
        self._server = server
        self._low = False
        self._memory = MemoryWatch()
        self._telegram: TelegramSide | None = None
        self.reader: Reader | None = None

    async def close(self) -> None:
        """Let go of what the stages used, once they have ended."""
        if self._telegram is not None:
            await self._telegram.close()

    def roomy(self) -> bool:
        """Whether the disk has room: below the reserve, intake and sending stop before the store has to."""
        low = self._server is not None and self._server.low_on_space()
        if low and not self._low:
            log.error(
                "disk.low reserve_mb=%d remedy=%s", self.settings.disk_reserve_mb, "free space; all waits until then"
            )
        elif self._low and not low:
            log.info("disk.back")
        self._low = low
        return not low

    def may_take_in(self) -> bool:
        """Whether more may be fetched: the disk has room, and so has the memory. Sending needs only the disk."""
        return self.roomy() and self._memory.roomy(asyncio.get_running_loop().time())

    def start(self, names: Sequence[str], feeding: Feeding | None) -> None:
        """Start the stages of these names; ``fetch`` needs its feeding."""
        parts = Parts(
            store=self.store,
            clock=utc_now,
            rules=lambda: self.rules.rules,
            shadow=lambda: self._shadow.sound if self._shadow else None,
            reader=lambda: self.reader or _build_reader(),
            fetch=feeding.fetch if feeding else None,
            fetch_parallel=self.settings.fetch_parallel,
            access=access_of(self.settings),
        )
        for stage in build_line(parts, names):
            ready = self.may_take_in if stage.feeds == keys.ENTRIES else lambda: True
            worker = Worker(self.streams, stage, utc_now, ready, self.settings.stream_limit)
            self.running.start(stage.name, worker.run(self.running.stop))
        # Where stories are judged, and where people ask what is in force.
        if "judge" in names or "send" in names:
            self.running.start("rules", self.rules.run(self.running.stop))
        if "judge" in names and self._shadow is not None:
            self.running.start("shadow", self._shadow.run(self.running.stop))
        # Lexicon and model stay for good; looking through them for garbage again and again stops all for 0.15 s.
        gc.collect()
        gc.freeze()

    async def _keep_rules(self, rulebook: Rulebook) -> None:
        await keep_rule_set(self.store, rulebook, utc_now())

    async def tell_churn(self, feed: Feed, items: int) -> None:
        """A feed's known titles came under new ids or links: one word to the admins, since nothing was sent of it."""
        await self._tell_admins(partial(render_churn, feed, items))

    async def _tell_admins(self, said: Said) -> None:
        """Of many processes that see the same, the one that people talk to writes, and nobody waits for it."""
        if self._telegram is not None and self._telegram.polling:
            self.running.start("word to admins", self._write_to_admins(self._telegram, said))

    async def _write_to_admins(self, telegram: TelegramSide, said: Said) -> None:
        """To each in the language of their own chat; in English where that is not known."""
        chats = ChatStore(self.store)
        async with self._telling:  # one word after the other, in the order in which they were said
            for each in sorted(self.settings.admins):
                to = Chat(id=each, kind=Kind.PRIVATE, created=utc_now())
                with contextlib.suppress(*STORE_TROUBLE):
                    to = await chats.get(each) or to
                await telegram.tell([to], said(self._languages.of(to.language)))

    async def start_sending(self) -> None:
        """Start what a person sees: the sender, the prices that it shows, and Telegram where a token is set."""
        settings, running, chats = self.settings, self.running, ChatStore(self.store)
        await seat_terminal(chats, settings)
        telegram: TelegramSide | None = None
        if settings.telegram_token is not None:
            from bot.telegram_wiring import build_telegram  # noqa: PLC0415

            telegram = self._telegram = build_telegram(
                settings,
                self.store,
                chats,
                self.outbox,
                utc_now,
                lambda: self.rules.rules,
                access_of(settings),
                self.streams.consumer,
            )
            running.start("telegram", telegram.run(running.stop, partial(run_alone, self.streams, "telegram")))
        else:
            log.info("telegram.off remedy=%s", "set LODESTONE_TELEGRAM_TOKEN to push; alerts are shown here meanwhile")
        senders = choose_sender(TerminalSender(), telegram.sender if telegram else None)
        send = await build_send(self.store, settings, self.outbox, senders, self.roomy)
        keep = partial(keep_prices, settings, self.store, chats, utc_now)
        running.start("prices", run_alone(self.streams, "prices", keep, running.stop))
        running.start("send", send.run(running.stop))


@asynccontextmanager
async def open_job(settings: Settings, names: Sequence[str]) -> AsyncIterator[tuple[Job, Feeding | None]]:
    """A process with its store open, its heart beating, and the clock and the feeds in hand where it polls."""
    running = Running()
    running.stop_on_signals()
    rulebook = load_rulebook(settings.rules_folder)
    async with AsyncExitStack() as stack:
        feeding: Feeding | None = None
        with running.opening():
            store, server = await stack.enter_async_context(open_store(settings, running))
            job = Job(settings, store, server, running, rulebook)
            if "read" in names:
                # Before anything is claimed: on a slow machine it takes longer than the clock's lease lasts.
                job.reader = await asyncio.to_thread(_build_reader)
            await job.streams.create(keys.STREAMS)
            neighbours = Neighbours(store, this_process())
            await neighbours.bury()
            await job.streams.beat()
            await keep_rule_set(store, rulebook, utc_now())
            await note_begun(store, rulebook)
            if "judge" in names:
                await note_shadow(store, "")
            if "fetch" in names:
                feeding = await stack.enter_async_context(open_feeding(settings, store, utc_now, job.tell_churn))
            due = DueClock(store, job.streams, utc_now, standby=feeding is None)
            if feeding is not None:
                await due.claim(CLAIM_PATIENCE)
        running.start("clock", due.run(running.stop))
        if feeding is not None:
            running.start("housekeeping", _keep_house(store, settings.judged_mb, running.stop))
        if "judge" in names and (moved := await asyncio.to_thread(moved_line, settings.rules_folder)):
            log.warning("rules.upgraded what=%s", moved)
        polled = len(feeding.feeds) if feeding else 0
        log.info("run.begun feeds=%d rules=%s stages=%s", polled, rulebook.rules.hash[:12], ",".join(names))
        # The heart beats until the last room is closed: what is in hand meanwhile is nobody else's.
        async with heartbeat(job.streams, neighbours):
            try:
                yield job, feeding
            finally:
                await running.finish()
                await job.close()
        log.info("run.ended clean=%s", not running.failed)


def _build_reader() -> Reader:
    from pipelines.language.reader import build_reader  # noqa: PLC0415

    return build_reader()


async def _keep_house(store: Redis, judged_mb: int, stop: asyncio.Event) -> None:
    """Every hour, drop what is over its cap; by the process that has the clock, so that it is done once."""
    while not stop.is_set():
        with contextlib.suppress(*STORE_TROUBLE):
            await trim_shadow(store, utc_now())
            await trim_titles(store)
            if dropped := await trim_judged(store, judged_mb):
                log.info("judged.trimmed days=%d cap_mb=%d", dropped, judged_mb)
            if dropped := await Ledger(store).trim(await ChatStore(store).count(), utc_now()):
                log.info("ledger.trimmed stories=%d", dropped)
            await ChatStore(store).recount_coins()
        await rest(stop, 3600)


async def run_for_ever(settings: Settings, names: Sequence[str] = NAMES) -> int:
    """Run these stages until told to stop. Exit code 0 after a clean stop, 1 after a surprise."""
    async with open_job(settings, names) as (job, feeding):
        if feeding is not None:
            started = await start_polls(feeding.feeds, job.store, utc_now())
            telling = tell_first_round(feeding, started.soon, settings, utc_now, job.running.stop)
            job.running.start("first round", telling)
            job.running.start("feeds", feeding.keep_current(utc_now, job.running.stop))
        job.start(names, feeding)
        if "send" in names:
            await job.start_sending()
        # Only now: loading the reader holds the loop, once and for nobody.
        job.running.start("lag", watch_loop(job.running.stop))
        await job.running.stop.wait()
    return 1 if job.running.failed else 0
