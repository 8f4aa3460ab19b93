"""/dead, /pause and /resume: what operators may do from their own chat, and the signed buttons beneath the answers."""

from __future__ import annotations

import secrets
from datetime import timedelta

import telegram

from bot.broadcast import is_broadcast
from bot.chats import Kind
from bot.commands.admin_feeds import add_feed, remove_feed
from bot.commands.authority import NOT_LISTED, OUTSIDE, note_done, note_refused
from bot.commands.broadcasting import halt_broadcast, send_broadcast
from bot.commands.context import Ask, BotContext
from bot.commands.retracting import take_back
from bot.commands.telegram import rewrite, toast
from bot.delivery.broadcasts import read_broadcast
from bot.languages.translator import N_, Translator
from bot.markup import BLANK, Button, Line, Message, bold, compose, line
from bot.replies import say
from bot.signing import NONCE_BYTES, Action, Order, Refusal
from bot.text import shown
from bot.wishes import read_wish
from bot.words import moment_words
from pipelines import keys
from pipelines.dead_letters import DeadLetter, Once, Took, count_letters, newest_letters, spend, take_all

LISTED = 10
LONGEST_PAUSE = timedelta(hours=24)
"""News older than three days is not pushed; a longer pause is better said by stopping the bot."""

_ELSEWHERE = N_("I tell that in our private chat only.")
_SO = N_("Done.")
_DONE = {
    Action.KEEP: N_("Kept. /dead lists them."),
    Action.RESUME: N_("Sending goes on."),
    Action.LEAVE: N_("Left as it is."),
}
_TOLD = {
    Refusal.FORGED: N_("This button is not one of mine."),
    Refusal.FOREIGN: N_("This button was made for somebody else."),
    Refusal.LATE: N_("This button was good for ten minutes. Ask again with /dead, /pause or /admin."),
    Refusal.USED: N_("This button was pressed before. Ask again with /dead, /pause or /admin."),
}


async def dead(context: BotContext, ask: Ask) -> Message:
    """The newest dead letters, with buttons to send all of them again or to drop them."""
    if ask.kind is not Kind.PRIVATE:
        await note_refused(context, ask, "/dead", OUTSIDE)
        return say(ask.tr(_ELSEWHERE))
    tr = ask.tr
    count, letters = await count_letters(context.store), await newest_letters(context.store, LISTED)
    await note_done(context, ask, f"/dead ({count})")
    if not letters:
        return say(tr("No dead letters: everything has been dealt with."))
    lines: list[Line] = [line(bold(tr("Dead letters: {count}", count=count)))]
    for letter in letters:
        lines += [BLANK, *_letter(letter, await _title(context, letter, tr))]
    if count > len(letters):
        older = tr(
            "and {count} older; {command} shows all", count=count - len(letters), command="`lodestone dead list`"
        )
        lines += [BLANK, line(older)]
    upto = _short(letters[0].id)
    retry = Button(tr("Retry all ({count})", count=count), data=_data(context, ask, Action.RETRY, upto))
    drop = Button(tr("Drop all ({count})", count=count), data=_data(context, ask, Action.DROP, upto))
    return compose(lines, buttons=((retry, drop),))


async def pause(context: BotContext, ask: Ask) -> Message:
    """Hold all sending for a while; what comes meanwhile waits in line."""
    wish, tr = read_wish(ask.text), ask.tr
    if wish.duration is None or wish.unclear or wish.topics or not timedelta() < wish.duration <= LONGEST_PAUSE:
        return say(tr("For how long, from a minute to a day?"), "/pause 30m")
    until = ask.now + wish.duration
    await context.hold(until, ask.now)
    await note_done(context, ask, f"/pause until {until:%Y-%m-%d %H:%M} UTC")
    if ask.kind is not Kind.PRIVATE:
        return say(tr(_SO))
    resume_now = Button(tr("Resume now"), data=_data(context, ask, Action.RESUME, ""))
    said = tr(
        "All sending is held until {moment}. What comes meanwhile waits; {command} ends it.",
        moment=moment_words(until, tr), command="/resume",
    )  # fmt: skip
    return compose([line(said)], buttons=((resume_now,),))


async def resume(context: BotContext, ask: Ask) -> Message:
    """Send again."""
    await context.release()
    await note_done(context, ask, "/resume")
    return say(ask.tr(_DONE[Action.RESUME] if ask.kind is Kind.PRIVATE else _SO))


async def press_signed(context: BotContext, query: telegram.CallbackQuery, ask: Ask, data: str) -> None:
    """One tap on a signed button: whose it is, how old and how often used is settled before anything is done."""
    order = context.signer.verify(data, ask.user_id, ask.now)
    if isinstance(order, Refusal):
        await _refuse(context, query, ask, order, _TOLD[order], "signed button")
    elif not context.access.is_admin(ask.user_id):
        await _refuse(context, query, ask, NOT_LISTED, _TOLD[Refusal.FOREIGN], _words(order))
    elif ask.kind is not Kind.PRIVATE:
        await _refuse(context, query, ask, OUTSIDE, _ELSEWHERE, _words(order))
    elif (answer := await _obey(context, ask, order)) is None:
        await _refuse(context, query, ask, Refusal.USED, _TOLD[Refusal.USED], _words(order))
    else:
        await toast(query, "" if answer.buttons else answer.plain)
        await rewrite(query, answer)


async def _obey(context: BotContext, ask: Ask, order: Order) -> Message | None:
    """Do what the button says and write it down; None where it was used before."""
    once = _once(order, ask)
    if order.action in (Action.RETRY, Action.DROP_FOR_GOOD):
        again = order.action is Action.RETRY
        took = await take_all(context.store, again=again, upto=_long(order.argument), once=once)
        if took is None:
            return None
        await note_done(context, ask, f"{_words(order)}: {took.taken}")
        return _told(took, ask.tr, again=again)
    if order.action is Action.BROADCAST:
        return await send_broadcast(context, ask, order, once)
    return await _once_only(context, ask, order) if await spend(context.store, once) else None


async def _once_only(context: BotContext, ask: Ask, order: Order) -> Message:
    """Do what the button says, now that it is used up."""
    match order.action:
        case Action.DROP:
            return _sure(context, ask, order)
        case Action.RETRACT:
            return await take_back(context, ask, order)
        case Action.ADD_FEED:
            return await add_feed(context, ask, order)
        case Action.REMOVE_FEED:
            return await remove_feed(context, ask, order)
        case Action.STOP:
            return await halt_broadcast(context, ask, order)
        case Action.RESUME:
            await context.release()
    await note_done(context, ask, _words(order))
    return say(ask.tr(_DONE.get(order.action, _SO)))


def _sure(context: BotContext, ask: Ask, order: Order) -> Message:
    tr = ask.tr
    drop = Button(tr("Drop them for good"), data=_data(context, ask, Action.DROP_FOR_GOOD, order.argument))
    keep = Button(tr("Keep them"), data=_data(context, ask, Action.KEEP, order.argument))
    text = tr("Drop these letters? What they hold will never be sent. Those that came since are not touched.")
    return compose([line(text)], buttons=((drop, keep),))


async def _refuse(context: BotContext, query: telegram.CallbackQuery, ask: Ask, why: str, told: str, what: str) -> None:
    await toast(query, ask.tr(told), loud=True)
    await note_refused(context, ask, what, why)


async def _title(context: BotContext, letter: DeadLetter, tr: Translator) -> str:
    """What a letter is about: of a broadcast its words, and the chat that it did not reach."""
    way = letter.way
    if way is None or not is_broadcast(way.story):
        return letter.title
    wanted = await read_broadcast(context.store, way.story)
    whom = tr("broadcast to {chats}", chats=tr.joined(map(str, way.chats))) if way.chats else tr("broadcast")
    return f"{whom}: {wanted.text}" if wanted is not None else tr("{what}, no longer kept", what=whom)


def _letter(letter: DeadLetter, about: str) -> list[Line]:
    title = shown(about, 100)
    lines = [line("• ", bold(shown(letter.stage or letter.stream, 40) or "?"), f": {shown(letter.why, 160)}")]
    return [*lines, line(title)] if title else lines


def _told(took: Took, tr: Translator, *, again: bool) -> Message:
    if not again:
        return say(tr("{count} dropped.", count=took.taken))
    if took.left:
        left = took.left
        return say(tr("{count} sent again. {left} cannot be sent again and stay.", count=took.taken, left=left))
    return say(tr("{count} sent again.", count=took.taken))


def _words(order: Order) -> str:
    return f"button {order.action.name.lower().replace('_', ' ')}"


def _data(context: BotContext, ask: Ask, action: Action, argument: str) -> str:
    assert ask.user_id is not None  # an operator is a person
    return context.signer.sign(action, argument, ask.user_id, secrets.token_bytes(NONCE_BYTES), ask.now)


def _once(order: Order, ask: Ask) -> Once:
    """The button's one use, remembered for a minute longer than it lives."""
    return Once(keys.used_button(order.nonce.hex()), int((order.until - ask.now).total_seconds()) + 60)


def _short(letter: str) -> str:
    """A letter's id "milliseconds-number" as a button can carry it."""
    first, _, second = letter.partition("-")
    return f"{int(first):x}-{int(second):x}"


def _long(argument: str) -> str:
    first, _, second = argument.partition("-")
    return f"{int(first, 16)}-{int(second, 16)}" if second else ""
