"""/level, /follow, /unfollow and /follows: what a chat lays over everybody's rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from difflib import get_close_matches

from bot.chats import Chat
from bot.commands.context import Ask, BotContext, settle
from bot.follow_replies import render_followed, render_follows
from bot.languages.translator import Translator
from bot.markup import Message
from bot.overlay import LONGEST_FOLLOWED, NONE, Overlay
from bot.replies import say
from bot.taps import SetFollow
from bot.targets import Names, spoken
from bot.text import shown
from bot.words import SEVERITIES
from rules.verdict import Label, Severity


async def level(context: BotContext, ask: Ask) -> Message:
    """The lowest label and severity that reach this chat."""
    said = ask.text.lower().replace(",", " ").split()
    words = [Severity.LOW if word == "any" else word for word in said]
    labels = [Label(word) for word in words if word in (Label.STRUCTURAL, Label.WATCH)]
    severities = [Severity(word) for word in words if word in set(Severity)]
    if words and not labels and not severities:
        return say(ask.tr("I know structural and watch, and low, medium, high and critical."), "/level watch high")
    if words:

        def change(chat: Chat) -> Chat:
            overlay = replace(chat.overlay, least=labels[-1]) if labels else chat.overlay
            held = chat.watch_in_digest and not labels
            return replace(
                chat, overlay=overlay, level=severities[-1] if severities else chat.level, watch_in_digest=held
            )

        chat = await settle(context, ask, change)
    else:
        chat = await context.chats.get(ask.chat_id) or ask.newcomer(context)
    return say(_level(chat, ask.tr), "" if words else "/level watch")


async def follow(context: BotContext, ask: Ask) -> Message:
    """Follow things or words: what names one comes already when it is to be watched."""
    typed = _words(ask.text)
    if not typed:
        return await follows(context, ask)
    names = await context.naming.names(ask.tr)
    words = tuple(dict.fromkeys(_canonical(word, names) for word in typed))
    chat = await _change(context, ask, lambda overlay: overlay.following(words))
    near = _nearest(words, names) if len(words) == 1 else ""
    known = all(spoken(word) in names for word in words)
    return render_followed(words, near if near not in chat.overlay.follows else "", ask.tr, known=known)


async def follows(context: BotContext, ask: Ask) -> Message:
    """What is followed here, each with a button to end it."""
    return render_follows((await _overlay(context, ask)).follows, ask.tr)


async def unfollow(context: BotContext, ask: Ask) -> Message:
    """Follow words no longer; with nothing named, a choice."""
    typed, before = _words(ask.text), await _overlay(context, ask)
    if not typed:
        return render_follows(before.follows, ask.tr)
    names = await context.naming.names(ask.tr)
    words = tuple(dict.fromkeys((*typed, *(_canonical(word, names) for word in typed))))
    if before.unfollowing(words) == before:
        return say(ask.tr("That was not followed. /follows shows what is."))
    await _change(context, ask, lambda overlay: overlay.unfollowing(words))
    return say(ask.tr("No longer followed: {words}.", words=ask.tr.joined(typed)))


async def follow_pressed(context: BotContext, ask: Ask, pressed: SetFollow) -> Message:
    """Follow a word as the button says, or no longer."""
    words = (pressed.word,)
    if pressed.wanted:
        await _change(context, ask, lambda overlay: overlay.following(words))
        return render_followed(words, tr=ask.tr)
    chat = await _change(context, ask, lambda overlay: overlay.unfollowing(words))
    return render_follows(chat.overlay.follows, ask.tr)


def _level(chat: Chat, tr: Translator) -> str:
    """What reaches the chat, in a sentence."""
    level, structural = tr(SEVERITIES[chat.level]), chat.overlay.least is Label.STRUCTURAL
    if chat.level is Severity.LOW and structural:
        return tr("Structural stories of any severity reach you here.")
    if chat.level is Severity.LOW:
        return tr("Structural stories and those to watch of any severity reach you here.")
    if structural:
        return tr("Structural stories from {level} up reach you here.", level=level)
    return tr("Structural stories and those to watch from {level} up reach you here.", level=level)


def _canonical(word: str, names: Names) -> str:
    """A thing's own name, as stories carry it, where the word names one; else the word as it was typed."""
    target = names.get(spoken(word))
    return word if target is None or target.topic is not None else target.name


def _nearest(words: Sequence[str], names: Names) -> str:
    """The name that a word may be a slip of; "" where it is a name, or like none."""
    phrase = spoken(words[0])
    if phrase in names or len(phrase) < 4:
        return ""
    close = get_close_matches(phrase, names, n=1, cutoff=0.8)
    return names[close[0]].name if close else ""


def _words(text: str) -> tuple[str, ...]:
    """Words and phrases, parted by commas; what has no letter or digit is no word."""
    found = (shown(part.strip(), LONGEST_FOLLOWED) for part in text.split(","))
    return tuple(dict.fromkeys(word for word in found if any(char.isalnum() for char in word)))


async def _overlay(context: BotContext, ask: Ask) -> Overlay:
    chat = await context.chats.get(ask.chat_id)
    return chat.overlay if chat else NONE


async def _change(context: BotContext, ask: Ask, change: Callable[[Overlay], Overlay]) -> Chat:
    return await settle(context, ask, lambda chat: replace(chat, overlay=change(chat.overlay)))
