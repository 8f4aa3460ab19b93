"""The feeds in /admin: the list with the state of each, one feed, the doctor, and adding and taking out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import TypeAdapter, ValidationError

from bot.admin_pages import FEEDS_A_PAGE, Page, What, back, feed_rows, go, mark_of
from bot.commands.authority import note_done
from bot.commands.context import Ask, BotContext, Slow
from bot.commands.signed import offer, wanted_by
from bot.feed_desk import FeedDesk, states_of
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
_NO_DESK = say("No feeds are kept here.")


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
    lines = [
        line(
            bold(f"{len(feeds)} feed{'' if len(feeds) == 1 else 's'}"),
            f", {len(sick)} not well" if sick else ", all well",
        ),
        BLANK,
    ]
    for number, (feed, state) in enumerate(here, first + 1):
        lines += [line(f"{number}. ", _sign(feed, state, ask.now), bold(shown(feed.name, 60)))]
        lines += [line(f"{feed.tier} · {_state_words(state, ask.now)}")]
    lines += [BLANK, line("To add one: ", code(_HOW))]
    return compose(lines, buttons=feed_rows([feed for feed, _ in here], page, pages))


async def feed_page(context: BotContext, ask: Ask, page: Page) -> Message:
    """One feed, and what may be done about it."""
    feed = await _named(context, ask, page)
    if not isinstance(feed, Feed):
        return feed
    (state,) = await states_of((feed,), context.store)
    store: Any = context.store
    due = await store.zscore(keys.DUE, f"poll:{feed.id}")
    lines = [line(bold(shown(feed.name, 80))), line(code(feed.id)), line(_address(feed.url)), BLANK]
    lines += [line(f"{feed.tier}, {feed.language}, family {feed.family or 'of each publisher'}")]
    lines += [line(_state_words(state, ask.now))]
    if state.newest:
        lines.append(line(f"Newest item {ago_words(ask.now - _moment(state.newest))}"))
    if due is not None:
        lines.append(line(f"Asked again in {age_words(_moment(due) - ask.now)}"))
    row = (go("Ask it now", What.ASK, page.number, page.mark), go("Take it out", What.TAKE, page.number, page.mark))
    return compose(lines, buttons=(row, *back(What.FEEDS, page.number)))


async def take_page(context: BotContext, ask: Ask, page: Page) -> Message:
    """Ask whether a feed is to be taken out."""
    feed = await _named(context, ask, page)
    if not isinstance(feed, Feed):
        return feed
    lines = [line(bold("Take this feed out?")), line(shown(feed.name, 80), " ", code(feed.id)), BLANK]
    lines += [line("It is asked no more. What it brought stays. To bring it back, add its address again:")]
    lines += [line(_address(feed.url))]
    yes = await offer(context, ask, "Take it out", Action.REMOVE_FEED, feed.id)
    return compose(lines, buttons=((yes, go("Keep it", What.FEED, page.number, page.mark)),))


async def remove_feed(context: BotContext, ask: Ask, order: Order) -> Message:
    """Do what the button says."""
    feed_id = await wanted_by(context, order)
    if feed_id is None or context.desk is None:
        return say("I no longer know which feed. Ask again with /admin.")
    try:
        done = await context.desk.remove(feed_id, ask.now)
    except CatalogueError as error:
        return _mistaken(error)
    await note_done(context, ask, f"feed {feed_id} {'taken out' if done else 'was not there'}")
    said = f"{feed_id} is asked no more, from the next seconds on." if done else f"{feed_id} was not in the list."
    return compose([line(said)], buttons=back(What.FEEDS))


async def check_page(context: BotContext, ask: Ask, page: Page) -> Message | Slow:
    """Ask the feeds of a page, or one feed, once and say how each is."""
    feeds, desk = await _listed(context, ask), context.desk
    if isinstance(feeds, Message):
        return feeds
    assert desk is not None  # it has just listed them
    first = page.number * FEEDS_A_PAGE
    chosen = [feed for feed in feeds if mark_of(feed.id) == page.mark] if page.mark else feeds[first:][:FEEDS_A_PAGE]
    if not chosen:
        return _unknown()
    what = chosen[0].id if page.mark else f"{len(chosen)} feeds"
    await note_done(context, ask, f"/admin doctor {what}")

    async def examined() -> Message:
        found = await desk.examine(chosen, ask.now)
        lines = [line(bold(f"Asked just now: {what}")), BLANK]
        for one in found:
            lines += [line(_HEALTH.get(one.health, "✗ "), bold(shown(one.feed.name, 60)), f" {one.health}")]
            lines += [line(shown(one.detail, 100))]
        home = go("« Back", What.FEED, page.number, page.mark) if page.mark else go("« Back", What.FEEDS, page.number)
        row = [home, go("Ask again", page.what, page.number, page.mark)]
        if not page.mark and len(feeds) > first + FEEDS_A_PAGE:
            row.append(go("Next »", page.what, page.number + 1))
        return compose(lines, buttons=(tuple(row),))

    return Slow(say(f"Asking {what}. This takes up to half a minute."), examined)


async def ask_add(context: BotContext, ask: Ask, words: Sequence[str]) -> Message | Slow:
    """Look what feeds are behind an address, and offer to add each that can be read; nothing is saved before that."""
    desk = context.desk
    if desk is None:
        return _NO_DESK
    if not words or len(words[0]) > MAX_URL:
        return say("Which page or feed? Name its address; a tier and a language may follow.", f"{_HOW} trade en")
    url = words[0] if "://" in words[0] else f"https://{words[0]}"
    tier = next((Tier(word) for word in words[1:] if word in set(Tier)), None)
    language = next((word for word in words[1:] if _LANGUAGE.fullmatch(word)), "en")
    odd = [word for word in words[1:] if word not in set(Tier) and not _LANGUAGE.fullmatch(word)]
    if odd:
        return say(
            f"I do not know “{shown(odd[0], 40)}”: a tier is {', '.join(Tier)}, a language as in en.",
            f"{_HOW} trade en",
        )
    await note_done(context, ask, f"/admin add asked {url}")

    async def looked() -> Message:
        return await _look(context, ask, desk, url, tier, language)

    return Slow(say(f"Looking at {shown(url, 200)}. This takes up to half a minute."), looked)


async def add_feed(context: BotContext, ask: Ask, order: Order) -> Message:
    """Do what the button says: the feed is saved, and polled within seconds."""
    wanted = await wanted_by(context, order)
    if wanted is None or context.desk is None:
        return say("I no longer know which feed. Ask again with /admin add.")
    try:
        added = await context.desk.add(_FEED.validate_json(wanted), ask.now)
    except ValidationError:
        return say("I no longer understand that offer. Ask again with /admin add.")
    except CatalogueError as error:
        return _mistaken(error)
    if added is None:
        await note_done(context, ask, "feed was listed already")
        return compose([line("That feed is in the list already.")], buttons=back(What.FEEDS))
    await note_done(context, ask, f"feed {added.id} added: {added.url}")
    said = line("Added: ", bold(shown(added.name, 80)), " ", code(added.id))
    row = (go("Show it", What.FEED, 0, mark_of(added.id)),)
    return compose(
        [said, line("It is asked within seconds; what is old in it counts as read.")],
        buttons=(row, *back(What.FEEDS)),
    )


async def _look(context: BotContext, ask: Ask, desk: FeedDesk, url: str, tier: Tier | None, language: str) -> Message:
    try:
        found = await desk.discover(url, ask.now)
        listed = {feed.url for feed in await desk.listed(ask.now)}
    except CatalogueError as error:
        return _mistaken(error)
    except FeedTrouble as trouble:
        return say(f"Not added: {_why(trouble)}.")
    except BusyError as busy:
        return say(f"Its host asks to wait {busy.seconds:.0f} s. Try again then; nothing was added.")
    if not found.candidates:
        return _nothing(found)
    lines: list[Line] = [line(bold("Add one of these?" if len(found.candidates) > 1 else "Add this feed?"))]
    rows = list[tuple[Button, ...]]()
    for number, each in enumerate(found.candidates[:_OFFERED], 1):
        feed = _as_wished(each.feed, tier, language)
        lines += [BLANK, *_candidate_lines(number, each, feed, ask.now)]
        if feed.url in listed:
            lines.append(line(italic("It is in the list already.")))
        else:
            text = f"Add {number}: {shown(feed.name, 30)}"
            rows.append((await offer(context, ask, text, Action.ADD_FEED, _FEED.dump_json(feed).decode()),))
    if rows:
        lines += [BLANK, line("The tier is a guess; to say it yourself: ", code(f"/admin add ADDRESS {Tier.OFFICIAL}"))]
    return compose(lines, buttons=(*rows, (go("Leave it", What.FEEDS),)))


def _candidate_lines(number: int, each: Candidate, feed: Feed, now: datetime) -> list[Line]:
    pace = f"an item every {age_words(timedelta(seconds=each.gap))}" if each.gap else "no pace to be seen"
    often = min(max(each.gap / 4, FLOOR), feed.ceiling) if each.gap else feed.ceiling
    newest = ago_words(now - each.newest) if each.newest else "without a date"
    lines = [line(f"{number}. ", bold(shown(feed.name, 80))), line(_address(feed.url))]
    lines += [line(f"{_items(each.items)}, {pace}; asked about every {age_words(timedelta(seconds=often))}")]
    lines += [line(f"Tier: {feed.tier}, language: {feed.language}")]
    if not each.items:
        return [*lines, line("It holds nothing yet.")]
    stale = each.newest is not None and now - each.newest > STALE_AFTER[feed.tier]
    return [*lines, line(f"Newest, {newest}{' (stale)' if stale else ''}: ", italic(shown(each.headline, 160)))]


def _as_wished(feed: Feed, tier: Tier | None, language: str) -> Feed:
    return replace(feed, tier=tier or feed.tier, language=language)


def _nothing(found: Found) -> Message:
    if not found.failed:
        return say(
            "That page links no feed that I can see. Look on it for one named RSS or Atom, and name its address.", _HOW
        )
    lines = [line("The page links feeds, but none could be read:")]
    lines += [line(f"{shown(url, 200)}: {word}") for url, word in found.failed]
    return compose(lines)


def _why(trouble: FeedTrouble) -> str:
    if trouble.reason is Reason.REFUSED_ADDRESS:
        return "that address is not on the public internet; if you trust it, name it in LODESTONE_ALLOW_PRIVATE_HOSTS"
    if trouble.reason is Reason.REFUSED_URL:
        return f"that is no address that I ask ({shown(trouble.detail, 100)})"
    return f"it could not be had ({trouble.word}{f', {shown(trouble.detail, 100)}' if trouble.detail else ''})"


def _mistaken(error: CatalogueError) -> Message:
    lines = [line(bold("The list of feeds has mistakes; nothing was changed."))]
    return compose([*lines, *(line(code(shown(str(mistake), 200))) for mistake in error.mistakes[:5])])


async def _listed(context: BotContext, ask: Ask) -> Sequence[Feed] | Message:
    """The feeds that are kept, or why they cannot be told."""
    if context.desk is None:
        return _NO_DESK
    try:
        return await context.desk.listed(ask.now)
    except CatalogueError as error:
        return _mistaken(error)


async def _named(context: BotContext, ask: Ask, page: Page) -> Feed | Message:
    feeds = await _listed(context, ask)
    if isinstance(feeds, Message):
        return feeds
    return next((feed for feed in feeds if mark_of(feed.id) == page.mark), _unknown())


def _unknown() -> Message:
    return compose([line("That feed is not in the list any more.")], buttons=back(What.FEEDS))


_HEALTH = {Health.WELL: "✓ ", Health.BUSY: "… ", Health.STALE: "! ", Health.UNDATED: "! ", Health.EMPTY: "! "}


def _is_sick(feed: Feed, state: FeedState, now: datetime) -> bool:
    stale = bool(state.newest) and now - _moment(state.newest) > STALE_AFTER[feed.tier]
    return bool(state.failures) or stale


def _sign(feed: Feed, state: FeedState, now: datetime) -> str:
    if not state.polled:
        return "… "
    return "✗ " if state.failures else "! " if _is_sick(feed, state, now) else "✓ "


def _state_words(state: FeedState, now: datetime) -> str:
    if not state.polled:
        return "not asked yet"
    asked = f"asked {ago_words(now - _moment(state.polled))}"
    if state.failures:
        return f"{state.reason}, {state.failures} times in a row; {asked}"
    newest = f", newest {ago_words(now - _moment(state.newest))}" if state.newest else ""
    return f"{_items(state.items)}{newest}; {asked}"


def _items(count: int) -> str:
    return f"{count} {'item' if count == 1 else 'items'}"


def _address(url: str) -> Span:
    """The address to tap, where that may be offered, else as it is."""
    return Span(shown(url, 200), link=safe_link(url))


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
