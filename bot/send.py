"""The last stage: take a delivery that may go, render it with the quotes at hand, call, write down what came of it.

The ledger's row is ``sending`` and on disk before the call is made. Prices are read, never fetched.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from redis.asyncio import Redis

from bot.chat_store import ChatStore
from bot.chats import Chat, DeliveryState
from bot.delivery.answers import Answer, Gone, Moved, Refused, Retry, Sender, Sent, Unknown
from bot.delivery.queue import Outbox, Taken
from bot.messages import PRICE_MAX_AGE, render_alert
from pipelines.judged import read_judged
from pipelines.prices.read import read_quotes
from pipelines.store import STORE_TROUBLE, is_away

log = logging.getLogger(__name__)

_RECOVER_SECONDS = 1.0
_LONGEST_BACK_OFF = 60.0
_MOST_SURPRISES = 5
_FLOODS, _FLOOD_WINDOW = 3, 10.0
"""So many chats told to slow down within so many seconds mean that the bot itself is too fast."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Seconds between calls to one private chat and to one group."""

    chat: float
    group: float

    def after(self, chat: int) -> float:
        """Seconds to leave this chat in peace; groups and channels have negative ids."""
        return max(self.chat, self.group) if chat < 0 else self.chat


class Send:
    """Sends what the outbox gives out, at most ``parallel`` calls at a time."""

    def __init__(
        self,
        store: Redis,
        outbox: Outbox,
        senders: Callable[[Chat], Sender],
        clock: Callable[[], datetime],
        *,
        pace: Pace,
        parallel: int = 8,
        ready: Callable[[], bool] = lambda: True,
        price_max_age: timedelta = PRICE_MAX_AGE,
    ) -> None:
        self._price_max_age = price_max_age
        self._store = store
        self._chats = ChatStore(store)
        self._outbox = outbox
        self._senders = senders
        self._clock = clock
        self._pace = pace
        self._parallel = parallel
        self._ready = ready
        self._floods: dict[int, datetime] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Send until ``stop``; calls in flight are finished first, since nobody else can learn their answers."""
        hands = [asyncio.create_task(self._hand(stop, number)) for number in range(self._parallel)]
        hands.append(asyncio.create_task(self._recover(stop)))
        await asyncio.gather(*hands)

    async def step(self) -> bool:
        """Send one delivery if one may go now; False if none. For replays."""
        taken = await self._outbox.take(self._clock())
        if not isinstance(taken, Taken):
            return False
        await self._deliver(taken)
        return True

    async def _hand(self, stop: asyncio.Event, number: int) -> None:
        while not stop.is_set():
            try:
                if not self._ready():
                    await asyncio.sleep(0.5)
                    continue
                taken = await self._outbox.take(self._clock(), number)
                if isinstance(taken, Taken):
                    await self._deliver(taken)
                else:
                    await self._outbox.wait(min(taken, 1.0))
            except STORE_TROUBLE as error:
                # What this hand took and could not finish, its next ``take`` gives back.
                if not is_away(error):
                    raise
                await asyncio.sleep(0.5)

    async def _recover(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                if freed := await self._outbox.recover(self._clock()):
                    log.warning("delivery.recovered chats=%d", freed)
            except STORE_TROUBLE as error:
                if not is_away(error):
                    raise
            try:
                async with asyncio.timeout(_RECOVER_SECONDS):
                    await stop.wait()
            except TimeoutError:
                continue

    async def _deliver(self, taken: Taken) -> None:
        chat = await self._chats.get(taken.chat)
        if chat is None and (heir := await self._chats.heir(taken.chat)) is not None:
            # The group has its new id already: its mover died before the queue followed, or this came in line since.
            await self._write_down(taken, Moved(heir.id))
            return
        if chat is None or not chat.active:
            await self._outbox.drop(taken.chat, self._clock())
            return
        try:
            answer = await self._call(taken, chat)
        except Exception as error:  # one delivery's surprise must not stop the others
            if is_away(error):
                raise
            log.exception("delivery.surprise story=%s", taken.story)
            why = type(error).__name__
            answer = Refused(why) if taken.attempt >= _MOST_SURPRISES else Retry(why)
        while True:
            try:
                await self._write_down(taken, answer)
                return
            except STORE_TROUBLE as error:
                if not is_away(error):
                    raise
                await asyncio.sleep(0.25)

    async def _call(self, taken: Taken, chat: Chat) -> Answer:
        alert = await read_judged(self._store, taken.story)
        if alert is None:
            return Refused("the story's record is gone")
        quotes = await read_quotes(self._store, chat.coins)
        message = render_alert(alert, quotes, chat, self._clock(), repeat=taken.repeat, max_age=self._price_max_age)
        try:
            return await self._senders(chat).send(taken.story, chat, message)
        except Exception as error:  # whatever it is, the message may have left before
            log.exception("delivery.surprise story=%s", taken.story)
            return Unknown(type(error).__name__)

    async def _write_down(self, taken: Taken, answer: Answer) -> None:
        now, rest = self._clock(), self._pace.after(taken.chat)
        match answer:
            case Sent(message_id):
                state, again, pause = DeliveryState.SENT, False, rest
                await self._outbox.finish(taken, state, now, again=again, pause=pause, message_id=message_id)
            case Retry(why, after):
                pause = min(2.0 ** (taken.attempt - 1), _LONGEST_BACK_OFF) if after is None else after
                log.warning("delivery.later why=%s after=%.1f", why, pause)
                if answer.everyone or (answer.flood and self._flooded(taken.chat, now)):
                    await self._outbox.pause_all(pause, now)
                await self._outbox.finish(taken, taken.waiting, now, again=True, pause=pause)
            case Unknown(why):
                # One repeat, marked; a second silence leaves the row unknown for the operator to see. A crash is no
                # silence: perhaps Telegram was never asked.
                again = taken.before is not DeliveryState.UNKNOWN
                log.warning("delivery.unknown why=%s repeat=%s", why, again)
                await self._outbox.finish(taken, DeliveryState.UNKNOWN, now, again=again, pause=rest)
            case Refused(why):
                log.error("delivery.refused story=%s why=%s", taken.story, why)
                await self._outbox.finish(taken, DeliveryState.FAILED, now, again=False, pause=rest)
            case Gone(why):
                log.warning("chat.off chat=%d why=%s", taken.chat, why)
                await self._chats.switch_off(taken.chat, why)
                await self._outbox.drop(taken.chat, now)
            case Moved(new):
                # Each step may be the last of a process: what is still in line under the old id comes here again.
                await self._outbox.finish(taken, taken.waiting, now, again=True, pause=rest)
                await self._chats.migrate(taken.chat, new)
                await self._outbox.move(taken.chat, new, now)

    def _flooded(self, chat: int, now: datetime) -> bool:
        """Whether enough chats were told to slow down lately that the bot as a whole must."""
        recent = {each: at for each, at in self._floods.items() if abs((now - at).total_seconds()) < _FLOOD_WINDOW}
        self._floods = {**recent, chat: now}
        return len(self._floods) >= _FLOODS
