"""Feeds that operators add and take out: over the list, in files of their own, and polled without a restart."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from bot.feeding import open_feeding
from bot.settings import Settings
from pipelines import keys
from pipelines.events import Poll
from pipelines.feeds.catalogue import CatalogueError, read_catalogue, write_catalogue
from pipelines.feeds.changes import ADDED, REMOVED, FeedChanges, add_feed, id_for, read_changes, remove_feed
from pipelines.feeds.discovery import MOST_LINKS, guess_tier, links_of
from pipelines.feeds.feed import Feed
from pipelines.feeds.text import clean, shorten
from pipelines.stories.families import family_of
from rules.story import Tier
from tests.conftest import Clock

BASE = (Feed(id="a", url="https://a.org/f", name="A"), Feed(id="b", url="https://b.org/f", name="B"))
NEW = Feed(id="a", url="https://new.org/f", name="New", tier=Tier.WIRE, language="es")


def test_what_is_added_and_taken_out_lies_over_the_list(tmp_path: Path) -> None:
    assert add_feed(tmp_path, BASE, NEW) == replace(NEW, id="a-2")
    assert add_feed(tmp_path, BASE, NEW) is None, "its address is polled already"
    assert add_feed(tmp_path, BASE, replace(BASE[0], id="z")) is None
    assert remove_feed(tmp_path, BASE, "a")
    assert [feed.id for feed in read_changes(tmp_path).over(BASE)] == ["b", "a-2"]
    assert not remove_feed(tmp_path, BASE, "a"), "it is out already"
    assert not remove_feed(tmp_path, BASE, "nobody")
    assert add_feed(tmp_path, BASE, replace(BASE[0], id="z")) == BASE[0], "it comes back as it was listed"
    assert remove_feed(tmp_path, BASE, "a-2")
    assert read_changes(tmp_path) == FeedChanges()
    assert not (tmp_path / ADDED).exists()
    # A newer catalogue that lists the address itself: it is polled once.
    add_feed(tmp_path, BASE, NEW)
    listed = (*BASE, Feed(id="c", url=NEW.url, name="C"))
    assert [feed.id for feed in read_changes(tmp_path).over(listed)] == ["a", "b", "c"]


def test_many_hands_lose_no_change(tmp_path: Path) -> None:
    feeds = [Feed(id="same", url=f"https://{n}.org/f", name=f"N{n}") for n in range(12)]
    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(lambda feed: add_feed(tmp_path, BASE, feed), feeds))
    added = read_changes(tmp_path).added
    assert {feed.url for feed in added} == {feed.url for feed in feeds}
    assert len({feed.id for feed in added}) == 12


def test_mistakes_name_file_and_line_and_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / REMOVED).write_text("# a remark\na\nNo Id\nb # another\n-\n")
    with pytest.raises(CatalogueError) as caught:
        remove_feed(tmp_path, BASE, "b")
    assert [(mistake.line, mistake.file) for mistake in caught.value.mistakes] == [
        (3, str(tmp_path / REMOVED)),
        (5, str(tmp_path / REMOVED)),
    ]
    assert "No Id" in (tmp_path / REMOVED).read_text()


async def turns(store: Any) -> list[str]:
    return sorted(name.decode() for name in await store.zrange(keys.DUE, 0, -1))


async def test_a_running_round_takes_changes_over_without_a_restart(
    tmp_path: Path, store: Redis, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    listed = tmp_path / "list.yaml"
    listed.write_bytes(write_catalogue(BASE))
    settings = Settings(data=tmp_path, feeds=str(listed), poll_interval=77)

    async def nobody(feed: Feed, items: int) -> None: ...

    async with open_feeding(settings, store, clock, nobody) as feeding:
        seen = await feeding.look((), clock())
        assert await turns(store) == [], "nothing changed, so nobody is asked out of turn"
        add_feed(tmp_path, BASE, NEW)
        remove_feed(tmp_path, BASE, "b")
        await store.zadd(keys.DUE, {"poll:a": 1, "poll:b": 2})
        assert await feeding.look(seen, clock()) != seen
        assert list(feeding.feeds) == ["a", "a-2"]
        assert feeding.feeds["a-2"].interval == 77
        assert await turns(store) == ["poll:a", "poll:a-2"]
        assert await store.zscore(keys.DUE, "poll:a-2") == clock().timestamp()
        (gone,) = await feeding.fetch.handle([Poll("b")])
        assert getattr(gone, "writes", None) == (), "a turn that was under way brings no other"
        (tmp_path / ADDED).write_text("feeds: [")
        await feeding.look(seen, clock())
        assert "feeds.refused" in caplog.text
        assert list(feeding.feeds) == ["a", "a-2"]
    add_feed_anew(tmp_path)
    async with open_feeding(settings, store, clock, nobody) as again:
        assert list(again.feeds) == ["a", "a-2"], "and a restart finds the same"


def add_feed_anew(folder: Path) -> None:
    (folder / ADDED).unlink()
    assert add_feed(folder, BASE, NEW) is not None


TAGS: tuple[tuple[str, list[str]], ...] = (
    ('<link rel="alternate" type="application/rss+xml" href="/f">', ["https://e.org/f"]),
    ("<LINK TYPE=application/atom+xml REL='alternate' HREF='f?a=1&amp;b=2'>", ["https://e.org/dir/f?a=1&b=2"]),
    ('<link rel="alternate" type="application/feed+json" href="//f.org/x">', ["https://f.org/x"]),
    ('<base href="https://cdn.org/d/"><link rel=alternate type=application/rss+xml href=f>', ["https://cdn.org/d/f"]),
    ('<link rel="alternate home" type="application/rss+xml; charset=x" href="/f"/>', ["https://e.org/f"]),
    ('<link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">', []),
    ('<link rel="alternate" type="application/rss+xml" href="file:///etc/passwd">', []),
    ('<link rel="alternate" type="text/html" href="/de">', []),
    ('<link rel="stylesheet" type="application/rss+xml" href="/f">', []),
    ('<link rel="alternate" type="application/rss+xml">', []),
    ('<a href="/f" type="application/rss+xml" rel="alternate">feed</a>', []),
    ('<link rel="alternate" type="application/rss+xml" href="http://[::1">', []),
)


@pytest.mark.parametrize(("page", "found"), TAGS)
def test_the_feeds_that_a_page_links(page: str, found: list[str]) -> None:
    assert [link.url for link in links_of(page.encode(), "https://e.org/dir/page")] == found


def test_comments_come_last_and_only_a_few_are_asked() -> None:
    tag = '<link rel="alternate" type="application/rss+xml" title="%s" href="/%s">'
    page = "".join(tag % ("Comments" if n == 0 else "News", n) for n in range(9)).encode()
    found = [link.url[-1] for link in links_of(page + page, "https://e.org/")]
    assert found == ["1", "2", "3", "4"][:MOST_LINKS]
    page = (tag % ("Comments on it", "c") + tag % ("News", "n")).encode()
    assert [link.url[-1] for link in links_of(page, "https://e.org/")] == ["n", "c"]


BEGINNINGS = (b"<link ", b"<base href=", b"<link rel=alternate type=application/rss+xml href=")


@given(st.binary(max_size=300), st.sampled_from(BEGINNINGS))
def test_any_page_is_looked_through(junk: bytes, tag: bytes) -> None:
    for link in links_of(tag + junk + b">" + tag + junk, "https://e.org/"):
        assert link.url.startswith(("http://", "https://"))


KNOWN = (Feed(id="w", url="https://feeds.wire.co.uk/x", name="Wire", tier=Tier.WIRE),)


@pytest.mark.parametrize(
    ("url", "tier"),
    [
        ("https://www.wire.co.uk/other", Tier.WIRE),
        ("https://www.mine.gov/rss", Tier.OFFICIAL),
        ("https://trade.ec.europa.eu/rss", Tier.OFFICIAL),
        ("https://www.economia.gob.mx/f", Tier.OFFICIAL),
        ("https://www.mofcom.gov.cn/f", Tier.OFFICIAL),
        ("https://governor.org/f", Tier.TRADE),
        ("https://gov.example.org/f", Tier.TRADE),
    ],
)
def test_a_guess_at_the_tier(url: str, tier: Tier) -> None:
    assert guess_tier(url, KNOWN) is tier


@given(st.text(max_size=90))
def test_whatever_a_title_holds_what_is_written_can_be_read_again(title: str) -> None:
    name = shorten(clean(title), 80) or "feed"
    feed = Feed(id=id_for(name), url="https://e.org/f", name=name, family=family_of(name, "https://e.org/f"))
    assert read_catalogue(write_catalogue((feed,)), "list") == (feed,)


@pytest.mark.parametrize(("title", "made"), [("The Mine & Co.", "the-mine-co"), ("矿业", "feed"), ("x" * 99, "x" * 56)])
def test_an_id_made_of_a_title(title: str, made: str) -> None:
    assert id_for(title) == made
