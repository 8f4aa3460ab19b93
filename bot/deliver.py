"""One delivery in hand: is it still wanted, what does the message say, and what does Telegram's answer mean for it."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from bot.broadcast import is_broadcast
from bot.chat_store import ChatStore, UnreadableChat, read_chat
from bot.chats import Chat, DeliveryState, moved_at
from bot.decisions import (
    Decision,
    Edit,
    Hold,
    KeepBack,
    Later,
    Nothing,
    Reply,
    Send,
    decide,
)
from bot.delivery.answers import Answer, Fixed, Gone, Moved, Outgoing, Refused, Retry, Sender, Sent, Unknown
from bot.delivery.kept import ended
from bot.delivery.queue import Outbox, Receipt, Taken
from bot.digests import MOST_LINES
from bot.mute_replies import end_words, render_mute_ended
from bot.receipts import Form, held_until, left_out, put_aside, put_off, receipt_of, surprise_of, wait_of
from bot.rendering import Renderer
from bot.ripe import keep_back_muted, ripe_lines
from bot.sound import silent
from pipelines.events import Alert
from pipelines.store import is_away
from rules.verdict import Label

log = logging.getLogger(__name__)

_FLOODS, _FLOOD_WINDOW = 3, 10.0
"""So many chats told to slow down within so many seconds mean that the bot itself is too fast."""
_ASLEEP = 3.0
"""Seconds after its turn from which a call may be another's: a process that was frozen lives on when its heartbeat and
its hands are gone. Below the heartbeat's life less the time between two beats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Seconds between calls to one private chat and to one group."""

    chat: float
    group: float

    def after(self, chat: int) -> float:
        """Seconds to leave this chat in peace; groups and channels have negative ids."""
        return max(self.chat, self.group) if chat < 0 else self.chat


class Deliver:
    """Deals with deliveries, each by itself; what must be written down it returns.

    ``restored`` is when the store came from a backup: what happened before may have been told since it was made.
    """

    def __init__(
        self,
        chats: ChatStore,
        outbox: Outbox,
        renderer: Renderer,
        senders: Callable[[Chat], Sender],
        clock: Callable[[], datetime],
        *,
        pace: Pace,
        restored: datetime | None = None,
    ) -> None:
        self._chats = chats
        self._outbox = outbox
        self._renderer = renderer
        self._senders = senders
        self._clock = clock
        self._pace = pace
        self._restored = restored
        self._floods: dict[int, datetime] = {}
        self._refused: tuple[datetime, datetime] | None = None
        self._after: dict[int, Gone | Moved] = {}

    async def deliver(self, taken: Taken) -> Receipt:
        """Make the call, if it is still to be made, and say what came of it."""
        rest = self._pace.after(taken.chat_id)
        try:
            return await self._deal(taken, rest)
        except Exception as error:  # one delivery's surprise must not stop the others
            if is_away(error):
                # The store is read before the call, and written after it only where the answer was a clear no.
                return put_off(taken, rest=rest)
            log.exception("delivery.surprise story=%s", taken.story)
            return surprise_of(taken, type(error).__name__, self._clock(), rest=rest)

    async def after(self, taken: Taken, receipt: Receipt) -> None:  # noqa: ARG002  the pair belongs together
        """What follows for the chat once the answer has been written down.

        Each step may be the last of a process, or fail: what is still in line under an old id comes here again.
        """
        try:
            match self._after.pop(taken.chat_id, None):
                case Gone(why):
                    await self._switch_off(taken, why)
                case Moved(new):
                    await self._chats.migrate(taken.chat_id, new)
                    await self._outbox.move(taken.chat_id, new, self._clock())
                case None:
                    pass
        except Exception as error:  # one chat's surprise must not stop the others
            if is_away(error):
                raise
            log.exception("chat.surprise chat=%d", taken.chat_id)

    async def _switch_off(self, taken: Taken, why: str) -> None:
        """End what waits for the chat, unless somebody changed it since it was looked at: it may have come back."""
        seen = read_chat(taken.chat) if taken.chat else None
        with contextlib.suppress(UnreadableChat):  # nothing is sent to it as it is, and it is left so
            chat = await self._chats.change(
                taken.chat_id, lambda chat: chat and chat.off(why) if chat == seen else chat
            )
            if chat is not None and chat.active:
                return
        log.warning("chat.off chat=%d why=%s", taken.chat_id, why)
        await self._outbox.drop(taken.chat_id, self._clock())

    async def _deal(self, taken: Taken, rest: float) -> Receipt:
        chat = read_chat(taken.chat) if taken.chat else None
        if chat is None:
            # Where the group has a new id already, its mover died before the queue followed, or this came since.
            heir = await self._chats.heir(taken.chat_id)
            return self._ended(taken, Gone("the chat is not known") if heir is None else Moved(heir.id), rest)
        if not chat.active:
            return self._ended(taken, Gone(chat.why_off), rest)
        return await (self._digest if taken.lane == "digest" else self._push)(taken, chat, rest)

    async def _push(self, taken: Taken, chat: Chat, rest: float) -> Receipt:
        now = self._clock()
        if is_broadcast(taken.story):
            return await self._broadcast(taken, taken.story, chat, rest, repeat=taken.repeat)
        alert = await self._renderer.alert(taken.story, now)
        if alert is None:
            return receipt_of(taken, Refused("the story's record is gone"), now, rest=rest)
        if taken.lane == "edit":
            return await self._bring_up_to_date(taken, chat, alert, rest)
        if taken.before is DeliveryState.SENDING and alert.verdict.label is not Label.STRUCTURAL:
            return held_until(taken, now)  # it may have arrived, and is not worth a repeat
        # The chat is in this hand alone, and its answers are counted as they are written down: so the count is exact.
        spent = 0 if chat.budget is None else chat.spent_of(await self._outbox.spent(chat.id), now)
        return await self._carry_out(decide(chat, taken.last, alert, now, spent=spent), taken, chat, alert, rest)

    async def _bring_up_to_date(self, taken: Taken, chat: Chat, alert: Alert, rest: float) -> Receipt:
        """Show in the chat's message what it does not show yet: facts, and what prices did."""
        reaction = await self._renderer.reaction(taken.story, self._clock())
        moved = reaction is not None and reaction.knows(chat.coins)
        if taken.last is None or (taken.shown >= alert.story.version and not moved):
            return left_out(taken)
        receipt = await self._edit(taken, chat, alert, rest)
        # For prices it may be ahead of the news: what is to be told of that is then still to come.
        ahead = moved and not isinstance(decide(chat, taken.last, alert, self._clock()), (Edit, Nothing))
        return replace(receipt, version=None) if ahead else receipt

    async def _carry_out(self, decision: Decision, taken: Taken, chat: Chat, alert: Alert, rest: float) -> Receipt:
        match decision:
            case Hold(until, urgent=urgent):
                untrue = urgent and taken.message is not None
                receipt = await self._edit(taken, chat, alert, rest) if untrue else held_until(taken, until)
                return receipt if receipt.again else replace(receipt, held=until, version=None)
            case KeepBack(mute=mute):
                await self._outbox.keep_back(taken.story, chat.id, mute, self._clock())
                return put_aside(taken)
            case Nothing(why) | Later(why):
                log.info("delivery.unwanted story=%s why=%s", taken.story, why)
                return left_out(taken)
            case Edit(kept=mute):
                if mute is not None:
                    await self._outbox.keep_back(taken.story, chat.id, mute, self._clock())
                return await self._edit(taken, chat, alert, rest)
            case Reply():
                return await self._reply(taken, chat, alert, rest)
            case Send():
                return await self._send(taken, chat, alert, rest)

    async def _send(self, taken: Taken, chat: Chat, alert: Alert, rest: float) -> Receipt:
        message = await self._renderer.message(alert, chat, self._clock(), repeat=self._repeat(taken, alert))
        out = Outgoing(story=taken.story, chat=chat, message=message, silent=silent(chat.sound, alert.verdict.label))
        return await self._call(taken, out, rest, alert)

    async def _edit(self, taken: Taken, chat: Chat, alert: Alert, rest: float) -> Receipt:
        """Bring the chat's message up to date; where that cannot be and it has become untrue, say so in a reply."""
        message = await self._renderer.edited(alert, chat, taken.since, self._clock())
        out = Outgoing(story=taken.story, chat=chat, message=message, edit=taken.message)
        receipt = await self._call(taken, out, rest, alert, form="edit")
        if receipt.again or not receipt.why:
            return receipt
        decision = decide(chat, taken.last, alert, self._clock())
        untrue = isinstance(decision, Edit) and decision.urgent
        return await self._reply(taken, chat, alert, rest) if untrue else receipt

    async def _reply(self, taken: Taken, chat: Chat, alert: Alert, rest: float) -> Receipt:
        """Say what moved in a reply to the chat's message."""
        repeat = self._repeat(taken, alert)
        message = await self._renderer.reply(alert, chat, self._clock(), since=taken.version, repeat=repeat)
        quiet = silent(chat.sound, alert.verdict.label)
        out = Outgoing(story=taken.story, chat=chat, message=message, silent=quiet, reply=taken.message)
        return await self._call(taken, out, rest, alert, form="reply")

    def _repeat(self, taken: Taken, alert: Alert) -> bool:
        return taken.repeat or self._perhaps_told(alert)

    async def _digest(self, taken: Taken, chat: Chat, rest: float) -> Receipt:
        now, tr = self._clock(), self._renderer.tr(chat)
        if (until := chat.quiet_until(now)) is not None:
            return held_until(taken, until)
        lines = await self._outbox.lines(chat.id)
        mute, later = ended(lines), list[datetime]()
        if mute is not None:
            stories = mute.stories  # the end of a mute is told by itself, and the digest after it
        else:
            stories, later = await ripe_lines(self._outbox, self._renderer, chat, now)
        if mute is None and (held := next(filter(is_broadcast, stories), None)) is not None:
            # No line of a digest: it comes by itself, and the digest after it.
            repeat = taken.repeat or held in await self._outbox.doubts(chat.id, (held,))
            return await self._broadcast(taken, held, chat, rest, repeat=repeat)
        found = [await self._renderer.alert(story, now) for story in stories[:MOST_LINES]]
        repeat = taken.repeat or any(alert is not None and self._perhaps_told(alert) for alert in found)
        week = () if mute is not None else await self._renderer.week(chat, now)
        message, told = await self._renderer.digest(
            stories,
            chat,
            now,
            doubts=partial(self._outbox.doubts, chat.id),
            repeat=repeat,
            most=MOST_LINES,
            heading=end_words(mute, tr) if mute is not None else "",
            week=week,
        )
        await keep_back_muted(self._outbox, self._renderer, chat, told, now)
        if mute is not None:
            told = (*told, *mute.dealt([story for story, _ in told]))
            message = message or (None if mute.said else render_mute_ended(mute, repeat=repeat, tr=tr))
        if message is None:
            return Receipt(state=DeliveryState.SENT, told=told, held=min(later) if later else None, later=len(later))
        quiet = silent(chat.sound, Label.NOISE, digest=True)
        out = Outgoing(story=taken.story, chat=chat, message=message, silent=quiet)
        receipt = await self._call(taken, out, rest, None, told=told)
        if week and receipt.state is DeliveryState.SENT and not receipt.again:
            await self._renderer.week_told(chat, now)
        if later and receipt.state is DeliveryState.SENT and not receipt.again:
            return replace(receipt, held=min(later), later=len(later))
        return receipt

    async def _broadcast(self, taken: Taken, story: str, chat: Chat, rest: float, *, repeat: bool) -> Receipt:
        """A message of the operators, after the quiet hours; ``story`` is its id, also where it waited for a digest."""
        now, told = self._clock(), ((story, 1),) if taken.lane == "digest" else ()
        if (until := chat.quiet_until(now)) is not None:
            return held_until(taken, until)
        message = await self._renderer.broadcast(story, chat, now, repeat=repeat)
        if message is None:
            return Receipt(state=DeliveryState.SENT if told else DeliveryState.FAILED, told=told)
        quiet = silent(chat.sound, Label.NOISE)
        out = Outgoing(story=story, chat=chat, message=message, silent=quiet)
        return await self._call(taken, out, rest, None, told=told)

    async def _call(
        self,
        taken: Taken,
        out: Outgoing,
        rest: float,
        alert: Alert | None,
        *,
        form: Form = "message",
        told: tuple[tuple[str, int], ...] = (),
    ) -> Receipt:
        if (self._clock() - taken.slot).total_seconds() > _ASLEEP and not await self._outbox.holds(taken):
            log.warning("delivery.elsewhere story=%s", taken.story)
            return put_off(taken, rest=0)
        if self._refused is not None and self._refused[0] <= self._clock() < self._refused[1]:
            return put_off(taken, rest=rest)  # it was given out before the refusal of another was known
        asked = self._clock()
        answer = await self._ask(out)
        now = self._clock()
        match answer:
            case Gone() | Moved():
                return self._ended(taken, answer, rest)
            case Retry(why):
                wait = wait_of(taken, answer)
                log.warning("delivery.later why=%s after=%.1f", why, wait)
                if answer.everyone or (answer.flood and self._flooded(taken.chat_id, now)):
                    if answer.everyone:
                        self._refused = (now, now + timedelta(seconds=wait))
                    await self._outbox.pause_all(wait, now, trial=answer.everyone)
            case Sent() | Fixed():
                pass
            case _:
                log.warning("delivery.unsettled answer=%s story=%s", answer, taken.story)
        receipt = receipt_of(
            taken,
            answer,
            now,
            rest=rest,
            version=alert.story.version if alert else None,
            structural=alert is not None and alert.verdict.label is Label.STRUCTURAL,
            form=form,
            told=told,
        )
        counts = isinstance(answer, Sent) and form != "edit" and alert is not None and out.chat.budget is not None
        return replace(receipt, spent=asked) if counts else receipt

    async def _ask(self, out: Outgoing) -> Answer:
        try:
            return await self._senders(out.chat).send(out)
        except Exception as error:  # whatever it is, the message may have left before
            log.exception("delivery.surprise story=%s", out.story)
            return Unknown(type(error).__name__)

    def _perhaps_told(self, alert: Alert) -> bool:
        """Whether it is from before the restore: told since the backup was made, perhaps, and forgotten with it."""
        return self._restored is not None and moved_at(alert.story) < self._restored

    def _ended(self, taken: Taken, answer: Gone | Moved, rest: float) -> Receipt:
        """The message stays first in line while the chat is dealt with."""
        self._after[taken.chat_id] = answer
        return put_off(taken, rest=rest, why=answer.why if isinstance(answer, Gone) else "")

    def _flooded(self, chat: int, now: datetime) -> bool:
        """Whether enough chats were told to slow down lately that the bot as a whole must."""
        recent = {each: at for each, at in self._floods.items() if abs((now - at).total_seconds()) < _FLOOD_WINDOW}
        self._floods = {**recent, chat: now}
        return len(self._floods) >= _FLOODS
