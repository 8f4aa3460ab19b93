"""Titles, names and links that mean harm, and what every message must be all the same."""

from __future__ import annotations

# ruff: noqa: RUF001 - odd signs are what this file is about
import re
from urllib.parse import urlsplit

from bot.markup import MAX_UNITS, Message
from bot.terminal import to_terminal
from tests.telegram.html import Entity, parse, units

FAMILY, FLAG, WAVE = "👨‍👩‍👧‍👦", "🇵🇰", "👋🏿"

TITLES: dict[str, tuple[str, str | None]] = {
    # Row 26 of the table of bad inputs: name, title, what a reader must see where that can be said.
    "families": (FAMILY * 40, None),
    "families after a word": (f"Terbium {FAMILY * 60}", None),
    "one sign at the cut": ("x" * 278 + FAMILY, None),
    "two units at the cut": ("x" * 279 + "🙂", None),
    "flags": (FLAG * 200, None),
    "half a flag": ("🇵🇰🇨", "🇵🇰🇨"),
    "skin": (WAVE * 150, None),
    "keycap": ("1️⃣ of 3", "1️⃣ of 3"),
    "accents at the cut": ("e\u0301" * 279 + "x", None),
    "astral": ("𝐓𝐞𝐫𝐛𝐢𝐮𝐦 " * 60, None),
    "joiner at the end": ("Terbium\u200d", "Terbium"),
    "joiners alone": ("\u200d" * 300, "(no title)"),
    "blanks alone": ("\u3164\u2800\u115f\ufe0f\u034f", "(no title)"),
    "accents first": ("\u0301\u0301Terbium", "Terbium"),
    "a storm": ("T" + "\u0335" * 500 + "erbium", "T" + "\u0335" * 4 + "erbium"),
    "a storm with joiners": ("T" + "\u0335\u0335\u200d" * 200 + "erbium", None),
    # Row 27.
    "bold": ("<b>Terbium</b>", "<b>Terbium</b>"),
    "unclosed": ("<b>Terbium <i>and", "<b>Terbium <i>and"),
    "crossed": ("</b></a>Terbium", "</b></a>Terbium"),
    "script": ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    "link": ("<a href=javascript:alert(1)>Terbium</a>", "<a href=javascript:alert(1)>Terbium</a>"),
    "out of the attribute": ('"><a href="tg://user?id=1">', '"><a href="tg://user?id=1">'),
    "escaped": ("&lt;b&gt;Terbium", "&lt;b&gt;Terbium"),
    "escaped twice": ("&amp;lt;script&amp;gt;", "&amp;lt;script&amp;gt;"),
    "references": ("AT&T &copy; &#60;b&#62; &#x202e; &#0; &", "AT&T &copy; &#60;b&#62; &#x202e; &#0; &"),
    "half a reference": ("&am" + "p;" * 100, None),
    "comment": ("<!-- --> <![CDATA[ ]]>", "<!-- --> <![CDATA[ ]]>"),
    "markdown": ("*Terbium* [x](tg://user?id=1) `code` ||y||", "*Terbium* [x](tg://user?id=1) `code` ||y||"),
    # Row 28.
    "long": ("Terbium " * 1250, None),
    "long word": ("x" * 10_000, None),
    "long and escaped": ("&" * 10_000, None),
    "long tags": ("<b>" * 3_334, None),
    "long astral": ("🙂" * 10_000, None),
    "long blank": (" " * 10_000, "(no title)"),
    "empty": ("", "(no title)"),
    # Row 30.
    "line breaks": ("Terbium\r\nERROR bot.send x\u2028y\u2029z\x85", "Terbium ERROR bot.send x y z"),
    "colours": ("\x1b[31mTerbium\x1b[0m", "[31mTerbium [0m"),
    "eight-bit colours": ("\x9b31mTerbium", "31mTerbium"),
    "a window's title": ("\x1b]0;owned\x07Terbium", "]0;owned Terbium"),
    "a link of the terminal": ("\x1b]8;;http://127.0.0.1/\x1b\\Terbium\x1b]8;;\x1b\\", None),
    "a bell and back": ("Ter\x07bium\x08\x08\x7f\x00", "Ter bium"),
    # Row 31.
    "format": ("{0.__class__} {x} {{}} {", "{0.__class__} {x} {{}} {"),
    "percent": ("%s %(x)d %n 100 %", "%s %(x)d %n 100 %"),
    "templates": ("${x} $(id) `id` {{ 7*7 }} <%= 7*7 %> #{x}", "${x} $(id) `id` {{ 7*7 }} <%= 7*7 %> #{x}"),
    # Rows 24 and 25, as they show.
    "override": ("Terbium \u202egnp.exe\u202c up", "Terbium gnp.exe up"),
    "isolates": ("\u2066\u2067Terbium\u2069", "Terbium"),
    "right to left": ("پاکستان میں terbium", "\u2068پاکستان میں terbium\u2069"),
    "halves": ("Terbium \ud83d \ude42", "Terbium"),
    "private use": ("Ter\ue000bium\U000f0000", "Terbium"),
    "no characters": ("Ter\ufffebium\ufdd0", "Terbium"),
    "tag characters": ("Terbium\U000e0041\U000e007f", "Terbium"),
}  # fmt: skip

REFUSED_LINKS = (
    # Row 29: no button and no link, only text.
    *("javascript:alert(1)", "JaVaScRiPt:alert(1)", "tg://user?id=1", "tg:resolve?domain=x", "data:text/html,<b>x</b>"),
    *("file:///etc/passwd", "mailto:a@example.org", "ftp://example.org/", "//example.org/", "example.org/x", "/x", ""),
    *("http://localhost/", "http://intranet/", "http://127.0.0.1/", "http://127.1/", "http://2130706433/"),
    *("http://0x7f.1/", "http://10.0.0.8/", "http://192.168.1.1/", "http://172.16.0.1/", "http://169.254.169.254/"),
    *("http://100.64.0.1/", "http://0.0.0.0/", "http://224.0.0.1/", "http://192.0.0.8/", "http://192.88.99.1/"),
    *("http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://[64:ff9b::a9fe:a9fe]/", "http://printer.local/"),
    *("http://db.internal/", "http://x.onion/", "http://①②⑦.0.0.1/", "http://127。0。0。1/", "http://[x/"),
    *("https://user:secret@example.org/", "https://example.org\\@evil.example/", "https://exa%6dple.org/"),
    *("https://example.org/\x00", "https://example.org/\x1b[31m", "https://exam\tple.org/", "https://example.org/a b"),
    *("https://example.org/\u202egnp", "https://example.org/\ud83d", "https://example.org/<b>", "https://-x.example/"),
    *('https://example.org/"x"', "https://example.org/`x`"),
    *("https://example.org:99999/", "https://example.org:x/", "https://.example./", f"https://{'a.' * 200}example/"),
    *("https://example.org/" + "a" * 3_000, "https://example.org/" + "ü" * 1_000, "https://" + "a" * 300 + ".example/"),
)  # fmt: skip
TAKEN_LINKS = (
    *("https://news.example.org/a?b=1&c=%20#d", "https://news.example.org/'x'"),
    *("https://müller.example/ü", "http://example.org:8080/", "https://8.8.8.8/", "https://xn--mller-kva.example/"),
    *("https://news.example.org/" + "&" * 1_900, "https://news.example.org/{0.__class__}%s", "HTTPS://EXAMPLE.ORG/"),
)  # fmt: skip

OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066\u2067\ud800-\udfff]")
"""What a terminal, a log or Telegram would obey or could not write; a line break is told apart by the caller."""


def whole(message: Message) -> tuple[str, list[Entity]]:
    """What Telegram would show; fails where it would refuse, drop, or offer a link that is not to be offered."""
    text, entities = parse(message.text)
    assert text.strip()
    assert units(text) <= MAX_UNITS
    assert units(message.plain) <= MAX_UNITS
    assert not OBEYED.search(text + message.plain)
    assert text.count("\u2068") == text.count("\u2069")
    buttons = [each for row in message.buttons for each in row]
    for button in buttons:
        assert button.text.strip()
        assert bool(button.data) != bool(button.url)
        assert len(button.data.encode()) <= 64
    for url in [each.url for each in entities if each.url] + [each.url for each in buttons if each.url]:
        public(url)
    return text, entities


def public(url: str) -> None:
    """Fail unless it is a plain address of a host that is public by its looks."""
    parts = urlsplit(url)
    assert parts.scheme in ("http", "https")
    host = (parts.hostname or "").encode("idna").decode()
    assert re.fullmatch(r"([a-z0-9-]+\.)+[a-z][a-z0-9-]*|8\.8\.8\.8", host), url
    assert not re.search(r"\.(local|localhost|internal|lan|onion)$", host)
    assert len(url.encode()) <= 2_000


def on_a_terminal(text: str) -> None:
    """Fail where the text holds what a terminal would obey, our own colours aside."""
    assert not OBEYED.search(re.sub(r"\x1b\[[0-9;]*m", "", text))


def in_a_terminal(message: Message) -> None:
    """Fail where the message shows a terminal anything but its words."""
    plain = to_terminal(message, colour=False)
    assert not OBEYED.search(plain)
    assert re.sub(r"\x1b\[[0-9;]*m", "", to_terminal(message, colour=True)) == plain
