"""What the bot answers about itself and a chat's settings. Pure; what is about news and prices is in ``messages``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.buttons import forget_data, sound_data, topic_data
from bot.chats import Chat, Kind
from bot.hour_lines import setting_lines
from bot.languages.translator import ENGLISH, Translator
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


def render_hello() -> Message:
    """What a group sees when the bot has been added to it."""
    lines = [
        line("Hello. I tell structural change from headline noise in rare earths, chips and policy."),
        line("An admin of this group can send /start to get alerts here."),
    ]
    return compose(lines, foot=(line(italic(DISCLAIMER)),))


def render_help(commands: Sequence[tuple[str, str]], tr: Translator = ENGLISH) -> Message:
    """Every command with what it does."""
    lines = [line(f"/{name} - {what}") for name, what in commands]
    notes = (
        BLANK,
        line(*tr.parts("Try {one} or {other}.", one=code("/mute chips 8h"), other=code("/mute energy for 3 days"))),
        line(italic(tr(DISCLAIMER))),
    )
    return compose([line(bold(tr("What I can do"))), BLANK, *lines], foot=notes)


def render_forget(chat: Chat) -> Message:
    """The question before everything about the chat is erased."""
    whom = "you" if chat.kind is Kind.PRIVATE else "this chat"
    lines = [
        line(bold(f"Erase everything I keep about {whom}?")),
        line("Settings, mutes and follows, what was sent and what waits to be sent, and the votes given here."),
        line("It cannot be undone. /export keeps a copy of the settings."),
    ]
    rows = ((Button("Erase everything", data=forget_data(sure=True)), Button("Keep it", data=forget_data(sure=False))),)
    return compose(lines, buttons=rows)


def render_forgotten(*, settings: bool, rows: int, waiting: int, votes: int) -> Message:
    """What was erased, and what is not ours to erase."""
    told = (
        "the settings" if settings else "",
        _counted(rows, "record of what was sent", "records of what was sent"),
        _counted(waiting, "delivery that waited", "deliveries that waited"),
        _counted(votes, "vote", "votes"),
    )
    erased = ", ".join(filter(None, told))
    lines = [
        line(bold("Erased: "), f"{erased}." if erased else "nothing, for I kept nothing."),
        line("What stands above is Telegram's to delete. Tries to do what only operators may stay in their log."),
        line("/start begins anew."),
    ]
    return compose(lines)


def render_stopped() -> Message:
    """The chat will hear nothing more."""
    return compose([line("Alerts are off here. Your settings are kept; /start turns them on again.")])


def render_topics(chat: Chat) -> Message:
    """The board of topics; its text never changes, so that a tap only redraws the buttons."""
    text = "Which topics should reach you here? Tap to change."
    return compose([line(text)], buttons=topic_rows(chat))


def topic_rows(chat: Chat, tr: Translator = ENGLISH) -> Buttons:
    """One button a topic, two in a row, each carrying the state it would set."""
    buttons = [
        Button(
            f"{'✓' if topic in chat.topics else '✗'} {tr(name)}",
            data=topic_data(topic, wanted=topic not in chat.topics),
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
        lines += setting_lines(chat)
        lines.append(line(f"Prices: {', '.join(chat.coins) or 'none'}"))
    if last_alert is not None:
        lines.append(line(f"Last structural news: {ago_words(now - last_alert)}"))
    if overview is not None:
        lines += [BLANK, *overview_lines(overview, now)]
    return compose(lines)


def render_private(chat: Chat, user_id: int | None, tr: Translator = ENGLISH) -> Message:
    """Why a stranger to a private bot gets nothing, and what its owner needs to know to let them in."""
    return compose([line(tr("This bot is private. Its owner can let you in with this:")), ids_line(chat, user_id, tr)])


def say(text: str, example: str = "") -> Message:
    """A plain sentence, and something to type after it. A command without words is tapped, so it stays bare text."""
    return compose([line(text, *((" ", code(example)) if example else ()))])


def ids_line(chat: Chat, user_id: int | None, tr: Translator = ENGLISH) -> Line:
    """The numbers by which an operator lets a person or a chat in."""
    yours = tr.parts("Your id: {id}", id=code(str(user_id))) if user_id is not None else ()
    if chat.kind is Kind.PRIVATE:
        return line(*yours)
    return line(*yours, *((" · ",) if yours else ()), *tr.parts("Chat id: {id}", id=code(str(chat.id))))


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}" if count else ""


def _on(chat: Chat) -> str:
    return ", ".join(TOPICS[topic] for topic in chat.topics) or "none, so nothing will come"
