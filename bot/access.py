"""Who may use the bot and who may administer it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """``open``: everyone may use the bot. ``private``: the chats listed and the admins, who are named by user id only.

    Nobody is an admin by default.
    """

    mode: Literal["open", "private"] = "open"
    allowed_chats: frozenset[int] = frozenset()
    admins: frozenset[int] = frozenset()

    def is_admin(self, user_id: int | None) -> bool:
        """Whether this person administers the bot."""
        return user_id is not None and user_id in self.admins

    def admits(self, chat_id: int, user_id: int | None = None) -> bool:
        """Whether the bot may be used in this chat by this person; a private chat has its person's id."""
        return self.mode == "open" or chat_id in self.allowed_chats or bool(self.admins & {chat_id, user_id})
