"""What the bot answers about itself and a chat's settings. Pure; what is about news and prices is in ``messages``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.boards import coins_told, topics_told
from bot.buttons import forget_data, sound_data, topic_data
from bot.chats import Chat, Kind
from bot.hour_lines import setting_lines
from bot.languages.translator import ENGLISH, N_, Translator
from bot.markup import BLANK, Button, Buttons, Line, Message, bold, code, compose, italic, line
from bot.mute_words import mute_words
from bot.overview import Overview, overview_lines
from bot.sound import Sound
from bot.text import shown
from bot.words import DISCLAIMER, TOPICS, ago_words

_SOUNDS = {
    Sound.STRUCTURAL: N_("Structural alerts ring; stories to watch and digests come silently."),
    Sound.ALL: N_("Everything rings."),
    Sound.OFF: N_("Everything comes silently."),
}
"""What each choice means."""


def render_hello(tr: Translator = ENGLISH) -> Message:
    """What a group sees when the bot has been added to it."""
    lines = [
        line(tr("Hello. I tell structural change from headline noise in rare earths, chips and policy.")),
        line(tr("An admin of this group can send /start to get alerts here.")),
    ]
    return compose(lines, foot=(line(italic(tr(DISCLAIMER))),))


def render_help(commands: Sequence[tuple[str, str]], tr: Translator = ENGLISH) -> Message:
    """Every command with what it does."""
    lines = [line(f"/{name} - {what}") for name, what in commands]
    notes = (
        BLANK,
        line(*tr.parts("Try {one} or {other}.", one=code("/mute chips 8h"), other=code("/mute energy for 3 days"))),
        line(italic(tr(DISCLAIMER))),
    )
    return compose([line(bold(tr("What I can do"))), BLANK, *lines], foot=notes)


def render_forget(chat: Chat, tr: Translator = ENGLISH) -> Message:
    """The question before everything about the chat is erased."""
    private = chat.kind is Kind.PRIVATE
    lines = [
        line(
            bold(
                tr("Erase everything I keep about you?") if private else tr("Erase everything I keep about this chat?")
            )
        ),
        line(tr("Settings, mutes and follows, what was sent and what waits to be sent, and the votes given here.")),
        line(tr("It cannot be undone. /export keeps a copy of the settings.")),
    ]
    sure = Button(tr("Erase everything"), data=forget_data(sure=True))
    return compose(lines, buttons=((sure, Button(tr("Keep it"), data=forget_data(sure=False))),))


def render_forgotten(*, settings: bool, rows: int, waiting: int, votes: int, tr: Translator = ENGLISH) -> Message:
    """What was erased, and what is not ours to erase."""
    erased = (
        tr("the settings") if settings else "",
        tr.plural("{count} record of what was sent", "{count} records of what was sent", rows) if rows else "",
        tr.plural("{count} delivery that waited", "{count} deliveries that waited", waiting) if waiting else "",
        tr.plural("{count} vote", "{count} votes", votes) if votes else "",
    )
    if things := tr.joined(erased):
        told = line(bold(tr("Erased: {things}.", things=things)))
    else:
        told = line(bold(tr("Erased: nothing, for I kept nothing.")))
    lines = [
        told,
        line(tr("What stands above is Telegram's to delete. Tries to do what only operators may stay in their log.")),
        line(tr("/start begins anew.")),
    ]
    return compose(lines)


def render_stopped(tr: Translator = ENGLISH) -> Message:
    """The chat will hear nothing more."""
    return compose([line(tr("Alerts are off here. Your settings are kept; /start turns them on again."))])


def render_topics(chat: Chat, tr: Translator = ENGLISH) -> Message:
    """The board of topics; its text never changes, so that a tap only redraws the buttons."""
    return compose([line(tr("Which topics should reach you here? Tap to change."))], buttons=topic_rows(chat, tr))


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


def render_sound(sound: Sound, tr: Translator = ENGLISH) -> Message:
    """What rings here, and the choice."""
    names = {
        Sound.STRUCTURAL: tr.within("what rings", "Structural"),
        Sound.ALL: tr.within("what rings", "All"),
        Sound.OFF: tr.within("what rings", "Off"),
    }
    buttons = [Button(f"{'✓ ' if each is sound else ''}{name}", data=sound_data(each)) for each, name in names.items()]
    return compose([line(tr(_SOUNDS[sound]))], buttons=(tuple(buttons),))


def render_status(
    chat: Chat | None,
    now: datetime,
    last_alert: datetime | None,
    overview: Overview | None = None,
    tr: Translator = ENGLISH,
) -> Message:
    """Whether alerts come here and what is set; with ``overview``, how the whole bot is."""
    lines: list[Line] = []
    if chat is None or not chat.active:
        lines.append(line(bold(tr("Alerts are off here.")), f" {tr('/start turns them on.')}"))
    else:
        lines.append(line(bold(tr("Alerts are on here."))))
        lines.append(line(tr("Topics: {topics}", topics=topics_told(chat, tr))))
        lines.append(line(tr("Muted: {things}", things=_muted(chat, now, tr))))
        if chat.overlay.follows:
            followed = tr.joined(shown(each, 60) for each in chat.overlay.follows[:10])
            lines.append(line(tr("Followed: {things}", things=followed)))
        lines.append(line(tr("Sound: {sound}", sound=tr(_SOUNDS[chat.sound]))))
        lines += setting_lines(chat, tr)
        lines.append(line(tr("Prices: {coins}", coins=coins_told(chat, tr))))
    if last_alert is not None:
        lines.append(line(tr("Last structural news: {age}", age=ago_words(now - last_alert, tr))))
    if overview is not None:
        lines += [BLANK, *overview_lines(overview, now, tr)]
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


def _muted(chat: Chat, now: datetime, tr: Translator) -> str:
    mutes = [mute_words(mute, now, tr) for mute in chat.mutes_at(now)]
    rules = [tr("rule {name}", name=name) for name in chat.overlay.muted_rules]
    return tr.joined((*mutes, *rules)) or tr("nothing")
