"""The Bot API methods the server answers, each a function of the world and the call's parameters."""

from __future__ import annotations

import hashlib
import json
import re
import struct
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from tests.telegram.answers import ANSWERS
from tests.telegram.html import BadEntities, parse, units
from tests.telegram.world import BOT, ChatState, Json, Refused, World, membership, person

_PNG = b"\x89PNG\r\n\x1a\n"
SENDS = frozenset({"sendMessage", "sendPhoto"})
Method = Callable[[World, Json], Any]


def refused(name: str) -> Refused:
    """The refusal of that name."""
    return Refused(*ANSWERS[name])


def send_message(world: World, params: Json) -> Json:
    chat = world.known(_chat_id(params))
    text, entities = _text(params, "text", 4096)
    where = _place(chat, params, slim=world.slim)
    return world.deliver(chat, text, entities=entities, reply_markup=_keyboard(params), **where)


def send_photo(world: World, params: Json) -> Json:
    chat = world.known(_chat_id(params))
    if not params.get("photo"):
        raise Refused(400, "Bad Request: there is no photo in the request")
    caption, entities = _text(params, "caption", 1024) if params.get("caption") else ("", [])
    where = _place(chat, params, slim=world.slim)
    more: Json = {"reply_markup": _keyboard(params), "photo": _sizes(params["photo"]), **where}
    message = world.deliver(chat, "", caption=caption, caption_entities=entities, **more)
    del message["text"]
    return message


def edit_text(world: World, params: Json) -> Json:
    message = _own_message(world, params)
    text, entities = _text(params, "text", 4096)
    return _changed(message, {"text": text, "entities": entities, "reply_markup": _keyboard(params)})


def edit_media(world: World, params: Json) -> Json:
    """Another photo in the place of the one that is there; a text cannot become one, nor the other way round."""
    message, media = _own_message(world, params), params.get("media") or {}
    if "photo" not in message:
        raise Refused(400, "Bad Request: there is no media in the message to edit")
    name = str(media.get("media", ""))
    sent = params.get(name.removeprefix("attach://")) if name.startswith("attach://") else None
    if media.get("type") != "photo" or not sent:
        raise Refused(400, "Bad Request: wrong file identifier/HTTP URL specified")
    caption, entities = _text(media, "caption", 1024) if media.get("caption") else ("", [])
    new = {"photo": _sizes(sent), "caption": caption, "caption_entities": entities}
    return _changed(message, new | {"reply_markup": _keyboard(params)})


def edit_markup(world: World, params: Json) -> Json:
    return _changed(_own_message(world, params), {"reply_markup": _keyboard(params)})


def delete_message(world: World, params: Json) -> bool:
    message = _own_message(world, params, "delete")
    world.known(_chat_id(params)).messages.pop(message["message_id"], None)
    return True


def answer_query(world: World, params: Json) -> bool:
    query = str(params.get("callback_query_id", ""))
    if world.queries.get(query, True):
        raise Refused(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
    if units(str(params.get("text", ""))) > 200:
        raise Refused(400, "Bad Request: MESSAGE_TOO_LONG")
    world.queries[query] = True
    world.answers.append({"query": query, "text": params.get("text", ""), "alert": is_true(params, "show_alert")})
    return True


def set_commands(world: World, params: Json) -> bool:
    commands = params.get("commands") or []
    for each in commands:
        if not re.fullmatch(r"[a-z0-9_]{1,32}", each["command"]):
            raise Refused(400, "Bad Request: BOT_COMMAND_INVALID")
        if not 1 <= len(each["description"]) <= 256:
            raise Refused(400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
    if len(commands) > 100:
        raise Refused(400, "Bad Request: BOT_COMMANDS_TOO_MUCH")
    world.commands[_scope(params)] = commands
    return True


def set_description(world: World, params: Json) -> bool:
    return _describe(world, "description", str(params.get("description", "")), 512, params)


def set_short_description(world: World, params: Json) -> bool:
    return _describe(world, "short", str(params.get("short_description", "")), 120, params)


def _describe(world: World, name: str, text: str, most: int, params: Json) -> bool:
    if units(text) > most:
        raise Refused(400, "Bad Request: BOT_DESCRIPTION_TOO_LONG")
    world.descriptions[f"{name} {params.get('language_code') or ''}".strip()] = text
    return True


def chat_action(world: World, params: Json) -> bool:
    world.known(_chat_id(params))
    return True


def get_chat(world: World, params: Json) -> Json:
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
    full = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": dict.fromkeys(gifts, False)}
    name = str(params.get("chat_id", ""))
    named = next((chat.id for chat in world.chats.values() if chat.name and name == f"@{chat.name}"), None)
    if name.startswith("@") and named is None:
        raise Refused(400, "Bad Request: chat not found")
    return world.known(_chat_id(params) if named is None else named).brief() | full


def get_member(world: World, params: Json) -> Json:
    chat = world.known(_chat_id(params))
    user = int(params["user_id"])
    return _member(chat, user)


def get_admins(world: World, params: Json) -> list[Json]:
    chat = world.known(_chat_id(params))
    if chat.type == "private":
        raise Refused(400, "Bad Request: there are no administrators in the private chat")
    return [_member(chat, user) for user in sorted(chat.admins)]


def set_webhook(world: World, params: Json) -> bool:
    url, secret = str(params.get("url", "")), str(params.get("secret_token", "") or "")
    parts = urlsplit(url)
    # A Bot API server of one's own calls over http, too; this one only on its own machine.
    if url and parts.scheme != "https" and parts.hostname != "127.0.0.1":
        raise Refused(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
    if secret and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
        raise Refused(400, "Bad Request: secret token contains unallowed characters")
    if not 1 <= int(params.get("max_connections") or 40) <= 100:
        raise Refused(400, "Bad Request: bad max_connections")
    if "allowed_updates" in params:
        world.allowed = frozenset(params["allowed_updates"] or ())
    world.webhook |= {"url": url, "max_connections": int(params.get("max_connections") or 40)}
    world.webhook["allowed_updates"] = sorted(world.allowed)
    world.secret = secret
    _forget_updates(world, params)
    return True


def delete_webhook(world: World, params: Json) -> bool:
    world.webhook["url"] = world.secret = ""
    _forget_updates(world, params)
    return True


METHODS: dict[str, Method] = {
    "getMe": lambda world, params: (
        BOT | {"can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}
    ),
    "sendMessage": send_message,
    "sendPhoto": send_photo,
    "editMessageText": edit_text,
    "editMessageMedia": edit_media,
    "editMessageReplyMarkup": edit_markup,
    "deleteMessage": delete_message,
    "answerCallbackQuery": answer_query,
    "setMyCommands": set_commands,
    "setMyDescription": set_description,
    "setMyShortDescription": set_short_description,
    "getMyCommands": lambda world, params: world.commands[_scope(params)],
    "sendChatAction": chat_action,
    "getChat": get_chat,
    "getChatMember": get_member,
    "getChatAdministrators": get_admins,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": lambda world, params: world.webhook | {"pending_update_count": len(world.updates)},
}


def picture(width: int, height: int) -> bytes:
    """As much of a PNG file as this server looks at."""
    return _PNG + bytes(8) + struct.pack(">II", width, height)


def _sizes(sent: Any) -> list[Json]:
    """The photo as Telegram would tell it: a PNG by its own width and height; a text is the name of one it has."""
    if isinstance(sent, str):
        return [{"file_id": sent, "file_unique_id": "u1", "width": 1, "height": 1}]
    data = sent.file.read()
    sent.file.seek(0)
    if len(data) < 24 or not data.startswith(_PNG):
        raise Refused(400, "Bad Request: IMAGE_PROCESS_FAILED")
    width, height = struct.unpack(">II", data[16:24])
    if width + height > 10_000 or len(data) > 10 * 2**20 or max(width, height) > 20 * min(width, height):
        raise Refused(400, "Bad Request: PHOTO_INVALID_DIMENSIONS")
    unique = hashlib.sha256(data).hexdigest()[:16]
    return [{"file_id": unique, "file_unique_id": unique, "width": width, "height": height, "file_size": len(data)}]


def _chat_id(params: Json) -> int:
    try:
        return int(params["chat_id"])
    except (KeyError, ValueError):
        raise Refused(400, "Bad Request: chat_id is empty") from None


def _text(params: Json, name: str, most: int) -> tuple[str, list[Json]]:
    text, entities = str(params.get(name, "")), []
    mode = params.get("parse_mode")
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise refused("utf8")
    if mode and mode != "HTML":
        raise Refused(400, "Bad Request: unsupported parse_mode")
    if mode:
        try:
            text, found = parse(text)
        except BadEntities as error:
            raise Refused(400, f"Bad Request: can't parse entities: {error}") from None
        entities = [{key: value for key, value in vars(each).items() if value != ""} for each in found if each.length]
    if not text.strip():
        raise refused("empty")
    if units(text) > most:
        raise refused("caption-too-long" if name == "caption" else "too-long")
    return text, entities


def _keyboard(params: Json) -> Json | None:
    markup = params.get("reply_markup")
    if not markup or "inline_keyboard" not in markup:
        return None
    rows = markup["inline_keyboard"]
    if sum(map(len, rows)) > 100:
        raise Refused(400, "Bad Request: REPLY_MARKUP_TOO_LONG")
    for button in (each for row in rows for each in row):
        if not str(button.get("text", "")).strip():
            raise Refused(400, "Bad Request: can't parse inline keyboard button: text buttons are unallowed")
        if "callback_data" in button and not 1 <= len(button["callback_data"].encode()) <= 64:
            raise refused("button-data")
        if "url" in button and not _opens(str(button["url"])):
            raise refused("button-url")
        if ("callback_data" in button) == ("url" in button):
            raise Refused(400, "Bad Request: BUTTON_TYPE_INVALID")
    return {"inline_keyboard": rows}


def _opens(url: str) -> bool:
    """Whether a button may open it: an http address of a host with a dot in its name, or one of Telegram's own."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if len(url.encode()) > 2048 or any(char.isspace() or char in '<>"' for char in url):
        return False
    return parts.scheme == "tg" or (parts.scheme in ("http", "https") and "." in host.strip("."))


def _place(chat: ChatState, params: Json, *, slim: bool) -> Json:
    """The thread and the message answered, each of which must be there."""
    found: Json = {}
    if thread := params.get("message_thread_id"):
        if chat.threads is not None and int(thread) not in chat.threads:
            raise refused("no-thread")
        found |= {"message_thread_id": int(thread), "is_topic_message": True}
    reply = params.get("reply_parameters") or {}
    number = int(reply.get("message_id", 0) or 0)
    if reply and number not in chat.messages and not (slim and 0 < number < chat.next_message):
        if not reply.get("allow_sending_without_reply"):
            raise refused("no-reply")
    elif reply and number in chat.messages:
        answered = chat.messages[number]
        found["reply_to_message"] = {key: value for key, value in answered.items() if key != "reply_to_message"}
    return found


def _own_message(world: World, params: Json, verb: str = "edit") -> Json:
    chat, number = world.known(_chat_id(params)), int(params.get("message_id", 0))
    message = chat.messages.get(number)
    if message is None and world.slim and 0 < number < chat.next_message:
        return {"message_id": number, "date": 0, "chat": chat.brief(), "from": BOT}
    if message is None:
        raise refused("no-edit" if verb == "edit" else "no-delete")
    if verb == "edit" and not message["from"]["is_bot"]:
        raise refused("cannot-edit")
    return message


def _changed(message: Json, new: Json) -> Json:
    new = {key: value or None for key, value in new.items()}
    if all(message.get(key) == value for key, value in new.items()):
        raise refused("same")
    message.update(new, edit_date=int(time.time()))
    for key in [key for key, value in message.items() if value is None]:
        del message[key]
    return message


def _member(chat: ChatState, user: int) -> Json:
    return membership("administrator" if user in chat.admins else "member", person(user))


def _scope(params: Json) -> str:
    return (
        f"{json.dumps(params.get('scope') or {'type': 'default'}, sort_keys=True)}{params.get('language_code') or ''}"
    )


def _forget_updates(world: World, params: Json) -> None:
    if is_true(params, "drop_pending_updates"):
        world.updates.clear()


def is_true(params: Json, name: str) -> bool:
    """Whether a flag is set: a form carries it as text, and "false" is text too."""
    return params.get(name) in (True, "true", "True")
