"""What the server does wrong on order, and Telegram's real limits as an option."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Any

from tests.telegram.answers import ANSWERS, PAGES

BROKEN = frozenset({"silence", "close", "garbled"})
"""The kinds that give no answer that could be read."""
KINDS = frozenset({*ANSWERS, *BROKEN, "delay"})


@dataclass
class Fault:
    """One order: a name of ``ANSWERS``, or "silence", "close", "garbled", "delay". It applies to calls of
    ``method`` ("*": all) in ``chat`` (None: all), after ``skip`` such calls, for
    ``count`` of them (None: for ever). ``description`` takes the place of the answer's words.

    ``silence`` never answers, ``close`` drops the connection, and ``garbled`` answers 200 with ``description`` as its
    whole body, which it calls ``coding``; ``delivered`` says whether the message was delivered all the same.
    ``seconds``: how long ``delay`` waits before all goes on as usual. ``retry_after`` None: the field is left out.
    ``parsed_only``: only calls that carry a parse_mode.
    """

    kind: str
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

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"there is no fault {self.kind!r}; tests/telegram/answers.py names them")

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

    @property
    def page(self) -> str:
        """The page that a proxy answers with, where it is not Telegram that answers."""
        code, words = ANSWERS[self.kind]
        return f"<html><h1>{code} {words}</h1></html>" if self.kind in PAGES else ""

    def answer(self) -> tuple[int, dict[str, Any]]:
        """Status and body, for the kinds that answer."""
        code, words = ANSWERS[self.kind]
        body: dict[str, Any] = {"ok": False, "error_code": code, "description": self.description or words}
        if self.kind == "429" and self.retry_after is not None:
            body["parameters"] = {"retry_after": self.retry_after}
            body["description"] = self.description or f"Too Many Requests: retry after {self.retry_after}"
        if self.kind == "migrate":
            body["parameters"] = {"migrate_to_chat_id": self.migrate_to}
        return code, body


@dataclass
class Limits:
    """Messages per second in all, per second and chat, per minute and group; None: no limit.

    ``paid`` is the limit per second of the calls with ``allow_paid_broadcast``, which do not count against ``overall``.
    """

    overall: int | None = None
    chat: int | None = None
    group: int | None = None
    paid: int | None = None
    _times: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def wait_for(self, chat: int, *, paid: bool = False) -> int | None:
        """Seconds to ask for when the call is too early; None where it may pass, and then it is counted."""
        now = time.monotonic()
        whole = ("paid", self.paid, 1.0) if paid else ("all", self.overall, 1.0)
        rules = [whole, (f"chat {chat}", self.chat, 1.0)]
        if chat < 0:
            rules.append((f"group {chat}", self.group, 60.0))
        rules = [rule for rule in rules if rule[1] is not None]
        for name, most, span in rules:
            times = self._times[name]
            while times and times[0] <= now - span:
                times.popleft()
            if most is not None and len(times) >= most:
                return max(1, int(times[0] + span - now + 0.999))
        for name, _, _ in rules:
            self._times[name].append(now)
        return None
