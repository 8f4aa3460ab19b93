"""Telegram's HTML, read as strictly as Telegram reads it, and where Telegram mends in silence, refused.

Telegram lets a bare ``&`` or ``>`` stand, drops what may not be nested, drops the 101st entity and turns controls into
spaces. Our renderer must never count on that, so here all of it is an error. A link that Telegram would not make a link
of is dropped as there: the text stays.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

MAX_ENTITIES = 100
_TAGS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "span": "spoiler", "tg-spoiler": "spoiler",
    "a": "text_link", "tg-emoji": "custom_emoji", "code": "code", "pre": "pre", "blockquote": "blockquote",
}  # fmt: skip
_STYLES = frozenset({"bold", "italic", "underline", "strikethrough", "spoiler"})
_ATTRIBUTES = {"a": "href", "code": "class", "span": "class", "tg-emoji": "emoji-id", "blockquote": "expandable"}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE = re.compile(r"&(?:(lt|gt|amp|quot)|#([0-9]{1,7})|#x([0-9a-fA-F]{1,6}));|[&>]")
_NAME = re.compile(r"[^\s>]*")
_ATTRIBUTE = re.compile(r"""\s+([^\s=>/"']+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s>]*))?""")
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e]")
_SURROGATE = re.compile("[\ud800-\udfff]")


class BadEntities(ValueError):
    """Text that Telegram answers with 400, in its words where it has words for it."""


@dataclass(frozen=True)
class Entity:
    """A styled run of the text, in UTF-16 units."""

    type: str
    offset: int
    length: int
    url: str = ""


@dataclass(frozen=True)
class _Open:
    tag: str
    type: str
    start: int
    value: str


class _Where:
    """A place in the text, put into words only where something is wrong there."""

    __slots__ = ("_at", "_text")

    def __init__(self, text: str, at: int) -> None:
        self._text, self._at = text, at

    def __str__(self) -> str:
        return f"at byte offset {len(self._text[: self._at].encode())}"


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parse(text: str) -> tuple[str, list[Entity]]:
    """The text without its tags, and what the tags said, outermost first."""
    if _SURROGATE.search(text):
        raise BadEntities("text must be encoded in UTF-8")
    plain: list[str] = []
    at = length = 0
    stack: list[_Open] = []
    entities: list[Entity] = []
    while at < len(text):
        found = text.find("<", at)
        run = _decoded(text, at, len(text) if found < 0 else found)
        plain.append(run)
        length += units(run)
        if found < 0:
            break
        if text.startswith("</", found):
            at = _end(text, found, stack)
            closed = stack.pop()
            if length > closed.start:
                entities += _entity(closed, length)
        else:
            opened, at = _begin(text, found, length)
            _fits(opened, stack, found, text)
            stack.append(opened)
    if stack:
        raise BadEntities(f'Can\'t find end tag corresponding to start tag "{stack[-1].tag}"')
    if len(entities) > MAX_ENTITIES:
        raise BadEntities(f"{len(entities)} entities, of which Telegram would drop {len(entities) - MAX_ENTITIES}")
    return "".join(plain), sorted(entities, key=lambda each: (each.offset, -each.length))


def _decoded(text: str, start: int, end: int) -> str:
    """A run between tags, or an attribute's value, with its references resolved."""

    def one(match: re.Match[str]) -> str:
        sign = match[0]
        if len(sign) == 1:
            raise BadEntities(f'Bare "{sign}" {_Where(text, start + match.start())}')
        if match[1]:
            return _NAMED[match[1]]
        code = int(match[2]) if match[2] else int(match[3], 16)
        if not 0 < code < 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            raise BadEntities(f'Bad reference "{sign}" {_Where(text, start + match.start())}')
        return chr(code)

    run = text[start:end]
    run = _REFERENCE.sub(one, run) if "&" in run or ">" in run else run
    if control := _CONTROL.search(run):
        raise BadEntities(f"Control character U+{ord(control[0]):04X} {_Where(text, start)}")
    return run


def _begin(text: str, found: int, length: int) -> tuple[_Open, int]:
    """The start tag at ``found``, and where it ends."""
    where = _Where(text, found)
    name = _NAME.match(text, found + 1)
    assert name is not None
    tag, at = name[0].lower(), name.end()
    if at == len(text):
        raise BadEntities(f"Unclosed start tag {where}")
    if tag not in _TAGS:
        raise BadEntities(f'Unsupported start tag "{tag}" {where}')
    value: str | None = None
    while attribute := _ATTRIBUTE.match(text, at):
        given, quoted, at = attribute[1].lower(), attribute[2], attribute.end()
        if given != _ATTRIBUTES.get(tag) or value is not None:
            raise BadEntities(f'Unexpected attribute "{given}" in the tag "{tag}" {where}')
        if quoted is None:
            if given != "expandable":
                raise BadEntities(f'Expected equal sign in declaration of an attribute of the tag "{tag}" {where}')
            value = ""
        elif len(quoted) < 2 or quoted[0] not in "\"'" or quoted[-1] != quoted[0]:
            raise BadEntities(f'Unquoted value of an attribute of the tag "{tag}" {where}')
        else:
            value = _decoded(text, attribute.start(2) + 1, attribute.end(2) - 1)
    at += len(text[at:]) - len(text[at:].lstrip())
    if at == len(text):
        raise BadEntities(f"Unclosed start tag {where}")
    if text[at] != ">":
        raise BadEntities(f'Empty attribute name in the tag "{tag}" {where}')
    return _Open(tag, _kind(tag, value, where), length, value or ""), at + 1


def _kind(tag: str, value: str | None, where: _Where) -> str:
    """The entity's type; refuses a value that the tag cannot have."""
    if tag == "span" and value != "tg-spoiler":
        raise BadEntities(f'Tag "span" must have class "tg-spoiler" {where}')
    if tag == "a" and not value:
        raise BadEntities(f'Tag "a" without href {where}')
    if tag == "tg-emoji" and not (value or "").isdecimal():
        raise BadEntities(f"Invalid custom emoji identifier specified {where}")
    if tag == "code" and value is not None and not value.startswith("language-"):
        raise BadEntities(f'Class of the tag "code" is no language {where}')
    return "expandable_blockquote" if tag == "blockquote" and value is not None else _TAGS[tag]


def _fits(opened: _Open, stack: list[_Open], found: int, text: str) -> None:
    """Refuse what Telegram would not nest: anything in or around code, links in links, quotes in quotes."""
    for outer in stack:
        language = opened.tag == "code" and outer.type == "pre" and outer is stack[-1] and opened.value
        quote = "quote" in outer.type
        code = {opened.type, outer.type} & {"code", "pre"}
        wrong = (code and not quote) or (opened.type not in _STYLES and outer.type not in _STYLES and not quote)
        if not language and (wrong or (quote and "quote" in opened.type)):
            raise BadEntities(f'Tag "{opened.tag}" can\'t stand in the tag "{outer.tag}" {_Where(text, found)}')
    if opened.tag == "code" and opened.value and not (stack and stack[-1].tag == "pre"):
        raise BadEntities(f"A language stands only in a code right inside a pre {_Where(text, found)}")


def _end(text: str, found: int, stack: list[_Open]) -> int:
    """Where the end tag at ``found`` ends; it must close the innermost one."""
    where = _Where(text, found)
    name = _NAME.match(text, found + 2)
    assert name is not None
    if not stack:
        raise BadEntities(f"Unexpected end tag {where}")
    rest = text[name.end() :].lstrip()
    if not rest.startswith(">"):
        raise BadEntities(f"Unclosed end tag {where}")
    if name[0].lower() != stack[-1].tag:
        raise BadEntities(f'Unmatched end tag {where}, expected "</{stack[-1].tag}>", found "</{name[0]}>"')
    return len(text) - len(rest) + 1


def _entity(closed: _Open, length: int) -> list[Entity]:
    """What a tag made of its run; nothing where Telegram does not take its link."""
    kind, url = closed.type, ""
    if kind == "text_link":
        kind, url = link_type(closed.value), closed.value
        if not kind:
            return []
    if closed.tag == "code" and closed.value:
        return []
    return [Entity(kind, closed.start, length - closed.start, url)]


def link_type(url: str) -> str:
    """What Telegram makes of an address: "text_link", "text_mention", or nothing."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return ""
    if parts.scheme == "tg" and parts.netloc == "user" and parse_qs(parts.query).get("id", [""])[0].isdecimal():
        return "text_mention"
    if parts.scheme in ("tg", "ton", "tonsite"):
        return "text_link"
    if parts.scheme in ("http", "https"):
        return "text_link" if host else ""
    schemeless = not parts.scheme and "." in url.partition("/")[0]
    return "text_link" if schemeless else ""
