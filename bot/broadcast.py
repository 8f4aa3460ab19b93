"""A message from the operators to all chats: what it says and how it reads. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.languages.translator import ENGLISH, Translator
from bot.markup import BLANK, Line, Message, bold, compose, italic, line
from bot.messages import REPEAT
from bot.text import shown, units

LONGEST = 3000
"""UTF-16 units of a text: what stands around it, and the question before it goes out, still have room."""
_MARK = "b-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Broadcast:
    """One message to all chats. ``by`` is the operator who sent it.

    ``done``: all chats were gone through. ``stopped``: an operator thought better of it; who has it, has it.
    """

    id: str
    text: str
    at: datetime
    by: int
    done: bool = False
    stopped: bool = False


def broadcast_id(nonce: bytes) -> str:
    """The id under which the queue and the ledger know it: that of the button that sent it, and never a story's."""
    return f"{_MARK}{nonce.hex()}"


def is_broadcast(story: str) -> bool:
    """Whether what stands in line is a message of the operators and no story."""
    return story.startswith(_MARK)


def tidy(text: str) -> str:
    """The text line by line without hidden signs, at most one blank line in a row."""
    rows = list[str]()
    for row in (shown(each, LONGEST * 2) for each in text.strip().splitlines()):
        if row or (rows and rows[-1]):
            rows.append(row)
    return "\n".join(rows).strip()


def too_long(text: str) -> int:
    """How many units a tidied text is over the limit."""
    return max(0, units(text) - LONGEST)


def broadcast_lines(text: str, tr: Translator = ENGLISH) -> list[Line]:
    """The message, marked as what it is, so that nobody takes it for news."""
    return [line(bold(tr("From the operators of this bot"))), BLANK, *(line(row) for row in text.split("\n"))]


def render_broadcast(text: str, *, repeat: bool = False, tr: Translator = ENGLISH) -> Message:
    """The message as chats get it; ``repeat``: a chat may have had it already."""
    return compose([*([line(italic(tr(REPEAT)))] if repeat else []), *broadcast_lines(text, tr)])
