"""A chat's settings as JSON that a person can keep, read and bring to another chat. Pure.

Where the JSON is too long for one message it comes in parts. Each part can be read by itself: what a document does not
name stays as it is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from pydantic import TypeAdapter, ValidationError

from bot.chats import MOST_A_DAY, Chat
from bot.overlay import LONGEST_FOLLOWED, MOST_FOLLOWED, MOST_MUTED
from bot.presets import LANGUAGES, MOST_COINS
from bot.quiet import EVERY_DAY, MINUTES_A_DAY, zone_of
from bot.targets import is_target
from bot.text import clean, shown, units
from pipelines.prices.coins import find_coin
from rules.page import nearest

_ADAPTER: TypeAdapter[Chat] = TypeAdapter(Chat)
_OF_THE_CHAT = frozenset({"id", "kind", "created", "title", "thread", "active", "why_off", "former"})
"""What a chat is rather than wishes: it does not travel."""
CARRIED = tuple(each.name for each in fields(Chat) if each.name not in _OF_THE_CHAT)
_ROOM = 3500
"""Units of JSON in one message, beside the words around it."""
_MOST_FAULTS = 5
_MOST_DIGESTS = 8
_MOST_MUTES = 100


class BadSettings(ValueError):
    """What was brought cannot be taken; its text names each fault and what to do about it."""


def write_out(chat: Chat) -> tuple[str, ...]:
    """The chat's settings as one JSON document, or several where they are many."""
    told = {name: value for name, value in _ADAPTER.dump_python(chat, mode="json").items() if name in CARRIED}
    parts: list[dict[str, Any]] = [{}]
    for piece in _pieces(told):
        joined = _merged(parts[-1], piece)
        if parts[-1] and units(_json(joined)) > _ROOM:
            parts.append(piece)
        else:
            parts[-1] = joined
    return tuple(map(_json, parts))


def read_in(text: str, chat: Chat) -> Chat:
    """The chat with the settings of the document; raises ``BadSettings``, and then nothing of it may be used."""
    given = _document(text)
    if unknown := [name for name in given if name not in CARRIED]:
        told = [f"{shown(name, 30) or '(no name)'}: {_no_setting(name)}" for name in unknown]
        raise BadSettings("\n".join(told[:_MOST_FAULTS]))
    before = _ADAPTER.dump_python(chat, mode="json")
    try:
        wanted = _ADAPTER.validate_python(_merged(before, given))
    except ValidationError as error:
        raise BadSettings("\n".join(_told(each) for each in error.errors()[:_MOST_FAULTS])) from error
    if faults := _faults(wanted):
        raise BadSettings("\n".join(faults[:_MOST_FAULTS]))
    return wanted


def _document(text: str) -> dict[str, Any]:
    start, end = text.find("{"), text.rfind("}")
    if start < 0 or end < start:
        raise BadSettings("There is no JSON in it: send what /export wrote, from its first { to its last }.")
    try:
        given = json.loads(text[start : end + 1])
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, sign {error.colno}"
        raise BadSettings(f"The JSON breaks off at {where}: {error.msg}; copy what /export wrote whole.") from error
    except (RecursionError, ValueError) as error:
        raise BadSettings("The JSON holds what no settings hold; copy what /export wrote whole.") from error
    return dict(given)


def _no_setting(name: str) -> str:
    if name in _OF_THE_CHAT:
        return "it belongs to the chat and does not travel; leave it out"
    return f"no setting is called so; {shown(nearest(name[:60], CARRIED), 200)}"


def _told(error: Any) -> str:
    """One of pydantic's faults in a line: where, what stands there, what should."""
    where = ".".join(shown(str(each), 30) for each in error["loc"] if not str(each).startswith("function-")) or "it"
    found = shown(json.dumps(error["input"], ensure_ascii=False, default=str), 40)
    should = clean(str(error["msg"])).removeprefix("Value error, ").replace("Input should be", "it should be")
    return f"{where}: {found} does not fit; {shown(should, 200)}"


def _faults(chat: Chat) -> list[str]:
    """What the types let through and a chat could not live with."""
    faults = [
        f"coins: {shown(each, 20)} is none that I know; /coins shows them" for each in chat.coins if _no_coin(each)
    ]
    checks = (
        (len(chat.coins) > MOST_COINS, f"coins: {MOST_COINS} are the most; leave some out"),
        (_no_zone(chat.zone), f"zone: no time zone is called {shown(chat.zone, 40)}; write one as Asia/Karachi"),
        (
            any(not 0 <= each < MINUTES_A_DAY for each in chat.digest) or len(chat.digest) > _MOST_DIGESTS,
            f"digest: at most {_MOST_DIGESTS} minutes of a day, each from 0 to {MINUTES_A_DAY - 1}; 480 is 08:00",
        ),
        (
            not chat.digest_days or not set(chat.digest_days) <= set(EVERY_DAY),
            "digest_days: days of the week from 0, Monday, to 6, and at least one",
        ),
        (
            chat.budget is not None and not 0 <= chat.budget <= MOST_A_DAY,
            f"budget: from 0 to {MOST_A_DAY} messages a day, or null for any number",
        ),
        (
            chat.language not in LANGUAGES,
            f"language: I do not speak {shown(chat.language, 20)}; it may be {', '.join(LANGUAGES)}",
        ),
        (len(chat.mutes) > _MOST_MUTES, f"mutes: {_MOST_MUTES} are the most; leave some out"),
        (
            not all(is_target(mute.what) for mute in chat.mutes),
            "mutes: each names a topic, or a kind and what it names, such as state:cn; leave out what does not",
        ),
        (
            any(mute.until is not None and mute.until.tzinfo is None for mute in chat.mutes),
            "mutes: an end needs its zone; write it as 2026-12-01T08:00:00Z",
        ),
        (
            _too_many(chat.overlay.follows, MOST_FOLLOWED),
            f"overlay.follows: at most {MOST_FOLLOWED}, each of 1 to {LONGEST_FOLLOWED} signs",
        ),
        (
            _too_many(chat.overlay.muted_rules, MOST_MUTED),
            f"overlay.muted_rules: at most {MOST_MUTED}, each of 1 to {LONGEST_FOLLOWED} signs",
        ),
    )
    return faults + [told for true, told in checks if true]


def _no_coin(symbol: str) -> bool:
    coin = find_coin(symbol)
    return coin is None or coin.symbol != symbol


def _no_zone(name: str) -> bool:
    try:
        zone_of(name)
    except ValueError:
        return True
    return False


def _too_many(words: tuple[str, ...], most: int) -> bool:
    return len(words) > most or any(not 0 < len(word) <= LONGEST_FOLLOWED or clean(word) != word for word in words)


def _pieces(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The settings one by one; one that holds several and fills a message alone is taken apart."""
    pieces: list[dict[str, Any]] = []
    for name, value in told.items():
        if isinstance(value, dict) and units(_json({name: value})) > _ROOM:
            pieces += [{name: {inner: each}} for inner, each in value.items()]
        else:
            pieces.append({name: value})
    return pieces


def _merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """One over the other; what both hold as an object is merged likewise."""
    both = {
        name: _merged(under[name], value) if isinstance(value, dict) and isinstance(under.get(name), dict) else value
        for name, value in over.items()
    }
    return {**under, **both}


def _json(told: Mapping[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, separators=(", ", ": "))
