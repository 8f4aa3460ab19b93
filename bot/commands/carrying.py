"""/export, /import and /forget: taking one's settings along, and leaving nothing behind."""

from __future__ import annotations

from bot.chats import Chat
from bot.commands.context import Ask, BotContext
from bot.commands.hours import settle_hours
from bot.delivery.forgetting import forget as erase
from bot.languages.translator import N_
from bot.markup import BLANK, Message, code, compose, line
from bot.portable import BadSettings, read_in, write_out
from bot.replies import render_forget, render_forgotten, say
from bot.taps import Forget
from pipelines import keys

_HOW = N_("Send /import and the text that /export wrote, or reply to that text with /import.")


async def export(context: BotContext, ask: Ask) -> Message:
    """The chat's settings as JSON; many of them come in parts, which are asked for by number."""
    parts = write_out(await context.chats.get(ask.chat_id) or ask.newcomer(context))
    number = int(ask.text) if ask.text.isascii() and ask.text.isdigit() else 1
    at = min(max(number, 1), len(parts))
    if len(parts) > 1:
        which = ask.tr("Part {number} of {count} of the settings.", number=at, count=len(parts))
    else:
        which = ask.tr("The settings of this chat.")
    how = ask.tr("To bring them to another chat, reply to this there with /import, or paste it behind that.")
    lines = [line(f"{which} {how}")]
    if at < len(parts):
        lines.append(line(*ask.tr.parts("The next part: {example}", example=code(f"/export {at + 1}"))))
    return compose(lines, foot=(BLANK, line(code(parts[at - 1]))))


async def import_(context: BotContext, ask: Ask) -> Message:
    """Take the settings that the message, or the one replied to, holds: all that it names, or nothing."""
    text = ask.whole if "{" in ask.whole or not ask.quoted else ask.quoted
    if not text.strip():
        return say(ask.tr(_HOW))
    before = await context.chats.get(ask.chat_id) or ask.newcomer(context)
    coins = await context.listed.coins(context.store, ask.now)
    try:
        read_in(text, before, ask.tr, coins.find)
    except BadSettings as error:
        faults = [line(each) for each in str(error).splitlines()]
        return compose([line(ask.tr("Nothing was changed:")), *faults], foot=(line(ask.tr(_HOW)),))

    def change(chat: Chat) -> Chat:
        try:
            return read_in(text, chat, find=coins.find)
        except BadSettings:
            return chat

    ask = ask.after(context, await settle_hours(context, ask, change))
    return say(ask.tr("These settings hold here from now on. /settings shows them."))


async def forget(context: BotContext, ask: Ask) -> Message:
    """Ask once more before everything about the chat is erased."""
    return render_forget(ask.newcomer(context), ask.tr)


async def forget_pressed(context: BotContext, ask: Ask, pressed: Forget) -> Message:
    """Erase all about the chat and say what that was, or leave it all."""
    if not pressed.sure:
        return say(ask.tr("Nothing was erased."))
    gone = await erase(context.store, ask.chat_id, ask.now)
    if ask.afar and ask.user_id is not None:
        await context.store.delete(keys.managed(ask.user_id))
    return render_forgotten(settings=gone.settings, rows=gone.rows, waiting=gone.waiting, votes=gone.votes, tr=ask.tr)
