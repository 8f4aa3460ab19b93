"""A message as a terminal shows it: the same words, in colour where that is wanted. Pure."""

from __future__ import annotations

import re
from html import unescape

from bot.markup import Message

_TAG = re.compile(r'<(/?)(b|i|code|a)(?: href="([^"]*)")?>')
_CODES = {"b": "1", "i": "2", "code": "36", "a": "4"}


def to_terminal(message: Message, *, colour: bool) -> str:
    """The message with ANSI styles, links written out under the line that holds them; plain without ``colour``."""
    return "\n".join(_line(each, colour=colour) for each in message.text.split("\n"))


def _line(html: str, *, colour: bool) -> str:
    shown, links, styles, at = "", list[str](), list[str](), 0
    for tag in _TAG.finditer(html):
        shown += unescape(html[at : tag.start()])
        at = tag.end()
        if tag[1]:
            styles.remove(_CODES[tag[2]])
        else:
            styles.append(_CODES[tag[2]])
        if tag[3]:
            links.append(unescape(tag[3]))
        if colour:
            shown += f"\x1b[0;{';'.join(styles)}m" if styles else "\x1b[0m"
    shown += unescape(html[at:])
    under = "".join(f"\n  \x1b[2m{link}\x1b[0m" if colour else f"\n  {link}" for link in links)
    return shown + under
