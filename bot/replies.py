"""What the bot answers about itself and a chat's settings. Pure; what is about news and prices is in ``messages``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.buttons import show_data, sound_data, topic_data
from bot.chats import Chat, Kind
from bot.markup import BLANK, Button, Buttons, Line, Message, bold, code, compose, italic, line
from bot.mute_words import mute_words
from bot.overview import Overview, overview_lines
from bot.sound import Sound
from bot.words import DISCLAIMER, TOPICS, ago_words

_SOUNDS = {
    Sound.STRUCTURAL: ("Structural alerts ring; stories to watch and digests come silently.", "Structural"),
    Sound.ALL: ("Everything rings.", "All"),
    Sound.OFF: ("Everything comes silently.", "Off"),
}
"""What each choice means, and its button."""


def render_start(chat: Chat, user_id: int | None, now: datetime) -> Message:
    """The first message a person sees: what this is, what will come, how to change it."""
    whom = "this chat" if chat.kind.shared else "you"
    lines = [
        line(
            bold("Lodestone"),
            " tells structural change from headline noise in rare earths, chips and policy, "
            "and shows what it may mean for crypto.",
        ),
        BLANK,
        line(
            f"It writes to {whom} when something real happens: an export control enters into force, a law passes, "
            "a plant opens or shuts. Price moves, opinions and rumours stay out, so most days bring only a few alerts."
        ),
        BLANK,
        line("Alerts are on. Tap a topic to turn it off; /help lists the rest."),
        *([line("Some topics are muted; /mutes shows them.")] if chat.mutes_at(now) else ()),
        BLANK,
        _ids(chat, user_id),
        line(italic(DISCLAIMER)),
    ]
    more = (Button("Latest news", data=show_data("latest")), Button("Prices", data=show_data("price")))
    return compose(lines, buttons=(*topic_rows(chat), more))


def render_hello() -> Message:
    """What a group sees when the bot has been added to it."""
    lines = [
        line("Hello. I tell structural change from headline noise in rare earths, chips and policy."),
        line("An admin of this group can send /start to get alerts here."),
    ]
    return compose(lines, foot=(line(italic(DISCLAIMER)),))


def render_help(commands: Sequence[tuple[str, str]]) -> Message:
    """Every command with what it does."""
    lines = [line(f"/{name} - {what}") for name, what in commands]
    notes = (
        BLANK,
        line("Try ", code("/mute chips 8h"), " or ", code("/mute rare earths for 3 days"), "."),
        line(italic(DISCLAIMER)),
    )
    return compose([line(bold("What I can do")), BLANK, *lines], foot=notes)


def render_stopped() -> Message:
    """The chat will hear nothing more."""
    return compose([line("Alerts are off here. Your settings are kept; /start turns them on again.")])


def render_topics(chat: Chat) -> Message:
    """The board of topics; its text never changes, so that a tap only redraws the buttons."""
    text = "Which topics should reach you here? Tap to change."
    return compose([line(text)], buttons=topic_rows(chat))


def topic_rows(chat: Chat) -> Buttons:
    """One button a topic, two in a row, each carrying the state it would set."""
    buttons = [
        Button(
            f"{'✓' if topic in chat.topics else '✗'} {name}", data=topic_data(topic, wanted=topic not in chat.topics)
        )
        for topic, name in TOPICS.items()
    ]
    return tuple(tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2))


def render_sound(sound: Sound) -> Message:
    """What rings here, and the choice."""
    buttons = [
        Button(f"{'✓ ' if each is sound else ''}{name}", data=sound_data(each)) for each, (_, name) in _SOUNDS.items()
    ]
    return compose([line(_SOUNDS[sound][0])], buttons=(tuple(buttons),))


def render_status(
    chat: Chat | None, now: datetime, last_alert: datetime | None, overview: Overview | None = None
) -> Message:
    """Whether alerts come here and what is set; with ``overview``, how the whole bot is."""
    lines: list[Line] = []
    if chat is None or not chat.active:
        lines.append(line(bold("Alerts are off here."), " /start turns them on."))
    else:
        off = [name for topic, name in TOPICS.items() if topic not in chat.topics]
        lines.append(line(bold("Alerts are on here.")))
        lines.append(
            line(f"Topics: {'all' if not off else 'all but ' + ', '.join(off) if len(off) < 4 else _on(chat)}")
        )
        mutes = ", ".join(mute_words(mute, now) for mute in chat.mutes_at(now))
        muted = ", ".join(filter(None, (mutes, *(f"rule {name}" for name in chat.overlay.muted_rules))))
        lines.append(line(f"Muted: {muted or 'nothing'}"))
        if chat.overlay.follows:
            lines.append(line(f"Followed: {', '.join(chat.overlay.follows[:10])}"))
        lines.append(line(f"Sound: {_SOUNDS[chat.sound][0]}"))
        lines.append(line(f"Prices: {', '.join(chat.coins) or 'none'}"))
    if last_alert is not None:
        lines.append(line(f"Last structural news: {ago_words(now - last_alert)}"))
    if overview is not None:
        lines += [BLANK, *overview_lines(overview, now)]
    return compose(lines)


def render_private(chat: Chat, user_id: int | None) -> Message:
    """Why a stranger to a private bot gets nothing, and what its owner needs to know to let them in."""
    return compose([line("This bot is private. Its owner can let you in with this:"), _ids(chat, user_id)])


def say(text: str, example: str = "") -> Message:
    """A plain sentence, and something to type after it. A command without words is tapped, so it stays bare text."""
    return compose([line(text, *((" ", code(example)) if example else ()))])


def _ids(chat: Chat, user_id: int | None) -> Line:
    yours = ("Your id: ", code(str(user_id))) if user_id is not None else ()
    if chat.kind is Kind.PRIVATE:
        return line(*yours)
    return line(*yours, " · chat id: " if yours else "Chat id: ", code(str(chat.id)))


def _on(chat: Chat) -> str:
    return ", ".join(TOPICS[topic] for topic in chat.topics) or "none, so nothing will come"
