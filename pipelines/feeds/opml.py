"""Lists of feeds as OPML, in and out, as other feed readers write and read them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from lxml import etree

from pipelines.feeds.catalogue import CatalogueError, Mistake, read_interval
from pipelines.feeds.feed import KINDS, Feed
from pipelines.feeds.guard import Guard
from pipelines.feeds.text import clean
from pipelines.feeds.trouble import FeedTrouble
from rules.story import Tier, Topic

_MAX_BYTES = 5_000_000
_MAX_FEEDS = 10_000


def read_opml(data: bytes, file: str, known: Iterable[Feed] = ()) -> tuple[Feed, ...]:
    """The feeds of an OPML body. What ``known`` has under the same address is taken from there, with its tier.

    An address that no guard would pass is left out, as other readers' lists hold many of those.
    """
    root = _tree(data, file)
    if root is None or etree.QName(root).localname != "opml":
        raise CatalogueError((Mistake(file, 0, 0, "is not OPML"),))
    by_url = {feed.url: feed for feed in known}
    guard = Guard(networks=Guard.allowing(("0.0.0.0/0", "::/0")).networks)
    feeds: dict[str, Feed] = {}
    addresses = set[str]()
    for outline in root.iter("outline"):
        url = (outline.get("xmlUrl") or "").strip()
        if not url or url in addresses or len(feeds) >= _MAX_FEEDS:
            continue
        try:
            guard.target(url)
        except FeedTrouble:
            continue
        addresses.add(url)
        feed = by_url.get(url) or _feed(outline, url)
        feed_id = _free(feed.id, feeds)
        feeds[feed_id] = feed if feed_id == feed.id else replace(feed, id=feed_id)
    if not feeds:
        raise CatalogueError((Mistake(file, 0, 0, "lists no feed with an address that can be used"),))
    return tuple(feeds.values())


def write_opml(feeds: Iterable[Feed]) -> bytes:
    """The feeds as OPML 2.0, grouped by tier; what only we know goes along in attributes that other readers ignore.

    But not the headers: they may hold keys, and OPML is for passing on. A list as YAML holds them.
    """
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = "Lodestone"
    body = etree.SubElement(root, "body")
    feeds = tuple(feeds)
    for tier in Tier:
        members = [feed for feed in feeds if feed.tier is tier]
        if not members:
            continue
        group = etree.SubElement(body, "outline", text=tier.value)
        for feed in members:
            shown = {"type": "rss", "text": feed.name, "xmlUrl": feed.url}
            ours = {"id": feed.id, "tier": feed.tier.value, "language": feed.language, "kind": feed.kind}
            ours |= {"interval": f"{feed.interval:g}"} if feed.interval else {}
            ours |= {"family": feed.family} if feed.family else {}
            ours |= {"topics": ",".join(feed.topics)} if feed.topics else {}
            etree.SubElement(group, "outline", {**shown, **ours})
    data: bytes = etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)
    return data


def _tree(data: bytes, file: str) -> Any:
    if len(data) > _MAX_BYTES:
        raise CatalogueError((Mistake(file, 0, 0, f"is larger than {_MAX_BYTES:,} bytes"),))
    # Neither entities, nor a network, nor a DTD: an OPML file may come from anywhere.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        line = getattr(error, "lineno", 0) or 0
        raise CatalogueError((Mistake(file, line, 1, "is not XML that can be read"),)) from None


def _feed(outline: Any, url: str) -> Feed:
    name = clean(outline.get("title") or outline.get("text") or "")[:100] or re.sub(r"^https?://|/.*", "", url)
    tier, kind, language = outline.get("tier"), outline.get("kind"), outline.get("language") or ""
    topics = (outline.get("topics") or "").split(",")
    return Feed(
        id=_slug(outline.get("id") or name) or "feed",
        url=url,
        name=name,
        family=clean(outline.get("family") or "")[:64],
        tier=Tier(tier) if tier in set(Tier) else Tier.TRADE,
        language=language if re.fullmatch(r"[a-z]{2,3}", language) else "en",
        interval=read_interval(outline.get("interval") or "") or 0.0,
        kind=kind if kind in KINDS else "rss",
        topics=tuple(topic for topic in topics if topic in set(Topic)),
    )


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:56]


def _free(feed_id: str, taken: Iterable[str]) -> str:
    names, number = set(taken), 2
    candidate = feed_id
    while candidate in names:
        candidate, number = f"{feed_id}-{number}", number + 1
    return candidate
