"""Where the list of feeds comes from: the shipped catalogue, a file or an address; YAML or OPML, by its content."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from pipelines.feeds.catalogue import CatalogueError, Mistake, load_catalogue, read_catalogue, read_file
from pipelines.feeds.feed import Feed
from pipelines.feeds.fetcher import Fetcher
from pipelines.feeds.opml import read_opml
from pipelines.feeds.trouble import FeedTrouble, HostBusyError


async def load_feeds(
    source: str | None, fetcher: Fetcher, now: datetime, bases: Mapping[str, str] | None = None
) -> tuple[Feed, ...]:
    """The feeds of ``source``: None for the shipped ones, else a path or an http address of YAML or OPML.

    An address passes the same guard as a feed's. Raises ``CatalogueError`` with every mistake.
    """
    if source and source.startswith(("http://", "https://")):
        try:
            fetched = await fetcher.get(source, now=now)
        except (FeedTrouble, HostBusyError) as trouble:
            why = str(trouble)
            if "refused-address" in why:
                why += "; name its host in LODESTONE_ALLOW_PRIVATE_HOSTS if you trust it"
            raise CatalogueError((Mistake(source, 0, 0, f"cannot be had: {why}"),)) from None
        return parse_feeds(fetched.body or b"", source, bases)
    return load_listed(source, bases)


def load_listed(source: str | None, bases: Mapping[str, str] | None = None) -> tuple[Feed, ...]:
    """The same of a list that lies on this machine."""
    if not source:
        return load_catalogue(None, bases)
    return parse_feeds(read_file(Path(source)), source, bases)


def parse_feeds(data: bytes, file: str, bases: Mapping[str, str] | None = None) -> tuple[Feed, ...]:
    """The feeds of a body that is OPML if it begins like XML, else YAML."""
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return read_opml(data, file, load_catalogue(None, bases))
    return read_catalogue(data, file, bases)
