"""Who says it: the feed's own publisher, or the one that a relay names. Pure."""

from __future__ import annotations

import re

from pipelines.feeds.feed import Feed
from pipelines.feeds.items import Item
from pipelines.stories.families import family_of
from rules.story import Source, Tier

_RELAYS = {Tier.AGGREGATOR, Tier.TRADE}
"""Tiers whose items may name another publisher. A register and a wire speak for themselves only."""


def credit(feed: Feed, item: Item, channel: str) -> tuple[Source, str]:
    """The source of an item and its title without the publisher that many hang on its end."""
    publisher, family, url = _name(feed, channel), feed.family, feed.url
    if item.source and feed.tier in _RELAYS and _slug(item.source) != _slug(publisher):
        publisher, family, url = item.source, "", item.source_url or item.link
    family = family or family_of(publisher, url)
    return Source(feed.id, publisher, family, feed.tier, feed.language), _without_tail(item.title, publisher)


def _name(feed: Feed, channel: str) -> str:
    """The feed's name; where a list gave only a slug of it, as the feed itself writes it."""
    return channel if feed.name == feed.name.lower() and _slug(channel) == _slug(feed.name) else feed.name


def _without_tail(title: str, publisher: str) -> str:
    head, dash, tail = title.rpartition(" - ")
    return head if dash and head and _slug(tail) == _slug(publisher) else title


def _slug(name: str) -> str:
    return re.sub(r"[\W_]+", "-", name.casefold()).strip("-")
