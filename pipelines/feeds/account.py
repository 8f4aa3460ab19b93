"""What the polls of this process brought, and whether it is the feeds that fail or the network.

Where all fail alike and none answers, one line says so instead of one for each feed.
"""

from __future__ import annotations

import logging
from collections.abc import Sized

from pipelines.feeds.trouble import Reason

log = logging.getLogger(__name__)

ENOUGH = 20
"""So many feeds (all of them, where there are fewer) that fail alike one after the other are a network that is away."""
_UNREACHED = {Reason.DNS, Reason.CONNECT, Reason.TIMEOUT}


class Account:
    """Counts polls and tells their failures. ``feeds`` says how many feeds there are."""

    def __init__(self, feeds: Sized) -> None:
        self.turns = set[str]()
        self.failing = set[str]()
        self.headlines = 0
        self.too_old = 0
        self._feeds = feeds
        self._answers = 0
        self._held: dict[str, str] = {}
        self._reason = ""
        self._away = False

    def begin(self) -> int:
        """A poll begins; what it gets is handed to ``failed``, which has to know whether anyone answered meanwhile."""
        return self._answers

    def ended(self, feed: str) -> None:
        """A feed's turn is over, whatever it brought."""
        self.turns.add(feed)

    def read(self, feed: str) -> None:
        """A feed could be read."""
        self.failing.discard(feed)

    def brought(self, headlines: int, too_old: int) -> None:
        """A feed had entries that were not met before; some of them may have been too old."""
        self.headlines += headlines
        self.too_old += too_old

    def answered(self) -> None:
        """A host was reached, so that the network is there."""
        self._answers += 1
        self.tell()
        if self._away:
            self._away = False
            log.info("network.back")

    def failed(self, feed: str, reason: Reason, line: str, begun: int) -> None:
        """A poll failed: its line is told, or held back as long as it may be that nothing can be reached."""
        self.failing.add(feed)
        if reason not in _UNREACHED:
            self.answered()
        if reason not in _UNREACHED or self._answers != begun or len(self._feeds) < 2:
            log.warning(line)
        elif self._away:
            log.debug(line)
        else:
            self._hold(feed, reason, line)

    def tell(self) -> None:
        """Tell what was held back, for these are feeds that fail by themselves."""
        for line in self._held.values():
            log.warning(line)
        self._held.clear()

    def _hold(self, feed: str, reason: Reason, line: str) -> None:
        if reason != self._reason:
            self.tell()
        self._reason = reason
        self._held[feed] = line
        if len(self._held) >= min(ENOUGH, len(self._feeds)):
            for held in self._held.values():
                log.debug(held)
            self._held.clear()
            self._away = True
            log.error(
                "network.away reason=%s remedy=%s",
                reason,
                "no feed can be reached: look at this machine's network; all are tried again by themselves",
            )
