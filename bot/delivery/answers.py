"""What can come of a call to Telegram, in the words that the queue acts on. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from bot.chats import Chat
from bot.markup import Message


@dataclass(frozen=True, slots=True)
class Sent:
    """Delivered; ``message_id`` is the message's number in its chat. ``plain``: its HTML had been refused."""

    message_id: int
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Retry:
    """Surely not delivered: ask again ``after`` seconds, or by the queue's own back-off where that is None.

    ``flood``: the chat's pace was too fast. ``everyone``: no chat can be reached, so that all wait.
    """

    why: str
    after: float | None = None
    flood: bool = False
    everyone: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """Asked and never answered: delivered or not, nobody can say."""

    why: str


@dataclass(frozen=True, slots=True)
class Gone:
    """The chat wants or can have no more messages."""

    why: str


@dataclass(frozen=True, slots=True)
class Moved:
    """The group lives on under another id."""

    chat: int


@dataclass(frozen=True, slots=True)
class Refused:
    """This message can never be delivered to this chat."""

    why: str


@dataclass(frozen=True, slots=True)
class Fixed:
    """The message that was to be edited cannot be any more: it is gone, or too old."""

    why: str


@dataclass(frozen=True, slots=True)
class Without:
    """Refused for one part of it, and deliverable without.

    That is its ``markup``, the ``thread`` it was to go to, the message it was to ``reply`` to, or the message that it
    was to ``edit``.
    """

    part: Part
    why: str


Part = Literal["markup", "thread", "reply", "edit"]
Answer = Sent | Retry | Unknown | Gone | Moved | Refused | Fixed


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message about a story on its way to a chat.

    ``silent``: it does not ring. ``edit`` is the number of the message that it takes the place of, ``reply`` of the one
    that it answers.
    """

    story: str
    chat: Chat
    message: Message
    silent: bool = False
    edit: int | None = None
    reply: int | None = None


class Sender(Protocol):
    """Delivers one message to one chat and says what came of it; never raises for what a network may do."""

    async def send(self, outgoing: Outgoing) -> Answer:
        """Deliver the message."""
        ...
