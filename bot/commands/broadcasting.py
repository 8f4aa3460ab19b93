"""/admin broadcast: a word from the operators to all chats, shown first, sent once, counted afterwards."""

from __future__ import annotations

from bot.admin_pages import Page, What, back, go
from bot.broadcast import LONGEST, Broadcast, broadcast_id, broadcast_lines, tidy, too_long
from bot.commands.authority import note_done
from bot.commands.context import Ask, BotContext
from bot.commands.signed import offer, offers, wanted_by
from bot.delivery.broadcasts import Tally, begin_broadcast, count_broadcast, newest_broadcast, stop_broadcast
from bot.languages.translator import N_, Translator
from bot.markup import BLANK, Line, Message, bold, code, compose, line
from bot.replies import say
from bot.signing import Action, Order
from bot.text import cut
from bot.words import ago_words
from pipelines.dead_letters import Once

_HOW = "/admin broadcast We move to a new server tonight."


async def ask_broadcast(context: BotContext, ask: Ask, text: str) -> Message:
    """Show what would be sent, and to how many; nothing is sent before the button."""
    text, tr = tidy(text), ask.tr
    if not text:
        return say(tr("What shall I tell all chats? Write it after the command, in lines as you like."), _HOW)
    if over := too_long(text):
        return say(
            tr.plural(
                "That is {count} sign too long; up to {most} fit. Nothing was sent.",
                "That is {count} signs too long; up to {most} fit. Nothing was sent.",
                over, most=LONGEST,
            )
        )  # fmt: skip
    count = await _active(context)
    if not count:
        return say(tr("No chat has alerts on, so there is nobody to tell."))
    await note_done(context, ask, f"/admin broadcast asked: {text}")
    send = tr.plural("Send to {count} chat", "Send to {count} chats", count)
    row = await offers(context, ask, text, (send, Action.BROADCAST), (tr("Leave it"), Action.LEAVE))
    question = tr.plural("Send this to {count} chat?", "Send this to {count} chats?", count)
    return compose([line(bold(question)), BLANK, *broadcast_lines(text, tr)], buttons=(row,))


async def send_broadcast(context: BotContext, ask: Ask, order: Order, once: Once) -> Message | None:
    """Do what the button says, in one step with using it up; None where it was used before."""
    text, tr = await wanted_by(context, order), ask.tr
    if text is None:
        forgot = tr(
            "I no longer know the text. Ask again with {command}. Nothing was sent.", command="/admin broadcast"
        )
        return say(forgot)
    assert ask.user_id is not None  # an operator is a person
    wanted = Broadcast(id=broadcast_id(order.nonce), text=text, at=ask.now, by=ask.user_id)
    if not await begin_broadcast(context.store, wanted, once):
        return None
    await note_done(context, ask, f"broadcast {wanted.id}: {text}")
    said = tr("On its way, at the common pace and behind the news. How far it is:")
    return compose([line(said)], buttons=((go(tr("Show"), What.CAST),),))


async def halt_broadcast(context: BotContext, ask: Ask, order: Order) -> Message:
    """Do what the button says: nobody more is told."""
    broadcast, tr = await wanted_by(context, order), ask.tr
    if broadcast is None or not await stop_broadcast(context.store, broadcast):
        return say(tr("I no longer know which one. Ask again with {command}.", command="/admin"))
    await note_done(context, ask, f"broadcast {broadcast} stopped")
    said = tr("Stopped. Who has it already, keeps it.")
    return compose([line(said)], buttons=((go(tr("Show"), What.CAST),),))


async def cast_page(context: BotContext, ask: Ask) -> Message:
    """How to send one, and what became of the last."""
    tr = ask.tr
    lines: list[Line] = [
        line(bold(tr("Broadcast"))),
        line(tr("A word from the operators to every chat with alerts on:")),
    ]
    lines += [line(code(_HOW)), line(tr("It is shown first, and goes out once you confirm it."))]
    rows = back(again=Page(What.CAST), tr=tr)
    if (last := await newest_broadcast(context.store)) is not None:
        tally = await count_broadcast(context.store, last.id)
        if not last.stopped and (tally.waiting or not last.done):
            rows = ((await offer(context, ask, tr("Stop it"), Action.STOP, last.id),), *rows)
        lines += [BLANK, line(bold(tr("The last one, {ago}", ago=ago_words(ask.now - last.at, tr))))]
        lines += [line(_told(last, tally, tr)), line(cut(last.text.replace("\n", " "), 200))]
    return compose(lines, buttons=rows)


def _told(last: Broadcast, tally: Tally, tr: Translator) -> str:
    """How many have it, and how far the way through the chats is."""
    counts = (
        (tally.waiting, N_("{count} waiting")),
        (tally.unanswered, N_("{count} unanswered")),
        (tally.failed, N_("{count} failed or stopped") if last.stopped else N_("{count} failed")),
    )
    more = (tr(text, count=count) for count, text in counts if count)
    told = tr.joined((tr("{count} sent", count=tally.sent), *more))
    if last.stopped:
        return tr("{counts}; stopped", counts=told)
    if last.done:
        return tr("{counts}; all chats gone through", counts=told)
    return tr("{counts}; still going through the chats", counts=told)


async def _active(context: BotContext) -> int:
    """How many chats would get it."""
    ids = {chat.id async for page in context.chats.pages() for chat in page if chat.active}
    return sum(context.access.admits(chat) for chat in ids)
