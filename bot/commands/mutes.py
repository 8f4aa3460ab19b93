"""/mute, /unmute and /mutes: silence on a thing, for a while or until it is taken back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from difflib import get_close_matches

from bot.buttons import digest_of
from bot.chats import Chat, story_topics
from bot.commands.context import Ask, BotContext
from bot.commands.naming import Sources, rule_names
from bot.commands.silence import end_now, mute_until, what_is_held
from bot.languages.translator import Translator
from bot.markup import Message
from bot.mute_replies import (
    render_mute_choice,
    render_mute_lengths,
    render_mute_under,
    render_muted,
    render_mutes,
    render_unmuted,
)
from bot.mutings import Mute
from bot.replies import say
from bot.taps import SetMute, Unmute
from bot.targets import Target, as_typed, keyword, spoken, words_of
from bot.text import shown
from bot.wishes import LONGEST, Wish, read_wish, short
from pipelines.events import Alert
from pipelines.judged import read_judged
from pipelines.stories.families import bare
from rules.story import Story, Topic

_STORY_ID = re.compile(r"\bstory[:\s]+(?=[a-z-]*\d)([0-9a-z-]{6,62})\b", re.IGNORECASE)
_SURE = 0.85
"""So like a source's name is a word that was not announced as one, if that may be meant."""
_TOPICS = tuple(Target(topic.value) for topic in Topic)


async def mute(context: BotContext, ask: Ask) -> Message:
    """Mute what was named; ask back where nothing was, or where a word or a source is not known."""
    sources = await _sources(context, ask)
    wish, story = await _read(context, ask, sources)
    chat = await context.chats.get(ask.chat_id) or ask.newcomer(context)
    if (question := _question(context, ask, wish, chat.zone, sources)) is not None:
        return question
    if story is not None:
        wish = replace(wish, others=tuple(_named(each, story) for each in wish.others))
    until = _until(wish, chat.zone, ask.now)
    await mute_until(context, ask, wish.targets, until)
    return render_muted(wish.targets, until, chat.zone, said=wish.timed, tr=ask.tr)


async def unmute(context: BotContext, ask: Ask) -> Message:
    """Hear what was named again; with nothing named, the only mute, or a choice."""
    chat = await context.chats.get(ask.chat_id)
    muted = _muted(chat, ask.now) if chat else ()
    wish, _ = await _read(context, ask, await _sources(context, ask))
    said = ask.text.strip()
    meant = _meant(muted, said, {target.what for target in wish.targets})
    if set(wish.topics) == set(Topic) or (not said and len(muted) == 1):
        meant = muted
    if not meant:
        return await mutes(context, ask) if not said else _not_muted(ask.text, muted, ask.tr)
    held = await end_now(context, ask, meant)
    return render_unmuted(meant, held, ask.tr)


async def mutes(context: BotContext, ask: Ask) -> Message:
    """What is muted and until when, and what each mute has held back so far."""
    chat = await context.chats.get(ask.chat_id) or ask.newcomer(context)
    return render_mutes(chat, ask.now, await what_is_held(context, ask.chat_id), ask.tr)


async def ask_mute(context: BotContext, ask: Ask, story: str) -> Message:
    """Ask what of a story to mute: the story, its topics that still let it through here, who it names, who tells it."""
    alert = await read_judged(context.store, story)
    if alert is None:
        return say(ask.tr("I know no story of that id any more. {example} mutes by name.", example="/mute chips 24h"))
    chat = await context.chats.get(ask.chat_id) or ask.newcomer(context)
    return render_mute_under(_offered(alert, chat, ask.now), ask.tr)


async def mute_pressed(context: BotContext, ask: Ask, pressed: SetMute) -> Message | None:
    """Mute as the button says; None for what no button of ours carries."""
    duration = read_wish(pressed.duration).duration
    target = await context.naming.target(pressed.what)
    if target is None or (pressed.duration and (duration is None or not timedelta() < duration <= LONGEST)):
        return None
    if target.kind == "story":
        alert = await read_judged(context.store, target.value)
        target = _named(target, alert) if alert is not None else target
    until = ask.now + duration if duration else None
    chat = await mute_until(context, ask, (target,), until)
    alert = await read_judged(context.store, ask.story) if ask.story and target.topic else None
    heard = chat.heard(story_topics(alert.story), ask.now) if alert is not None else None
    return render_muted((target,), until, chat.zone, said=True, heard=heard, tr=ask.tr)


async def unmute_pressed(context: BotContext, ask: Ask, pressed: Unmute) -> Message:
    """Hear it again."""
    chat = await context.chats.get(ask.chat_id)
    muted = _muted(chat, ask.now) if chat else ()
    meant = tuple(each for each in muted if pressed.what in (each.what, digest_of(each.what)))
    if not meant:
        known = await context.naming.target(pressed.what)
        return render_unmuted((known,), tr=ask.tr) if known is not None else say(ask.tr("That is not muted any more."))
    return render_unmuted(meant, await end_now(context, ask, meant), ask.tr)


async def _sources(context: BotContext, ask: Ask) -> Sources:
    """The feeds that are polled and the publishers that are known."""
    return await context.naming.sources(await context.desk.at_hand(ask.now) if context.desk is not None else ())


async def _read(context: BotContext, ask: Ask, sources: Sources) -> tuple[Wish, Alert | None]:
    """What was asked for, and the story that it names by its id or by being a reply to its alert.

    A source that is known is called by its own name. Written with a capital it needs no word that says what it is:
    "Reuters" is sure, "time" may be anything.
    """
    found = _STORY_ID.search(ask.text)
    alert = await read_judged(context.store, found[1].lower()) if found else None
    text = ask.text.replace(found[0], "story", 1) if found and alert is not None else ask.text
    named = any(keyword(word) == "story" for word in words_of(text))
    if alert is None and ask.story and named:
        alert = await read_judged(context.store, ask.story)
    story = alert.story.id if alert is not None and named else ""
    names = await context.naming.names(ask.tr)
    rules = rule_names(context.rules())
    wish = read_wish(text, names, rules, story)
    while wish.unclear not in names and _is_a_name(wish.unclear, text) and (known := sources.find(wish.unclear)):
        names = {**names, wish.unclear: known}
        wish = read_wish(text, names, rules, story)
    others = tuple((each.kind == "source" and sources.find(each.value)) or each for each in wish.others)
    return replace(wish, others=others), alert


def _is_a_name(words: str, text: str) -> bool:
    """Whether the words begin with a capital where they stand in the text."""
    first = words.partition(" ")[0]
    return bool(first) and any(each[0][0].isupper() for each in re.finditer(re.escape(first), text, re.IGNORECASE))


def _question(context: BotContext, ask: Ask, wish: Wish, zone: str, sources: Sources) -> Message | None:
    """What to ask back before anything is muted; None where the wish is clear."""
    tr = ask.tr
    if wish.too_long:
        return say(tr("A mute lasts from a minute to a year, or for ever:"), "/mute chips forever")
    if wish.unclear and wish.unclear.split()[0] == "rule":
        rules = sorted(rule.name for rule in context.rules().label_rules)
        name = ask.text.split(maxsplit=1)[-1].split(maxsplit=1)[0] if len(ask.text.split()) > 1 else ""
        return say(_no_rule(name, rules, tr))
    if wish.unclear and wish.unclear.split()[0] == "story":
        return say(tr("Which story? Reply to its alert, or tap Mute … under it, or name its id:"), "/mute story 8h")
    length = _length(wish, zone, ask.now)
    strange = [each for each in wish.others if each.kind == "source" and sources.find(each.value) is None]
    if wish.unclear or strange:
        asked = (wish, length, sources, tr)
        return _not_understood(ask.text, *asked) if wish.unclear else _unknown(strange[0], *asked)
    if not wish.targets:
        return render_mute_choice(tr("What shall I mute?"), _TOPICS, length, tr)
    return None


def _unknown(target: Target, wish: Wish, length: str, sources: Sources, tr: Translator) -> Message:
    """A question about a source that nobody knows; whoever means it all the same has a button for it."""
    near, rest = sources.near(target.value), tuple(each for each in wish.targets if each != target)
    name = shown(target.value, 40)
    if near:
        text = tr("I know no source “{name}”. Did you mean one of these?", name=name)
    else:
        text = tr(
            "I know no source “{name}”: no feed and no publisher that I know is called so. Mute it all the same?",
            name=name,
        )
    return render_mute_choice(text, (*near, target, *rest), length, tr, verb=True)


def _no_rule(name: str, rules: Sequence[str], tr: Translator) -> str:
    """That there is no such rule, with the one that may have been meant, else the first few that there are."""
    told = shown(name, 40)
    if near := get_close_matches(name, rules, n=1, cutoff=0.6):
        return tr("I know no rule “{name}”: did you mean `{near}`?", name=told, near=near[0])
    return tr("I know no rule “{name}”: known are {rules}", name=told, rules=shown(tr.joined(rules[:30]), 190))


def _not_understood(typed: str, wish: Wish, length: str, sources: Sources, tr: Translator) -> Message:
    """A question about the words that were not understood, with what was understood kept in its buttons."""
    word = shown(as_typed(typed, wish.unclear), 40)
    phrase = spoken(wish.unclear)
    own = (Target(f"word:{phrase}", phrase),) if any(char.isalpha() for char in phrase) else ()
    if (source := sources.find(wish.unclear)) is not None:
        text = tr("Is “{word}” the source that is to be silent?", word=word)
        return render_mute_choice(text, (source, *own), length, tr, verb=True)
    near = [] if wish.near is None else [wish.near]
    near = near if wish.targets else [*sources.near(wish.unclear, _SURE)[:1], *near]
    if near:
        either = (*near, *own)
        text = tr("I do not know “{word}”. Did you mean this?", word=word)
        return render_mute_choice(text, either, length, tr, verb=True)
    if len(wish.targets) == 1 and not length:
        text = tr("I did not understand “{word}”. For how long?", word=word)
        return render_mute_lengths(text, wish.targets[0], tr)
    if wish.targets:
        text = tr("I did not understand “{word}”. Mute this?", word=word)
        return render_mute_choice(text, wish.targets, length, tr, verb=True)
    if own:
        text = tr("I did not understand “{word}”. Pick a topic to mute, or the word itself:", word=word)
    else:
        text = tr("I did not understand “{word}”. Pick a topic to mute:", word=word)
    return render_mute_choice(text, (*_TOPICS, *own), length, tr)


def _length(wish: Wish, zone: str, now: datetime) -> str:
    """How long was wished, as buttons carry it."""
    until = wish.until.moment(zone, now) if wish.until is not None else None
    return short(wish.duration) if until is None else short(max(until - now, timedelta(minutes=1)))


def _until(wish: Wish, zone: str, now: datetime) -> datetime | None:
    if wish.forever:
        return None
    if wish.until is not None:
        return wish.until.moment(zone, now)
    return None if wish.duration is None else now + wish.duration


def _offered(alert: Alert, chat: Chat, now: datetime) -> Sequence[Target]:
    """What of a story may be muted by a tap, without what is muted already: at most eight things."""
    story, muted = alert.story, {mute.what for mute in chat.mutes_at(now)}
    entities = {each.id: Target(each.id, each.name) for each in story.lead.entities}
    offered = (
        _named(Target(f"story:{story.id}"), alert),
        *(Target(topic.value) for topic in chat.heard(story_topics(story), now)[:3]),
        *list(entities.values())[:3],
        *_teller(story),
    )
    return [target for target in offered if target.what not in muted]


def _teller(story: Story) -> Sequence[Target]:
    """The one publisher that tells a story, or else the one family; none where a mute would not hold it back."""
    sources = [report.source for report in story.reports]
    name, families = sources[0].publisher, {spoken(each.family) for each in sources}
    if spoken(name) and len({bare(each.publisher) for each in sources}) == 1:
        return (Target(f"source:{spoken(name)}", name),)
    return tuple(Target(f"source:{each}", each) for each in families if each and len(families) == 1)


def _named(target: Target, alert: Alert) -> Target:
    """The story with the beginning of its headline for a name."""
    if target.kind != "story":
        return target
    return Target(f"story:{alert.story.id}", shown(alert.story.lead.title, 40))


def _muted(chat: Chat, now: datetime) -> tuple[Target, ...]:
    rules = (Mute(f"rule:{rule}") for rule in chat.overlay.muted_rules)
    return tuple(mute.target for mute in (*chat.mutes_at(now), *rules))


def _meant(muted: Sequence[Target], said: str, named: set[str]) -> tuple[Target, ...]:
    """Those of what is muted that were named, by what they are or by the very words by which they are called."""
    phrase = spoken(said)
    ends = {phrase, phrase.partition(" ")[2]} - {""}
    return tuple(
        target for target in muted if target.what in named or not ends.isdisjoint((spoken(target.name), target.value))
    )


def _not_muted(text: str, muted: Sequence[Target], tr: Translator) -> Message:
    first = words_of(text)[:1]
    if first and keyword(first[0]) == "rule":
        rules = [target.value for target in muted if target.kind == "rule"]
        if rules:
            return say(tr("No such rule is muted here. Muted are: {rules}.", rules=tr.joined(rules)))
        return say(tr("No such rule is muted here."))
    return say(tr("That was not muted. /mutes shows what is."))
