"""The strict parser of Telegram's HTML: what it takes, what it refuses, and that our own messages always pass it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.markup import BLANK, MAX_UNITS, Line, Span, bold, code, compose, line
from bot.text import safe_link, shown
from tests.telegram.html import BadEntities, Entity, parse, units

WIDE = "，。：；、！？）"  # noqa: RUF001  marks after which a line leaves out a space
LINK = '<a href="https://x.example/?a=1&amp;b=2">x</a>'


@pytest.mark.parametrize(
    ("text", "plain", "entities"),
    [
        ("plain", "plain", []),
        ("two\nlines", "two\nlines", []),
        ("&lt;b&gt; &amp; &quot;", '<b> & "', []),
        ("&amp;lt;", "&lt;", []),
        ("&#60;&#x3C;&#x3c;&#128578;", "<<<🙂", []),
        ("<b>x</b>", "x", [("bold", 0, 1)]),
        ("<strong>x</strong>", "x", [("bold", 0, 1)]),
        ("<i>x</i><em>y</em>", "xy", [("italic", 0, 1), ("italic", 1, 1)]),
        ("<u>x</u><ins>y</ins>", "xy", [("underline", 0, 1), ("underline", 1, 1)]),
        ("<s>x</s><strike>y</strike><del>z</del>", "xyz", [("strikethrough", n, 1) for n in range(3)]),
        ('<span class="tg-spoiler">x</span>', "x", [("spoiler", 0, 1)]),
        ("<tg-spoiler>x</tg-spoiler>", "x", [("spoiler", 0, 1)]),
        ('<tg-emoji emoji-id="5368324170671202286">👍</tg-emoji>', "👍", [("custom_emoji", 0, 2)]),
        ("<code>x</code>", "x", [("code", 0, 1)]),
        ("<pre>x\ny</pre>", "x\ny", [("pre", 0, 3)]),
        ('<pre><code class="language-python">x</code></pre>', "x", [("pre", 0, 1)]),
        ("<blockquote>x</blockquote>", "x", [("blockquote", 0, 1)]),
        ("<blockquote expandable>x</blockquote>", "x", [("expandable_blockquote", 0, 1)]),
        ("<blockquote><b>x</b> <code>y</code></blockquote>", "x y",
         [("blockquote", 0, 3), ("bold", 0, 1), ("code", 2, 1)]),
        ("<b>a<i>b</i></b>", "ab", [("bold", 0, 2), ("italic", 1, 1)]),
        ("<B>x</B>", "x", [("bold", 0, 1)]),
        ("<b >x</b >", "x", [("bold", 0, 1)]),
        ("<b></b>x", "x", []),
        ("🙂<b>x</b>", "🙂x", [("bold", 2, 1)]),
        ("👨‍👩‍👧<b>🇵🇰</b>", "👨‍👩‍👧🇵🇰", [("bold", 8, 4)]),
        (LINK, "x", [("text_link", 0, 1, "https://x.example/?a=1&b=2")]),
        ("<a href='http://x.example'>x</a>", "x", [("text_link", 0, 1, "http://x.example")]),
        ('<a href="https://x.example/&quot;&gt;">x</a>', "x", [("text_link", 0, 1, 'https://x.example/">')]),
        ('<a href="tg://user?id=7">x</a>', "x", [("text_mention", 0, 1, "tg://user?id=7")]),
        ('<a href="tg://resolve?domain=x">x</a>', "x", [("text_link", 0, 1, "tg://resolve?domain=x")]),
        ('<a href="x.example/y">x</a>', "x", [("text_link", 0, 1, "x.example/y")]),
        # Telegram makes no link of these; the text stays.
        ('<a href="javascript:alert(1)">x</a>', "x", []),
        ('<a href="data:text/html,x">x</a>', "x", []),
        ('<a href="mailto:a@x.example">x</a>', "x", []),
        ('<a href="file:///etc/passwd">x</a>', "x", []),
        ('<a href="https:///x">x</a>', "x", []),
        ('<a href="//x.example">x</a>', "x", []),
        ("".join(f"<b>{n}</b> " for n in range(100)).strip(), None, None),
    ],
)  # fmt: skip
def test_what_is_taken(text: str, plain: str | None, entities: list[tuple[str, int, int]] | None) -> None:
    found, said = parse(text)
    if plain is not None and entities is not None:
        assert (found, said) == (plain, [Entity(*each) for each in entities])
    else:
        assert len(said) == 100


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("a <", "Unclosed start tag"),
        ("<b", "Unclosed start tag"),
        ("<b ", "Unclosed start tag"),
        ("é<b", "at byte offset 2"),
        ("<p>x</p>", 'Unsupported start tag "p"'),
        ("<br>", 'Unsupported start tag "br"'),
        ("<br/>", 'Unsupported start tag "br/"'),
        ("<b/>", 'Unsupported start tag "b/"'),
        ("<script>x</script>", "Unsupported start tag"),
        ("<img src=x>", "Unsupported start tag"),
        ("<!-- x -->", "Unsupported start tag"),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("<b>x</>", "Unmatched end tag"),
        ("<b>x</strong>", "Unmatched end tag"),
        ("<b>x</b", "Unclosed end tag"),
        ("<b>x</b x>", "Unclosed end tag"),
        ('<b class="x">y</b>', 'Unexpected attribute "class"'),
        ('<a onclick="x">y</a>', 'Unexpected attribute "onclick"'),
        ('<a href="https://x.example" title="x">y</a>', "Unexpected attribute"),
        ('<a href="https://x.example" href="https://y.example">y</a>', "Unexpected attribute"),
        ('<a class="x">y</a>', "Unexpected attribute"),
        ("<a>y</a>", 'Tag "a" without href'),
        ('<a href="">y</a>', 'Tag "a" without href'),
        ("<a href>y</a>", "Expected equal sign"),
        ("<a href=https://x.example>y</a>", "Unquoted value"),
        ("<a href=>y</a>", "Unquoted value"),
        ('<a href="https://x.example>y</a>', "Unquoted value"),
        ('<a href="https://x.example" />y</a>', "Empty attribute name"),
        ('<a href="https://x.example/?a=1&b=2">y</a>', 'Bare "&"'),
        ("AT&T", 'Bare "&" at byte offset 2'),
        ("&copy;", 'Bare "&"'),
        ("&nbsp;", 'Bare "&"'),
        ("&apos;", 'Bare "&"'),
        ("&LT;", 'Bare "&"'),
        ("&lt", 'Bare "&"'),
        ("&;", 'Bare "&"'),
        ("&#;", 'Bare "&"'),
        ("&#X3C;", 'Bare "&"'),
        ("&#12345678;", 'Bare "&"'),
        ("&#0;", "Bad reference"),
        ("&#xD800;", "Bad reference"),
        ("&#x10FFFF;", "Bad reference"),
        ("&#1;", "Control character U\\+0001"),
        ("&#x202e;", "Control character U\\+202E"),
        ("a > b", 'Bare ">"'),
        ("x\x00y", "Control character U\\+0000"),
        ("x\x1b[31my", "Control character U\\+001B"),
        ("x\ty", "Control character U\\+0009"),
        ("x\ry", "Control character U\\+000D"),
        ("x\x85y", "Control character U\\+0085"),
        ("x\u2028y", "Control character U\\+2028"),
        ("x\u202ey", "Control character U\\+202E"),
        ('<a href="https://x.example/\x07">y</a>', "Control character"),
        ("\ud83d", "encoded in UTF-8"),
        ("<b>\ude42</b>", "encoded in UTF-8"),
        (f'<a href="https://y.example">{LINK}</a>', 'Tag "a" can\'t stand in the tag "a"'),
        (f'<a href="https://y.example"><b>{LINK}</b></a>', 'Tag "a" can\'t stand in the tag "a"'),
        ("<code><b>x</b></code>", 'Tag "b" can\'t stand in the tag "code"'),
        ("<pre><i>x</i></pre>", 'Tag "i" can\'t stand in the tag "pre"'),
        (f"<code>{LINK}</code>", 'Tag "a" can\'t stand in the tag "code"'),
        ("<b><code>x</code></b>", 'Tag "code" can\'t stand in the tag "b"'),
        ("<pre><code>x</code></pre>", 'Tag "code" can\'t stand in the tag "pre"'),
        ("<blockquote>x<blockquote>y</blockquote></blockquote>", "can't stand in"),
        ('<code class="language-python">x</code>', "right inside a pre"),
        ('<code class="x">x</code>', "is no language"),
        ("<span>x</span>", 'must have class "tg-spoiler"'),
        ('<span class="x">x</span>', 'must have class "tg-spoiler"'),
        ('<tg-emoji emoji-id="x">👍</tg-emoji>', "Invalid custom emoji"),
        ("<tg-emoji>👍</tg-emoji>", "Invalid custom emoji"),
        ("".join(f"<b>{n}</b> " for n in range(101)), "101 entities"),
    ],
)  # fmt: skip
def test_what_is_refused(text: str, words: str) -> None:
    with pytest.raises(BadEntities, match=words.replace("(", r"\(")):
        parse(text)


anything = st.text(st.characters(codec=None, categories=None, exclude_characters=WIDE), max_size=200) | st.sampled_from(
    ["&amp;lt;", "</b>", "<a href='x'>", "&", '"', "'>", "👨‍👩‍👧‍👦" * 60, "🇵🇰" * 90, "\ud83d", "e" + "\u0301" * 99]
)
links = st.none() | anything.map(lambda tail: f"https://news.example.org/{tail}").map(safe_link)
spans = st.builds(
    lambda text, style, link: Span(
        shown(text, 300), bold=style == "b", italic=style == "i", code=style == "c" and link is None, link=link
    ),
    anything,
    st.sampled_from("bic-"),
    links,
)


@settings(deadline=None)
@given(st.lists(st.lists(spans, max_size=3).map(tuple), max_size=30), st.lists(spans, max_size=2))
def test_whatever_we_compose_passes_and_says_what_was_meant(lines: list[Line], last: list[Span]) -> None:
    message = compose(lines, foot=(tuple(last),))
    text, entities = parse(message.text)
    assert units(text) <= MAX_UNITS
    meant = ["".join(span.text for span in each) for each in (*lines, last)]
    said = text.split("\n")
    assert said[-1] == meant[-1]
    body = said[:-1]
    assert body == meant[: len(body)], "lines go from the end alone"
    wanted = [span.link for each in (*lines[: len(body)], last) for span in each if span.link and span.text]
    assert [each.url for each in entities if each.url] == wanted


@pytest.mark.parametrize("text", ["<b>x", "&lt;b&gt;", "a & b", '"><a href="https://x.example">', "&amp;amp;"])
def test_a_reader_sees_the_very_text(text: str) -> None:
    assert parse(compose([(Span(text, bold=True),)]).text)[0] == text


@pytest.mark.parametrize(
    ("spans", "plain"),
    [
        (line(bold("状态："), " 已生效 · x"), "状态：已生效 · x"),  # noqa: RUF001  the mark that is meant
        (line("最多5条。 今日3条。"), "最多5条。今日3条。"),
        (line("取消。", code("/a。 b")), "取消。/a。 b"),
        (line(code("芯片。"), " x"), "芯片。x"),
        (line(bold("Status:"), " in force"), "Status: in force"),
        (BLANK, ""),
    ],
)
def test_a_wide_mark_brings_its_own_gap(spans: Line, plain: str) -> None:
    assert compose([line("."), spans, line(".")]).plain == f".\n{plain}\n."


def test_an_address_stays_inside_its_quotes() -> None:
    link = 'https://x.example/"><b>&amp;'
    assert parse(compose([(Span("x", link=link),)]).text) == ("x", [Entity("text_link", 0, 1, link)])


def test_more_styled_runs_than_telegram_takes_are_left_out_from_the_end() -> None:
    text, entities = parse(compose([(Span("x", bold=True),)] * 150, foot=((Span("foot", italic=True),),)).text)
    assert (len(entities), text.split("\n")[-1]) == (100, "foot")
