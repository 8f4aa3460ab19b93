"""A chat's settings as one message of buttons that turns its own pages. Pure.

A page says how things stand and offers what they may become; each button names the state it would set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import get_timezone_location

from bot.buttons import turn_data
from bot.chats import Chat
from bot.hour_lines import budget_words, digest_words, minute_words, quiet_words
from bot.languages.catalogues import LANGUAGES
from bot.languages.translator import ENGLISH, N_, Translator
from bot.markup import BLANK, Button, Buttons, Line, Message, bold, code, compose, line
from bot.presets import BUDGET, DIGEST, QUIET, ZONES, Amount, amount, muted_topics
from bot.quiet import Quiet, here
from bot.sound import Sound
from bot.words import TOPICS, topics_within
from pipelines.prices.coins import OFFERED
from rules.story import Topic
from rules.verdict import Severity

AMOUNTS: Mapping[Amount, tuple[str, str]] = {
    Amount.STRUCTURAL: (N_("Structural only"), N_("structural news only")),
    Amount.DIGEST: (
        N_("Structural, and a watch digest"),
        N_("structural news, and what is to be watched in the digest"),
    ),
    Amount.WATCH: (N_("Structural and watch, at once"), N_("structural news and what is to be watched")),
}
"""What each amount's button says, and how it reads in a sentence."""
_SEVERITIES: Mapping[Severity, tuple[str, str]] = {
    Severity.LOW: (N_("Any severity"), ""),
    Severity.MEDIUM: (N_("From medium up"), N_("from medium up")),
    Severity.HIGH: (N_("From high up"), N_("from high up")),
    Severity.CRITICAL: (N_("Critical only"), N_("critical only")),
}
"""Likewise; what lets everything through is not said in a sentence."""
_SOUNDS: Mapping[Sound, tuple[str, str]] = {
    Sound.STRUCTURAL: (N_("Structural alerts ring"), N_("structural alerts ring")),
    Sound.ALL: (N_("Everything rings"), N_("everything rings")),
    Sound.OFF: (N_("Everything comes silently"), N_("everything comes silently")),
}
_PAGES = {
    "topics": N_("Topics"),
    "level": N_("How much"),
    "coins": N_("Coins"),
    "sound": N_("Sound"),
    "quiet": N_("Quiet hours"),
    "digest": N_("Digest"),
    "budget": N_("Budget"),
    "zone": N_("Time zone"),
    "mutes": N_("Mutes"),
    "language": N_("Language"),
}


def render_board(chat: Chat, page: str, now: datetime, tr: Translator = ENGLISH) -> Message:
    """One page of the settings; ``home`` lists them all."""
    if page not in _PAGES:
        return _home(chat, now, tr)
    lines = [line(bold(tr(_PAGES[page]))), *_WORDS[page](chat, now, tr)]
    back = Button(tr.pointing(f"← {tr('Settings')}"), data=turn_data("b", "home"))
    return compose(lines, buttons=(*rows_of("b", page, chat, now, tr), (back,)))


def rows_of(flow: str, page: str, chat: Chat, now: datetime, tr: Translator = ENGLISH) -> Buttons:  # noqa: PLR0911  one case a page
    """The buttons that set what this page has, as the flow ("b": settings, "s": the beginning) shows them."""
    match page:
        case "topics":
            return topic_choice(flow, chat, tr)
        case "level":
            amounts = [_choice(flow, page, each, tr(AMOUNTS[each][0]), on=amount(chat) is each) for each in Amount]
            louder = [_choice(flow, page, s, tr(t), on=chat.level is s) for s, (t, _) in _SEVERITIES.items()]
            return (*_rows(amounts, 1), *_rows(louder, 2))
        case "coins":
            return coin_choice(flow, chat, [coin.symbol for coin in OFFERED])
        case "sound":
            return _rows([_choice(flow, page, s, tr(t), on=chat.sound is s) for s, (t, _) in _SOUNDS.items()], 1)
        case "quiet":
            hours = [_choice(flow, page, name, _hours(each, tr), on=chat.quiet == each) for name, each in QUIET.items()]
            return _rows(hours, 2)
        case "digest":
            times = [
                _choice(flow, page, name, _times(each, tr), on=chat.digest == each) for name, each in DIGEST.items()
            ]
            return _rows(times, 2)
        case "budget":
            numbers = [
                _choice(flow, page, name, _budget(most, tr), on=chat.budget == most) for name, most in BUDGET.items()
            ]
            return (*_rows(numbers[:1], 1), *_rows(numbers[1:], 4))
        case "zone":
            return _rows([_zone_button(flow, chat, name, now, tr) for name in ZONES], 2)
        case "mutes":
            return _mute_choice(flow, chat, now, tr)
        case _:
            return _rows(language_choice(flow, chat, LANGUAGES), 1)


def topic_choice(flow: str, chat: Chat, tr: Translator = ENGLISH) -> Buttons:
    """One button a topic."""
    return _rows(
        [_switch(flow, "topics", each.value, tr(name), on=each in chat.topics) for each, name in TOPICS.items()], 2
    )


def coin_choice(flow: str, chat: Chat, offered: Sequence[str]) -> Buttons:
    """One button a coin, the chat's own among them, so that each can be taken away. No tap moves a button."""
    symbols = dict.fromkeys((*offered, *chat.coins))
    return _rows([_switch(flow, "coins", each, each, on=each in chat.coins) for each in symbols], 4)


def language_choice(flow: str, chat: Chat, offered: Iterable[str]) -> tuple[Button, ...]:
    """One button a language, each by its own name: who reads no other finds it."""
    return tuple(_choice(flow, "language", each, LANGUAGES[each], on=chat.language == each) for each in offered)


def render_unspoken(word: str, near: Sequence[str], chat: Chat, tr: Translator = ENGLISH) -> Message:
    """An answer to the name of a language that is not spoken here, with what may have been meant, else with all."""
    if near:
        told = tr("I do not speak “{word}”. Did you mean this?", word=word)
    else:
        told = tr("I do not speak “{word}”. I speak these:", word=word)
    return compose([line(told)], buttons=_rows(language_choice("b", chat, near or LANGUAGES), 2))


def topics_told(chat: Chat, tr: Translator = ENGLISH) -> str:
    """The chat's topics in a phrase."""
    off = [tr(name) for topic, name in TOPICS.items() if topic not in chat.topics]
    if not chat.topics:
        return tr("none, so nothing comes")
    if len(off) > len(chat.topics):
        return tr.joined(tr(TOPICS[topic]) for topic in chat.topics)
    return tr("all but {topics}", topics=tr.joined(off)) if off else tr.within("topics", "all")


def coins_told(chat: Chat, tr: Translator = ENGLISH) -> str:
    """The coins whose prices stand under the chat's alerts."""
    return tr.joined(chat.coins) or tr.within("coins", "none")


def about_words(chat: Chat, tr: Translator = ENGLISH) -> str:
    """The chat's topics in the middle of a sentence: what its alerts are about."""
    off = [topic for topic in Topic if topic not in chat.topics]
    if not chat.topics:
        return tr("none, so nothing comes")
    if len(off) > len(chat.topics):
        return topics_within(chat.topics, tr)
    return tr("all but {topics}", topics=topics_within(off, tr)) if off else tr("all topics")


def _home(chat: Chat, now: datetime, tr: Translator) -> Message:
    told = (
        (tr("Topics:"), topics_told(chat, tr)),
        (tr("How much:"), _amount_told(chat, tr)),
        (tr("Coins:"), coins_told(chat, tr)),
        (tr("Sound:"), tr(_SOUNDS[chat.sound][1])),
        (tr("Quiet hours:"), _quiet_told(chat, tr)),
        (tr("Digest:"), _digest_told(chat, tr)),
        (tr("Budget:"), budget_words(chat.budget, tr)),
        (tr("Time zone:"), _zone_told(chat, now, tr)),
        (tr("Mutes:"), _mutes_told(chat, now, tr)),
        (tr("Language:"), LANGUAGES.get(chat.language, chat.language)),
    )
    state = tr("Alerts are on.") if chat.active else tr("Alerts are off.")
    lines: list[Line] = [line(bold(tr("Settings"))), line(state), BLANK]
    lines += [line(bold(name), f" {text}") for name, text in told]
    pages = [Button(tr(name), data=turn_data("b", page)) for page, name in _PAGES.items()]
    turn = Button(tr("Turn alerts off") if chat.active else tr("Turn alerts on"), data=_alerts(chat))
    return compose(lines, buttons=(*_rows(pages, 2), (turn,)))


def _alerts(chat: Chat) -> str:
    return turn_data("b", "alerts", "off" if chat.active else "on")


def _amount_told(chat: Chat, tr: Translator) -> str:
    loud = _SEVERITIES[chat.level][1]
    return tr.joined((tr(AMOUNTS[amount(chat)][1]), tr(loud) if loud else ""))


def _quiet_told(chat: Chat, tr: Translator) -> str:
    if chat.quiet is None:
        return tr.within("quiet hours", "off")
    hours = quiet_words(chat.quiet, tr)
    return tr("{hours}, but for critical news", hours=hours)


def _digest_told(chat: Chat, tr: Translator) -> str:
    return digest_words(chat, tr) if chat.digest else tr.within("digest", "off")


def _budget(most: int | None, tr: Translator) -> str:
    return tr("Any number") if most is None else tr.number(most)


def _zone_told(chat: Chat, now: datetime, tr: Translator) -> str:
    return tr.joined((chat.zone, f"{here(chat.zone, now):%H:%M}"))


def _zone_button(flow: str, chat: Chat, name: str, now: datetime, tr: Translator) -> Button:
    """A zone by its city, with the time that it has: nobody needs to know its name."""
    zone = ZONES[name]
    city = zone if zone == "UTC" else get_timezone_location(ZoneInfo(zone), locale=tr.locale, return_city=True)
    return _choice(flow, "zone", name, f"{city} · {here(zone, now):%H:%M}", on=chat.zone == zone)


def _mutes_told(chat: Chat, now: datetime, tr: Translator) -> str:
    topics, count = muted_topics(chat, now), len(chat.mutes_at(now)) + len(chat.overlay.muted_rules)
    names = tr.joined(tr(TOPICS[topic]) for topic in topics)
    more = count - len(topics)
    if not topics:
        return tr.number(more) if more else tr("nothing is muted")
    return tr("{names} and {more} more", names=names, more=more) if more else names


_Words = Callable[[Chat, datetime, Translator], Sequence[Line]]
_WORDS: Mapping[str, _Words] = {
    "topics": lambda chat, _, tr: [line(tr("Tap to turn one on or off. Now: {topics}.", topics=topics_told(chat, tr)))],
    "level": lambda chat, _, tr: [line(tr("Now: {state}.", state=_amount_told(chat, tr)))],
    "coins": lambda chat, _, tr: [
        line(tr("Their prices stand under each alert. Now: {coins}.", coins=coins_told(chat, tr))),
        line(*tr.parts("By name too: {example}", example=code("/coins btc ether"))),
    ],
    "sound": lambda chat, _, tr: [line(tr("Now: {state}.", state=tr(_SOUNDS[chat.sound][1])))],
    "quiet": lambda chat, _, tr: [
        line(tr("Nothing but critical news rings then. Now: {state}.", state=_quiet_told(chat, tr)))
    ],
    "digest": lambda chat, _, tr: [
        line(tr("What is not told at once, in one message. Now: {state}.", state=_digest_told(chat, tr)))
    ],
    "budget": lambda chat, _, tr: [
        line(tr("So many messages a day at most; the rest comes in the digest, critical news always.")),
        line(tr("Now: {state}.", state=budget_words(chat.budget, tr))),
    ],
    "zone": lambda chat, now, tr: [
        line(tr("Now: {state}.", state=_zone_told(chat, now, tr))),
        line(*tr.parts("By city too: {example}", example=code("/zone Lahore"))),
    ],
    "mutes": lambda chat, now, tr: [
        line(tr("A tap mutes for 24 h, another ends it. Now: {state}.", state=_mutes_told(chat, now, tr))),
        line(tr("/mutes shows all of them and when each ends.")),
    ],
    "language": lambda _chat, _now, tr: [
        line(*tr.parts("Alerts and answers here come in this one. By name too: {example}", example=code("/lang urdu")))
    ],
}


def _mute_choice(flow: str, chat: Chat, now: datetime, tr: Translator) -> Buttons:
    silent = muted_topics(chat, now)
    buttons = [_mute_button(flow, topic, tr(name), silent=topic in silent) for topic, name in TOPICS.items()]
    return _rows(buttons, 2)


def _mute_button(flow: str, topic: Topic, name: str, *, silent: bool) -> Button:
    text = f"🔕 {name}" if silent else name
    return Button(text, data=turn_data(flow, "mutes", f"{topic.value}{'-' if silent else '+'}"))


def _choice(flow: str, page: str, value: str, text: str, *, on: bool) -> Button:
    """One of several, of which one holds."""
    return Button(f"✓ {text}" if on else text, data=turn_data(flow, page, value))


def _switch(flow: str, page: str, value: str, text: str, *, on: bool) -> Button:
    """On or off by itself; it carries what it would set."""
    return Button(f"{'✓' if on else '✗'} {text}", data=turn_data(flow, page, f"{value}{'-' if on else '+'}"))


def _rows(buttons: Sequence[Button], wide: int) -> Buttons:
    return tuple(tuple(buttons[at : at + wide]) for at in range(0, len(buttons), wide))


def _hours(quiet: Quiet | None, tr: Translator) -> str:
    if quiet is None:
        return tr.within("quiet hours", "Off")
    return tr("{start} to {end}", start=minute_words(quiet.start), end=minute_words(quiet.end))


def _times(minutes: Sequence[int], tr: Translator) -> str:
    return tr.listed([minute_words(each) for each in minutes]) if minutes else tr.within("digest", "Off")
