"""One item as a feed states it, and the marks by which it is recognised when it comes again. Pure; runs in the child.

An item is known again by any of three marks: its link and title; its title and day, so that a feed that changes all its
guids or links at once brings nothing new; its guid and link, so that a mended title is no news. A mark that two items
of one body share tells nothing and is left out.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from pipelines.feeds.dates import parse_date
from pipelines.feeds.text import LINK_CAP, SUMMARY_CAP, TITLE_CAP, clean, plain, shorten

_TRACKING = re.compile(
    r"(?:utm_|mc_|pk_|hsa_|vero_|oly_|at_)\w*|fbclid|gclid|dclid|msclkid|yclid|igshid|cmpid|cmp|ncid|ocid|smid|icid|xtor|ref"
    r"|ref_src|rss|source|feed|ftag|guccounter|mkt_tok|_ga|_hsenc|_hsmi|traffic_source",
    re.IGNORECASE,
)
_TITLE_FROM_SUMMARY = 200
NEWEST = 200
"""So many items of a feed are read, the newest; a feed with more says so in the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawItem:
    """An item as the feed states it: markup and all.

    ``title_shared`` and ``place_shared`` say that another item of the same body has its title, or its guid and link.
    """

    guid: str = ""
    link: str = ""
    title: str = ""
    summary: str = ""
    published: str = ""
    updated: str = ""
    source: str = ""
    source_url: str = ""
    title_shared: bool = False
    place_shared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An item in plain text. ``key`` names it for good; ``marks`` are all by which it is known again.

    ``place`` is the one of them that stands for its guid and link, empty where these tell nothing; ``name`` stands for
    its title alone and is no mark, since columns have standing titles.
    ``stated`` is its own date in unix seconds, None where it has none that can be read.
    """

    key: str
    marks: tuple[str, ...]
    link: str
    title: str
    summary: str
    stated: float | None
    source: str = ""
    source_url: str = ""
    place: str = ""
    name: str = ""


def shared(raws: Sequence[tuple[str, str, str]]) -> list[tuple[bool, bool]]:
    """For each (guid, link, title) of a body: whether another item has its title, or its guid and link.

    Exact copies of one item count once.
    """
    distinct = set(raws)
    titles = Counter(title for _, _, title in distinct)
    places = Counter((guid, link) for guid, link, _ in distinct)
    return [(titles[title] > 1, places[guid, link] > 1) for guid, link, title in raws]


def tell_apart(items: Sequence[RawItem], flags: Sequence[tuple[bool, bool]] | None = None) -> tuple[RawItem, ...]:
    """The items, each told what it shares with another: by ``flags``, else with one of these."""
    flags = shared([(item.guid, item.link, item.title) for item in items]) if flags is None else flags
    pairs = zip(items, flags, strict=True)
    return tuple(replace(item, title_shared=title, place_shared=place) for item, (title, place) in pairs)


def digest(*parts: str) -> str:
    """Sixteen hexadecimal digits that stand for these texts."""
    return hashlib.blake2b("\x1f".join(parts).encode("utf-8", "replace"), digest_size=8).hexdigest()


def finish(raw: RawItem, base: str, *, links_tell: bool) -> Item | None:
    """The item in plain text with its marks; None where it has nothing to read.

    ``links_tell`` is false for a feed that was seen to give several items one link without a guid.
    """
    summary = plain(raw.summary, SUMMARY_CAP)
    title = plain(raw.title, TITLE_CAP) or shorten(summary, _TITLE_FROM_SUMMARY)
    if not title:
        return None
    link, guid = absolute(raw.link, base), clean(raw.guid[:LINK_CAP])
    place, folded = canonical(link), fold(title)
    published = parse_date(raw.published)
    stated = published or parse_date(raw.updated)
    key, known_place = digest("k", place, folded), ""
    marks = [key]
    if not raw.title_shared:
        marks.append(digest("t", folded, f"{stated:%Y%m%d}" if stated else ""))
    tells = bool(guid) or (links_tell and "/" in place.rstrip("/"))
    if tells and not raw.place_shared:
        marks.append(digest("g", canonical(guid) or guid, place))
        known_place = marks[-1]
    return Item(
        key=key,
        marks=tuple(marks),
        link=link,
        title=title,
        summary=summary,
        stated=_unix(stated),
        source=plain(raw.source, 200),
        source_url=absolute(raw.source_url, ""),
        place=known_place,
        name=digest("n", folded),
    )


def _unix(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()


def fold(title: str) -> str:
    """A title as it is compared: letters and digits only, in one case."""
    return " ".join(re.findall(r"\w+", title.casefold()))


def absolute(link: str, base: str) -> str:
    """An http(s) link in full, or nothing: other schemes, over-long ones and ones with odd characters are dropped."""
    link = "".join(link.split()) if link[:LINK_CAP].strip() else ""
    try:
        if link.startswith("/") and base:
            link = urljoin(base, link)
        parts = urlsplit(link)
    except ValueError:
        return ""
    odd = len(link) > LINK_CAP or link != clean(link) or any(sign in link for sign in '<>"\\`')
    return "" if odd or parts.scheme.lower() not in {"http", "https"} or not parts.hostname else link


def canonical(link: str) -> str:
    """A link as it is compared: without scheme, "www.", tracking parameters and a last slash. Nothing for no link."""
    try:
        parts = urlsplit(link)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return ""
    if parts.scheme.lower() not in {"http", "https"} or not host:
        return ""
    kept = [
        (name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.fullmatch(name)
    ]
    fragment = "" if _TRACKING.match(parts.fragment) else parts.fragment
    return urlunsplit(("", "", f"{host}{parts.path.rstrip('/') or '/'}", urlencode(sorted(kept)), fragment))
