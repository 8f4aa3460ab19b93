"""Lists of feeds: the shipped one, strict YAML with every mistake at its line, OPML from anywhere, and back again."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from bot.commandline.feeds import feeds as command
from pipelines.feeds.catalogue import CatalogueError, load_catalogue, read_catalogue, write_catalogue
from pipelines.feeds.fetcher import Fetcher
from pipelines.feeds.opml import read_opml, write_opml
from pipelines.feeds.sources import load_feeds
from rules.story import Tier
from tests.feeds.servers import answer, serving

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
GOOD = "feeds:\n- {id: a, name: A, url: 'https://a.example/', tier: wire}\n"


def test_the_shipped_catalogue_is_large_and_sound() -> None:
    feeds = load_catalogue()
    assert len(feeds) >= 80
    assert {feed.tier for feed in feeds} == set(Tier)
    assert all(feed.family for feed in feeds if feed.tier is not Tier.AGGREGATOR)
    assert {"fr-bis", "fr-ustr", "fr-ofac", "white-house-actions", "fed-monetary", "ecb", "eu-commission"} <= {
        feed.id for feed in feeds if feed.tier is Tier.OFFICIAL
    }
    assert sum("pk" in feed.url for feed in feeds) >= 5
    assert dict(next(feed for feed in feeds if feed.id == "sec-press").headers)["User-Agent"]


@pytest.mark.parametrize("text", [GOOD, "base: {a: 'https://a.example'}\n" + GOOD])
def test_a_base_that_no_address_needs_is_a_mistake(text: str) -> None:
    with pytest.raises(CatalogueError, match="feed_bases names 'gogle_news', with which no address here begins"):
        load_catalogue(bases={"gogle_news": "http://127.0.0.1:9"})
    with pytest.raises(CatalogueError, match="known: none"):
        read_catalogue(text.encode(), "x", {"a": "http://127.0.0.1:9"})


def test_bases_are_replaced_by_name() -> None:
    feeds = load_catalogue(bases={"federal_register": "http://127.0.0.1:9/fr", "google_news": "http://127.0.0.1:9/gn"})
    urls = {feed.id: feed.url for feed in feeds}
    assert urls["fr-public-inspection"] == "http://127.0.0.1:9/fr/public-inspection-documents/current.json"
    assert urls["gn-ap"].startswith("http://127.0.0.1:9/gn?q=")


LEAD = "feeds:\n- {id: a, name: A, url: 'https://a.example/', tier: wire"
MISTAKES = {
    "feeds: []": ["1:8: 'feeds' must be a list"],
    "": ["must be a mapping"],
    "[1]": ["1:1: must be a mapping"],
    "feeds: &a [*a]": ["aliases are not allowed"],
    "feeds: [": ["1:9"],
    "feeds:\n\t- a": ["2:1"],
    "feeds:\n- 5": ["2:3: a feed must be a mapping"],
    "feds: 1\nfeeds: 2": ["1:1: unknown field 'feds'", "2:8: 'feeds' must be a list"],
    GOOD + "- {id: a, name: B, url: 'https://b.example/', tier: wire}": ["3:3: the id 'a' is used twice"],
    GOOD + "- {id: b, name: B, url: 'https://a.example/', tier: wire}": ["3:3: 'b' has the address of 'a'"],
    GOOD + "- {id: b, id: c, name: B, url: 'https://b.example/', tier: wire}": ["3:11: 'id' is said twice"],
    "feeds:\n- {id: A b, name: A, url: 'ftp://a.example/', tier: tabloid, language: english, kind: csv}": [
        "'id' is 'A b'", "scheme 'ftp'", "'tier' is 'tabloid', must be: official, wire", "'language' is",
        "'kind' is 'csv'",
    ],
    "feeds:\n- {id: a, name: A, tier: wire}": ["2:3: 'url' is missing"],
    "feeds:\n- {id: a, name: A, url: 'https://u:p@a.example/', tier: wire}": ["2:25: 'url' cannot be used: a user"],
    "feeds:\n- {id: a, name: A, url: '{nowhere}/x', tier: wire}": ["there is no base 'nowhere'"],
    "base: {a: 5}\n" + GOOD: ["1:11: base 'a' must be an http"],
    LEAD + ", interval: 1e3}": ["'interval' is '1e3'"],
    LEAD + ", interval: 5}": ["10 to 86400 seconds"],
    LEAD + ", topics: [cats]}": ["'topics' must be a list of"],
    LEAD + ", headers: {Cookie: x}}": ["'Cookie' is ours"],
    LEAD + ', headers: {X: "a\\r\\nHost: b"}}': ["on one line"],
    "feeds:\n- {id: [a], name: {}, url: 'https://a.example/', tier: wire}": ["'id' must be one", "'name' must be one"],
    "[" * 3000: ["too deep"],
    "feeds: !!python/object/apply:os.system [x]": ["1:8: tags are not allowed"],
    "a: 1\n---\nb: 2": ["2:1", "another document"],
}  # fmt: skip


@pytest.mark.parametrize("text", MISTAKES, ids=range(len(MISTAKES)))
def test_every_mistake_is_told_with_its_line(text: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        read_catalogue(text.encode(), "mine.yaml")
    told = str(caught.value)
    assert all(line.startswith("mine.yaml") for line in told.splitlines())
    assert [part for part in MISTAKES[text] if part not in told] == []


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_are_a_list_or_a_mistake(data: bytes) -> None:
    for read in (read_catalogue, read_opml):
        with pytest.raises(CatalogueError):
            read(data, "x")


def test_a_large_file_is_refused() -> None:
    with pytest.raises(CatalogueError, match="larger than"):
        read_catalogue(b"#" * 3_000_000, "x")


def test_a_list_comes_back_from_yaml_and_from_opml() -> None:
    feeds = load_catalogue()
    assert read_catalogue(write_catalogue(feeds), "x") == feeds
    assert {feed.url for feed in read_opml(write_opml(feeds), "x", feeds)} == {feed.url for feed in feeds}
    own = (replace(feeds[0], interval=90.0, family="mine", headers=(("X-Key", "secret"),)), *feeds[1:])
    written = write_opml(own)
    assert b"secret" not in written
    assert set(read_opml(written, "x")) == {replace(feed, headers=()) for feed in own}
    sloppy = written.replace(b'interval="90"', b'interval="0"').replace(b'topics="', b'topics="cats,')
    assert set(read_opml(sloppy, "x")) == {
        replace(feed, headers=()) for feed in (replace(own[0], interval=0.0), *own[1:])
    }


OPML = """<opml version="2.0"><body><outline text="Group">
<outline type="rss" text="One" xmlUrl="https://one.example/feed"/>
<outline type="rss" text="One" xmlUrl="http://127.0.0.1:8800/one.xml"/>
<outline text="Again" xmlUrl="https://one.example/feed"/>
<outline text="Local" xmlUrl="file:///etc/passwd"/>
<outline text="Known" xmlUrl="https://www.mining.com/feed/"/>
</outline></body></opml>"""


def test_opml_from_elsewhere() -> None:
    found = read_opml(OPML.encode(), "x", load_catalogue())
    assert [(feed.id, feed.name, feed.tier) for feed in found] == [
        ("one", "One", Tier.TRADE),
        ("one-2", "One", Tier.TRADE),
        ("mining-com", "MINING.COM", Tier.TRADE),
    ]


async def test_hostile_opml_reads_no_file_and_asks_nobody() -> None:
    async with serving() as canary:
        text = (
            f'<!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY y SYSTEM "{canary.url}/y">]><opml><body>'
            '<outline text="&x;&y;" xmlUrl="https://one.example/"/></body></opml>'
        )
        try:
            found = read_opml(text.encode(), "x")
        except CatalogueError:
            found = ()
        assert all("root" not in feed.name for feed in found)
        assert canary.connections == 0


async def test_an_address_may_take_the_place_of_the_catalogue(fetcher: Fetcher, tmp_path: Path) -> None:
    async with serving() as server:
        server.pages["/opml"] = answer(200, OPML.encode())
        server.pages["/yaml"] = answer(200, GOOD.encode())
        assert len(await load_feeds(f"{server.url}/opml", fetcher, NOW)) == 3
        assert len(await load_feeds(f"{server.url}/yaml", fetcher, NOW)) == 1
        strict = Fetcher()
        with pytest.raises(CatalogueError, match="LODESTONE_ALLOW_PRIVATE_HOSTS"):
            await load_feeds(f"{server.url}/opml", strict, NOW)
        await strict.aclose()
    (tmp_path / "list.opml").write_text(OPML)
    assert len(await load_feeds(str(tmp_path / "list.opml"), fetcher, NOW)) == 3
    with pytest.raises(CatalogueError, match="cannot be read"):
        await load_feeds(str(tmp_path / "nothing.yaml"), fetcher, NOW)
    assert len(await load_feeds(None, fetcher, NOW)) >= 80


def run(*words: str, **environment: str) -> tuple[int, str]:
    result = CliRunner().invoke(command, list(words), env=environment)
    return result.exit_code, result.stdout


def test_the_command_line(tmp_path: Path) -> None:
    data = {"LODESTONE_DATA": str(tmp_path)}
    code, out = run("list", "--json", **data)
    assert (code, len(out.splitlines())) == (0, len(load_catalogue()))
    assert json.loads(out.splitlines()[0])["tier"] == "official"
    (tmp_path / "list.opml").write_text(OPML)
    code, out = run("import", str(tmp_path / "list.opml"), "--json", **data)
    own = str(tmp_path / "feeds.yaml")
    assert json.loads(out) == {"file": own, "added": 2, "feeds": len(load_catalogue()) + 2}
    assert json.loads(run("import", str(tmp_path / "list.opml"), "--json", **data)[1])["added"] == 0
    code, out = run("export", "--feeds", own, **data)
    assert len(read_opml(out.encode(), "x")) == len(load_catalogue()) + 2
    assert run("doctor", "no-such-feed", **data)[0] == 2
    (tmp_path / "bad.yaml").write_text("feeds: 5")
    assert run("list", "--feeds", str(tmp_path / "bad.yaml"), **data)[0] == 1
