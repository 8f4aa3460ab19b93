"""Buttons in a private chat that act on a channel: each names the channel, so that none ever acts on another. Pure.

A name is no right: who taps is looked up among the channel's admins each time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from bot.chats import Kind
from bot.languages.translator import ENGLISH, Translator
from bot.markup import MAX_DATA, MAX_UNITS, Button, Message, bold, compose, line
from bot.text import shown, units

_SIGN = "~"
_CHANNEL = re.compile(r"-\d{1,16}")


@dataclass(frozen=True, slots=True)
class Place:
    """A chat that somebody administers from elsewhere."""

    id: int
    kind: Kind
    title: str


def aim(message: Message, chat_id: int, title: str, tr: Translator = ENGLISH) -> Message:
    """The message as it stands in the private chat: it says whom it is about, and its buttons act there.

    A button for which there is no room is left out.
    """
    rows = (tuple(aimed for each in row if (aimed := _aimed(each, chat_id)) is not None) for row in message.buttons)
    head = compose([line(bold(tr("For {channel}", channel=shown(title, 60) or str(chat_id))))])
    roomy = units(head.plain) + 2 + units(message.plain) <= MAX_UNITS
    text, plain = (head.text + "\n\n", head.plain + "\n\n") if roomy else ("", "")
    return Message(text + message.text, plain + message.plain, tuple(row for row in rows if row))


def unaim(data: str) -> tuple[str, int | None]:
    """What a button does, and the channel that it names; None where it acts on the chat in which it stands."""
    head, sign, tail = data.rpartition(_SIGN)
    return (head, int(tail)) if sign and _CHANNEL.fullmatch(tail) else (data, None)


def _aimed(button: Button, chat_id: int) -> Button | None:
    if button.url:
        return button
    data = f"{button.data}{_SIGN}{chat_id}"
    return replace(button, data=data) if len(data.encode()) <= MAX_DATA else None
