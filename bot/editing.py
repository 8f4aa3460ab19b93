"""When the messages about a story may be edited: seldom enough that the queue stays free for what is new. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

APART = timedelta(minutes=10)
"""The least time between a message and its edit, and between two edits."""
MOST = 8
"""Edits of one message; what makes it untrue is shown all the same."""


@dataclass(frozen=True, slots=True)
class Edits:
    """How the messages about a story were last brought up to date: to which version, when, and how often so far.

    Before any edit ``at`` is when the story was first lined up for a chat.
    """

    version: int
    at: datetime
    count: int = 0

    def may(self, version: int, now: datetime) -> bool:
        """Whether messages may be brought to this version now. What has begun for a version is brought to its end."""
        return version == self.version or (self.count < MOST and now - self.at >= APART)

    def next(self, now: datetime) -> datetime | None:
        """When it may be done next; None where it has been done often enough."""
        return max(now, self.at + APART) if self.count < MOST else None

    def done(self, version: int, now: datetime) -> Edits:
        """What is remembered once messages are being brought to this version."""
        return self if version == self.version else Edits(version, now, self.count + 1)

    def __str__(self) -> str:
        return f"{self.version} {int(self.at.timestamp())} {self.count}"


def read_edits(text: str) -> Edits:
    """The ``Edits`` that were written as text."""
    version, at, count = text.split(" ")
    return Edits(int(version), datetime.fromtimestamp(int(at), UTC), int(count))
