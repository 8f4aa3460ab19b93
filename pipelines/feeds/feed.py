"""A feed as the catalogue describes it, and what is remembered of it between polls."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from rules.story import Tier

CEILINGS: Mapping[Tier, float] = {
    Tier.OFFICIAL: 300.0,
    Tier.WIRE: 300.0,
    Tier.TRADE: 900.0,
    Tier.AGGREGATOR: 600.0,
}
"""Longest seconds between two polls of a healthy feed. The nearer to the act, the sooner we want to know."""

KINDS = ("rss", "json-feed", "federal-register")
"""How a body is read: ``rss`` is RSS, RDF and Atom; ``federal-register`` is both of its JSON lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """Where news comes from. ``family`` is the publisher's owner group, empty where the publisher decides.

    ``interval`` is the longest time between polls in seconds; 0 means the ceiling of the tier.
    """

    id: str
    url: str
    name: str
    family: str = ""
    tier: Tier = Tier.TRADE
    language: str = "en"
    interval: float = 0.0
    headers: tuple[tuple[str, str], ...] = ()
    kind: str = "rss"
    topics: tuple[str, ...] = ()

    @property
    def ceiling(self) -> float:
        """The longest time between two polls while the feed is healthy, in seconds."""
        return self.interval or CEILINGS[self.tier]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """What is remembered of a feed. Times are unix seconds, 0 for never.

    ``url`` is the address that all this belongs to, ``moved`` where it has moved for good. ``body`` is the digest of
    the last body, ``marks`` those of its items, by which known ones are cut out before the slow parser sees them.
    ``since`` is when it was first read, ``newest`` the newest item's own date, ``gap`` the usual seconds between new
    items, ``last_new`` when there were some, or when the first were listed. ``hangs`` counts parses in a row that had
    to be killed. ``shared_links`` says that this feed gives several items one link. ``churned`` is when the operator
    was last told that known titles came under new ids or links.
    """

    url: str
    moved: str = ""
    etag: str = ""
    modified: str = ""
    body: str = ""
    marks: tuple[str, ...] = ()
    shared_links: bool = False
    polled: float = 0.0
    succeeded: float = 0.0
    since: float = 0.0
    newest: float = 0.0
    items: int = 0
    gap: float = 0.0
    last_new: float = 0.0
    failures: int = 0
    hangs: int = 0
    reason: str = ""
    not_before: float = 0.0
    churned: float = 0.0


_DEFAULTS: Mapping[str, Any] = {one.name: one.default for one in fields(FeedState) if one.name != "url"}


def encode_state(state: FeedState) -> bytes:
    """The state as compact JSON; what has its default is left out."""
    kept = {name: value for name, default in _DEFAULTS.items() if (value := getattr(state, name)) != default}
    return json.dumps({"url": state.url, **kept}, separators=(",", ":"), ensure_ascii=False).encode()


def decode_state(data: bytes | None, url: str) -> FeedState:
    """The stored state if it can be read and belongs to ``url``, else a fresh one: the catalogue's address rules."""
    if not data:
        return FeedState(url=url)
    try:
        raw = json.loads(data)
    except ValueError:
        return FeedState(url=url)
    if not isinstance(raw, dict) or raw.get("url") != url:
        return FeedState(url=url)
    kept: dict[str, Any] = {}
    for name, default in _DEFAULTS.items():
        value = raw.get(name, default)
        if isinstance(default, tuple):
            kept[name] = tuple(str(mark) for mark in value) if isinstance(value, list) else ()
        elif isinstance(default, float):
            kept[name] = float(value) if isinstance(value, int | float) else default
        else:
            kept[name] = value if type(value) is type(default) else default
    return FeedState(url=url, **kept)
