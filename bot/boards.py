"""A chat's settings as one message of buttons that turns its own pages. Pure.

A page says how things stand and offers what they may become; each button names the state it would set.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from bot.buttons import turn_data
from bot.chats import Chat
from bot.hour_lines import digest_words, quiet_words
from bot.markup import BLANK, Button, Buttons, Line, Message, bold, code, compose, line
from bot.presets import DIGEST, LANGUAGES, QUIET, Amount, amount, muted_topics
from bot.quiet import Quiet
from bot.sound import Sound
from bot.words import TOPICS
from pipelines.prices.coins import COINS
from rules.story import Topic
from rules.verdict import Severity

AMOUNTS: Mapping[Amount, tuple[str, str]] = {
    Amount.STRUCTURAL: ("Structural only", "structural news only"),
    Amount.DIGEST: ("Structural, and a watch digest", "structural news, and what is to be watched in the digest"),
    Amount.WATCH: ("Structural and watch, at once", "structural news and what is to be watched"),
}
"""What each amount's button says, and how it reads in a sentence."""
_SEVERITIES = {
    Severity.LOW: "Any severity",
    Severity.MEDIUM: "From medium up",
    Severity.HIGH: "From high up",
    Severity.CRITICAL: "Critical only",
}
_SOUNDS = {
    Sound.STRUCTURAL: "Structural alerts ring",
    Sound.ALL: "Everything rings",
    Sound.OFF: "Everything comes silently",
}
_PAGES = {
    "topics": "Topics",
    "level": "How much",
    "coins": "Coins",
    "sound": "Sound",
    "quiet": "Quiet hours",
    "digest": "Digest",
    "mutes": "Mutes",
    "language": "Language",
}


def render_board(chat: Chat, page: str, now: datetime) -> Message:
    """One page of the settings; ``home`` lists them all."""
    if page not in _PAGES:
        return _home(chat, now)
    lines = [line(bold(_PAGES[page])), *_WORDS[page](chat, now)]
    return compose(
        lines, buttons=(*rows_of("b", page, chat, now), (Button("← Settings", data=turn_data("b", "home")),))
    )


def rows_of(flow: str, page: str, chat: Chat, now: datetime) -> Buttons:  # noqa: PLR0911  one case a page
    """The buttons that set what this page has, as the flow ("b": settings, "s": the beginning) shows them."""
    match page:
        case "topics":
            return topic_choice(flow, chat)
        case "level":
            amounts = tuple((_choice(flow, page, each, AMOUNTS[each][0], on=amount(chat) is each),) for each in Amount)
            return (
                *amounts,
                *_rows([_choice(flow, page, s, t, on=chat.level is s) for s, t in _SEVERITIES.items()], 2),
            )
        case "coins":
            return coin_choice(flow, chat, [coin.symbol for coin in COINS])
        case "sound":
            return tuple((_choice(flow, page, each, text, on=chat.sound is each),) for each, text in _SOUNDS.items())
        case "quiet":
            hours = [_choice(flow, page, name, _hours(each), on=chat.quiet == each) for name, each in QUIET.items()]
            return _rows(hours, 2)
        case "digest":
            times = [_choice(flow, page, name, _times(each), on=chat.digest == each) for name, each in DIGEST.items()]
            return _rows(times, 2)
        case "mutes":
            return _mute_choice(flow, chat, now)
        case _:
            return tuple(
                (_choice(flow, page, each, text, on=chat.language == each),) for each, text in LANGUAGES.items()
            )


def topic_choice(flow: str, chat: Chat) -> Buttons:
    """One button a topic."""
    return _rows(
        [_switch(flow, "topics", each.value, name, on=each in chat.topics) for each, name in TOPICS.items()], 2
    )


def coin_choice(flow: str, chat: Chat, offered: Sequence[str]) -> Buttons:
    """One button a coin, the chat's own among them, so that each can be taken away. No tap moves a button."""
    symbols = dict.fromkeys((*offered, *chat.coins))
    return _rows([_switch(flow, "coins", each, each, on=each in chat.coins) for each in symbols], 4)


def topics_told(chat: Chat) -> str:
    """The chat's topics in a phrase."""
    off = [name for topic, name in TOPICS.items() if topic not in chat.topics]
    if not chat.topics:
        return "none, so nothing comes"
    if len(off) > len(chat.topics):
        return ", ".join(TOPICS[topic] for topic in chat.topics)
    return f"all but {', '.join(off)}" if off else "all"


def _home(chat: Chat, now: datetime) -> Message:
    state = "Alerts are on." if chat.active else "Alerts are off."
    told = (
        ("Topics", topics_told(chat)),
        ("How much", _amount_told(chat)),
        ("Coins", ", ".join(chat.coins) or "none"),
        ("Sound", _SOUNDS[chat.sound].lower()),
        ("Quiet hours", _quiet_told(chat)),
        ("Digest", _digest_told(chat)),
        ("Mutes", _mutes_told(chat, now)),
        ("Language", LANGUAGES.get(chat.language, chat.language)),
    )
    lines: list[Line] = [line(bold("Settings")), line(state), BLANK]
    lines += [line(bold(f"{name}: "), text) for name, text in told]
    pages = [Button(name, data=turn_data("b", page)) for page, name in _PAGES.items()]
    turn = Button("Turn alerts off" if chat.active else "Turn alerts on", data=_alerts(chat))
    return compose(lines, buttons=(*_rows(pages, 2), (turn,)))


def _alerts(chat: Chat) -> str:
    return turn_data("b", "alerts", "off" if chat.active else "on")


def _amount_told(chat: Chat) -> str:
    loud = "" if chat.level is Severity.LOW else f", {_SEVERITIES[chat.level].lower()}"
    return f"{AMOUNTS[amount(chat)][1]}{loud}"


def _quiet_told(chat: Chat) -> str:
    if chat.quiet is None:
        return "off"
    return f"{quiet_words(chat.quiet).removeprefix('quiet ')}, {chat.zone}, but for critical news"


def _digest_told(chat: Chat) -> str:
    return f"{digest_words(chat)}, {chat.zone}" if chat.digest else "off"


def _mutes_told(chat: Chat, now: datetime) -> str:
    topics, count = muted_topics(chat, now), len(chat.mutes_at(now)) + len(chat.overlay.muted_rules)
    names = ", ".join(TOPICS[topic] for topic in topics)
    more = count - len(topics)
    return f"{names}{f' and {more} more' if more else ''}" if topics else f"{more}" if more else "nothing is muted"


_Words = Callable[[Chat, datetime], Sequence[Line]]
_WORDS: Mapping[str, _Words] = {
    "topics": lambda chat, _: [line("Tap to turn one on or off. ", f"Now: {topics_told(chat)}.")],
    "level": lambda chat, _: [line(f"Now: {_amount_told(chat)}.")],
    "coins": lambda chat, _: [
        line(f"Their prices stand under each alert. Now: {', '.join(chat.coins) or 'none'}."),
        line("By name too: ", code("/coins btc ether")),
    ],
    "sound": lambda chat, _: [line(f"Now: {_SOUNDS[chat.sound].lower()}.")],
    "quiet": lambda chat, _: [line(f"Nothing but critical news rings then. Now: {_quiet_told(chat)}.")],
    "digest": lambda chat, _: [line(f"What is not told at once, in one message. Now: {_digest_told(chat)}.")],
    "mutes": lambda chat, now: [
        line(f"A tap mutes for 24 h, another ends it. Now: {_mutes_told(chat, now)}."),
        line("/mutes shows all of them and when each ends."),
    ],
    "language": lambda _chat, _now: [line("Only English for now.")],
}


def _mute_choice(flow: str, chat: Chat, now: datetime) -> Buttons:
    silent = muted_topics(chat, now)
    buttons = [_mute_button(flow, topic, name, silent=topic in silent) for topic, name in TOPICS.items()]
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


def _hours(quiet: Quiet | None) -> str:
    return "Off" if quiet is None else f"{_clock(quiet.start)} to {_clock(quiet.end)}"


def _times(minutes: Sequence[int]) -> str:
    return " and ".join(map(_clock, minutes)) or "Off"


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
