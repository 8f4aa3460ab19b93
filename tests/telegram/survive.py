"""Feeds a bot broken updates and counts what went wrong: exceptions, answers that Telegram refuses, shown secrets."""

from __future__ import annotations

import asyncio
import hmac
import io
import json
import logging
import time
import traceback
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bot import signing
from bot.logs import set_up_logs
from tests.telegram.conftest import PERSON
from tests.telegram.fed import Fed
from tests.telegram.html import BadEntities, parse
from tests.telegram.world import Call, Json

_CHUNK = 500
_HANGS = 20.0


@dataclass
class Toll:
    """What a run cost: ``surprises``, ``malformed``, ``secrets``, ``loud`` and ``unserved`` should be empty or 0.

    ``unread`` are updates that the library itself does not read, ``misshapen`` those that no command gets to see;
    ``slowest`` is in seconds. ``refused``: answers that the server refused for another reason than their form.
    """

    fed: int = 0
    unread: int = 0
    misshapen: int = 0
    answers: int = 0
    slowest: float = 0.0
    unserved: int = 0
    surprises: Counter[str] = field(default_factory=Counter)
    malformed: Counter[str] = field(default_factory=Counter)
    secrets: list[str] = field(default_factory=list)
    loud: list[str] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)


async def survive(fed: Fed, updates: Iterable[Json]) -> Toll:
    """Hand over every update; after each 500 see what was said, and that a good update is still served."""
    toll, hidden = Toll(), _secrets(fed.server.token)

    async def remember(_: object, callback: Any) -> None:
        _sort(callback.error, toll)

    fed.application.add_error_handler(remember)
    with _log() as written:
        for update in updates:
            toll.fed += 1
            begun = time.perf_counter()
            try:
                async with asyncio.timeout(_HANGS):
                    await fed.feed(update)
            except Exception as error:
                if _was_reading(error):
                    toll.unread += 1
                else:
                    _sort(error, toll)
            toll.slowest = max(toll.slowest, time.perf_counter() - begun)
            if toll.fed % _CHUNK == 0:
                await _look(fed, written, hidden, toll)
        await _look(fed, written, hidden, toll)
    return toll


async def _look(fed: Fed, written: io.StringIO, hidden: tuple[str, ...], toll: Toll) -> None:
    """Read what was logged and sent since the last look, and forget it."""
    world = fed.server.world
    calls = await fed.say("/help", PERSON, PERSON)
    toll.unserved += [(call.chat, call.delivered) for call in calls] != [(PERSON, True)]
    text = written.getvalue()
    said = (
        text
        + "".join(f"{call.text}{json.dumps(call.params, default=str)}" for call in world.calls)
        + json.dumps(world.answers)
    )
    toll.secrets += [each for each in hidden if each in said]
    toll.loud += [row[:2000] for row in text.splitlines() if " ERROR " in row[:60] or " CRITICAL " in row[:60]]
    toll.misshapen += text.count("update.misshapen")
    toll.malformed["sent plain"] += text.count("reply.plain")
    for call in world.calls:
        toll.answers += call.method not in ("getMe", "getChatAdministrators")
        if (why := _malformed(call)) is not None:
            toll.malformed[why] += 1
    toll.malformed = +toll.malformed
    written.seek(0)
    written.truncate()
    world.calls.clear()
    world.answers.clear()
    world.queries.clear()
    for chat in world.chats.values():
        chat.messages.clear()


def _malformed(call: Call) -> str | None:
    if call.params.get("parse_mode") != "HTML":
        return None
    try:
        parse(call.text)
    except BadEntities as error:
        return f"{call.method}: {error}"
    return None


def _sort(error: BaseException, toll: Toll) -> None:
    """What the server refused is no surprise where the message or the query is none that it knows."""
    text = f"{type(error).__name__}: {error}"
    if any(words in text.lower() for words in ("query id is invalid", "message to edit not found")):
        toll.refused[text] += 1
    else:
        place = traceback.extract_tb(error.__traceback__)[-1]
        toll.surprises[f"{text[:200]} at {place.filename}:{place.lineno}"] += 1


def _was_reading(error: BaseException) -> bool:
    """Whether the library was still reading the JSON, so that no handler had been asked."""
    frames = traceback.extract_tb(error.__traceback__)
    return any(frame.name == "de_json" for frame in frames) and not any(
        frame.name == "process_update" for frame in frames
    )


def _secrets(token: str) -> tuple[str, ...]:
    """Halves of what must never show: the token's secret part, and the key that signs buttons."""
    secret = token.partition(":")[2]
    key = hmac.digest(token.encode(), signing._DOMAIN, "sha256")
    forms = (secret, key.hex(), b64encode(key).decode().rstrip("="))
    return tuple(half for each in forms for half in (each[: len(each) // 2], each[len(each) // 2 :]))


@contextmanager
def _log() -> Iterator[io.StringIO]:
    """All that the program logs, down to DEBUG, as the program writes it; afterwards the log is as it was."""
    root, written = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers[:], root.level
    handler = set_up_logs("DEBUG", (), written)
    try:
        yield written
    finally:
        root.removeHandler(handler)
        for each in handlers:
            root.addHandler(each)
        root.setLevel(level)
        logging.captureWarnings(capture=False)
