"""An XML body to the items in it that are new. Runs in the child.

lxml reads the whole body first and cuts out what is known, too old or not asked for, so that feedparser, some forty
times slower, sees only the rest. What lxml cannot read goes to feedparser whole, for it forgives almost anything.
"""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from xml.parsers import expat

import feedparser
from lxml import etree

from pipelines.feeds.dates import parse_date
from pipelines.feeds.items import NEWEST, RawItem, digest, shared, tell_apart
from pipelines.feeds.trouble import FeedTrouble, Reason

_CONTROL = bytes(code for code in range(32) if code not in {9, 10, 13})
_ROOTS = {"rss", "RDF", "feed"}
_ITEMS = {"item", "entry"}
_DATES = ("pubDate", "published", "issued", "date", "updated", "modified", "created")
_KEPT = {"title", "link", "guid", "id", "description", "summary", "source", "origLink", *_DATES}
_BODIES = {"content", "encoded"}
_TEXT_CAP = 20_000
# Who wrote it is not asked for here, and the pattern that feedparser runs over it takes 12 s for 64 KB.
_PEOPLE = re.compile(
    rb"<(/?)(?:\w{1,20}:)?(?:author|creator|contributor|managingEditor|webMaster|publisher|owner)\b", re.IGNORECASE
)
_REFERENCE = re.compile(rb"&#(x[0-9a-f]{1,8}|[0-9]{1,10});?", re.IGNORECASE)
_WALL_WORDS = re.compile(
    rb'type=["\']?password|captcha|cf-chl|challenge-platform|enable javascript'
    rb"|access denied|sign in|log ?in\b|subscribe to"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a body holds: the items that are not known yet, oldest knowledge about the rest, and what was wrong."""

    items: tuple[RawItem, ...]
    marks: tuple[str, ...] = ()
    total: int = 0
    newest: float = 0.0
    title: str = ""
    partial: bool = False


def read_xml(body: bytes, content_type: str, known: frozenset[str]) -> Document:
    """The items of an RSS, RDF or Atom body whose raw marks are not ``known``; raises ``FeedTrouble``."""
    if not body.strip():
        raise FeedTrouble(Reason.NOT_A_FEED, "empty")
    body, charset = _decoded(body, content_type)
    _check_prologue(body)
    partial = _is_cut_short(body)
    if partial:
        ends = [match.end() for match in _ends(body)]
        if not ends:
            raise FeedTrouble(Reason.NOT_A_FEED, "cut off before the end of its first item")
        body = body[: ends[-1]]
    root = None if partial else _tree(body, charset)
    if root is not None:
        name = _name(root)
        if name not in _ROOTS:
            raise _no_feed(body)
        return _pruned(root, known)
    return _forgiven(body, charset, partial=partial)


def _decoded(body: bytes, content_type: str) -> tuple[bytes, str]:
    """The body and its charset where it is sure. What reads as UTF-8 is UTF-8, whatever header and prologue say."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        if body[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"encoding=" in body[:200]:
            return body, ""
        match = re.search(r"charset=[\"']?([\w.:-]{1,40})", content_type, re.IGNORECASE)
        return body, match[1] if match else ""
    if b"\0" in body[:8]:
        return body, ""  # UTF-16 without its mark reads as UTF-8 too
    return body.removeprefix(b"\xef\xbb\xbf").translate(None, _CONTROL), "utf-8"


class _PrologueReadError(Exception):
    """The first element was reached: nothing is declared."""


def _check_prologue(body: bytes) -> None:
    """Refuse a body that declares entities: no feed needs them, every XML bomb and every file theft does."""

    def refuse(*_: object) -> None:
        raise FeedTrouble(Reason.UNSAFE_XML, "declares entities")

    def stop(*_: object) -> None:
        raise _PrologueReadError

    parser = expat.ParserCreate()
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = stop
    with contextlib.suppress(_PrologueReadError, expat.ExpatError, ValueError, LookupError):
        parser.Parse(body)
    # Where expat stumbles before it gets there, so will the parser, but the forgiving one behind it reads on.
    head = body[:4000].replace(b"\0", b"")
    if b"<!DOCTYPE" in head and b"<!ENTITY" in head:
        refuse()


def _is_cut_short(body: bytes) -> bool:
    """Whether a feed's end is missing after it has begun to list items."""
    tail = body[-2000:].replace(b"\0", b"")
    ended = re.search(rb"</\s*(?:\w+:)?(?:rss|feed|rdf)\s*>", tail, re.IGNORECASE)
    return ended is None and re.search(rb"<(?:item|entry)\b", body) is not None


def _tree(body: bytes, charset: str) -> Any:
    parser = etree.XMLParser(
        encoding=charset or None, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        return etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, LookupError, ValueError):
        return None


def _name(element: Any) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _pruned(root: Any, known: frozenset[str]) -> Document:
    every = [element for element in root.iter("{*}item", "{*}entry") if _name(element.getparent()) not in _ITEMS]
    newest = _newest(every)
    raws = [_raw(element) for element in newest]
    marks = tuple(digest(*raw) for raw in raws)
    fresh = [(element, raw) for element, raw, mark in zip(newest, raws, marks, strict=True) if mark not in known]
    times = [_time(element) for element in (*newest[:1], *newest[-1:], *(element for element, _ in fresh))]
    heads = (child for top in (root, *root.iter("{*}channel")) for child in top if _name(child) == "title")
    head = next(heads, None)
    title = "".join(head.itertext())[:500] if head is not None else ""
    document = Document(items=(), marks=marks, total=len(every), newest=max(times, default=0.0), title=title)
    if not fresh:
        return document
    _cut(root, every, {id(element) for element, _ in fresh})
    parsed = _feedparser(etree.tostring(root, encoding="utf-8"), "utf-8")
    items = [_item(entry) for entry in parsed.get("entries", ())]
    # Known items were cut out but still share: ask of all raw ones, as long as the two readers agree on the number.
    flags = dict(zip(raws, shared(raws), strict=True))
    agreed = [flags[raw] for _, raw in fresh] if len(items) == len(fresh) else None
    return replace(document, items=tell_apart(items, agreed))


def _newest(elements: Sequence[Any]) -> list[Any]:
    """At most ``NEWEST`` items. Feeds list the newest first, but for some that list it last."""
    if len(elements) <= NEWEST:
        return list(elements)
    oldest_first = 0.0 < _time(elements[0]) < _time(elements[-1])
    return list(elements[-NEWEST:] if oldest_first else elements[:NEWEST])


def _time(element: Any) -> float:
    for child in element:
        if _name(child) in _DATES:
            moment = parse_date(child.text or "")
            if moment is not None:
                return moment.timestamp()
    return 0.0


def _raw(element: Any) -> tuple[str, str, str]:
    """An item's (guid, link, title) as they stand there."""
    guid = link = title = ""
    for child in element:
        name = _name(child)
        if name in {"guid", "id"}:
            guid = guid or (child.text or "").strip()
        elif name == "link":
            if child.get("rel", "alternate") == "alternate":
                link = link or (child.text or "").strip() or child.get("href", "")
        elif name == "title":
            title = title or "".join(child.itertext()).strip()
    return guid, link, title


def _cut(root: Any, every: Sequence[Any], kept: set[int]) -> None:
    """Leave of the tree what is asked for: the feed's head and, of the kept items, the parts that are read."""
    for element in every:
        if id(element) not in kept:
            element.getparent().remove(element)
            continue
        names = {_name(child) for child in element}
        wanted = _KEPT if names & {"description", "summary"} else _KEPT | _BODIES
        for child in list(element):
            if _name(child) not in wanted:
                element.remove(child)
            elif child.text and len(child.text) > _TEXT_CAP:
                child.text = child.text[:_TEXT_CAP]
    for child in [part for top in (root, *root.iter("{*}channel")) for part in top]:
        if _name(child) not in {*_ITEMS, "channel", "title"}:
            child.getparent().remove(child)


def _forgiven(body: bytes, charset: str, *, partial: bool) -> Document:
    """The reading of feedparser of what is not well-formed."""
    ends = [match.end() for match in _ends(body)]
    if len(ends) > NEWEST:
        body = body[: ends[NEWEST - 1]]
    body = _PEOPLE.sub(rb"<\1x-person", _REFERENCE.sub(_legal, body))
    parsed = _feedparser(body, charset)
    entries = parsed.get("entries", ())[:NEWEST]
    if not parsed.get("version") and not entries:
        raise _no_feed(body)
    if not entries and parsed.get("bozo"):
        raise FeedTrouble(Reason.NOT_A_FEED, "broken XML without a whole item")
    items = tell_apart([_item(entry) for entry in entries])
    times = [moment.timestamp() for item in items if (moment := parse_date(item.published or item.updated))]
    return Document(
        items=items,
        total=max(len(ends), len(items)),
        newest=max(times, default=0.0),
        title=str(parsed.get("feed", {}).get("title", ""))[:500],
        partial=partial,
    )


def _legal(reference: re.Match[bytes]) -> bytes:
    """The reference itself, or nothing for a character that XML forbids: the parser behind would raise on some."""
    digits = reference[1]
    code = int(digits[1:], 16) if digits[:1] in b"xX" else int(digits)
    allowed = code in {9, 10, 13} or 32 <= code < 0xD800 or 0xDFFF < code < 0xFFFE or 0xFFFF < code < 0x110000
    return reference[0] if allowed else b""


def _ends(body: bytes) -> Iterator[re.Match[bytes]]:
    return re.finditer(rb"</(?:item|entry)>", body)


def _feedparser(body: bytes, charset: str) -> Any:
    headers = {"content-type": f"application/xml; charset={charset}"} if charset else {}
    # A BytesIO and nothing else: bytes or text that name a file or an address would be opened.
    source = io.BytesIO(body)
    try:
        return feedparser.parse(source, response_headers=headers, sanitize_html=False, resolve_relative_uris=False)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001  it promises never to raise; mutated feeds find ways
        raise FeedTrouble(Reason.NOT_A_FEED, f"broken beyond reading ({type(error).__name__})") from None


def _item(entry: Any) -> RawItem:
    source = entry.get("source") or {}
    bodies = entry.get("content") or [{}]
    return RawItem(
        guid=_text(entry.get("id")),
        link=_text(entry.get("feedburner_origlink") or entry.get("link")),
        title=_text(entry.get("title")),
        summary=_text(entry.get("summary") or bodies[0].get("value")),
        published=_text(entry.get("published") or entry.get("created")),
        updated=_text(entry.get("updated")),
        source=_text(source.get("title") or source.get("value")),
        source_url=_text(source.get("href") or source.get("url")),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _no_feed(body: bytes) -> FeedTrouble:
    head = body[:100_000].lower()
    if b"<html" in head or b"<!doctype html" in head:
        walled = _WALL_WORDS.search(head) is not None
        return FeedTrouble(Reason.WALLED if walled else Reason.NOT_A_FEED, "an HTML page")
    kind = "JSON" if head.lstrip()[:1] in {b"{", b"["} else "neither RSS nor Atom"
    return FeedTrouble(Reason.NOT_A_FEED, kind)
