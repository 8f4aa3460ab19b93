"""/mute, /unmute and /mutes: silence on a topic, for a while or until it is taken back."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import reduce

from bot.buttons import SetMute, Unmute
from bot.chats import Chat, story_topics
from bot.commands.context import Ask, BotContext, settle
from bot.commands.overlays import mute_rule, rule_named, unmute_rule
from bot.markup import Message
from bot.replies import (
    render_mute_choice,
    render_mute_lengths,
    render_mute_under,
    render_muted,
    render_mutes,
    render_unmuted,
    say,
)
from bot.text import shown
from bot.wishes import LONGEST, Wish, read_wish, short
from pipelines.judged import read_judged
from rules.story import Topic


async def mute(context: BotContext, ask: Ask) -> Message:
    """Mute the topics named, or a rule; ask back where none was, or where a word was not understood."""
    if name := rule_named(ask.text):
        return await mute_rule(context, ask, name)
    wish = read_wish(ask.text)
    if (question := _question(wish)) is not None:
        return question
    until = None if wish.duration is None or wish.forever else ask.now + wish.duration
    await _mute(context, ask, wish.topics, until)
    return render_muted(wish.topics, until, said=wish.duration is not None or wish.forever)


async def unmute(context: BotContext, ask: Ask) -> Message:
    """Hear the topics named again, or a rule; with nothing named, the only mute, or a choice."""
    if name := rule_named(ask.text):
        return await unmute_rule(context, ask, name)
    chat = await context.chats.get(ask.chat_id)
    muted = tuple(mute.topic for mute in chat.mutes_at(ask.now)) if chat else ()
    wanted = read_wish(ask.text).topics or (muted if not ask.text.strip() and len(muted) == 1 else ())
    if not wanted:
        return await mutes(context, ask)
    if not set(wanted) & set(muted):
        return say("That was not muted. /mutes shows what is.")
    await settle(context, ask, lambda chat: chat.unmuted(wanted, ask.now))
    return render_unmuted([topic for topic in wanted if topic in muted])


async def mutes(context: BotContext, ask: Ask) -> Message:
    """What is muted and until when."""
    return render_mutes(await context.chats.get(ask.chat_id) or ask.newcomer(context), ask.now)


async def ask_mute(context: BotContext, ask: Ask, story: str) -> Message:
    """Ask which of a story's topics to mute: those that still let it through here."""
    alert = await read_judged(context.store, story)
    if alert is None:
        return say("I know no story of that id any more. /mute chips 24h mutes by name.")
    chat = await context.chats.get(ask.chat_id) or ask.newcomer(context)
    return render_mute_under(chat.heard(story_topics(alert.story), ask.now))


async def mute_pressed(context: BotContext, ask: Ask, pressed: SetMute) -> Message | None:
    """Mute as the button says; None for a length that no button of ours carries."""
    duration = read_wish(pressed.duration).duration
    if pressed.duration and (duration is None or not timedelta() < duration <= LONGEST):
        return None
    until = ask.now + duration if duration else None
    chat = await _mute(context, ask, (pressed.topic,), until)
    alert = await read_judged(context.store, ask.story) if ask.story else None
    heard = chat.heard(story_topics(alert.story), ask.now) if alert is not None else None
    return render_muted((pressed.topic,), until, said=True, heard=heard)


async def unmute_pressed(context: BotContext, ask: Ask, pressed: Unmute) -> Message:
    """Hear the topic again."""
    await settle(context, ask, lambda chat: chat.unmuted((pressed.topic,), ask.now))
    return render_unmuted((pressed.topic,))


async def _mute(context: BotContext, ask: Ask, topics: tuple[Topic, ...], until: datetime | None) -> Chat:
    return await settle(
        context, ask, lambda chat: reduce(lambda so_far, each: so_far.muted(each, until, ask.now), topics, chat)
    )


def _question(wish: Wish) -> Message | None:
    """What to ask back before anything is muted; None where the wish is clear."""
    length = short(wish.duration)
    if wish.too_long:
        return say("A mute lasts from a minute to a year, or for ever:", "/mute chips forever")
    if wish.unclear:
        return _not_understood(wish, length)
    if not wish.topics:
        return render_mute_choice("What shall I mute?", list(Topic), length)
    return None


def _not_understood(wish: Wish, length: str) -> Message:
    """A question about the words that were not understood, with what was understood kept in its buttons."""
    word = shown(wish.unclear, 40)
    if wish.nearest is not None:
        return render_mute_choice(f"I do not know “{word}”. Did you mean this?", [wish.nearest], length, "Mute ")
    if len(wish.topics) == 1 and not length:
        return render_mute_lengths(f"I did not understand “{word}”. For how long?", wish.topics[0])
    if wish.topics:
        return render_mute_choice(f"I did not understand “{word}”. Mute this?", wish.topics, length, "Mute ")
    return render_mute_choice(f"I did not understand “{word}”. Pick a topic to mute:", list(Topic), length)
