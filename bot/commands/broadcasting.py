"""/admin broadcast: a word from the operators to all chats, shown first, sent once, counted afterwards."""

from __future__ import annotations

from bot.admin_pages import Page, What, back, go
from bot.broadcast import LONGEST, Broadcast, broadcast_id, broadcast_lines, tidy, too_long
from bot.commands.authority import note_done
from bot.commands.context import Ask, BotContext
from bot.commands.signed import offer, offers, wanted_by
from bot.delivery.broadcasts import begin_broadcast, count_broadcast, newest_broadcast, stop_broadcast
from bot.markup import BLANK, Line, Message, bold, code, compose, line
from bot.replies import say
from bot.signing import Action, Order
from bot.text import cut
from bot.words import ago_words
from pipelines.dead_letters import Once

_HOW = "/admin broadcast We move to a new server tonight."


async def ask_broadcast(context: BotContext, ask: Ask, text: str) -> Message:
    """Show what would be sent, and to how many; nothing is sent before the button."""
    text = tidy(text)
    if not text:
        return say("What shall I tell all chats? Write it after the command, in lines as you like.", _HOW)
    if over := too_long(text):
        return say(f"That is {over} signs too long; up to {LONGEST} fit. Nothing was sent.")
    count = await _active(context)
    if not count:
        return say("No chat has alerts on, so there is nobody to tell.")
    await note_done(context, ask, f"/admin broadcast asked: {text}")
    whom = f"{count} {'chat' if count == 1 else 'chats'}"
    row = await offers(context, ask, text, (f"Send to {whom}", Action.BROADCAST), ("Leave it", Action.LEAVE))
    head = [line(bold(f"Send this to {whom}?")), BLANK]
    return compose([*head, *broadcast_lines(text)], buttons=(row,))


async def send_broadcast(context: BotContext, ask: Ask, order: Order, once: Once) -> Message | None:
    """Do what the button says, in one step with using it up; None where it was used before."""
    text = await wanted_by(context, order)
    if text is None:
        return say("I no longer know the text. Ask again with /admin broadcast. Nothing was sent.")
    assert ask.user_id is not None  # an operator is a person
    wanted = Broadcast(id=broadcast_id(order.nonce), text=text, at=ask.now, by=ask.user_id)
    if not await begin_broadcast(context.store, wanted, once):
        return None
    await note_done(context, ask, f"broadcast {wanted.id}: {text}")
    said = "On its way, at the common pace and behind the news. How far it is:"
    return compose([line(said)], buttons=((go("Show", What.CAST),),))


async def halt_broadcast(context: BotContext, ask: Ask, order: Order) -> Message:
    """Do what the button says: nobody more is told."""
    broadcast = await wanted_by(context, order)
    if broadcast is None or not await stop_broadcast(context.store, broadcast):
        return say("I no longer know which one. Ask again with /admin.")
    await note_done(context, ask, f"broadcast {broadcast} stopped")
    return compose([line("Stopped. Who has it already, keeps it.")], buttons=((go("Show", What.CAST),),))


async def cast_page(context: BotContext, ask: Ask) -> Message:
    """How to send one, and what became of the last."""
    lines: list[Line] = [line(bold("Broadcast")), line("A word from the operators to every chat with alerts on:")]
    lines += [line(code(_HOW)), line("It is shown first, and goes out once you confirm it.")]
    rows = back(again=Page(What.CAST))
    if (last := await newest_broadcast(context.store)) is not None:
        tally = await count_broadcast(context.store, last.id)
        failed = "failed or stopped" if last.stopped else "failed"
        counts = ((tally.waiting, "waiting"), (tally.unanswered, "unanswered"), (tally.failed, failed))
        told = ", ".join([f"{tally.sent} sent", *(f"{count} {word}" for count, word in counts if count)])
        state = (
            "stopped" if last.stopped else "all chats gone through" if last.done else "still going through the chats"
        )
        if not last.stopped and (tally.waiting or not last.done):
            rows = ((await offer(context, ask, "Stop it", Action.STOP, last.id),), *rows)
        lines += [BLANK, line(bold(f"The last one, {ago_words(ask.now - last.at)}")), line(f"{told}; {state}")]
        lines += [line(cut(last.text.replace("\n", " "), 200))]
    return compose(lines, buttons=rows)


async def _active(context: BotContext) -> int:
    """How many chats would get it."""
    ids = {chat.id async for page in context.chats.pages() for chat in page if chat.active}
    return sum(context.access.admits(chat) for chat in ids)
