"""Telegram's HTML as lines of a page: what styles become, what is a link, which way a line runs, what is refused."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.markup import Line, Span, compose
from bot.text import safe_link, shown
from tests.chats.hostile import TITLES
from tests.pictures.lines import as_lines, first_words, turned
from tests.telegram.html import BadEntities

TAGS = {"b", "i", "code", "a", "span"}


class Reader(HTMLParser):
    """The text of a page and the tags in it; every tag is closed in turn."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text, self.seen, self.open, self.links = "", set[str](), list[str](), list[str]()
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.open.append(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [""]),
        ("a\n\nb", ["a", "", "b"]),
        ("<b>a</b> <i>b</i> <code>c</code>", ["<b>a</b> <i>b</i> <code>c</code>"]),
        ("<b><i>a</i>b</b>", ["<b><i>a</i></b><b>b</b>"]),
        ("<b>a\nb</b>", ["<b>a</b>", "<b>b</b>"]),
        ("👍🏽 <b>x</b>", ["👍🏽 <b>x</b>"]),
        ("&lt;b&gt; &amp; &quot;", ["&lt;b&gt; &amp; &quot;"]),
        ('<a href="https://x.example/?a=1&amp;b=2">t</a>',
         ['<a href="https://x.example/?a=1&amp;b=2" rel="noopener noreferrer">t</a>']),
        ('<a href="https://x.example/"><b>t</b></a>',
         ['<b><a href="https://x.example/" rel="noopener noreferrer">t</a></b>']),
        ('<a href="tg://user?id=7">x</a>', None),
        ('<a href="tg://resolve?domain=x">x</a>', ['<span class="link">x</span>']),
        ('<a href="javascript:alert(1)">x</a>', ["x"]),
        # What Telegram lets a reader tap without a tag.
        ("/settings changes it", ['<span class="link">/settings</span> changes it']),
        ("see /mutes.", ['see <span class="link">/mutes</span>.']),
        ("and/or a/b /x/y ./z 1/2 /Settings //a", ["and/or a/b /x/y ./z 1/2 /Settings //a"]),
        ("<code>/mute chips</code>", ["<code>/mute chips</code>"]),
        ('<a href="https://x.e">/start</a>', ['<a href="https://x.e" rel="noopener noreferrer">/start</a>']),
        ("<b>/start</b>", ['<b><span class="link">/start</span></b>']),
    ],
)  # fmt: skip
def test_what_lines_become(text: str, lines: list[str] | None) -> None:
    if lines is None:
        with pytest.raises(ValueError, match="text_mention, which no picture shows"):
            as_lines(text)
    else:
        assert as_lines(text) == lines


@pytest.mark.parametrize("text", ["<b>x", "a & b", "<p>x</p>", "<b><code>x</code></b>", "x > y", "<script>x</script>"])
def test_what_telegram_would_refuse_is_refused(text: str) -> None:
    with pytest.raises(BadEntities):
        as_lines(text)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", False),
        ("12 · $", False),
        ("BTC $91,480", False),
        ("<b>وجہ:</b> برآمدی لائسنس", True),
        ("◆ <b>ڈھانچہ جاتی</b> · Rare earths", True),
        ('<a href="https://x.example/اردو">China adds</a> اردو', False),
        ("&lt; اردو", True),
        ("1. 中国 اردو", False),
        ("\u200f<b>BTC</b> $91,480", True),
        ("\u2068China\u2069: اردو", True),
        ("\u2068خبر\u2069 China", False),
        ("\u2069China اردو", False),
    ],
)
def test_the_first_letter_says_which_way_a_line_runs(line: str, expected: bool) -> None:
    assert turned(line) is expected


def test_a_quote_is_one_plain_line() -> None:
    assert first_words("<b>◆ Structural</b>\n\n<a href='https://x.example'>A &amp; B</a>") == "◆ Structural A & B"


words = st.sampled_from([title for title, _ in TITLES.values()]) | st.text(
    st.characters(exclude_categories=["Cs"]), max_size=80
)
spans = st.builds(
    lambda text, style, link: Span(
        shown(text, 120), bold=style == "b", italic=style == "i", code=style == "c" and link is None, link=link
    ),
    words,
    st.sampled_from("bic-"),
    st.none() | words.map(lambda tail: f"https://news.example.org/{tail}").map(safe_link),
)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(spans, max_size=3).map(tuple), min_size=1, max_size=6))
def test_a_page_says_what_the_message_says_and_nothing_gets_out(lines: list[Line]) -> None:
    shown_lines = as_lines(compose(lines, foot=((Span("foot"),),)).text)
    read = [Reader(each) for each in shown_lines]
    said = [each.text for each in read]
    assert said[:-1] == ["".join(span.text for span in each) for each in lines][: len(said) - 1]
    assert set().union(*(each.seen for each in read)) <= TAGS
    assert all(link.startswith("https://news.example.org/") for each in read for link in each.links)
