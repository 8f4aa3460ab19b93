"""When a feed is polled next. Pure."""

from __future__ import annotations

import hashlib

from pipelines.feeds.feed import Feed, FeedState
from rules.story import Tier

FLOOR = 60.0
_AGGREGATOR_FLOOR = 300.0
"""Google News punishes more than one poll a minute from one address, and it serves many of our feeds."""
_LONGEST_BACK_OFF = {Tier.OFFICIAL: 3_600.0}
_LONGEST_BACK_OFF_ELSEWHERE = 21_600.0
QUARANTINE = 86_400.0
HANGS_TO_QUARANTINE = 3
_POLLS_PER_GAP = 4.0
_JITTER = 0.1


def after_success(feed: Feed, state: FeedState, now: float, fresh_for: float | None) -> float:
    """Unix time of the next poll: four polls in the usual gap between news, within the floor and the tier's ceiling.

    As long as no gap is known, the time without news stands for it: a new feed begins at the floor and slows down.
    ``fresh_for`` is what cache headers promise, in seconds: they may slow a poll down, but never beyond the ceiling.
    """
    ceiling = feed.ceiling
    floor = min(ceiling, _AGGREGATOR_FLOOR if feed.tier is Tier.AGGREGATOR else FLOOR)
    quiet = max(state.gap, now - (state.last_new or state.since))
    wanted = min(max(quiet / _POLLS_PER_GAP, floor), ceiling)
    if fresh_for is not None:
        wanted = max(wanted, min(fresh_for, ceiling))
    return now + wanted * _spread(feed.id)


def after_failure(feed: Feed, state: FeedState, now: float, retry_after: float | None) -> float:
    """Unix time of the next try: twice as long after each failure in a row, at least what the server asked for."""
    if state.hangs >= HANGS_TO_QUARANTINE:
        return now + QUARANTINE
    longest = max(feed.ceiling, _LONGEST_BACK_OFF.get(feed.tier, _LONGEST_BACK_OFF_ELSEWHERE))
    wait = min(feed.ceiling * 2.0 ** min(state.failures - 1, 16), longest) * _spread(feed.id)
    return now + max(wait, retry_after or 0.0)


def observed_gap(state: FeedState, new: int, now: float) -> float:
    """The usual seconds between new items, moved a third of the way to what was seen at this poll."""
    if not new or not state.last_new:
        return state.gap
    seen = max(1.0, (now - state.last_new) / new)
    return seen if not state.gap else state.gap + (seen - state.gap) / 3.0


def _spread(feed_id: str) -> float:
    """0.9 to 1.1, always the same for one feed: feeds of one interval drift apart, and a replay stays the same."""
    share = int.from_bytes(hashlib.blake2b(feed_id.encode(), digest_size=4).digest()) / 0xFFFFFFFF
    return 1.0 - _JITTER + 2.0 * _JITTER * share
