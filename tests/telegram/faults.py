"""What the server does wrong on order, and Telegram's real limits as an option."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["429", "403", "401", "400", "409", "502", "migrate", "silence", "delay", "close", "garbled"]
DESCRIPTIONS = {
    "400": "Bad Request: can't parse entities: ordered by the test",
    "401": "Unauthorized",
    "403": "Forbidden: bot was blocked by the user",
    "409": "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
    "429": "Too Many Requests: retry later",
    "502": "Bad Gateway",
    "migrate": "Bad Request: group chat was upgraded to a supergroup chat",
}


@dataclass
class Fault:
    """One order. It applies to calls of ``method`` ("*": all) in ``chat`` (None: all), after ``skip`` such calls, for
    ``count`` of them (None: for ever).

    ``silence`` never answers, ``close`` drops the connection, and ``garbled`` answers 200 with ``description`` as its
    whole body, which it calls ``coding``; ``delivered`` says whether the message was delivered all the same.
    ``seconds``: how long ``delay`` waits before all goes on as usual. ``retry_after`` None: the field is left out.
    ``parsed_only``: only calls that carry a parse_mode.
    """

    kind: Kind
    method: str = "sendMessage"
    chat: int | None = None
    count: int | None = 1
    skip: int = 0
    retry_after: int | None = None
    migrate_to: int | None = None
    seconds: float = 0.0
    delivered: bool = False
    parsed_only: bool = False
    description: str = ""
    coding: str = "identity"
    hits: int = 0

    def takes(self, method: str, chat: int | None, params: dict[str, Any]) -> bool:
        """Whether this call is hit; counts it."""
        if self.method not in ("*", method) or (self.chat is not None and self.chat != chat):
            return False
        if self.parsed_only and not params.get("parse_mode"):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.count is not None and self.hits >= self.count:
            return False
        self.hits += 1
        return True

    def answer(self) -> tuple[int, dict[str, Any]]:
        """Status and body, for the kinds that answer."""
        code = 400 if self.kind == "migrate" else int(self.kind)
        body: dict[str, Any] = {
            "ok": False,
            "error_code": code,
            "description": self.description or DESCRIPTIONS[self.kind],
        }
        if self.kind == "429" and self.retry_after is not None:
            body["parameters"] = {"retry_after": self.retry_after}
            body["description"] = self.description or f"Too Many Requests: retry after {self.retry_after}"
        if self.kind == "migrate":
            body["parameters"] = {"migrate_to_chat_id": self.migrate_to}
        return code, body


@dataclass
class Limits:
    """Messages per second in all, per second and chat, per minute and group; None: no limit."""

    overall: int | None = None
    chat: int | None = None
    group: int | None = None
    _times: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def wait_for(self, chat: int) -> int | None:
        """Seconds to ask for when the call is too early; None where it may pass, and then it is counted."""
        now = time.monotonic()
        rules = [("all", self.overall, 1.0), (f"chat {chat}", self.chat, 1.0)]
        if chat < 0:
            rules.append((f"group {chat}", self.group, 60.0))
        for name, most, span in rules:
            times = self._times[name]
            while times and times[0] <= now - span:
                times.popleft()
            if most is not None and len(times) >= most:
                return max(1, int(times[0] + span - now + 0.999))
        for name, _, _ in rules:
            self._times[name].append(now)
        return None
