"""The process that parses: reads (head, body) frames from stdin, writes one JSON frame back for each.

Hostile bodies meet the parsers here and nowhere else: with little memory, a bound on processor time, no environment and
no connection to anything. It ends when its parent does, because its input ends then.
"""

from __future__ import annotations

import contextlib
import json
import resource
import signal
import struct
import sys
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, BinaryIO

from pipelines.feeds.document import Document, read_xml
from pipelines.feeds.items import NEWEST, Item, finish, tell_apart
from pipelines.feeds.registers import read_json
from pipelines.feeds.trouble import FeedTrouble, Reason

FRAME = struct.Struct(">II")
_MEMORY = 400 << 20


def main() -> None:
    """Serve until the input ends."""
    _bound_memory()
    reader, writer = sys.stdin.buffer, sys.stdout.buffer
    _send(writer, {"ready": True})
    while (request := _receive(reader)) is not None:
        head, body = request
        # It ends this process, whatever holds it, and whether or not the parent still lives.
        signal.setitimer(signal.ITIMER_PROF, float(head["seconds"]))
        answer = _answer(head, body)
        signal.setitimer(signal.ITIMER_PROF, 0)
        _send(writer, answer)
        if answer.get("reason") == Reason.PARSE_MEMORY.value:
            return  # what is left of the memory is in pieces


def _answer(head: Mapping[str, Any], body: bytes) -> dict[str, Any]:
    try:
        return _parsed(head, body)
    except FeedTrouble as trouble:
        return {"reason": trouble.reason.value, "detail": trouble.detail}
    except MemoryError:
        return {"reason": Reason.PARSE_MEMORY.value, "detail": "out of memory"}
    except Exception as error:  # noqa: BLE001  any surprise of a parser is the feed's trouble, not the process's
        return {"reason": Reason.PARSE_CRASH.value, "detail": type(error).__name__}


def _parsed(head: Mapping[str, Any], body: bytes) -> dict[str, Any]:
    url, kind = str(head["url"]), str(head["kind"])
    if kind == "rss" and body.lstrip()[:1] == b"{" and b"https://jsonfeed.org/version/" in body[:2000]:
        kind = "json-feed"
    if kind == "rss":
        document = read_xml(body, str(head["content_type"]), frozenset(head["known"]))
    else:
        raws = read_json(body, kind)
        document = Document(items=tell_apart(raws[:NEWEST]), total=len(raws))
    links_repeat = bool(head["links_repeat"]) or any(item.place_shared and not item.guid for item in document.items)
    found: dict[str, Item] = {}
    for raw in document.items:
        item = finish(raw, url, links_tell=not links_repeat)
        if item is not None:
            found.setdefault(item.key, item)
    newest = max([document.newest, *(item.stated or 0.0 for item in found.values())])
    return {
        "items": [asdict(item) for item in found.values()],
        "marks": document.marks,
        "total": document.total,
        "newest": newest,
        "title": document.title,
        "partial": document.partial,
        "links_repeat": links_repeat,
    }


def _receive(reader: BinaryIO) -> tuple[Mapping[str, Any], bytes] | None:
    sizes = reader.read(FRAME.size)
    if len(sizes) < FRAME.size:
        return None
    head_size, body_size = FRAME.unpack(sizes)
    head, body = reader.read(head_size), reader.read(body_size)
    return (json.loads(head), body) if len(body) == body_size else None


def _send(writer: BinaryIO, answer: Mapping[str, Any]) -> None:
    data = json.dumps(answer, ensure_ascii=True, separators=(",", ":")).encode()
    writer.write(FRAME.pack(len(data), 0) + data)
    writer.flush()


def _bound_memory() -> None:
    # macOS knows the limit but does not let it be set.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
