"""/story: what happened to a story, as text and, by button, as a picture."""

from __future__ import annotations

from bot.buttons import story_data
from bot.commands.context import Ask, BotContext, Photo
from bot.commands.finding import find, survivor
from bot.languages.translator import N_
from bot.markup import Message
from bot.pictures.studio import NoPictureError
from bot.replies import say
from bot.taps import Picture
from bot.timeline import render_caption, render_timeline
from bot.whys import STORY
from pipelines.judged import read_judged

_HINT = N_(
    "Reply to an alert with /story, and I tell what happened so far. "
    "Or name one: /story followed by its id, some of its words, or its link."
)
GONE = N_("I no longer keep that story. /latest lists the newest.")
NO_PHOTOS = N_("I may not send pictures here. /story tells the same in words.")
NOT_DRAWN = N_("I could not draw it just now. Please try again in a minute; /story tells the same in words.")


async def story(context: BotContext, ask: Ask) -> Message:
    """The timeline of a story; one that went on in another is told there."""
    found = await find(context, ask, _HINT, story_data, STORY)
    if isinstance(found, Message):
        return found
    alert, named = found
    chat = await context.chats.get(ask.chat_id)
    zone = chat.zone if chat else "UTC"
    return render_timeline(await survivor(context.store, alert), ask.now, named, zone, ask.tr)


async def picture(context: BotContext, ask: Ask, pressed: Picture) -> Photo | Message:
    """The same as a picture; what the person is told where there is none."""
    alert = await read_judged(context.store, pressed.story)
    if alert is None:
        return say(ask.tr(GONE))
    alert = await survivor(context.store, alert)
    try:
        png = await context.studio.picture(alert, pressed.shade, ask.now, ask.tr)
    except NoPictureError:
        return say(ask.tr(NOT_DRAWN))
    return Photo(png, render_caption(alert, pressed.shade, ask.tr), ask.tr(NO_PHOTOS))
