"""/admin: how the bot stands and what operators may do about it, in one message that edits itself."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import telegram

from bot.admin_pages import Page, What, back, home_rows
from bot.chats import Kind
from bot.commands.admin_feeds import ask_add, check_page, feed_page, feeds_page, take_page
from bot.commands.authority import NOT_AN_OPERATOR, NOT_LISTED, OUTSIDE, note_done, note_refused
from bot.commands.broadcasting import ask_broadcast, cast_page
from bot.commands.context import Ask, BotContext, Slow
from bot.commands.ruling import rules_lines
from bot.commands.slowly import rewrite_slowly
from bot.commands.telegram import Telegram, rewrite, toast
from bot.delivery.reading import OutboxReader
from bot.feed_desk import states_of
from bot.languages.translator import N_
from bot.markup import BLANK, Line, Message, bold, compose, line
from bot.overview import Overview, failure_line, holding_lines, lane_words, overview_lines
from bot.replies import say
from bot.roles import Sender
from bot.signing import Refusal
from bot.survey import survey
from bot.text import shown
from bot.words import age_words, ago_words
from pipelines.dead_letters import newest_letters
from pipelines.feeds.catalogue import CatalogueError
from pipelines.rule_news import read_rule_news

_ELSEWHERE = N_("I do that in our private chat only.")
_ERRORS = 15
_LETTERS = 5
_CHATS = 12


async def admin(context: BotContext, ask: Ask) -> Message | Slow:
    """The menu; or what is asked for in words: ``add ADDRESS``, ``broadcast TEXT``."""
    if ask.kind is not Kind.PRIVATE:
        await note_refused(context, ask, "/admin", OUTSIDE)
        return say(ask.tr(_ELSEWHERE))
    words = ask.whole.split()
    match words[0].lower() if words else "":
        case "add":
            return await ask_add(context, ask, words[1:])
        case "broadcast":
            return await ask_broadcast(context, ask, ask.whole.strip()[len("broadcast") :])
        case "":
            await note_done(context, ask, "/admin")
            return await _home(context, ask)
    await note_done(context, ask, "/admin")
    return say(ask.tr("I know /admin alone, and with add or broadcast after it."), "/admin add example.org/news")


async def press_page(
    context: BotContext, update: telegram.Update, callback: Telegram, ask: Ask, sender: Sender, page: Page
) -> None:
    """One tap on a button of the menu: shown to operators, in their own chat."""
    query = update.callback_query
    assert query is not None
    if not context.access.is_admin(ask.user_id):
        why = NOT_LISTED
    elif not sender.private:
        why = OUTSIDE
    else:
        why = "" if sender.user == sender.chat else Refusal.FOREIGN
    if why:
        await toast(query, ask.tr(_ELSEWHERE if why == OUTSIDE else NOT_AN_OPERATOR), loud=True)
        await note_refused(context, ask, query.data or "", why)
        return
    answer = await show(context, ask, page)
    await toast(query)
    if isinstance(answer, Slow):
        await rewrite_slowly(callback, update, query, answer)
    else:
        await rewrite(query, answer)


async def show(context: BotContext, ask: Ask, page: Page) -> Message | Slow:  # noqa: C901, PLR0911  one line a page
    """The page as it is now."""
    match page.what:
        case What.FEEDS | What.SICK:
            return await feeds_page(context, ask, page)
        case What.FEED:
            return await feed_page(context, ask, page)
        case What.TAKE:
            return await take_page(context, ask, page)
        case What.ASK | What.CHECK:
            return await check_page(context, ask, page)
        case What.CAST:
            return await cast_page(context, ask)
        case What.RULES:
            told = await rules_lines(context, ask, inside=True)
            return compose(told, buttons=back(again=page, tr=ask.tr))
        case What.DEAD:
            return await _dead(context, ask, page)
        case What.QUEUE:
            return compose(_queue(await _seen(context, ask), ask), buttons=back(again=page, tr=ask.tr))
        case What.ERRORS:
            return compose(_errors(await _seen(context, ask), ask), buttons=back(again=page, tr=ask.tr))
        case What.OFF:
            return await _off(context, ask, page)
        case _:
            return await _home(context, ask)


async def _home(context: BotContext, ask: Ask) -> Message:
    lines = overview_lines(replace(await _seen(context, ask), failures=()), ask.now, ask.tr)
    lines[1:1] = [await _feeds_line(context, ask), await _rules_line(context, ask)]
    wrong = ask.tr("A wrong alert? Reply to it with {command} and the reason.", command="/retract")
    return compose([*lines, BLANK, line(wrong)], buttons=home_rows(ask.tr))


async def _seen(context: BotContext, ask: Ask) -> Overview:
    return await survey(context.store, OutboxReader(context.store), ask.now)


async def _feeds_line(context: BotContext, ask: Ask) -> Line:
    tr = ask.tr
    if context.desk is None:
        return line(tr("Feeds: none are kept here"))
    try:
        feeds = await context.desk.listed(ask.now)
    except CatalogueError as error:
        return line(tr("Feeds: the list has mistakes: {mistake}", mistake=shown(str(error.mistakes[0]), 160)))
    states = await states_of(feeds, context.store)
    counts = (
        (sum(state.failures > 0 for state in states), N_("{count} failing")),
        (sum(not state.polled for state in states), N_("{count} not asked yet")),
    )
    more = (tr(text, count=count) for count, text in counts if count)
    return line(tr.joined((tr("Feeds: {count}", count=len(feeds)), *more)))


async def _rules_line(context: BotContext, ask: Ask) -> Line:
    tr, news, version = ask.tr, await read_rule_news(context.store), context.rules().hash[:8]
    if news.reloaded:
        told = tr("Rules: {version}, changed {ago}", version=version, ago=ago_words(ask.now - news.reloaded, tr))
    else:
        told = tr("Rules: {version}", version=version)
    return line(tr.phrases((told, tr("a change was refused") if news.fault else "")))


def _queue(seen: Overview, ask: Ask) -> list[Line]:
    tr = ask.tr
    lines = [line(bold(tr("Queue")))]
    for lane, depth in seen.lanes.items():
        told, since = f"{lane_words(lane, tr)}: {tr.number(depth)}", seen.oldest.get(lane)
        age = tr("the oldest for {age}", age=age_words(ask.now - since, tr)) if since else ""
        lines.append(line(tr.joined((told, age))))
    lines.append(line(tr("Being sent: {count}", count=seen.calling)))
    lines += [*holding_lines(seen, ask.now, tr), BLANK, line(bold(tr("On the way")))]
    lines += [line(f"{name}: {tr.number(depth)}") for name, depth in seen.streams.items()]
    return [*lines, BLANK, line(tr("To hold all sending for a while: {command}", command="/pause 30m"))]


def _errors(seen: Overview, ask: Ask) -> list[Line]:
    rows = [failure_line(each, ask.now, ask.tr) for each in seen.failures[:_ERRORS]]
    return [line(bold(ask.tr("Last errors"))), *(rows or [line(ask.tr("None."))])]


async def _dead(context: BotContext, ask: Ask, page: Page) -> Message:
    tr, letters = ask.tr, await newest_letters(context.store, _LETTERS)
    lines = [line(bold(tr("Dead letters")))]
    lines += [
        line("• ", bold(shown(letter.stage or letter.stream, 40) or "?"), f": {shown(letter.why, 120)}")
        for letter in letters
    ]
    if letters:
        lines.append(line(tr("To send them again or drop them: {command}", command="/dead")))
    else:
        lines.append(line(tr("None: everything has been dealt with.")))
    return compose(lines, buttons=back(again=page, tr=tr))


async def _off(context: BotContext, ask: Ask, page: Page) -> Message:
    """The chats switched off, by reason, and some of them. Reasons are kept in English."""
    tr = ask.tr
    off = {chat.id: chat async for found in context.chats.pages() for chat in found if not chat.active}
    lines = [line(bold(tr("Chats switched off: {count}", count=len(off))))]
    whys = Counter(chat.why_off for chat in off.values())
    lines += [line(f"{tr.number(count)}: {shown(why, 80) or tr('no reason')}") for why, count in whys.most_common(8)]
    some = sorted(off.values(), key=lambda chat: chat.created, reverse=True)[:_CHATS]
    lines += [BLANK, line(bold(tr("The youngest")))] if some else []
    lines += [line(f"{chat.id} {chat.kind} {shown(chat.title, 40)}: {shown(chat.why_off, 60)}") for chat in some]
    return compose(lines, buttons=(*back(again=page, tr=tr),))
