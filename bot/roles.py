"""Who may do what: three roles, and one pure answer for every kind of update that Telegram sends."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.access import Access


class Role(StrEnum):
    """What a command asks of the person: nothing, to administer the chat, or to operate the bot."""

    ANYONE = "anyone"
    CHAT_ADMIN = "chat admin"
    OPERATOR = "operator"


class Grant(StrEnum):
    """``ASK``: the chat's list of admins decides, which only Telegram has."""

    YES = "yes"
    NO = "no"
    ASK = "ask"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who is behind a request, and where.

    ``user`` is None where Telegram hides or does not know the person; ``speaks_as`` is the chat in whose name it was
    said. ``idle`` says, in fixed words, why what came this way runs nothing (an edit, a forward); "" where it may run.
    """

    chat: int
    private: bool
    user: int | None
    speaks_as: int | None = None
    idle: str = ""


def may(role: Role, sender: Sender, access: Access) -> Grant:
    """Whether the sender has the role. An operator is a listed person who speaks as such, in whatever chat.

    A message in the name of the chat itself comes from one of its admins (an anonymous one, or a channel's post); one
    in the name of any other chat comes from nobody in particular.
    """
    if sender.idle:
        return Grant.NO
    match role:
        case Role.ANYONE:
            return Grant.YES
        case Role.OPERATOR:
            return _yes(sender.speaks_as is None and access.is_admin(sender.user))
        case Role.CHAT_ADMIN:
            return _administers(sender)


def _administers(sender: Sender) -> Grant:
    if sender.speaks_as is not None:
        return _yes(sender.speaks_as == sender.chat and not sender.private)
    if sender.private:
        return _yes(sender.user == sender.chat)
    return Grant.NO if sender.user is None else Grant.ASK


def _yes(granted: bool) -> Grant:  # noqa: FBT001  a question of one word
    return Grant.YES if granted else Grant.NO
