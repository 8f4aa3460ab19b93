"""Every command in one table, and the handlers that the library calls for them."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import partial
from typing import Any

import telegram
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError
from telegram.ext import BaseHandler, CallbackQueryHandler, ChatMemberHandler, CommandHandler, MessageHandler, filters

from bot.access import Access
from bot.chats import Kind
from bot.commands import (
    admin,
    ahead,
    budget,
    carrying,
    channels,
    chart,
    hours,
    lang,
    mutes,
    news,
    operator,
    overlays,
    reaction,
    record,
    retracting,
    ruling,
    search,
    settings,
    sounds,
    start,
    status,
    stories,
    topics,
    week,
)
from bot.commands.authority import REFUSALS, holds, note_refused, who_wrote
from bot.commands.context import Ask, BotContext, Command, Drawing, Slow, spoken
from bot.commands.membership import membership, migration
from bot.commands.pressed import press
from bot.commands.shape import Misshapen
from bot.commands.slowly import reply_drawing, reply_slowly
from bot.commands.telegram import Telegram, read_ask, reply
from bot.languages.catalogues import LANGUAGES, Languages, nearest
from bot.languages.translator import N_, Translator
from bot.markup import Message
from bot.replies import render_help, render_private, say
from bot.roles import Role, Sender
from pipelines.store import STORE_IS_AWAY

log = logging.getLogger(__name__)

DESCRIPTION = N_(
    "Lodestone tells structural change from headline noise in rare earths, chips and policy, and shows crypto prices "
    "beside it: one message a story, with the reason why. Educational, never financial advice."
)
"""What an empty chat with the bot shows: at most 512 signs."""
SHORT_DESCRIPTION = N_("Structural change, not headline noise: rare earths, chips, policy. Never financial advice.")
"""What the bot's profile shows: at most 120 signs."""
ALLOWED_UPDATES = ("message", "channel_post", "callback_query", "my_chat_member")
"""What the bot asks Telegram for. Edited messages are not among them, and would run nothing: a command counts once, as
it was first sent."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A command: its name, what the menu says of it, what runs, and who may run it.

    ``afar``: in private it acts on the channel that the person has chosen, as all that admins may run does.
    """

    name: str
    what: str
    run: Command
    role: Role = Role.ANYONE
    afar: bool = False

    @property
    def goes_afar(self) -> bool:
        """Whether it acts on a chosen channel."""
        return self.afar or self.role is Role.CHAT_ADMIN


async def _help(context: BotContext, ask: Ask) -> Message:
    inside = ask.kind is Kind.PRIVATE and context.access.is_admin(ask.user_id)
    return render_help(menu(ask.tr, whole=inside), ask.tr)


FAILED = N_("That did not work just now. Please try again in a minute.")
_ADMIN, _OPERATOR = Role.CHAT_ADMIN, Role.OPERATOR

COMMANDS: tuple[Entry, ...] = (
    Entry("start", N_("get alerts in this chat"), start.start, _ADMIN),
    Entry("settings", N_("everything that can be set here, by buttons"), settings.settings, afar=True),
    Entry("latest", N_("the newest structural news"), news.latest),
    Entry("search", N_("find a story by its words, noise too"), search.search),
    Entry("price", N_("prices of your coins, or of those you name"), news.price),
    Entry("chart", N_("a coin's price as a picture, over 24h, 7d or 30d"), chart.chart),
    Entry("week", N_("a week's structural changes over the price, as a picture"), week.week),
    Entry("coins", N_("whose prices stand under each alert"), settings.coins, _ADMIN),
    Entry("topics", N_("choose what reaches you"), topics.topics, afar=True),
    Entry("mute", N_("silence a topic, country, source or story, for a while if you like"), mutes.mute, _ADMIN),
    Entry("unmute", N_("hear it again"), mutes.unmute, _ADMIN),
    Entry("mutes", N_("what is silent, until when, and what that kept from you"), mutes.mutes, afar=True),
    Entry("level", N_("how much reaches you"), overlays.level, _ADMIN),
    Entry("sound", N_("what rings, and what comes silently"), sounds.sound, _ADMIN),
    Entry("quiet", N_("hours in which nothing rings"), hours.quiet, _ADMIN),
    Entry("digest", N_("what can wait, in one message"), hours.digest, _ADMIN),
    Entry("budget", N_("how many messages a day at most"), budget.budget, _ADMIN),
    Entry("zone", N_("the time zone of this chat"), hours.zone, _ADMIN),
    Entry("lang", N_("the language of this chat"), lang.lang, _ADMIN),
    Entry("follow", N_("hear of a thing earlier"), overlays.follow, _ADMIN),
    Entry("unfollow", N_("no longer"), overlays.unfollow, _ADMIN),
    Entry("follows", N_("what you hear of earlier"), overlays.follows),
    Entry("why", N_("why a story was judged as it was"), news.why),
    Entry("story", N_("what happened to a story, step by step"), stories.story),
    Entry("reaction", N_("whether prices moved after a story"), reaction.reaction),
    Entry("ahead", N_("when known acts take effect or end"), ahead.ahead),
    Entry("record", N_("what tightened and eased supply, by month"), record.record),
    Entry("status", N_("how this chat is set"), status.status, afar=True),
    Entry("rules", N_("which rules are in force"), ruling.rules),
    Entry("here", N_("have alerts in this topic of a forum"), settings.here, _ADMIN),
    Entry("channel", N_("manage a channel from here"), channels.channel),
    Entry("export", N_("your settings, to take along"), carrying.export, afar=True),
    Entry("import", N_("settings that /export wrote"), carrying.import_, _ADMIN),
    Entry("stop", N_("no more alerts here"), start.stop, _ADMIN),
    Entry("forget", N_("erase all that is kept of this chat"), carrying.forget, _ADMIN),
    Entry("help", N_("this list"), _help),
    Entry("admin", N_("feeds, queue, errors, and a word to all chats"), admin.admin, _OPERATOR),
    Entry("dead", N_("what could not be dealt with, to retry or drop"), operator.dead, _OPERATOR),
    Entry("retract", N_("take a wrong alert back"), retracting.retract, _OPERATOR),
    Entry("pause", N_("hold all sending for a while"), operator.pause, _OPERATOR),
    Entry("resume", N_("send again"), operator.resume, _OPERATOR),
)


def build_handlers(context: BotContext) -> list[BaseHandler[telegram.Update, Telegram, Any]]:
    """The handlers, in the order in which they are asked; ``on_error`` goes in beside them.

    Commands are taken from every kind of message: what may run is decided in one place, not by a filter each.
    """
    spoken = filters.UpdateType.MESSAGES | filters.UpdateType.CHANNEL_POSTS | filters.UpdateType.BUSINESS_MESSAGES
    private = filters.ChatType.PRIVATE & filters.UpdateType.MESSAGE
    return [
        Misshapen(),
        *(CommandHandler(entry.name, partial(_run, context, entry), filters=spoken) for entry in COMMANDS),
        CallbackQueryHandler(partial(press, context)),
        ChatMemberHandler(partial(membership, context), ChatMemberHandler.MY_CHAT_MEMBER),
        MessageHandler(filters.StatusUpdate.MIGRATE & filters.UpdateType.MESSAGE, partial(migration, context)),
        MessageHandler(private & filters.LOCATION, partial(_located, context)),
        MessageHandler(private & ~filters.StatusUpdate.ALL, partial(_unknown, context)),
    ]


async def register_commands(access: Access, languages: Languages, bot: telegram.Bot) -> None:
    """Tell Telegram the commands and what the bot is, in each language; the operators' own chats get the larger menu.

    A person's Telegram shows those of its own language, else the English ones.
    """
    for language in LANGUAGES:
        tr, code = languages.of(language), None if language == "en" else language
        await bot.set_my_commands(menu(tr, whole=False), language_code=code)
        await bot.set_my_description(tr(DESCRIPTION), language_code=code)
        await bot.set_my_short_description(tr(SHORT_DESCRIPTION), language_code=code)
        for each in sorted(access.admins):
            scope = telegram.BotCommandScopeChat(each)
            try:
                await bot.set_my_commands(menu(tr, whole=True), scope=scope, language_code=code)
            except BadRequest as error:  # somebody who has never written to the bot has no chat with it
                log.info("menu.unset operator=%d why=%s", each, error.message)


async def on_error(languages: Languages, update: object, callback: Telegram) -> None:
    """One line a failure, without the error's text where that may hold an address with the token in it.

    The store may be away, so the person is told in the language of their Telegram.
    """
    error = callback.error
    passing = isinstance(error, (TelegramError, *STORE_IS_AWAY))
    log.log(
        logging.WARNING if passing else logging.ERROR,
        "command.failed error=%s",
        type(error).__name__,
        exc_info=None if passing else error,
    )
    message = update.effective_message if isinstance(update, telegram.Update) else None
    if message is None or isinstance(error, (NetworkError, RetryAfter)) or _nobody_waits(update):
        return
    try:
        person = message.from_user.language_code if message.from_user is not None else None
        said = languages.of(nearest(person))(FAILED)
        await message.reply_text(said, allow_sending_without_reply=True)
    except TelegramError as second:
        log.warning("command.unanswered error=%s", type(second).__name__)


def _nobody_waits(update: object) -> bool:
    """Whether nobody is waiting for an answer: a change of membership, a post in a channel."""
    return isinstance(update, telegram.Update) and (
        update.my_chat_member is not None or update.channel_post is not None
    )


async def _located(context: BotContext, update: telegram.Update, callback: Telegram) -> None:
    """A place on the map, sent in private, says which clock a person goes by."""

    async def run(context: BotContext, ask: Ask) -> Message:
        place = update.effective_message and update.effective_message.location
        return (
            await hours.located(context, ask, place.latitude, place.longitude)
            if place
            else say(ask.tr("Where is that?"))
        )

    await _run(context, Entry("zone", "", run, _ADMIN), update, callback)


async def _run(context: BotContext, entry: Entry, update: telegram.Update, callback: Telegram) -> None:
    message = update.effective_message
    if message is None:
        return
    ask, sender = await spoken(context, read_ask(message, context.clock())), who_wrote(update, message)
    why = await _refusal(context, callback.bot, entry.role, sender)
    if why and entry.role is Role.OPERATOR:
        await note_refused(context, ask, message.text or "", why)
    if sender.idle:
        if sender.idle == "forwarded" and sender.private:
            await reply(message, say(ask.tr("What was forwarded runs nothing here. Please type it.")))
    elif not context.access.admits(ask.chat_id):
        # A stranger in a group gets no answer from a private bot, except to the one who would set it up.
        if ask.kind is Kind.PRIVATE or entry.name == "start":
            await reply(message, render_private(ask.newcomer(context), ask.user_id, ask.tr))
    elif why:
        await reply(message, say(ask.tr(REFUSALS[entry.role])))
    else:
        answer = await _answer(context, entry, ask, callback.bot)
        if isinstance(answer, Slow):
            await reply_slowly(callback, update, message, answer)
        elif isinstance(answer, Drawing):
            await reply_drawing(callback, update, message, answer)
        else:
            await reply(message, answer)


async def _answer(context: BotContext, entry: Entry, ask: Ask, bot: telegram.Bot) -> Message | Slow | Drawing:
    """What the command answers, about this chat or about the channel that the person has chosen."""
    person = ask.user_id
    if ask.kind is Kind.PRIVATE and person is not None:
        ask = replace(ask, find=partial(channels.find_channel, bot, person))
        number = await channels.chosen(context, person) if entry.goes_afar else None
        if number is not None:
            there = await channels.afar(context, ask, number)
            if there is None:
                return say(ask.tr(channels.NO_LONGER))
            answer = await entry.run(context, there)
            return there.aimed(answer) if isinstance(answer, Message) else answer
    return await entry.run(context, ask)


async def _refusal(context: BotContext, bot: telegram.Bot, role: Role, sender: Sender) -> str:
    """Why the command does not run, in fixed words; "" where it does."""
    if sender.idle:
        return sender.idle
    if not context.access.admits(sender.chat):
        return "private bot"
    return "" if await holds(context, bot, role, sender) else f"no {role}"


def menu(tr: Translator, *, whole: bool) -> list[tuple[str, str]]:
    """The commands and what each does; those of operators too where it is ``whole``."""
    return [(entry.name, tr(entry.what)) for entry in COMMANDS if whole or entry.role is not Role.OPERATOR]


async def _unknown(context: BotContext, update: telegram.Update, callback: Telegram) -> None:  # noqa: ARG001
    message = update.effective_message
    if message is None or not context.access.admits(message.chat.id):
        return
    ask = await spoken(context, read_ask(message, context.clock()))
    await reply(message, _not_understood(message.text or "", ask.tr))


def _not_understood(text: str, tr: Translator) -> Message:
    """A friendly line for what is no command of ours, with the nearest one where there is one."""
    if not text.startswith("/"):
        return say(tr("I only understand commands. /help lists them."))
    words = text[1:42].split(maxsplit=1)
    word = words[0].partition("@")[0].lower() if words else ""
    close = get_close_matches(word, [name for name, _ in menu(tr, whole=False)], n=1, cutoff=0.6)
    if close:
        near = f"/{close[0]}"
        return say(tr("I do not know that command. Did you mean {command}? /help lists what I can do.", command=near))
    return say(tr("I do not know that command. /help lists what I can do."))
