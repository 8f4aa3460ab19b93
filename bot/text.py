"""Foreign text made safe to show: nothing hidden in it, nothing that reorders the line, never cut through a character.

Telegram counts in UTF-16 code units, so lengths here are in those.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import SplitResult, urlsplit

MAX_LINK = 2000
"""Bytes of a link that may be offered: Telegram takes 2,048 under a button."""

_JOINERS = "\u200c\u200d"
_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters, marks and a symbol that show nothing."""
_STRAY_JOINERS = re.compile(r"(?<!\S)[\u200c\u200d]+|[\u200c\u200d]+(?!\S)|(?<=[\u200c\u200d])[\u200c\u200d]+")
_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"
_COMBINING = ("Mn", "Me", "Mc")
_MAX_COMBINING = 4
_PLAIN_HOST = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")
_FEW = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24")))
"""Special-purpose ranges that ``is_global`` says yes to."""
_NUMBER_LIKE = re.compile(r"(0x[0-9a-f]*|[0-9]+)")
_PRIVATE_ENDS = (".local", ".localhost", ".internal", ".lan", ".home.arpa", ".onion")


def units(text: str) -> int:
    """Length in UTF-16 code units, as Telegram counts."""
    return len(text) if text.isascii() else len(text) + sum(1 for char in text if ord(char) > 0xFFFF)


def room(text: str) -> int:
    """The room that a text takes on a line, in units; a letter of the Far East is as wide as two others."""
    if text.isascii():
        return len(text)
    return sum(2 if ord(char) > 0xFFFF or unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def clean(text: str) -> str:
    """One line without controls, lone surrogates, bidirectional overrides, invisible signs or piles of accents.

    It is empty or begins with a sign that is seen, so that it cannot change what stands before it.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())  # nothing else is in it, as in most headlines
    kept: list[str] = []
    pile = 0
    for char in text:
        category = unicodedata.category(char)
        if category in ("Cc", "Zl", "Zp", "Zs"):
            kept.append(" ")
            continue
        if char in _BLANKS or category in ("Cs", "Co") or (category == "Cf" and char not in _JOINERS):
            continue
        # A joiner between two accents does not begin a new pile.
        pile = pile + 1 if category in _COMBINING else pile if char in _JOINERS else 0
        if pile > _MAX_COMBINING:
            continue
        if category == "Cn" and (ord(char) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(char) <= 0xFDEF):
            continue
        kept.append(char)
    line = " ".join(_STRAY_JOINERS.sub("", "".join(kept)).split())
    seen = (at for at, char in enumerate(line) if unicodedata.category(char) not in (*_COMBINING, "Cf", "Zs"))
    first = next(seen, None)
    return "" if first is None else line[first:]


def capital(text: str) -> str:
    """The text as it begins a line, in languages that have capitals."""
    return f"{text[:1].upper()}{text[1:]}"


def isolated(text: str) -> str:
    """The text so wrapped, where it holds right-to-left letters, that it does not reorder what stands beside it."""
    if not text.isascii() and any(unicodedata.bidirectional(char) in ("R", "AL", "AN") for char in text):
        return f"{_FIRST_STRONG_ISOLATE}{text}{_POP_ISOLATE}"
    return text


def clusters(text: str) -> Iterator[str]:
    """What a reader sees as single characters: accents, joined emoji and flags stay whole."""
    current = ""
    for char in text:
        if current and not _continues(current, char):
            yield current
            current = ""
        current += char
    if current:
        yield current


def cut(text: str, limit: int) -> str:
    """The text in a ``room`` of ``limit``, ended by an ellipsis where it was longer, at a word's end if one is near."""
    if room(text) <= limit:
        return text
    kept, used = "", 0
    for cluster in clusters(text):
        if used + room(cluster) > limit - 1:
            break
        kept += cluster
        used += room(cluster)
    head, space, _ = kept.rpartition(" ")
    if space and len(head) * 2 >= len(kept):
        kept = head
    return f"{kept.rstrip(' ,;:-')}…" if limit > 0 else ""


def shown(text: str, limit: int) -> str:
    """Foreign text ready to stand in a line: cleaned, cut to a ``room`` of ``limit``, isolated."""
    return isolated(cut(clean(text), limit))


def safe_link(url: str) -> str | None:
    """The link if it may be offered for a tap: http or https, a public host by its looks, no login, no odd signs."""
    if (
        not url
        or len(url.encode("utf-8", "replace")) > MAX_LINK
        or any(char.isspace() or not char.isprintable() or char in '\\<>"`' for char in url)
    ):
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or parts.username is not None or parts.password is not None:
        return None
    return url if _public_by_looks(parts) else None


def _public_by_looks(parts: SplitResult) -> bool:
    host = (parts.hostname or "").rstrip(".").lower()
    try:
        host = host if ":" in host else host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return False
    if ":" in host or _NUMBER_LIKE.fullmatch(host.rpartition(".")[2]):
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return False
        if address.version != 4 or any(address in few for few in _FEW):
            return False
        return address.is_global and not address.is_multicast
    return len(host) <= 253 and bool(_PLAIN_HOST.fullmatch(host)) and not host.endswith(_PRIVATE_ENDS)


def _continues(cluster: str, char: str) -> bool:
    if char in _JOINERS or cluster[-1] == "\u200d" or unicodedata.category(char) in _COMBINING:
        return True
    if 0x1F3FB <= ord(char) <= 0x1F3FF or 0x1160 <= ord(char) <= 0x11FF or 0xE0020 <= ord(char) <= 0xE007F:
        return True
    return _regional(char) and len(cluster) == 1 and _regional(cluster)


def _regional(char: str) -> bool:
    return 0x1F1E6 <= ord(char) <= 0x1F1FF
