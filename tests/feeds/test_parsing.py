"""Hostile and broken bodies through a real parser process: reliability inputs 1 to 7 and 21 to 24, and their kin."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import signal
import sys
from collections.abc import AsyncIterator

import psutil
import pytest
import pytest_asyncio

from pipelines.feeds.parsing import Parsed, Parsers
from pipelines.feeds.trouble import FeedTrouble, ParsersBusyError, Reason
from tests.feeds.servers import answer, feed, item, serving

URL = "https://feed.example/rss"
# One loop for all of this file, so that the parser process lives longer than one test.
pytestmark = pytest.mark.asyncio(loop_scope="module")
PROLOGUE = '<?xml version="1.0"?>'


async def parse(parsers: Parsers, body: bytes, **more: str) -> Parsed:
    return await parsers.parse(body, url=URL, **more)  # type: ignore[arg-type]


async def titles(parsers: Parsers, body: bytes, **more: str) -> list[str]:
    return [one.title for one in (await parse(parsers, body, **more)).items]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def parsers() -> AsyncIterator[Parsers]:
    pool = Parsers(count=1)
    yield pool
    await pool.aclose()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hasty() -> AsyncIterator[Parsers]:
    pool = Parsers(count=1, limit=0.4)
    await pool.parse(feed(), url=URL)  # a first start is slow, and not counted
    yield pool
    await pool.aclose()


AUTHOR = "a@" + "a." * 32_000 + "!"
DEEP = "<a>" * 200_000  # so deep that one parser gives up and the other takes seconds
ATTRIBUTES = "&lt;b " + " ".join(f'a{n}="{n}"' for n in range(40_000)) + "&gt;x"


async def test_an_author_that_takes_feedparser_seconds_costs_nothing_when_xml_is_sound(hasty: Parsers) -> None:
    body = feed(item("Sound", "https://e.org/1", more=f"<author>{AUTHOR}</author>"))
    assert await titles(hasty, body) == ["Sound"]


async def test_a_tag_with_forty_thousand_attributes_ends_in_time(hasty: Parsers) -> None:
    body = feed(item(ATTRIBUTES, "https://e.org/1"), item("Sound", "https://e.org/2"))
    assert "Sound" in await titles(hasty, body)


@pytest.mark.parametrize("name", ["author", "dc:creator", "itunes:owner", "managingEditor"])
async def test_nor_when_it_is_broken(hasty: Parsers, name: str) -> None:
    body = feed(item("Broken", "https://e.org/1", more=f"<{name}>{AUTHOR}</{name}>&nbsp;"))
    assert await titles(hasty, body) == ["Broken"]


async def test_what_hangs_the_forgiving_parser_is_killed_and_the_next_feed_served(hasty: Parsers) -> None:
    with pytest.raises(FeedTrouble) as caught:
        await parse(hasty, feed(item("Hang", "https://e.org/1", more=DEEP)))
    assert caught.value.reason is Reason.PARSE_HANG
    assert await titles(hasty, feed(item("Good", "https://e.org/2"))) == ["Good"]


async def test_of_fifty_thousand_items_the_newest_two_hundred_are_read(parsers: Parsers) -> None:
    items = "".join(f"<item><title>N{n}</title></item>" for n in range(50_000))
    parsed = await parse(parsers, feed(items))
    assert (parsed.total, len(parsed.items), parsed.items[0].title) == (50_000, 200, "N0")
    broken = await parse(parsers, feed(items + "<item>&nbsp;</item>"))
    assert (broken.total, len(broken.items)) == (50_001, 200)


async def test_a_feed_that_lists_the_oldest_first_gives_its_last_items(parsers: Parsers) -> None:
    rows = [
        item(f"N{n}", date=f"Mon, {1 + n // 60 // 24:02d} Nov 2026 {n // 60 % 24:02d}:{n % 60:02d}:00 GMT")
        for n in range(300)
    ]
    assert (await titles(parsers, feed(*rows)))[-1] == "N299"


LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
ITEM = '<rss version="2.0"><channel><item><title>T</title></item></channel></rss>'
DECLARED = {
    "billion laughs": f'<!ENTITY x "ha">{LAUGHS}',
    "quadratic": f'<!ENTITY x "{"x" * 50_000}">',
    "file": '<!ENTITY x SYSTEM "file:///etc/passwd">',
    "address": '<!ENTITY x SYSTEM "CANARY">',
    "parameter": '<!ENTITY x "y"><!ENTITY % p SYSTEM "CANARY"> %p;',
}


@pytest.mark.parametrize("before", ["", f"<!-- {'x' * 3000} -->"], ids=["plain", "after a comment"])
@pytest.mark.parametrize("name", DECLARED)
async def test_declared_entities_are_refused_and_nothing_is_asked(parsers: Parsers, name: str, before: str) -> None:
    async with serving() as canary:
        for encoding in ("utf-8", "utf-16"):
            declared = DECLARED[name].replace("CANARY", f"{canary.url}/x")
            title = "&x;&a9;" * 2000
            text = f"{PROLOGUE}{before}<!DOCTYPE rss [{declared}]>{ITEM.replace('T', title)}"
            with pytest.raises(FeedTrouble) as caught:
                await parse(parsers, text.encode(encoding))
            assert caught.value.reason is Reason.UNSAFE_XML
        assert canary.connections == 0


@pytest.mark.parametrize(
    ("text", "readable"),
    [
        (f'{PROLOGUE}<!DOCTYPE rss SYSTEM "CANARY/rss.dtd">{ITEM}', True),
        (f'{PROLOGUE}<?xml-stylesheet href="CANARY/x.xsl"?>{ITEM}', True),
        (PROLOGUE + ITEM.replace("<title>", "<xi:include href='CANARY/x'/><title>"), True),
        ("CANARY/only-an-address", False),
        ("/etc/passwd", False),
    ],
)
async def test_nothing_that_a_body_names_is_opened(parsers: Parsers, text: str, readable: bool) -> None:
    async with serving() as canary:
        canary.pages["*"] = answer(200, feed(item("Stolen")))
        body = text.replace("CANARY", canary.url).encode()
        if readable:
            assert await titles(parsers, body) == ["T"]
        else:
            with pytest.raises(FeedTrouble):
                await parse(parsers, body)
        assert canary.connections == 0


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", Reason.NOT_A_FEED),
        (b"  \n ", Reason.NOT_A_FEED),
        (b"<!DOCTYPE html><html><body><h1>Hello</h1></body></html>", Reason.NOT_A_FEED),
        (b"<html><form>Please log in <input type='password'></form></html>", Reason.WALLED),
        (
            b"<!doctype html><html><title>Just a moment...</title><script src='/cdn-cgi/challenge-platform/x'>",
            Reason.WALLED,
        ),
        (b'{"error": "rate limited"}', Reason.NOT_A_FEED),
        (b"[]", Reason.NOT_A_FEED),
        (b"[" * 100_000, Reason.NOT_A_FEED),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, Reason.NOT_A_FEED),
        (b"<note><to>you</to></note>", Reason.NOT_A_FEED),
        (b"<rss><channel><item><title>cut", Reason.NOT_A_FEED),
        (
            b'<?xml version="1.0" encoding="u\x8bf-8"?><rss><channel><item>\x8b</item></channel></rss>',
            Reason.NOT_A_FEED,
        ),
        (gzip.compress(b"<rss/>", mtime=0), Reason.NOT_A_FEED),
        (b"<" * 50_000, Reason.NOT_A_FEED),
        (b"<a>" * 20_000, Reason.NOT_A_FEED),
    ],
)
async def test_what_is_no_feed_is_said_to_be_none(parsers: Parsers, body: bytes, reason: Reason) -> None:
    with pytest.raises(FeedTrouble) as caught:
        await parse(parsers, body)
    assert caught.value.reason is reason


async def test_a_feed_without_items_is_a_feed(parsers: Parsers) -> None:
    parsed = await parse(parsers, feed())
    assert (parsed.items, parsed.total, parsed.title) == ((), 0, "Test Feed")


@pytest.mark.parametrize("cut", [1, 20, 40, 70, 110])
async def test_of_a_truncated_feed_whole_items_are_taken(parsers: Parsers, cut: int) -> None:
    body = feed(*(item(f"Item number {n}", f"https://e.org/{n}", str(n)) for n in range(10)))
    parsed = await parse(parsers, body[:-cut])
    assert parsed.partial
    assert 8 <= len(parsed.items) <= 10
    assert all(one.title == f"Item number {n}" for n, one in enumerate(parsed.items))


EURO = "Zölle für „seltene Erden“ steigen auf 25 €"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (f'<?xml version="1.0" encoding="utf-8"?>{feed(item(EURO)).decode()[21:]}'.encode(), ""),
        (feed(item(EURO)), "text/xml; charset=iso-8859-1"),
        (b"\xef\xbb\xbf" + feed(item(EURO)), "text/xml"),
        (feed(item(EURO)).decode().replace('"1.0"', '"1.0" encoding="utf-8"').encode("cp1252"), ""),
        (feed(item(EURO)).decode().replace('"1.0"', '"1.0" encoding="windows-1252"').encode("cp1252"), ""),
        (feed(item(EURO)).decode().encode("cp1252"), "application/xml; charset=windows-1252"),
        (feed(item(EURO)).decode().encode("utf-16"), "text/xml; charset=utf-8"),
        (feed(item(EURO)).decode().replace('"1.0"', '"1.0" encoding="utf-16"').encode("utf-16"), ""),
        (feed(item(EURO)).decode().replace('"1.0"', '"1.0" encoding="no-such-charset"').encode(), ""),
        (feed(item(EURO)).decode().replace('"1.0"', '"1.0" encoding="zlib_codec"').encode(), ""),
    ],
)
async def test_wrong_charsets_are_read_all_the_same(parsers: Parsers, body: bytes, content_type: str) -> None:
    assert await titles(parsers, body, content_type=content_type) == [EURO]


async def test_mixed_bytes_lose_a_letter_and_not_the_item(parsers: Parsers) -> None:
    body = feed(item("Tariff on ZZ steel")).replace(b"ZZ", "é".encode() + b"\xe9\xff")
    (title,) = await titles(parsers, body)
    assert title.startswith("Tariff on ")
    assert title.endswith(" steel")


HIDDEN = ["\x00", "\x07", "\x1b[31m", "\x7f", "\x81", "\x90", "\u202e", "\u2066", "\u200b", "\ufeff", "\u2028", "\x01"]


@pytest.mark.parametrize("hidden", HIDDEN, ids=ascii)
async def test_control_and_hidden_characters_are_stripped(parsers: Parsers, hidden: str) -> None:
    (title,) = await titles(parsers, feed(item(f"Ta{hidden}riff {hidden} rise")))
    assert all(character.isprintable() for character in title)
    assert title.replace(" ", "").replace("[31m", "") == "Tariffrise"


@pytest.mark.parametrize(
    "reference", ["&#0;", "&#x1b;", "&#xD800;", "&#xFFFF;", "&#x202e;", "&amp;#x1b;", "&amp;#xD800;"]
)
async def test_characters_by_number_are_stripped_too(parsers: Parsers, reference: str) -> None:
    (title,) = await titles(parsers, feed(item(f"Quota{reference} cut")))
    assert title.startswith("Quota")
    assert all(c.isprintable() and not "\ud800" <= c <= "\udfff" for c in title)
    json.dumps(title).encode()


@pytest.mark.parametrize("name", ["AT&T & Nokia < 5", "Q&amp;A on tariffs", "a &nbsp; b"])
async def test_sloppy_markup_keeps_its_words(parsers: Parsers, name: str) -> None:
    (title,) = await titles(parsers, feed(item(name)))
    assert {"AT&T", "Q&A", "a"} & {word.rstrip(";") for word in title.replace("AT&T;", "AT&T").split()}


async def test_atom_rdf_and_json_feed_are_read(parsers: Parsers) -> None:
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>A</title><entry><title type="html">One &amp;lt;b</title>'
        '<link rel="self" href="https://e.org/self"/><link href="https://e.org/1"/><id>tag:1</id>'
        "<updated>2026-11-24T09:00:00Z</updated><content>Body</content></entry></feed>"
    )
    rdf = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>R</title></channel><item rdf:about="x">'
        "<title>One</title><link>https://e.org/1</link><dc:date>2026-11-24T09:00:00Z</dc:date></item></rdf:RDF>"
    )
    json_feed = json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1", "title": "J",
            "items": [{"id": 7, "url": "https://e.org/1", "title": "One", "date_published": "2026-11-24T09:00:00Z"}, 5],
        }
    )  # fmt: skip
    for body in (atom, rdf, json_feed):
        (one,) = (await parse(parsers, body.encode())).items
        assert (one.title.split()[0], one.link, one.stated) == ("One", "https://e.org/1", 1795510800.0)


def children() -> set[psutil.Process]:
    return {one for one in psutil.Process().children() if "parse_child" in " ".join(one.cmdline())}


async def test_a_large_unknown_body_that_hangs_keeps_no_small_one_waiting_and_its_child_goes() -> None:
    pool, before = Parsers(count=1, limit=0.6, patience=30.0, linger=0.05), children()
    hanging = [asyncio.create_task(parse(pool, feed(item("Hang", more=DEEP)))) for _ in range(2)]
    await asyncio.sleep(0)
    assert await titles(pool, feed(item("Good"))) == ["Good"]
    assert not any(one.done() for one in hanging)
    reasons = [one.reason for one in await asyncio.gather(*hanging, return_exceptions=True)]  # type: ignore[union-attr]
    assert reasons == [Reason.PARSE_HANG] * 2
    large = feed(*(item(f"Item {n}", f"https://e.org/{n}", more=f"<description>{'x' * 900}</description>")
                   for n in range(100)))  # fmt: skip
    assert len(await titles(pool, large)) == 100
    async with asyncio.timeout(20):
        while len(children() - before) > 1:
            await asyncio.sleep(0.01)
    assert len(await titles(pool, large)) == 100
    await pool.aclose()
    assert children() <= before


async def test_a_parser_that_gets_no_processor_is_no_fault_of_the_feed() -> None:
    pool, before = Parsers(count=1, busy=1.0), children()
    await parse(pool, feed())
    (child,) = children() - before
    os.kill(child.pid, signal.SIGSTOP)
    with pytest.raises(ParsersBusyError):
        await parse(pool, feed())
    assert await titles(pool, feed(item("Good"))) == ["Good"]
    await pool.aclose()


async def test_a_parser_that_dies_is_replaced_and_knows_no_secret(parsers: Parsers) -> None:
    before = children()
    await parsers.aclose()
    assert await titles(parsers, feed(item("A"))) == ["A"]
    (child,) = children() - before
    if sys.platform == "linux":
        assert set(child.environ()) <= {"PYTHONPATH", "MALLOC_ARENA_MAX", "LC_CTYPE"}
    os.kill(child.pid, signal.SIGKILL)
    assert await titles(parsers, feed(item("B"))) == ["B"]


async def test_a_hundred_thousand_broken_items_cost_one_answer(parsers: Parsers) -> None:
    body = b"<rss><channel>" + b"<item><title>x</title><a/><b/><c/><d/></item>" * 100_000 + b"&nbsp;</channel></rss>"
    assert (await parse(parsers, body)).total == 100_000
    assert await titles(parsers, feed(item("Good"))) == ["Good"]
