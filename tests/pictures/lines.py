"""A message's text, which is Telegram's HTML, as lines of a page: read strictly, escaped anew. Pure."""

from __future__ import annotations

import re
import unicodedata
from html import escape
from itertools import groupby

from tests.telegram.html import Entity, link_type, parse, units

_TAGS = {"bold": "b", "italic": "i", "code": "code"}
_COMMAND = re.compile(r"(?<![\w/.])/[a-z][a-z0-9_]{0,31}(?![\w/])")
"""What Telegram lets a reader tap, wherever it stands outside a link and outside code."""
_ISOLATES = ("LRI", "RLI", "FSI")

Styles = tuple[Entity, ...]


def as_lines(text: str) -> list[str]:
    """Each line as HTML. What Telegram would refuse is refused here, in the words of ``tests.telegram.html``."""
    plain, entities = parse(text)
    lines: list[str] = []
    at = 0
    for told in plain.split("\n"):
        styled = list[tuple[str, Styles]]()
        for char in told:
            styled.append((char, tuple(each for each in entities if each.offset <= at < each.offset + each.length)))
            at += units(char)
        at += 1
        runs = groupby(styled, key=lambda pair: pair[1])
        lines.append("".join(_run("".join(char for char, _ in run), styles) for styles, run in runs))
    return lines


def first_words(text: str) -> str:
    """The message in one plain line, as Telegram quotes it above a reply."""
    return " ".join(parse(text)[0].split())


def turned(line: str) -> bool:
    """Whether a line of such HTML is read from right to left: its first letter outside isolates decides."""
    depth = 0
    for char in re.sub(r"<[^>]*>|&[a-z#0-9x]+;", "", line):
        kind = unicodedata.bidirectional(char)
        depth = max(0, depth + (kind in _ISOLATES) - (kind == "PDI"))
        if depth == 0 and kind in ("L", "R", "AL"):
            return kind != "L"
    return False


def _run(text: str, styles: Styles) -> str:
    kinds = {each.type for each in styles}
    html = escape(text)
    if not kinds & {"code", "text_link"}:
        html = _COMMAND.sub(r'<span class="link">\g<0></span>', html)
    for each in reversed(styles):
        html = _styled(html, each)
    return html


def _styled(html: str, entity: Entity) -> str:
    if entity.type == "text_link" and link_type(entity.url):
        if entity.url.lower().startswith(("http://", "https://")):
            return f'<a href="{escape(entity.url)}" rel="noopener noreferrer">{html}</a>'
        return f'<span class="link">{html}</span>'
    if entity.type not in _TAGS:
        raise ValueError(f"a message holds {entity.type}, which no picture shows; draw it in {__name__}")
    return f"<{_TAGS[entity.type]}>{html}</{_TAGS[entity.type]}>"
