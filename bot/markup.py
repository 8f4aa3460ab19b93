"""A message as lines of styled spans, turned into Telegram's HTML and into plain text that says the same.

Tags are always closed and only ``< > &`` are escaped (quotes too inside a link), because every tag is written here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.languages.direction import LEFT_TO_RIGHT_MARK, RIGHT_TO_LEFT_MARK, begins_at_the_right
from bot.text import units

MAX_UNITS = 4096
"""Telegram's limit for a text, in UTF-16 units after parsing."""
MAX_STYLED = 100
"""So many runs in a style Telegram takes; it would show the others plain, links among them."""
MAX_DATA = 64
"""Telegram's limit for a button's data, in bytes."""
_WIDE = re.compile("[，。：；、！？（）]")  # noqa: RUF001  the marks that are meant
_BESIDE_WIDE = re.compile("(?<=[，。：；、！？（）]) | (?=（)")  # noqa: RUF001
"""Chinese marks are as wide as a letter and bring their own gap: a space beside one leaves a hole in the line."""
_COMMAND = re.compile(r"(?:(?<=[\s(])|^)(?=(?:<\w+>)*/[a-z])")
"""Where a command begins: before its tag, for what is copied out of the tag must run."""


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text in one style. ``link`` has been checked by ``text.safe_link``."""

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False
    link: str | None = None


Line = tuple[Span, ...]
BLANK: Line = ()


@dataclass(frozen=True, slots=True)
class Button:
    """A button under a message: it opens ``url`` or sends ``data`` back."""

    text: str
    data: str = ""
    url: str = ""


Buttons = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent: Telegram HTML, the same words plain for when the HTML is refused, and rows of buttons."""

    text: str
    plain: str
    buttons: Buttons = ()


def line(*parts: str | Span) -> Line:
    """A line of spans; bare strings are unstyled."""
    return tuple(part if isinstance(part, Span) else Span(part) for part in parts)


def bold(text: str) -> Span:
    """The text in bold."""
    return Span(text, bold=True)


def italic(text: str) -> Span:
    """The text in italics."""
    return Span(text, italic=True)


def code(text: str) -> Span:
    """The text as something to type or copy."""
    return Span(text, code=True)


def compose(lines: Sequence[Line], *, foot: Sequence[Line] = (), buttons: Buttons = ()) -> Message:
    """One message; where it would be too long, lines are left out from the end, but never the foot."""
    kept, foot = [tuple(_close(each)) for each in lines], [tuple(_close(each)) for each in foot]
    while kept and not _fits([*kept, *foot]):
        kept.pop()
    while kept and kept[-1] == BLANK and (not foot or foot[0] == BLANK):
        kept.pop()
    whole = [*kept, *foot]
    return Message("\n".join(map(_html_line, whole)), _plain(whole), _offered(buttons))


def _close(spans: Line) -> Iterator[Span]:
    """The line without spaces beside wide marks; what is linked or to be copied stays as it is."""
    last = ""
    for span in spans:
        if span.code or span.link or not (last or _WIDE.search(span.text)):
            yield span
        else:
            yield replace(span, text=_BESIDE_WIDE.sub("", f"{last}{span.text}")[len(last) :])
        last = span.text[-1:] if _WIDE.match(span.text[-1:]) else ""


def escape(text: str) -> str:
    """The text as Telegram HTML."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _fits(lines: Sequence[Line]) -> bool:
    styled = sum(span.bold + span.italic + span.code + (span.link is not None) for each in lines for span in each)
    return styled <= MAX_STYLED and units(_plain(lines)) <= MAX_UNITS


def _plain(lines: Sequence[Line]) -> str:
    return "\n".join(map(_plain_line, lines))


def _plain_line(spans: Line) -> str:
    return _laid("".join(f"{span.text} {span.link}" if span.link else span.text for span in spans), spans)


def _html_line(spans: Line) -> str:
    return _laid("".join(map(_html, spans)), spans)


def _laid(text: str, spans: Line) -> str:
    """A line of a right-to-left language, marked so that it begins at the right although a latin name stands first.

    The dots between its parts are marked too, else the number after one would join the latin name before it; and the
    stroke of a command is, else it would stand behind its word.
    """
    if not begins_at_the_right("".join(span.text for span in spans)):
        return text
    text = _COMMAND.sub(LEFT_TO_RIGHT_MARK, text.replace(" · ", f" ·{RIGHT_TO_LEFT_MARK} "))
    return f"{RIGHT_TO_LEFT_MARK}{text}"


def _html(span: Span) -> str:
    text = escape(span.text)
    for wanted, tag in ((span.code, "code"), (span.italic, "i"), (span.bold, "b")):
        text = f"<{tag}>{text}</{tag}>" if wanted and text else text
    if span.link:
        text = f'<a href="{escape(span.link).replace(chr(34), "&quot;")}">{text}</a>'
    return text


def _offered(buttons: Buttons) -> Buttons:
    """The buttons that Telegram takes: a button whose data is too long is left out, and so is an empty row."""
    rows = (tuple(each for each in row if each.url or 0 < len(each.data.encode()) <= MAX_DATA) for row in buttons)
    return tuple(row for row in rows if row)
