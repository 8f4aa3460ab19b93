"""Who may use the bot and who may administer it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """``open``: the bot may be used everywhere. ``private``: in the chats listed and in the admins' own.

    Admins are named by user id; nobody is one by default. A group is let in by its id alone, whoever asks, so that
    it is either asked and written to, or neither.
    """

    mode: Literal["open", "private"] = "open"
    allowed_chats: frozenset[int] = frozenset()
    admins: frozenset[int] = frozenset()

    def is_admin(self, user_id: int | None) -> bool:
        """Whether this person administers the bot."""
        return user_id is not None and user_id in self.admins

    def admits(self, chat_id: int) -> bool:
        """Whether the bot may be used in this chat; a private chat has its person's id."""
        return self.mode == "open" or chat_id in self.allowed_chats or chat_id in self.admins
