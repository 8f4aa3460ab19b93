"""What the server knows: chats, people, messages, updates, and the log of calls."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

Json = dict[str, Any]
BOT = {"id": 4200000042, "is_bot": True, "first_name": "Lodestone", "username": "lodestone_test_bot"}
QUIET_UPDATES = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


class Refused(Exception):
    """An answer that is not ok, in Telegram's words."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters


@dataclass(slots=True)
class ChatState:
    """A chat as Telegram holds it. ``gone``: a 403 text, where the bot may not write. ``threads``: None for any.

    ``name`` is its public one, without the @.
    """

    id: int
    type: str
    title: str = ""
    admins: set[int] = field(default_factory=set)
    gone: str = ""
    threads: set[int] | None = None
    name: str = ""
    messages: dict[int, Json] = field(default_factory=dict)
    next_message: int = 1

    def brief(self) -> Json:
        name = {"first_name": self.title or "Ada"} if self.type == "private" else {"title": self.title or "A group"}
        return {"id": self.id, "type": self.type, **name}


@dataclass(slots=True)
class Call:
    """One call by the bot. ``at`` is Unix time on arrival; ``delivered`` whether a message came of it.

    ``message_id`` is that of the message sent, edited or deleted; ``thread`` and ``reply_to`` say where it went.
    """

    number: int
    method: str
    chat: int | None
    at: float
    text: str = ""
    status: int = 0
    message_id: int | None = None
    delivered: bool = False
    disable_notification: bool = False
    allow_paid_broadcast: bool = False
    thread: int | None = None
    reply_to: int | None = None
    params: Json = field(default_factory=dict)

    def row(self) -> Json:
        return asdict(self)


class World:
    """All state of the server, changed by the test side and by the bot's calls."""

    def __init__(self, *, any_chat: bool = False, slim: bool = False) -> None:
        self.any_chat, self.slim = any_chat, slim
        self.chats: dict[int, ChatState] = {}
        self.calls: list[Call] = []
        self.updates: list[Json] = []
        self.next_update = 1
        self.now: Callable[[], float] = time.time
        self.allowed: frozenset[str] = frozenset()
        self.queries: dict[str, bool] = {}
        self.answers: list[Json] = []
        self.commands: dict[str, list[Json]] = defaultdict(list)
        self.descriptions: dict[str, str] = {}
        self.webhook: Json = {"url": "", "has_custom_certificate": False, "pending_update_count": 0}
        self.secret = ""
        """What the server shows with each update that it pushes."""

    # --- the test side

    def chat(self, chat_id: int, sort: str = "", title: str = "", admins: set[int] | None = None) -> ChatState:
        """The chat, made if it is new: negative ids are groups."""
        if chat_id not in self.chats:
            kind = sort or ("private" if chat_id > 0 else "supergroup" if chat_id < -(10**12) else "group")
            self.chats[chat_id] = ChatState(chat_id, kind, title, set(admins or ()))
        if admins is not None:
            self.chats[chat_id].admins = set(admins)
        return self.chats[chat_id]

    def update(self, kind: str, body: Json) -> int:
        """Queue an update for the bot; 0 where it does not listen to that kind."""
        if kind not in self.allowed if self.allowed else kind in QUIET_UPDATES:
            return 0
        self.updates.append({"update_id": self.next_update, kind: body})
        self.next_update += 1
        return self.next_update - 1

    def say(self, chat_id: int, text: str, user: int | None = None, kind: str = "message", **more: Any) -> int:
        """Someone writes in a chat; ``user`` is by default the person whose private chat it is."""
        chat = self.chat(chat_id)
        body = self._message(chat, person(user if user is not None else abs(chat_id)), text) | more
        if not self.slim:
            chat.messages.setdefault(body["message_id"], body)
        return self.update(kind, body)

    def press(self, chat_id: int, message_id: int, data: str, user: int | None = None) -> int:
        """Someone presses a button under a message of the bot."""
        query = f"q{self.next_update}"
        self.queries[query] = False
        message = self.chat(chat_id).messages.get(message_id) or {
            "message_id": message_id,
            "date": 0,
            "chat": self.chat(chat_id).brief(),
        }
        body = {"id": query, "from": person(user if user is not None else abs(chat_id)), "chat_instance": "1"}
        return self.update("callback_query", body | {"message": message, "data": data})

    def member(self, chat_id: int, status: str, user: int | None = None, old: str = "") -> int:
        """The bot was added, promoted, blocked or kicked: ``status`` is "member", "administrator", "kicked", "left"."""
        chat = self.chat(chat_id)
        texts = {"private": "blocked by the user", "group": "kicked from the group chat"}
        out = status in ("kicked", "left")
        chat.gone = f"Forbidden: bot was {texts.get(chat.type, f'kicked from the {chat.type} chat')}" if out else ""
        before = old or ("member" if out else "left")
        body = {
            "chat": chat.brief(),
            "from": person(user if user is not None else abs(chat_id)),
            "date": int(time.time()),
            "old_chat_member": membership(before, BOT),
            "new_chat_member": membership(status, BOT),
        }
        return self.update("my_chat_member", body)

    def sent(self, chat_id: int | None = None) -> list[Call]:
        """The calls that delivered a new message, in order."""
        return [call for call in self.calls if call.delivered and chat_id in (None, call.chat)]

    # --- the bot's side

    def known(self, chat_id: int) -> ChatState:
        """The chat, if the bot may write to it."""
        if chat_id not in self.chats and not self.any_chat:
            raise Refused(400, "Bad Request: chat not found")
        chat = self.chat(chat_id)
        if chat.gone:
            raise Refused(403, chat.gone)
        return chat

    def deliver(self, chat: ChatState, text: str, **more: Any) -> Json:
        """The bot's message, kept and numbered."""
        message = self._message(chat, BOT, text) | {key: value for key, value in more.items() if value}
        if not self.slim:
            chat.messages[message["message_id"]] = message
        return message

    def _message(self, chat: ChatState, sender: Json, text: str) -> Json:
        number = chat.next_message
        chat.next_message += 1
        body: Json = {
            "message_id": number,
            "date": int(self.now()),
            "chat": chat.brief(),
            "from": sender,
            "text": text,
        }
        word = text.split(maxsplit=1)[0] if text.strip() else ""
        if word.startswith("/") and sender is not BOT:
            body["entities"] = [{"type": "bot_command", "offset": 0, "length": len(word)}]
        return body


def person(user: int) -> Json:
    """A user of that id."""
    return {"id": user, "is_bot": False, "first_name": f"Person {user}", "language_code": "en"}


def membership(status: str, user: Json) -> Json:
    """A ChatMember with every field that Telegram promises for the status."""
    rights = (
        *("be_edited", "manage_chat", "delete_messages", "manage_video_chats", "restrict_members", "promote_members"),
        *("change_info", "invite_users", "post_stories", "edit_stories", "delete_stories"),
    )
    more: Json = {}
    if status == "administrator":
        more = {f"can_{right}": False for right in rights} | {"is_anonymous": False}
    elif status == "creator":
        more = {"is_anonymous": False}
    elif status == "kicked":
        more = {"until_date": 0}
    return {"status": status, "user": user, **more}
