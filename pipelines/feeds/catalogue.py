"""Reads a list of feeds from YAML, strictly: every mistake is told at once, each with its file, line and remedy."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from pipelines.feeds.feed import KINDS, Feed
from pipelines.feeds.guard import Guard
from pipelines.feeds.trouble import FeedTrouble
from pipelines.stories.families import family_of
from rules.story import Tier, Topic

T = TypeVar("T")

_MAX_BYTES = 2_000_000
_MAX_FEEDS = 10_000
_DEEPEST = 8
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_HEADER = re.compile(r"[A-Za-z0-9-]{1,60}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z]{2,8})?")
_BASE = re.compile(r"^\{([a-z_]+)\}")
_INTERVAL = (10.0, 86_400.0)


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake in a list of feeds; ``line`` and ``column`` count from 1, 0 for the file as a whole."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}" if self.line else f"{self.file}: {self.message}"


class CatalogueError(ValueError):
    """A list of feeds with mistakes, all of them in ``mistakes``."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        super().__init__("\n".join(str(mistake) for mistake in mistakes))
        self.mistakes = mistakes


def load_catalogue(path: Path | None = None, bases: Mapping[str, str] | None = None) -> tuple[Feed, ...]:
    """The shipped catalogue, or the YAML file at ``path``. ``bases`` replace base addresses by name."""
    if path is None:
        return _shipped(tuple((bases or {}).items()))
    return read_catalogue(read_file(path), str(path), bases)


@lru_cache(maxsize=4)  # it never changes while a process lives, and strict reading takes its time
def _shipped(bases: tuple[tuple[str, str], ...]) -> tuple[Feed, ...]:
    text = files("pipelines.feeds").joinpath("catalogue.yaml").read_bytes()
    return read_catalogue(text, "catalogue.yaml", dict(bases))


def read_file(path: Path) -> bytes:
    """The bytes of a list of feeds; raises ``CatalogueError`` when there are none to read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise CatalogueError((Mistake(str(path), 0, 0, f"cannot be read: {error.strerror}"),)) from None


def read_catalogue(data: bytes, file: str, bases: Mapping[str, str] | None = None) -> tuple[Feed, ...]:
    """The feeds that a YAML text lists; raises ``CatalogueError`` with every mistake in it."""
    if len(data) > _MAX_BYTES:
        raise CatalogueError((Mistake(file, 0, 0, f"is larger than {_MAX_BYTES:,} bytes"),))
    try:
        root = _compose(data)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        what = getattr(error, "problem", None) or "is not YAML that can be read"
        raise CatalogueError((Mistake(file, line, column, str(what)[:200]),)) from None
    reader = _Reader(file, bases or {})
    feeds = reader.read(root)
    reader.check_bases(bases or {})
    if reader.mistakes:
        raise CatalogueError(tuple(reader.mistakes))
    return feeds


def write_catalogue(feeds: Iterable[Feed]) -> bytes:
    """The feeds as YAML that ``read_catalogue`` reads back."""
    rows = []
    for feed in feeds:
        row: dict[str, object] = {"id": feed.id, "name": feed.name, "url": feed.url, "tier": feed.tier.value}
        if feed.family and feed.family != family_of(feed.name, feed.url):
            row["family"] = feed.family
        row |= {"language": feed.language} if feed.language != "en" else {}
        row |= {"interval": f"{feed.interval:g}"} if feed.interval else {}
        row |= {"headers": dict(feed.headers)} if feed.headers else {}
        row |= {"kind": feed.kind} if feed.kind != "rss" else {}
        row |= {"topics": list(feed.topics)} if feed.topics else {}
        rows.append(row)
    return yaml.safe_dump({"feeds": rows}, allow_unicode=True, sort_keys=False, width=1000, encoding="utf-8")


class _PlainLoader(yaml.SafeLoader):
    """A loader of plain lists and words: aliases and depth make small files endless, tags ask for objects."""

    _depth = 0

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
        if self.check_event(yaml.AliasEvent):
            raise yaml.composer.ComposerError(None, None, "aliases are not allowed: write it out", mark)
        if self._depth > _DEEPEST:
            raise yaml.composer.ComposerError(None, None, "too deep for a list of feeds", mark)
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        if node is not None and (not node.tag.startswith("tag:yaml.org,2002:") or "python/" in node.tag):
            raise yaml.composer.ComposerError(None, None, "tags are not allowed", mark)
        return node


def _compose(data: bytes) -> Node | None:
    loader = _PlainLoader(data.decode("utf-8-sig"))
    try:
        return loader.get_single_node()
    finally:
        loader.dispose()


class _Reader:
    """Walks the nodes and gathers mistakes."""

    def __init__(self, file: str, bases: Mapping[str, str]) -> None:
        self.file = file
        self.mistakes: list[Mistake] = []
        self._bases = dict(bases)
        self._needed = set[str]()
        # What an address may hold is the guard's business; which hosts may be asked is decided when it is asked.
        self._guard = Guard(names=frozenset(), networks=Guard.allowing(("0.0.0.0/0", "::/0")).networks)

    def read(self, root: Node | None) -> tuple[Feed, ...]:
        if not isinstance(root, MappingNode):
            self._wrong(root, "must be a mapping with the key 'feeds'")
            return ()
        parts = self._mapping(root, {"base", "feeds"})
        if "base" in parts:
            self._read_bases(parts["base"])
        listed = parts.get("feeds")
        if not isinstance(listed, SequenceNode) or not listed.value:
            self._wrong(listed or root, "'feeds' must be a list with at least one feed")
            return ()
        if len(listed.value) > _MAX_FEEDS:
            self._wrong(listed, f"more than {_MAX_FEEDS:,} feeds")
            return ()
        feeds: dict[str, Feed] = {}
        addresses: dict[str, str] = {}
        for node in listed.value:
            feed = self._feed(node)
            if feed is None:
                continue
            if feed.id in feeds:
                self._wrong(node, f"the id '{feed.id}' is used twice")
            elif feed.url in addresses:
                self._wrong(node, f"'{feed.id}' has the address of '{addresses[feed.url]}'")
            feeds[feed.id], addresses[feed.url] = feed, feed.id
        return tuple(feeds.values())

    def check_bases(self, given: Iterable[str]) -> None:
        """A base that was given and that no address here begins with is a slip of the pen."""
        for name in sorted(set(given) - self._needed):
            known = ", ".join(sorted(self._needed)) or "none"
            self._wrong(None, f"feed_bases names '{name[:40]}', with which no address here begins; known: {known}")

    def _read_bases(self, node: Node) -> None:
        if not isinstance(node, MappingNode):
            self._wrong(node, "'base' must map names to addresses")
            return
        for name, value in self._mapping(node, None).items():
            if isinstance(value, ScalarNode) and value.value.startswith(("http://", "https://")):
                self._bases.setdefault(name, value.value)
            else:
                self._wrong(value, f"base '{name}' must be an http or https address")

    def _feed(self, node: Node) -> Feed | None:
        if not isinstance(node, MappingNode):
            self._wrong(node, "a feed must be a mapping with id, name, url and tier")
            return None
        before = len(self.mistakes)
        parts = self._mapping(node, set(Feed.__dataclass_fields__))
        for needed in ("id", "name", "url", "tier"):
            if needed not in parts:
                self._wrong(node, f"'{needed}' is missing")
        url = self._word(parts, "url", self._url)
        name = self._word(parts, "name", lambda text: text if len(text) <= 100 else None, "at most 100 characters")
        feed_id = self._word(parts, "id", lambda text: text if _ID.fullmatch(text) else None, "lower case, digits, '-'")
        tier = self._word(parts, "tier", _one_of(tuple(Tier)), ", ".join(Tier))
        kind = self._word(parts, "kind", _one_of(KINDS), ", ".join(KINDS)) or "rss"
        language = self._word(parts, "language", lambda text: text if _LANGUAGE.fullmatch(text) else None, "as in 'en'")
        family = self._word(parts, "family", lambda text: text if len(text) <= 64 else None, "at most 64 characters")
        interval = self._word(parts, "interval", read_interval, f"{_INTERVAL[0]:g} to {_INTERVAL[1]:g} seconds") or 0.0
        headers, topics = self._headers(parts.get("headers")), self._topics(parts.get("topics"))
        if len(self.mistakes) > before or not (url and name and feed_id and tier):
            return None
        return Feed(
            id=feed_id,
            url=url,
            name=name,
            family=family or family_of(name, url),
            tier=Tier(tier),
            language=language or "en",
            interval=interval,
            headers=headers,
            kind=kind,
            topics=topics,
        )

    def _word(
        self, parts: Mapping[str, Node], name: str, read: Callable[[str], T | None], wanted: str = ""
    ) -> T | None:
        node = parts.get(name)
        if node is None:
            return None
        if not isinstance(node, ScalarNode) or not node.value.strip():
            self._wrong(node, f"'{name}' must be one word or text")
            return None
        value = read(node.value.strip())
        if value is None and wanted:
            self._wrong(node, f"'{name}' is {node.value.strip()[:40]!r}, must be: {wanted}")
        elif value is None:
            self._wrong(node, f"'{name}' cannot be used: {self._why}")
        return value

    _why = ""

    def _url(self, text: str) -> str | None:
        match = _BASE.match(text)
        if match:
            base = self._bases.get(match[1])
            self._needed.add(match[1])
            if base is None:
                self._why = f"there is no base '{match[1]}'"
                return None
            text = base.rstrip("/") + text[match.end() :]
        try:
            self._guard.target(text)
        except FeedTrouble as trouble:
            self._why = trouble.detail
            return None
        return text

    def _headers(self, node: Node | None) -> tuple[tuple[str, str], ...]:
        if node is None:
            return ()
        if not isinstance(node, MappingNode):
            self._wrong(node, "'headers' must map names to values")
            return ()
        found = []
        for name, value in self._mapping(node, None).items():
            text = value.value if isinstance(value, ScalarNode) else ""
            if (
                not _HEADER.fullmatch(name)
                or not text
                or len(text) > 500
                or not text.isascii()
                or not text.isprintable()
            ):
                self._wrong(value, f"header '{name[:60]}' must be plain text on one line")
            elif name.lower() in {
                "host",
                "cookie",
                "accept-encoding",
                "content-length",
                "connection",
                "transfer-encoding",
            }:
                self._wrong(value, f"header '{name}' is ours to set")
            else:
                found.append((name, text))
        return tuple(found)

    def _topics(self, node: Node | None) -> tuple[str, ...]:
        values = (
            [one.value for one in node.value if isinstance(one, ScalarNode)] if isinstance(node, SequenceNode) else []
        )
        if node is not None and (not values or any(value not in set(Topic) for value in values)):
            self._wrong(node, f"'topics' must be a list of: {', '.join(Topic)}")
        return tuple(values)

    def _mapping(self, node: MappingNode, known: set[str] | None) -> dict[str, Node]:
        found: dict[str, Node] = {}
        for key, value in node.value:
            name = key.value if isinstance(key, ScalarNode) else "?"
            if name in found:
                self._wrong(key, f"'{name}' is said twice")
            elif known is not None and name not in known:
                self._wrong(key, f"unknown field '{name[:40]}'; known: {', '.join(sorted(known))}")
            found[name] = value
        return found

    def _wrong(self, node: Node | None, message: str) -> None:
        mark = node.start_mark if node is not None else None
        place = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        self.mistakes.append(Mistake(self.file, *place, message))


def _one_of(words: tuple[str, ...]) -> Callable[[str], str | None]:
    return lambda text: text if text in words else None


def read_interval(text: str) -> float | None:
    """Seconds between polls as written in a list, None where they are no sensible number."""
    if not re.fullmatch(r"\d{1,5}(\.\d+)?", text):
        return None
    return float(text) if _INTERVAL[0] <= float(text) <= _INTERVAL[1] else None
