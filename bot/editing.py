"""When the messages about a story may be edited: seldom enough that the queue stays free for what is new. Pure.

What prices did afterwards takes what room the facts have left, and no fact ever waits for it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

APART = timedelta(minutes=10)
"""The least time between a message and its edit, and between two edits."""
_BEHIND = timedelta(seconds=30)
"""What prices did comes after a fact that waits for the same moment, which then shows both."""
MOST = 8
"""Edits of one message; what makes it untrue is shown all the same."""


@dataclass(frozen=True, slots=True)
class Edits:
    """How the messages about a story were last brought up to date: to which version, when, and how often so far.

    Before any edit ``at`` is when the story was first lined up for a chat. ``prices`` counts the edits that only said
    what prices did, the last at ``priced``.
    """

    version: int
    at: datetime
    count: int = 0
    prices: int = 0
    priced: datetime | None = None

    def may(self, version: int, now: datetime) -> bool:
        """Whether messages may be brought to this version now. What has begun for a version is brought to its end."""
        return version == self.version or (self.count < MOST and now - self.at >= APART)

    def next(self, now: datetime) -> datetime | None:
        """When it may be done next; None where it has been done often enough."""
        return max(now, self.at + APART) if self.count < MOST else None

    def done(self, version: int, now: datetime) -> Edits:
        """What is remembered once messages are being brought to this version."""
        return self if version == self.version else replace(self, version=version, at=now, count=self.count + 1)

    def next_for_prices(self, now: datetime) -> datetime | None:
        """When messages may be edited for what prices did alone; None where the story has had edits enough."""
        if self.count + self.prices >= MOST:
            return None
        return max(now, max(self.at, self.priced or self.at) + APART + _BEHIND)

    def done_for_prices(self, now: datetime) -> Edits:
        """What is remembered once messages are being edited for what prices did; the room of facts stays as it is."""
        return replace(self, prices=self.prices + 1, priced=now)

    def __str__(self) -> str:
        told = f"{self.version} {int(self.at.timestamp())} {self.count}"
        return told if self.priced is None else f"{told} {self.prices} {int(self.priced.timestamp())}"


def read_edits(text: str) -> Edits:
    """The ``Edits`` that were written as text."""
    version, at, count, *more = map(int, text.split(" "))
    prices, priced = more or (0, None)
    return Edits(version, _moment(at), count, prices, None if priced is None else _moment(priced))


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
