"""JSON registers through the parser process, and what the doctor says of feeds."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from pipelines.feeds.doctor import Health, diagnose, examine
from pipelines.feeds.feed import Feed
from pipelines.feeds.fetcher import Fetcher
from pipelines.feeds.parsing import Parsers
from pipelines.feeds.trouble import FeedTrouble, Reason
from rules.story import Tier
from tests.feeds.servers import answer, feed, item, serving

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
DOCUMENT = {
    "title": "Additions to the Entity List  ",
    "type": "Rule",
    "abstract": "The Bureau adds twelve entities.",
    "document_number": "2026-21001",
    "html_url": "https://www.federalregister.gov/documents/2026/11/25/2026-21001/additions",
    "publication_date": "2026-11-25",
    "agencies": [{"raw_name": "BIS", "name": "Industry and Security Bureau", "id": 241}],
}
INSPECTION = {
    **DOCUMENT,
    "agency_names": ["Commerce Department"],
    "filed_at": "2026-11-24T08:45:00.000-05:00",
    "abstract": None,
}


async def test_documents_and_public_inspection(parsers: Parsers) -> None:
    for row, summary, stated in (
        (DOCUMENT, "Industry and Security Bureau. Rule. The Bureau adds twelve entities.", "2026-11-25T00:00:00+00:00"),
        (INSPECTION, "Commerce Department. Rule", "2026-11-24T13:45:00+00:00"),
    ):
        body = json.dumps({"count": 2, "results": [row, "odd"]}).encode()
        parsed = await parsers.parse(body, url="https://www.federalregister.gov/x", kind="federal-register")
        (one,) = parsed.items
        assert (one.title, one.summary, one.link) == ("Additions to the Entity List", summary, row["html_url"])
        assert one.stated == datetime.fromisoformat(stated).timestamp() == parsed.newest


@pytest.mark.parametrize(
    ("body", "items"),
    [
        (b'{"count": 0}', 0),
        (b'{"count": 0, "results": []}', 0),
        (b'{"count": 1, "results": [{}]}', 0),
        (b'{"count": 1, "results": [{"title": {"a": 1}, "agencies": "x", "html_url": 5}]}', 0),
        (b'{"count": 1, "results": [{"title": "T", "agencies": [5, {}], "filed_at": "soon"}]}', 1),
        (b'{"count": 3}', None),
        (b'{"results": {}}', None),
        (b"[]", None),
        (b"null", None),
        (b"<rss/>", None),
        (b"", None),
        (b"\xff\xfe", None),
        (b'{"a":' * 50_000, None),
    ],
)
async def test_odd_registers(parsers: Parsers, body: bytes, items: int | None) -> None:
    if items is None:
        with pytest.raises(FeedTrouble) as caught:
            await parsers.parse(body, url="https://e.org/", kind="federal-register")
        assert caught.value.reason is Reason.NOT_A_FEED
    else:
        parsed = await parsers.parse(body, url="https://e.org/", kind="federal-register")
        assert len(parsed.items) == items


async def test_the_doctor_tells_the_well_from_the_others(fetcher: Fetcher, parsers: Parsers) -> None:
    pages = {
        "well": answer(200, feed(item("A", date="Tue, 24 Nov 2026 09:00:00 GMT"))),
        "stale": answer(200, feed(item("A", date="Mon, 05 Nov 2018 09:00:00 GMT"))),
        "empty": answer(200, feed()),
        "undated": answer(200, feed(item("A"))),
        "walled": answer(403, b"no robots"),
        "dead": answer(410),
    }
    async with serving() as server, serving("127.0.0.2") as login:
        server.pages = {f"/{name}": page for name, page in pages.items()}
        login.pages["/"] = answer(200, b"<html><title>Sign in</title></html>")
        feeds = [Feed(id=name, url=f"{server.url}/{name}", name=name) for name in pages]
        feeds += [
            Feed(id="walled-page", url=f"{login.url}/", name="x"),
            Feed(id="refused", url="http://169.254.169.254/", name="x"),
            Feed(id="dead-port", url="http://127.0.0.3:9/", name="x"),
        ]
        found = {one.feed.id: one async for one in examine(feeds, fetcher, parsers, NOW)}
    assert {name: one.health.value for name, one in found.items()} == {
        name: name.partition("-")[0] for name in (*pages, "walled-page", "refused", "dead-port")
    }
    assert found["well"].newest == datetime(2026, 11, 24, 9, tzinfo=UTC)


def test_stale_depends_on_the_tier() -> None:
    for tier, days, health in (
        (Tier.WIRE, 10, Health.STALE),
        (Tier.TRADE, 10, Health.WELL),
        (Tier.OFFICIAL, 60, Health.WELL),
    ):
        one = Feed(id="f", url="https://e.org/", name="F", tier=tier)
        assert diagnose(one, 5, NOW - timedelta(days=days), NOW).health is health
