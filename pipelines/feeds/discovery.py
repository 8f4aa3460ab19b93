"""Finds the feeds behind an address that a person names: itself, or those that the page there links as its feeds.

Each is asked once, through the guarded fetcher, before anybody is offered it. A page is foreign text: of it only the
addresses in its ``<link rel=alternate>`` tags are used, the first few, in its first part.
"""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import urljoin, urlsplit

from pipelines.feeds.changes import id_for
from pipelines.feeds.feed import Feed
from pipelines.feeds.fetcher import Fetched, Fetcher
from pipelines.feeds.parsing import Parsed, Parsers
from pipelines.feeds.text import clean, shorten
from pipelines.feeds.trouble import FeedTrouble, Reason
from pipelines.stories.families import family_of, registrable
from rules.story import Tier

MOST_LINKS = 4
"""Linked feeds that are asked: a page names its own first, then those of its sections."""
_HEAD = 300_000
"""Bytes of a page that are looked at: its links stand in its head."""
_TAG = re.compile(rb"<(link|base)\b([^<>]{1,2000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"""(?<![a-zA-Z-])([a-zA-Z-]{1,20})\s{0,20}=\s{0,20}("[^"]{0,2000}"|'[^']{0,2000}'|[^\s"'>]{1,2000})"""
)
_TYPES = {
    "application/rss+xml": "rss",
    "application/atom+xml": "rss",
    "application/rdf+xml": "rss",
    "application/feed+json": "json-feed",
}
_NO_FEED = {Reason.NOT_A_FEED, Reason.WALLED, Reason.UNSAFE_XML}
_OFFICIAL = re.compile(r"(^|\.)(gov|mil|int|europa\.eu|(gov|gob|gouv|gc|admin)\.[a-z]{2})$")
_TITLE, _NAME = 200, 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A feed that can be read, as it would be added, and what it held: how many items, and the newest one.

    ``gap`` is the usual seconds between its items, 0 where they do not tell.
    """

    feed: Feed
    items: int
    newest: datetime | None
    headline: str
    gap: float


@dataclass(frozen=True, slots=True)
class Found:
    """What lies behind an address. ``failed`` are linked feeds that could not be read, each with why."""

    candidates: tuple[Candidate, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """A feed that a page links, and how it is read."""

    url: str
    kind: str


async def discover(url: str, fetcher: Fetcher, parsers: Parsers, known: Sequence[Feed], now: datetime) -> Found:
    """The feeds behind the address; ``known`` are those polled so far, whose owners tell what a new one is.

    Raises ``FeedTrouble`` where the address itself cannot be had, ``BusyError`` where not just now.
    """
    fetched = await fetcher.get(url, now=now)
    body = fetched.body or b""
    try:
        parsed = await _parse(parsers, fetched, "rss")
        return Found((_candidate(fetched.moved or url, "rss", parsed, known, now),))
    except FeedTrouble as trouble:
        if trouble.reason not in _NO_FEED:
            raise
    if body.lstrip()[:1] == b"{":
        parsed = await _parse(parsers, fetched, "json-feed")
        return Found((_candidate(fetched.moved or url, "json-feed", parsed, known, now),))
    candidates, failed = list[Candidate](), list[tuple[str, str]]()
    for link in await asyncio.to_thread(links_of, body, fetched.url):  # a page of tags alone takes a tenth of a second
        try:
            answer = await fetcher.get(link.url, now=now)
            parsed = await _parse(parsers, answer, link.kind)
            candidates.append(_candidate(answer.moved or link.url, link.kind, parsed, known, now))
        except FeedTrouble as trouble:
            failed.append((link.url, trouble.word))
    return Found(tuple(candidates), tuple(failed))


def links_of(page: bytes, url: str) -> tuple[Link, ...]:
    """The feeds that a page links, absolute, each once, those of comments last; in time linear to the page's size."""
    base, links = url, dict[str, tuple[bool, Link]]()
    for match in _TAG.finditer(page[:_HEAD]):
        pairs = _ATTRIBUTE.findall(match[2].decode("utf-8", "replace"))
        words = {name.lower(): html.unescape(value.strip("\"'")).strip() for name, value in reversed(pairs)}
        href = words.get("href", "")
        if match[1].lower() == b"base":
            base = _join(url, href) or base
            continue
        kind = _TYPES.get(words.get("type", "").partition(";")[0].strip().lower())
        where = _join(base, href) if href and kind and "alternate" in words.get("rel", "").lower().split() else ""
        if where and kind and where not in links:
            links[where] = ("comment" in words.get("title", "").lower(), Link(where, kind))
    return tuple(link for _, link in sorted(links.values(), key=lambda pair: pair[0]))[:MOST_LINKS]


def guess_tier(url: str, known: Sequence[Feed]) -> Tier:
    """What kind of source stands there: as the known feeds of that owner are, else by its host; trade in doubt."""
    host = (urlsplit(url).hostname or "").lower()
    owner = registrable(host)
    same = next(
        (feed.tier for feed in known if registrable((urlsplit(feed.url).hostname or "").lower()) == owner), None
    )
    if same is not None:
        return same
    return Tier.OFFICIAL if _OFFICIAL.search(host) else Tier.TRADE


async def _parse(parsers: Parsers, fetched: Fetched, kind: str) -> Parsed:
    return await parsers.parse(fetched.body or b"", url=fetched.url, kind=kind, content_type=fetched.content_type)


def _candidate(url: str, kind: str, parsed: Parsed, known: Sequence[Feed], now: datetime) -> Candidate:
    host = urlsplit(url).hostname or "feed"
    name = shorten(clean(parsed.title), _NAME) or host
    feed = Feed(id=id_for(name), url=url, name=name, tier=guess_tier(url, known), kind=kind)
    # What is dated ahead of us is no newest item: a slip of theirs, or a meeting announced.
    dated = sorted(
        (item for item in parsed.items if item.stated and item.stated <= now.timestamp() + 86_400), key=_when
    )
    gap = (_when(dated[-1]) - _when(dated[0])) / (len(dated) - 1) if len(dated) > 1 else 0.0
    return Candidate(
        feed=replace(feed, family=family_of(name, url)),
        items=parsed.total,
        newest=datetime.fromtimestamp(_when(dated[-1]), UTC) if dated else None,
        headline=shorten(dated[-1].title if dated else parsed.items[0].title if parsed.items else "", _TITLE),
        gap=gap,
    )


def _when(item: object) -> float:
    stated = getattr(item, "stated", None)
    return float(stated) if stated is not None else 0.0


def _join(base: str, href: str) -> str:
    try:
        joined = urljoin(base, href)
    except ValueError:
        return ""
    return joined if joined.startswith(("http://", "https://")) else ""
