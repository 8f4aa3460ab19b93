"""Knowing an item again, whatever its feed does to guids, links, titles and dates; and plain text out of markup."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.feeds.feed import Feed
from pipelines.feeds.items import Item, RawItem, absolute, canonical, finish, tell_apart
from pipelines.feeds.publisher import credit
from pipelines.feeds.text import clean, plain, shorten
from rules.story import Tier

BASE = "https://e.org/feed"


def known_again(before: list[RawItem], after: list[RawItem]) -> list[bool]:
    """For each item of the second body: whether a mark of it was met in the first."""
    first = [finish(raw, BASE, links_tell=True) for raw in tell_apart(before)]
    met = {mark for one in first if one for mark in one.marks}
    second = [finish(raw, BASE, links_tell=True) for raw in tell_apart(after)]
    return [bool(met.intersection(one.marks)) for one in second if one]


RAW = RawItem(guid="7", link="https://e.org/a", title="Duty set", published="2026-11-24T09:00:00Z")


def raw(**parts: Any) -> RawItem:
    return replace(RAW, **parts)


@pytest.mark.parametrize(
    ("changed", "known"),
    [
        ({}, True),
        ({"guid": "8"}, True),
        ({"guid": "http://e.org/a"}, True),
        ({"guid": "https://e.org/a"}, True),
        ({"guid": ""}, True),
        ({"link": "http://www.e.org/a/"}, True),
        ({"link": "https://e.org/a?utm_source=x&utm_medium=rss#xtor=RSS-1"}, True),
        ({"link": "https://e.org/b"}, True),  # title and day are the same: the feed moved its links
        ({"link": "https://e.org/b", "guid": "8"}, True),
        ({"link": "", "guid": ""}, True),
        ({"title": "DUTY  SET!"}, True),
        ({"title": "Duty set, second lead"}, True),  # the same guid and link: a mended title
        ({"title": "Duty set, second lead", "guid": "8"}, False),  # a page whose news changes
        ({"title": "Another", "link": "https://e.org/b"}, False),
        ({"link": "https://e.org/b", "guid": "8", "published": "2026-12-24T09:00:00Z"}, False),  # a title used again
        ({"published": ""}, True),
        ({"summary": "more"}, True),
    ],
)
def test_an_item_is_known_again(changed: dict[str, str], known: bool) -> None:
    assert known_again([raw()], [raw(**changed)]) == [known]


def test_items_that_share_a_guid_are_told_apart() -> None:
    one, two = raw(guid="1"), raw(guid="1", title="Quota cut", link="https://e.org/b")
    assert known_again([one], [one, two]) == [True, False]


def test_items_with_empty_guids_and_one_link_are_told_apart_by_title() -> None:
    home = [raw(guid="", link="https://e.org/news", title=title) for title in ("One", "Two", "Three")]
    assert known_again(home[:2], home) == [True, True, False]


def test_two_items_of_one_title_in_one_body_are_two_items() -> None:
    one, two = raw(title="Notice"), raw(title="Notice", guid="9", link="https://e.org/b")
    assert known_again([one, raw(title="Notice", guid="1", link="https://e.org/z")], [one, two]) == [True, False]


def test_no_title_is_taken_from_the_summary_and_nothing_at_all_is_dropped() -> None:
    item = finish(raw(title="", summary="<p>Ministry <b>sets</b> duty</p>"), BASE, links_tell=True)
    assert item is not None
    assert item.title == "Ministry sets duty"
    assert finish(RawItem(link="https://e.org/a"), BASE, links_tell=True) is None


texts = st.text(max_size=40)


@given(st.builds(RawItem, guid=texts, link=texts, title=texts, summary=texts, published=texts, source=texts))
def test_any_item_is_read_alike_twice_and_is_safe_to_show(item: RawItem) -> None:
    one, two = (finish(item, BASE, links_tell=True) for _ in range(2))
    assert one == two
    if one is not None:
        assert one.title
        assert one.title == clean(one.title)
        assert one.key in one.marks
        assert one.link == "" or one.link.lower().startswith(("http://", "https://"))


@given(st.lists(st.tuples(texts, texts, texts), max_size=8))
def test_a_body_that_comes_again_brings_nothing_new(rows: list[tuple[str, str, str]]) -> None:
    body = [RawItem(guid=guid, link=link, title=title) for guid, link, title in rows]
    assert all(known_again(body, list(reversed(body))))


@pytest.mark.parametrize(
    ("link", "kept"),
    [
        ("https://e.org/a", "https://e.org/a"),
        ("  https://e.org/a\n", "https://e.org/a"),
        ("/story/1", "https://e.org/story/1"),
        ("//cdn.e.org/1", "https://cdn.e.org/1"),
        ("story", ""),
        ("javascript:alert(1)", ""),
        ("JavaScript:alert(1)", ""),
        ("tg://resolve?domain=x", ""),
        ("data:text/html,x", ""),
        ("file:///etc/passwd", ""),
        ("https://", ""),
        ("https://e.org/" + "x" * 3000, ""),
        ("https://e.org/\u202egpj.exe", ""),
        ('https://e.org/"onclick="x', ""),
        ("http://[bad", ""),
        ("", ""),
    ],
)
def test_links(link: str, kept: str) -> None:
    assert absolute(link, BASE) == kept


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("https://e.org/a?x=1&y=2", "http://www.e.org/a/?y=2&x=1&utm_campaign=z", True),
        ("https://e.org/a?id=1", "https://e.org/a?id=2", False),
        ("https://e.org/a#one", "https://e.org/a#two", False),
        ("https://E.ORG/a", "https://e.org/a", True),
        ("https://e.org/a", "https://e.org/A", False),
        ("https://e.org", "https://e.org/", True),
    ],
)
def test_canonical(one: str, two: str, same: bool) -> None:
    assert (canonical(one) == canonical(two)) is same


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<b>Ch</b>ina <i>halts</i> exports", "China halts exports"),
        ("<p>One</p><p>Two</p>", "One Two"),
        ("a<br/>b", "a b"),
        ("AT&amp;T and Q&amp;A", "AT&T and Q&A"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert(1)</script>"),
        ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
        ("<script>alert(1)</script>Duty", "Duty"),
        ("<style>p{}</style >Duty", "Duty"),
        ("Duty<script>alert(1)", "Duty"),
        ('<a href="javascript:x">Duty</a> set', "Duty set"),
        ("Duty <a href=", "Duty"),
        ("prices < 5 and > 3", "prices < 5 and > 3"),
        ("<Nvidia> rises", "<Nvidia> rises"),
        ("<!-- hidden -->Duty<!-- open", "Duty"),
        ("<![CDATA[Duty]]>", "Duty"),
        ("one\n\ttwo\r\nthree", "one two three"),
        ("{0.__class__} %s ${x}", "{0.__class__} %s ${x}"),
        ("a\u0301", "á"),
    ],
)
def test_plain(markup: str, text: str) -> None:
    assert plain(markup, 500) == text


@pytest.mark.parametrize("opening", ["<!--", "<script", "<a ", "<b ", "</", "<p><", "&#", "&amp;"])
def test_repeated_openings_stay_linear(opening: str) -> None:
    plain(opening * 50_000, 500)  # quadratic reading would take minutes, and the suite has a limit


@given(st.text(), st.integers(2, 50))
def test_shortening_keeps_within_the_cap_and_breaks_no_pair(text: str, cap: int) -> None:
    short = shorten(clean(text), cap)
    assert len(short) <= cap
    short.encode("utf-16-le")


def test_half_a_flag_is_not_left() -> None:
    flags = "\U0001f1f5\U0001f1f0" * 10
    assert shorten(flags, 8) == "\U0001f1f5\U0001f1f0" * 3 + "…"


def an_item(title: str, source: str = "", source_url: str = "") -> Item:
    return Item(key="k", marks=("k",), link="https://news.example/x", title=title, summary="", stated=None,
                source=source, source_url=source_url)  # fmt: skip


@pytest.mark.parametrize(
    ("tier", "name", "item", "publisher", "title"),
    [
        (Tier.AGGREGATOR, "Google News", an_item("Duty set - Reuters", "Reuters"), "Reuters", "Duty set"),
        (Tier.AGGREGATOR, "Google News", an_item("Duty - set - Reuters", "Reuters"), "Reuters", "Duty - set"),
        (Tier.AGGREGATOR, "Google News", an_item("Duty set - in May", "Reuters"), "Reuters", "Duty set - in May"),
        (Tier.AGGREGATOR, "Google News", an_item("Duty set"), "Google News", "Duty set"),
        (Tier.TRADE, "aggregator", an_item("Duty set", "Al Jazeera"), "Al Jazeera", "Duty set"),
        (Tier.OFFICIAL, "Federal Reserve", an_item("Rates held", "Someone Else"), "Federal Reserve", "Rates held"),
        (Tier.WIRE, "BBC", an_item("Rates held - BBC", "BBC"), "BBC", "Rates held"),
    ],
)  # fmt: skip
def test_a_relay_gives_credit(tier: Tier, name: str, item: Item, publisher: str, title: str) -> None:
    source, shown = credit(Feed(id="f", url="https://f.example/", name=name, tier=tier), item, "")
    assert (source.publisher, shown) == (publisher, title)
    assert source.tier is tier


def test_a_slug_is_replaced_by_the_name_that_the_feed_itself_gives() -> None:
    feed = Feed(id="f", url="https://f.example/", name="the-manila-times")
    assert credit(feed, an_item("Duty"), "The Manila Times")[0].publisher == "The Manila Times"
    assert credit(feed, an_item("Duty"), "Reuters")[0].publisher == "the-manila-times"
