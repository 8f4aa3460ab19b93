"""A chat on a phone of 390 by 844 points as HTML: header, bubbles, buttons, the field at the bottom. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path

from bot.document import as_document
from bot.markup import Button, Message
from bot.shade import Shade
from tests.pictures.lines import as_lines, first_words, turned

WIDTH, HEIGHT = 390, 844
BOT = "Lodestone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One message in the chat: the bot's, or what the person typed. ``quoted`` is the one that it answers."""

    at: datetime
    message: Message
    mine: bool = False
    edited: bool = False
    quoted: Message | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """What a phone shows at the moment ``at``: posts, the newest last, at the bottom. ``name`` names its files."""

    name: str
    title: str
    at: datetime
    posts: tuple[Post, ...]
    language: str = "en"


def typed(text: str, at: datetime) -> Post:
    """What the person sent."""
    return Post(at=at, message=Message(escape(text, quote=False), text), mine=True)


def as_page(screen: Screen) -> str:
    """The screen alone, light or dark as the device is."""
    return as_document(f"{BOT}: {screen.title}", _style(), f'<div class="alone">{as_phone(screen)}</div>')


def as_strip(screens: Sequence[Screen], size: tuple[int, int] = (WIDTH, HEIGHT)) -> str:
    """Each screen light, then dark, close together from the page's left edge: for the photographer.

    ``size`` is that of each phone, width and height in points.
    """
    phones = "".join(as_phone(each, shade) for each in screens for shade in Shade)
    sized = ".phone {{ width: {}px; height: {}px; }}\n".format(*size)
    return as_document(BOT, f"{_style()}{sized}", f'<div class="strip">{phones}</div>')


def as_index(screens: Sequence[Screen]) -> str:
    """All screens, light and dark beside each other."""
    shown = "".join(
        f'<section id="{escape(each.name)}"><h2>{escape(each.title)}</h2>'
        f'<div class="pair">{"".join(as_phone(each, shade) for shade in Shade)}</div></section>'
        for each in screens
    )
    return as_document(f"{BOT} on a phone", _style(), f"<main><h1>{BOT} on a phone</h1>{shown}</main>")


def as_phone(screen: Screen, shade: Shade | None = None) -> str:
    """The phone with its chat; without a shade it follows the device's."""
    first = screen.posts[0].at
    day = f'<div class="day"><span>{first.day} {first:%B}</span></div>'
    posts = day + "".join(map(_post, screen.posts))
    return (
        f'<article class="phone {shade or ""}" lang="{escape(screen.language)}">'
        f'<div class="status"><span>{screen.at:%H:%M}</span><i class="battery"></i></div>'
        f'<header><span class="back">&lsaquo;</span><span class="face">{BOT[0]}</span>'
        f'<div><b>{BOT}</b><small>bot</small></div><span class="more">⋮</span></header>'
        f'<div class="chat"><div class="talk">{posts}</div></div>'
        '<footer><span class="menu">☰ Menu</span><span class="field">Message</span></footer>'
        "</article>"
    )


def _post(post: Post) -> str:
    lines = as_lines(post.message.text)
    mark = "edited " if post.edited else ""
    ticks = "<i>✓✓</i>" if post.mine else ""
    time = f"{mark}{post.at:%H:%M}{ticks}"
    # The time stands at the end of the last line where there is room: an unseen copy keeps the room free.
    room = "" if turned(lines[-1]) else f'<span class="room" aria-hidden="true">{time}</span>'
    own = " own" if not room else ""
    quoted = "" if post.quoted is None else _quote(post.quoted)
    text = "".join(f'<div dir="auto">{line or "<br>"}</div>' for line in lines[:-1])
    text += f'<div dir="auto">{lines[-1]}{room}</div>'
    return (
        f'<div class="post{" mine" if post.mine else ""}"><div class="bubble{own}">{quoted}{text}'
        f'<span class="time">{time}</span></div>{_keys(post.message.buttons)}</div>'
    )


def _quote(message: Message) -> str:
    return f'<div class="quote"><b>{BOT}</b><span dir="auto">{escape(first_words(message.text))}</span></div>'


def _keys(rows: Iterable[Sequence[Button]]) -> str:
    return "".join(f'<div class="keys">{"".join(map(_key, row))}</div>' for row in rows)


def _key(button: Button) -> str:
    out = ' class="out"' if button.url else ""
    return f'<span{out}><span dir="auto">{escape(button.text)}</span></span>'


def _style() -> str:
    return (Path(__file__).parent / "phone.css").read_text(encoding="utf-8")
