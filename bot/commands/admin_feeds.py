"""The feeds in /admin: the list with the state of each, one feed, the doctor, and adding and taking out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import TypeAdapter, ValidationError

from bot.admin_pages import FEEDS_A_PAGE, Page, What, back, back_button, feed_rows, go, mark_of
from bot.commands.authority import note_done
from bot.commands.context import Ask, BotContext, Slow
from bot.commands.signed import offer, wanted_by
from bot.feed_desk import FeedDesk, states_of
from bot.languages.translator import N_, Translator
from bot.markup import BLANK, Button, Line, Message, Span, bold, code, compose, italic, line
from bot.replies import say
from bot.signing import Action, Order
from bot.text import safe_link, shown
from bot.words import age_words, ago_words
from pipelines import keys
from pipelines.feeds.catalogue import CatalogueError
from pipelines.feeds.discovery import Candidate, Found
from pipelines.feeds.doctor import STALE_AFTER, Health
from pipelines.feeds.feed import Feed, FeedState
from pipelines.feeds.guard import MAX_URL
from pipelines.feeds.schedule import FLOOR
from pipelines.feeds.trouble import BusyError, FeedTrouble, Reason
from rules.story import Tier

_FEED = TypeAdapter(Feed)
_HOW = "/admin add example.org/news"
_OFFERED = 3
"""Feeds of one page that are offered: so many fit a phone's screen with what each held."""
_LANGUAGE = re.compile(r"[a-z]{2}")
_NO_DESK = N_("No feeds are kept here.")


async def feeds_page(context: BotContext, ask: Ask, page: Page) -> Message:
    """One page of the list, or of those in it that are not well, with what the last polls brought."""
    feeds = await _listed(context, ask)
    if isinstance(feeds, Message):
        return feeds
    rows = list(zip(feeds, await states_of(feeds, context.store), strict=True))
    sick = [(feed, state) for feed, state in rows if _is_sick(feed, state, ask.now)]
    shown_rows = sick if page.what is What.SICK else rows
    pages = max(1, -(-len(shown_rows) // FEEDS_A_PAGE))
    page = Page(page.what, min(page.number, pages - 1))
    first = page.number * FEEDS_A_PAGE
    here = shown_rows[first : first + FEEDS_A_PAGE]
    tr = ask.tr
    counted = bold(tr.plural("{count} feed", "{count} feeds", len(feeds)))
    if sick:
        lines = [line(*tr.parts("{feeds}, {sick} not well", feeds=counted, sick=Span(tr.number(len(sick))))), BLANK]
    else:
        lines = [line(*tr.parts("{feeds}, all well", feeds=counted)), BLANK]
    for number, (feed, state) in enumerate(here, first + 1):
        lines += [line(f"{number}. ", _sign(feed, state, ask.now), bold(shown(feed.name, 60)))]
        lines += [line(f"{feed.tier} · {_state_words(state, ask.now, tr)}")]
    lines += [BLANK, line(*tr.parts("To add one: {command}", command=code(_HOW)))]
    return compose(lines, buttons=feed_rows([feed for feed, _ in here], page, pages, tr))


async def feed_page(context: BotContext, ask: Ask, page: Page) -> Message:
    """One feed, and what may be done about it."""
    feed = await _named(context, ask, page)
    if not isinstance(feed, Feed):
        return feed
    (state,) = await states_of((feed,), context.store)
    store: Any = context.store
    due = await store.zscore(keys.DUE, f"poll:{feed.id}")
    lines = [line(bold(shown(feed.name, 80))), line(code(feed.id)), line(_address(feed.url)), BLANK]
    tr = ask.tr
    family = tr("family {name}", name=feed.family) if feed.family else tr("family of each publisher")
    lines += [line(tr.joined((feed.tier, feed.language, family))), line(_state_words(state, ask.now, tr))]
    if state.newest:
        lines.append(line(tr("Newest item {ago}", ago=ago_words(ask.now - _moment(state.newest), tr))))
    if due is not None:
        lines.append(line(tr("Asked again in {time}", time=age_words(_moment(due) - ask.now, tr))))
    ask_now = go(tr("Ask it now"), What.ASK, page.number, page.mark)
    row = (ask_now, go(tr(_TAKE_OUT), What.TAKE, page.number, page.mark))
    return compose(lines, buttons=(row, *back(What.FEEDS, page.number, tr=tr)))


async def take_page(context: BotContext, ask: Ask, page: Page) -> Message:
    """Ask whether a feed is to be taken out."""
    feed = await _named(context, ask, page)
    if not isinstance(feed, Feed):
        return feed
    tr = ask.tr
    lines = [line(bold(tr("Take this feed out?"))), line(shown(feed.name, 80), " ", code(feed.id)), BLANK]
    lines += [line(tr("It is asked no more. What it brought stays. To bring it back, add its address again:"))]
    lines += [line(_address(feed.url))]
    yes = await offer(context, ask, tr(_TAKE_OUT), Action.REMOVE_FEED, feed.id)
    return compose(lines, buttons=((yes, go(tr("Keep it"), What.FEED, page.number, page.mark)),))


async def remove_feed(context: BotContext, ask: Ask, order: Order) -> Message:
    """Do what the button says."""
    feed_id, tr = await wanted_by(context, order), ask.tr
    if feed_id is None or context.desk is None:
        return say(tr("I no longer know which feed. Ask again with {command}.", command="/admin"))
    try:
        done = await context.desk.remove(feed_id, ask.now)
    except CatalogueError as error:
        return _mistaken(error, ask.tr)
    await note_done(context, ask, f"feed {feed_id} {'taken out' if done else 'was not there'}")
    said = N_("{feed} is asked no more, from the next seconds on.") if done else N_("{feed} was not in the list.")
    return compose([line(tr(said, feed=feed_id))], buttons=back(What.FEEDS, tr=tr))


async def check_page(context: BotContext, ask: Ask, page: Page) -> Message | Slow:
    """Ask the feeds of a page, or one feed, once and say how each is."""
    feeds, desk = await _listed(context, ask), context.desk
    if isinstance(feeds, Message):
        return feeds
    assert desk is not None  # it has just listed them
    first = page.number * FEEDS_A_PAGE
    chosen = [feed for feed in feeds if mark_of(feed.id) == page.mark] if page.mark else feeds[first:][:FEEDS_A_PAGE]
    if not chosen:
        return _unknown(ask.tr)
    tr, one_alone = ask.tr, chosen[0].id if page.mark else ""
    what = one_alone or tr.plural("{count} feed", "{count} feeds", len(chosen))
    await note_done(context, ask, f"/admin doctor {one_alone or f'{len(chosen)} feeds'}")

    async def examined() -> Message:
        found = await desk.examine(chosen, ask.now)
        lines = [line(bold(tr("Asked just now: {what}", what=what))), BLANK]
        for one in found:
            lines += [line(_HEALTH.get(one.health, "✗ "), bold(shown(one.feed.name, 60)), f" {tr(_WORDS[one.health])}")]
            lines += [line(shown(one.detail, 100))]
        home = back_button(What.FEED if page.mark else What.FEEDS, page.number, page.mark, tr)
        row = [home, go(tr("Ask again"), page.what, page.number, page.mark)]
        if not page.mark and len(feeds) > first + FEEDS_A_PAGE:
            row.append(go(f"{tr('Next')} »", page.what, page.number + 1))
        return compose(lines, buttons=(tuple(row),))

    return Slow(say(tr("Asking {what}. This takes up to half a minute.", what=what)), examined)


async def ask_add(context: BotContext, ask: Ask, words: Sequence[str]) -> Message | Slow:
    """Look what feeds are behind an address, and offer to add each that can be read; nothing is saved before that."""
    desk, tr = context.desk, ask.tr
    if desk is None:
        return say(ask.tr(_NO_DESK))
    if not words or len(words[0]) > MAX_URL:
        return say(tr("Which page or feed? Name its address; a tier and a language may follow."), f"{_HOW} trade en")
    url = words[0] if "://" in words[0] else f"https://{words[0]}"
    tier = next((Tier(word) for word in words[1:] if word in set(Tier)), None)
    language = next((word for word in words[1:] if _LANGUAGE.fullmatch(word)), "en")
    odd = [word for word in words[1:] if word not in set(Tier) and not _LANGUAGE.fullmatch(word)]
    if odd:
        unknown = tr(
            "I do not know “{word}”: a tier is {tiers}, a language as in {language}.",
            word=shown(odd[0], 40), tiers=tr.joined(Tier), language="en",
        )  # fmt: skip
        return say(unknown, f"{_HOW} trade en")
    await note_done(context, ask, f"/admin add asked {url}")

    async def looked() -> Message:
        return await _look(context, ask, desk, url, tier, language)

    return Slow(say(tr("Looking at {address}. This takes up to half a minute.", address=shown(url, 200))), looked)


async def add_feed(context: BotContext, ask: Ask, order: Order) -> Message:
    """Do what the button says: the feed is saved, and polled within seconds."""
    wanted, tr = await wanted_by(context, order), ask.tr
    if wanted is None or context.desk is None:
        return say(tr("I no longer know which feed. Ask again with {command}.", command="/admin add"))
    try:
        added = await context.desk.add(_FEED.validate_json(wanted), ask.now)
    except ValidationError:
        return say(tr("I no longer understand that offer. Ask again with {command}.", command="/admin add"))
    except CatalogueError as error:
        return _mistaken(error, ask.tr)
    if added is None:
        await note_done(context, ask, "feed was listed already")
        return compose([line(tr("That feed is in the list already."))], buttons=back(What.FEEDS, tr=tr))
    await note_done(context, ask, f"feed {added.id} added: {added.url}")
    said = line(*tr.parts("Added: {feed}", feed=bold(shown(added.name, 80))), " ", code(added.id))
    row = (go(tr("Show it"), What.FEED, 0, mark_of(added.id)),)
    soon = line(tr("It is asked within seconds; what is old in it counts as read."))
    return compose([said, soon], buttons=(row, *back(What.FEEDS, tr=tr)))


async def _look(context: BotContext, ask: Ask, desk: FeedDesk, url: str, tier: Tier | None, language: str) -> Message:
    tr = ask.tr
    try:
        found = await desk.discover(url, ask.now)
        listed = {feed.url for feed in await desk.listed(ask.now)}
    except CatalogueError as error:
        return _mistaken(error, ask.tr)
    except FeedTrouble as trouble:
        return say(_why(trouble, tr))
    except BusyError as busy:
        seconds = round(busy.seconds)
        return say(tr("Its host asks to wait {count} s. Try again then; nothing was added.", count=seconds))
    if not found.candidates:
        return _nothing(found, tr)
    several = len(found.candidates) > 1
    lines: list[Line] = [line(bold(tr("Add one of these?") if several else tr("Add this feed?")))]
    rows = list[tuple[Button, ...]]()
    for number, each in enumerate(found.candidates[:_OFFERED], 1):
        feed = _as_wished(each.feed, tier, language)
        lines += [BLANK, *_candidate_lines(number, each, feed, ask)]
        if feed.url in listed:
            lines.append(line(italic(tr("It is in the list already."))))
        else:
            text = tr("Add {number}: {feed}", number=number, feed=shown(feed.name, 30))
            rows.append((await offer(context, ask, text, Action.ADD_FEED, _FEED.dump_json(feed).decode()),))
    if rows:
        how = code(f"/admin add ADDRESS {Tier.OFFICIAL}")
        lines += [BLANK, line(*tr.parts("The tier is a guess; to say it yourself: {command}", command=how))]
    return compose(lines, buttons=(*rows, (go(tr("Leave it"), What.FEEDS),)))


def _candidate_lines(number: int, each: Candidate, feed: Feed, ask: Ask) -> list[Line]:
    tr = ask.tr
    often = min(max(each.gap / 4, FLOOR), feed.ceiling) if each.gap else feed.ceiling
    items, asked = _items(each.items, tr), age_words(timedelta(seconds=often), tr)
    if each.gap:
        gap = age_words(timedelta(seconds=each.gap), tr)
        pace = tr("{items}, an item every {gap}; asked about every {time}", items=items, gap=gap, time=asked)
    else:
        pace = tr("{items}, no pace to be seen; asked about every {time}", items=items, time=asked)
    lines = [line(f"{number}. ", bold(shown(feed.name, 80))), line(_address(feed.url)), line(pace)]
    lines += [line(tr("Tier: {tier}, language: {language}", tier=feed.tier.value, language=feed.language))]
    if not each.items:
        return [*lines, line(tr("It holds nothing yet."))]
    title, ago = italic(shown(each.headline, 160)), ago_words(ask.now - each.newest, tr) if each.newest else ""
    if each.newest is None:
        newest = tr("Newest, without a date:")
    elif ask.now - each.newest > STALE_AFTER[feed.tier]:
        newest = tr("Newest, {ago} (stale):", ago=ago)
    else:
        newest = tr("Newest, {ago}:", ago=ago)
    return [*lines, line(newest, " ", title)]


def _as_wished(feed: Feed, tier: Tier | None, language: str) -> Feed:
    return replace(feed, tier=tier or feed.tier, language=language)


def _nothing(found: Found, tr: Translator) -> Message:
    if not found.failed:
        return say(
            tr("That page links no feed that I can see. Look on it for one named RSS or Atom, and name its address."),
            _HOW,
        )
    lines = [line(tr("The page links feeds, but none could be read:"))]
    lines += [line(f"{shown(url, 200)}: {word}") for url, word in found.failed]
    return compose(lines)


def _why(trouble: FeedTrouble, tr: Translator) -> str:
    """Why a feed was not added; the trouble itself in the words of the log."""
    detail = shown(trouble.detail, 100)
    if trouble.reason is Reason.REFUSED_ADDRESS:
        return tr(
            "Not added: that address is not on the public internet; if you trust it, name it in {setting}.",
            setting="LODESTONE_ALLOW_PRIVATE_HOSTS",
        )
    if trouble.reason is Reason.REFUSED_URL:
        return tr("Not added: that is no address that I ask ({why}).", why=detail)
    why = f"{trouble.word}, {detail}" if detail else trouble.word
    return tr("Not added: it could not be had ({why}).", why=why)


def _mistaken(error: CatalogueError, tr: Translator) -> Message:
    lines = [line(bold(tr("The list of feeds has mistakes; nothing was changed.")))]
    return compose([*lines, *(line(code(shown(str(mistake), 200))) for mistake in error.mistakes[:5])])


async def _listed(context: BotContext, ask: Ask) -> Sequence[Feed] | Message:
    """The feeds that are kept, or why they cannot be told."""
    if context.desk is None:
        return say(ask.tr(_NO_DESK))
    try:
        return await context.desk.listed(ask.now)
    except CatalogueError as error:
        return _mistaken(error, ask.tr)


async def _named(context: BotContext, ask: Ask, page: Page) -> Feed | Message:
    feeds = await _listed(context, ask)
    if isinstance(feeds, Message):
        return feeds
    return next((feed for feed in feeds if mark_of(feed.id) == page.mark), _unknown(ask.tr))


def _unknown(tr: Translator) -> Message:
    return compose([line(tr("That feed is not in the list any more."))], buttons=back(What.FEEDS, tr=tr))


_TAKE_OUT = N_("Take it out")
_WORDS = {
    Health.WELL: N_("well"),
    Health.STALE: N_("stale"),
    Health.EMPTY: N_("empty"),
    Health.UNDATED: N_("undated"),
    Health.WALLED: N_("walled"),
    Health.DEAD: N_("dead"),
    Health.REFUSED: N_("refused"),
    Health.BUSY: N_("busy"),
}
_HEALTH = {Health.WELL: "✓ ", Health.BUSY: "… ", Health.STALE: "! ", Health.UNDATED: "! ", Health.EMPTY: "! "}


def _is_sick(feed: Feed, state: FeedState, now: datetime) -> bool:
    stale = bool(state.newest) and now - _moment(state.newest) > STALE_AFTER[feed.tier]
    return bool(state.failures) or stale


def _sign(feed: Feed, state: FeedState, now: datetime) -> str:
    if not state.polled:
        return "… "
    return "✗ " if state.failures else "! " if _is_sick(feed, state, now) else "✓ "


def _state_words(state: FeedState, now: datetime, tr: Translator) -> str:
    if not state.polled:
        return tr("not asked yet")
    ago = ago_words(now - _moment(state.polled), tr)
    if state.failures:
        return tr.plural(
            "{reason}, {count} time in a row; asked {ago}", "{reason}, {count} times in a row; asked {ago}",
            state.failures, reason=state.reason, ago=ago,
        )  # fmt: skip
    items = _items(state.items, tr)
    if state.newest:
        newest = ago_words(now - _moment(state.newest), tr)
        return tr("{items}, newest {newest}; asked {ago}", items=items, newest=newest, ago=ago)
    return tr("{items}; asked {ago}", items=items, ago=ago)


def _items(count: int, tr: Translator) -> str:
    return tr.plural("{count} item", "{count} items", count)


def _address(url: str) -> Span:
    """The address to tap, where that may be offered, else as it is."""
    return Span(shown(url, 200), link=safe_link(url))


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
