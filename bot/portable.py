"""A chat's settings as JSON that a person can keep, read and bring to another chat. Pure.

Where the JSON is too long for one message it comes in parts. Each part can be read by itself: what a document does not
name stays as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from difflib import get_close_matches
from typing import Any

from pydantic import TypeAdapter, ValidationError

from bot.chats import MOST_A_DAY, Chat
from bot.languages.catalogues import LANGUAGES
from bot.languages.translator import ENGLISH, N_, Translator
from bot.overlay import LONGEST_FOLLOWED, MOST_FOLLOWED, MOST_MUTED
from bot.presets import MOST_COINS
from bot.quiet import EVERY_DAY, MINUTES_A_DAY, zone_of
from bot.targets import is_target
from bot.text import clean, shown, units
from pipelines.prices.coins import Find, find_coin

_ADAPTER: TypeAdapter[Chat] = TypeAdapter(Chat)
_OF_THE_CHAT = frozenset({"id", "kind", "created", "title", "thread", "active", "why_off", "former"})
"""What a chat is rather than wishes: it does not travel."""
CARRIED = tuple(each.name for each in fields(Chat) if each.name not in _OF_THE_CHAT)
_ROOM = 3500
"""Units of JSON in one message, beside the words around it."""
_MOST_FAULTS = 5
_MOST_DIGESTS = 8
_MOST_MUTES = 100
_MOMENT = "2026-12-01T08:00:00Z"
_QUOTED = re.compile(r"'[^']*'")
_SHOULD: Mapping[str, str] = {
    "bool": N_("it should be {true} or {false}"),
    "int": N_("it should be a whole number"),
    "string": N_("it should be text"),
    "tuple": N_("it should be a list"),
    "dataclass": N_("it should be an object in braces"),
    "datetime": N_("it should be a moment such as {example}"),
}
"""What should stand there, by the first word of pydantic's kind of fault."""


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


def read_in(text: str, chat: Chat, tr: Translator = ENGLISH, find: Find = find_coin) -> Chat:
    """The chat with the settings of the document; raises ``BadSettings``, and then nothing of it may be used.

    ``find`` knows the coins; those that the chat has are never refused, whoever lists them now.
    """
    given = _document(text, tr)
    if unknown := [name for name in given if name not in CARRIED]:
        told = [f"{shown(name, 30) or tr('(no name)')}: {_no_setting(name, tr)}" for name in unknown]
        raise BadSettings("\n".join(told[:_MOST_FAULTS]))
    before = _ADAPTER.dump_python(chat, mode="json")
    try:
        wanted = _ADAPTER.validate_python(_merged(before, given))
    except ValidationError as error:
        raise BadSettings("\n".join(_told(each, tr) for each in error.errors()[:_MOST_FAULTS])) from error
    if faults := _faults(wanted, tr, lambda symbol: symbol in chat.coins or _is_coin(symbol, find)):
        raise BadSettings("\n".join(faults[:_MOST_FAULTS]))
    return wanted


def _document(text: str, tr: Translator) -> dict[str, Any]:
    start, end = text.find("{"), text.rfind("}")
    if start < 0 or end < start:
        raise BadSettings(
            tr(
                "There is no JSON in it: send what /export wrote, from its first {open} to its last {close}.",
                open="{",
                close="}",
            )
        )
    try:
        given = json.loads(text[start : end + 1])
    except json.JSONDecodeError as error:
        told = tr(
            "The JSON breaks off at line {line}, sign {sign}; copy what /export wrote whole.",
            line=error.lineno,
            sign=error.colno,
        )
        raise BadSettings(told) from error
    except (RecursionError, ValueError) as error:
        raise BadSettings(tr("The JSON holds what no settings hold; copy what /export wrote whole.")) from error
    return dict(given)


def _no_setting(name: str, tr: Translator) -> str:
    if name in _OF_THE_CHAT:
        return tr("it belongs to the chat and does not travel; leave it out")
    near = get_close_matches(name[:60], CARRIED, n=1)
    if near:
        return tr("no setting is called so; did you mean `{name}`?", name=near[0])
    return tr("no setting is called so; these are: {names}", names=tr.joined(CARRIED))


def _told(error: Any, tr: Translator) -> str:
    """One of pydantic's faults in a line: where, what stands there, what should."""
    where = ".".join(shown(str(each), 30) for each in error["loc"] if not str(each).startswith("function-")) or "{}"
    found = shown(json.dumps(error["input"], ensure_ascii=False, default=str), 40)
    told = tr("{where}: {found} does not fit", where=where, found=found)
    kind = error["type"].partition("_")[0]
    if expected := _QUOTED.findall(str(error.get("ctx", {}).get("expected", ""))):
        should = tr("it should be {words}", words=tr.listed(expected, N_("{some} or {last}")))
    elif kind in _SHOULD:
        should = tr(_SHOULD[kind], example=_MOMENT, true="true", false="false")
    elif error["type"] == "value_error" and error["loc"][:1] == ("quiet",):
        should = tr("it needs two different minutes of a day from 0 to 1439, and days of the week from 0 to 6")
    else:
        should = tr("copy what /export wrote whole")
    return tr.phrases((told, should))


def _faults(chat: Chat, tr: Translator, known: Callable[[str], bool]) -> list[str]:
    """What the types let through and a chat could not live with."""
    checks = [
        ("coins", not known(each), tr("{coin} is none that I know; /coins shows them", coin=shown(each, 20)))
        for each in chat.coins
    ]
    checks += [
        ("coins", len(chat.coins) > MOST_COINS, tr("{most} are the most; leave some out", most=MOST_COINS)),
        (
            "zone",
            _no_zone(chat.zone),
            tr("no time zone is called {name}; write one as Asia/Karachi", name=shown(chat.zone, 40)),
        ),
        (
            "digest",
            any(not 0 <= each < MINUTES_A_DAY for each in chat.digest) or len(chat.digest) > _MOST_DIGESTS,
            tr(
                "at most {most} minutes of a day, each from 0 to {last}; 480 is 08:00",
                most=_MOST_DIGESTS,
                last=str(MINUTES_A_DAY - 1),
            ),
        ),
        (
            "digest_days",
            not chat.digest_days or not set(chat.digest_days) <= set(EVERY_DAY),
            tr("days of the week from 0, Monday, to 6, and at least one"),
        ),
        (
            "budget",
            chat.budget is not None and not 0 <= chat.budget <= MOST_A_DAY,
            tr("from 0 to {most} messages a day, or {null} for any number", most=MOST_A_DAY, null="null"),
        ),
        (
            "language",
            chat.language not in LANGUAGES,
            tr(
                "I do not speak {language}; it may be {languages}",
                language=shown(chat.language, 20),
                languages=tr.joined(LANGUAGES),
            ),
        ),
        ("mutes", len(chat.mutes) > _MOST_MUTES, tr("{most} are the most; leave some out", most=_MOST_MUTES)),
        (
            "mutes",
            not all(is_target(mute.what) for mute in chat.mutes),
            tr(
                "each names a topic, or a kind and what it names, such as {example}; leave out what does not",
                example="state:cn",
            ),
        ),
        (
            "mutes",
            any(mute.until is not None and mute.until.tzinfo is None for mute in chat.mutes),
            tr("an end needs its zone; write it as {example}", example=_MOMENT),
        ),
        (
            "overlay.follows",
            _too_many(chat.overlay.follows, MOST_FOLLOWED),
            tr("at most {most}, each of 1 to {longest} signs", most=MOST_FOLLOWED, longest=LONGEST_FOLLOWED),
        ),
        (
            "overlay.muted_rules",
            _too_many(chat.overlay.muted_rules, MOST_MUTED),
            tr("at most {most}, each of 1 to {longest} signs", most=MOST_MUTED, longest=LONGEST_FOLLOWED),
        ),
    ]
    return [f"{name}: {told}" for name, wrong, told in checks if wrong]


def _is_coin(symbol: str, find: Find) -> bool:
    coin = find(symbol)
    return coin is not None and coin.symbol == symbol


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
