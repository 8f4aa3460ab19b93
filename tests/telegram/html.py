"""Telegram's HTML, read as strictly as Telegram reads it: unknown, unclosed or crossed tags are refused."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)((?:\s+[a-zA-Z-]+(?:=(?:\"[^\"]*\"|'[^']*'|[^\s\"'>]+))?)*)\s*>")
_ATTRIBUTE = re.compile(r"([a-zA-Z-]+)(?:=(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?")
_REFERENCE = re.compile(r"&(?:lt|gt|amp|quot|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});")
_PLAIN = frozenset(
    {"b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "code", "pre", "blockquote", "tg-spoiler"}
)


class BadEntities(ValueError):
    """Text that Telegram answers with 400, in its words."""


@dataclass(frozen=True)
class Entity:
    """A styled run of the text, in UTF-16 units."""

    type: str
    offset: int
    length: int
    url: str = ""


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parse(text: str) -> tuple[str, list[Entity]]:
    """The text without its tags, and what the tags said."""
    plain: list[str] = []
    at = 0
    length = 0
    open_tags: list[tuple[str, int, str]] = []
    entities: list[Entity] = []
    while at < len(text):
        found = text.find("<", at)
        end = len(text) if found < 0 else found
        run = _REFERENCE.sub(lambda match: unescape(match[0]), text[at:end])
        plain.append(run)
        length += units(run)
        if found < 0:
            break
        tag = _TAG.match(text, found)
        if tag is None:
            raise BadEntities(f'Unsupported start tag "{text[found + 1 : found + 9]}" at byte offset {found}')
        name = tag[2].lower()
        if tag[1]:
            if not open_tags or open_tags[-1][0] != name:
                raise BadEntities(f'Unmatched end tag at byte offset {found}, found "</{name}>"')
            _, start, url = open_tags.pop()
            entities.append(
                Entity({"a": "text_link", "b": "bold", "i": "italic"}.get(name, name), start, length - start, url)
            )
        else:
            open_tags.append((name, length, _accepted(name, tag[3], found)))
        at = tag.end()
    if open_tags:
        raise BadEntities(f'Can\'t find end tag corresponding to start tag "{open_tags[-1][0]}"')
    return "".join(plain), entities


def _accepted(name: str, attributes: str, at: int) -> str:
    given = {
        match[1].lower(): unescape(match[2] or match[3] or match[4] or "") for match in _ATTRIBUTE.finditer(attributes)
    }
    allowed = {
        "a": {"href"},
        "code": {"class"},
        "span": {"class"},
        "tg-emoji": {"emoji-id"},
        "blockquote": {"expandable"},
    }
    if name == "span" and given.get("class") != "tg-spoiler":
        raise BadEntities(f'Tag "span" must have class "tg-spoiler" at byte offset {at}')
    if name not in _PLAIN | set(allowed):
        raise BadEntities(f'Unsupported start tag "{name}" at byte offset {at}')
    if set(given) - allowed.get(name, set()):
        raise BadEntities(f'Unexpected attribute in tag "{name}" at byte offset {at}')
    return given.get("href", "")
