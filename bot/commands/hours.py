"""/quiet, /digest and /zone: when this chat is left in peace, when it hears the rest, and by which clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from bot.buttons import zone_data
from bot.chats import MORNING, Chat
from bot.commands.context import Ask, BotContext, settle
from bot.delivery.lining import replan_digest
from bot.hour_lines import render_digest_hours, render_example, render_quiet, render_zone, render_zone_unknown
from bot.hours import Hours, read_hours
from bot.languages.translator import Translator
from bot.markup import Message
from bot.quiet import EVERY_DAY, Quiet
from bot.taps import SetZone
from bot.text import shown
from bot.zone_atlas import atlas
from bot.zones import Guess

_QUIET = ("/quiet 22:00-07:00", "/quiet 22:00-07:00 weekdays Lahore", "/quiet off")
_DIGEST = ("/digest daily 08:00", "/digest 08:00 and 20:00", "/digest weekly mon 09:00", "/digest off")
_MOST_TIMES = 6
_SPAN = 2


async def quiet(context: BotContext, ask: Ask) -> Message:
    """Set or end the quiet hours; with nothing said, tell them; with only days or a zone, change those."""
    chat = await context.chats.get(ask.chat_id) or ask.newcomer(context)
    if not ask.text.strip():
        return render_quiet(chat, ask.now, ask.tr)
    said = read_hours(ask.text)
    span = said.spans[0] if said.spans else said.times if len(said.times) == _SPAN else None
    if said.unclear or len(said.spans) > 1 or (span and (said.off or len(said.times) not in (0, _SPAN))):
        return _unclear(said, ask.tr("I understand one span of hours:"), _QUIET, ask.tr)
    if span and span[0] == span[1]:
        return render_example(ask.tr("Those hours begin and end at once. A span needs two different times:"), *_QUIET)
    if not span and not said.off and (said.times or chat.quiet is None or not (said.days or said.zone)):
        return render_example(ask.tr("Quiet hours go from one time to another:"), *_QUIET)

    def changed(chat: Chat, zone: str = "") -> Chat:
        if said.off:
            return replace(chat, quiet=None, zone=zone or chat.zone)
        start, end = span or ((chat.quiet.start, chat.quiet.end) if chat.quiet else (0, 1))
        days = said.days or (EVERY_DAY if span or chat.quiet is None else chat.quiet.days)
        return replace(chat, quiet=Quiet(start, end, days), zone=zone or chat.zone)

    wanted = changed(chat).quiet
    times, days = ((wanted.start, wanted.end), wanted.days) if wanted else ((), EVERY_DAY)
    zone = await _zone(said, ask, SetZone("", "quiet", times, days))
    if isinstance(zone, Message):
        return zone
    return render_quiet(await settle_hours(context, ask, lambda chat: changed(chat, zone)), ask.now, ask.tr)


async def digest(context: BotContext, ask: Ask) -> Message:
    """Say when the digest comes, or end it; with nothing said, tell when it does."""
    if not ask.text.strip():
        return render_digest_hours(await context.chats.get(ask.chat_id) or ask.newcomer(context), ask.now, ask.tr)
    said = read_hours(ask.text)
    named = bool(said.times or said.days or said.weekly)
    if said.unclear or said.spans or len(said.times) > _MOST_TIMES or (said.off and named):
        return _unclear(said, ask.tr("I understand up to {most} times of a day:", most=_MOST_TIMES), _DIGEST, ask.tr)
    if not named and not said.off:
        return render_example(ask.tr("A digest needs a time, and days if it is not for every day:"), *_DIGEST)
    times = () if said.off else said.times or (MORNING,)
    days = said.days or ((0,) if said.weekly else EVERY_DAY)
    zone = await _zone(said, ask, SetZone("", "digest", times, days))
    if isinstance(zone, Message):
        return zone
    chat = await settle_hours(
        context, ask, lambda chat: replace(chat, digest=times, digest_days=days, zone=zone or chat.zone)
    )
    return render_digest_hours(chat, ask.now, ask.tr)


async def zone(context: BotContext, ask: Ask) -> Message:
    """Set the time zone by its name, a city, a country or a distance from UTC; with nothing said, tell it."""
    if not ask.text.strip():
        return render_zone(await context.chats.get(ask.chat_id) or ask.newcomer(context), ask.now, ask.tr)
    guess = await _find(ask.text)
    if not guess.zone:
        return await _which(ask.text, guess, ask, SetZone(""))
    return await set_zone(context, ask, guess.zone)


async def located(context: BotContext, ask: Ask, north: float, east: float) -> Message:
    """Set the time zone by a place on the map, which is kept nowhere."""
    return await set_zone(context, ask, (await asyncio.to_thread(atlas)).nearest(north, east))


async def set_zone(context: BotContext, ask: Ask, name: str) -> Message:
    """Go by the clock of this zone from now on."""
    return render_zone(await settle_hours(context, ask, lambda chat: replace(chat, zone=name)), ask.now, ask.tr)


async def zone_pressed(context: BotContext, ask: Ask, pressed: SetZone) -> Message | None:
    """Go by the zone that was offered, with the hours that were asked for with it; None for a zone that is none."""
    if (await _find(pressed.zone)).zone != pressed.zone:
        return None
    if not pressed.hours:
        return await set_zone(context, ask, pressed.zone)

    def changed(chat: Chat) -> Chat:
        chat = replace(chat, zone=pressed.zone)
        if pressed.hours == "digest":
            return replace(chat, digest=pressed.times, digest_days=pressed.days)
        span = pressed.times
        return replace(chat, quiet=Quiet(span[0], span[1], pressed.days) if span else None)

    chat = await settle_hours(context, ask, changed)
    return (render_quiet if pressed.hours == "quiet" else render_digest_hours)(chat, ask.now, ask.tr)


async def settle_hours(context: BotContext, ask: Ask, change: Callable[[Chat], Chat]) -> Chat:
    """Change when the chat hears what, and plan anew when what waits for it is told."""
    chat = await settle(context, ask, change)
    await replan_digest(context.store, chat.id, chat.next_release(ask.now))
    return chat


async def _zone(said: Hours, ask: Ask, wanted: SetZone) -> str | Message:
    """The zone that was named beside the hours, empty for none; where nobody knows it a question, which sets both."""
    if not said.zone:
        return ""
    guess = await _find(said.zone)
    return guess.zone or await _which(said.zone, guess, ask, wanted)


async def _which(text: str, guess: Guess, ask: Ask, wanted: SetZone) -> Message:
    """Which of the zones that may have been meant it is; its button sets what else was ``wanted`` too."""
    zones = [(name, (await _find(name)).zone) for name in guess.names]
    choices = [(name, zone, zone_data(zone, wanted.hours, wanted.times, wanted.days)) for name, zone in zones if zone]
    return render_zone_unknown(shown(text, 40), choices, ask.now, ask.tr)


async def _find(text: str) -> Guess:
    """What zone is meant; the atlas is made, and looked through for a slip, beside the loop."""
    return await asyncio.to_thread(lambda: atlas().find(text))


def _unclear(said: Hours, text: str, examples: tuple[str, ...], tr: Translator) -> Message:
    what = f"{tr('I did not understand “{words}”.', words=shown(said.unclear, 40))} " if said.unclear else ""
    return render_example(what + text, *examples)
