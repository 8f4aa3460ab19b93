"""Foreign text: what is cut, what is taken out of it, and which links may be offered."""

from __future__ import annotations

# ruff: noqa: RUF001 - other scripts and signs are what this file is about
import pytest

from bot.messages import render_alert
from bot.text import cut, safe_link, shown
from tests.chats.make import NOW, alert, chat, report


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("one two three four", 12, "one two…"),
        ("👨‍👩‍👧‍👦👨‍👩‍👧‍👦", 12, "👨‍👩‍👧‍👦…"),
        ("🇵🇰🇨🇳🇺🇸", 9, "🇵🇰🇨🇳…"),
        ("cafe\u0301s are open", 6, "cafe\u0301…"),
        ("short", 5, "short"),
    ],
)
def test_cuts(text: str, limit: int, expected: str) -> None:
    assert cut(text, limit) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\r\nb\tc", "a b c"),
        ("\u202egnp.exe", "gnp.exe"),
        ("پاک", "\u2068پاک\u2069"),
        ("稀土", "稀土"),
        ("z\u0335\u0335\u0335\u0335\u0335\u0335\u0335", "z\u0335\u0335\u0335\u0335"),
        ("\ud800x\ufffe\u00adtar\u200biff", "xtariff"),
        ("می\u200cخواهم", "\u2068می\u200cخواهم\u2069"),
    ],
)
def test_foreign_text_is_made_safe(text: str, expected: str) -> None:
    assert shown(text, 100) == expected


@pytest.mark.parametrize(
    "url",
    [
        *(
            "javascript:alert(1)",
            "tg://user?id=1",
            "data:text/html,x",
            "ftp://example.org/",
            "//example.org",
            "",
            "example.org",
        ),
        *("http://localhost/x", "http://127.0.0.1/x", "http://127.1/", "http://2130706433/", "http://0x7f000001/"),
        *("http://[::1]/", "http://10.0.0.8/", "http://100.64.0.1/", "http://printer.local/", "http://intranet/"),
        *(
            "http://user:pass@example.org/",
            "http://example.org\\@evil.example/",
            "http://example.org/a b",
            "http://ex\tample.org/",
        ),
        *(
            "http://①②⑦.0.0.1/",
            "https://example.org:99999/",
            "https://example.org/" + "a" * 2000,
            "https://example.org/\x00",
        ),
    ],
)
def test_links_that_are_not_offered(url: str) -> None:
    assert safe_link(url) is None
    message = render_alert(alert(report(link=url)), (), chat(), NOW)
    assert "<a " not in message.text
    assert not any(button.url for row in message.buttons for button in row)


@pytest.mark.parametrize(
    "url",
    [
        "https://news.example.org/a?b=1&c=%20#d",
        "http://example.org:8080/",
        "https://müller.example/ü",
        "https://8.8.8.8/",
        "https://EXAMPLE.org/",
    ],
)
def test_links_that_are(url: str) -> None:
    assert safe_link(url) == url
