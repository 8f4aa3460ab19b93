"""/admin through a real, polling Application: its pages, feeds that come and go, and a broadcast up to its button."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from bot.access import Access
from bot.admin_pages import Page, What, page_data, read_page
from bot.broadcast import LONGEST
from bot.chats import Chat, Kind
from bot.feed_desk import FeedDesk
from pipelines import keys
from pipelines.audit import read_audit
from pipelines.events import Fanout, decode
from pipelines.feeds.changes import ADDED, read_changes
from pipelines.feeds.feed import FeedState, encode_state
from pipelines.streams import bury
from tests.chats.make import NOW
from tests.conftest import Clock
from tests.feeds.servers import FeedServer, answer, feed, item, serving
from tests.telegram.conftest import GROUP, OTHER, OWNER, Line, OpenLine
from tests.telegram.html import parse
from tests.telegram.world import Call

DATED = "Tue, 24 Nov 2026 0%d:00:00 GMT"
BODY = feed(*(item(f"Mine <opens> & no. {n}", f"https://e.org/{n}", f"g{n}", DATED % n) for n in range(1, 6)))
PAGE = b"""<html><head>
<link rel="stylesheet" href="/x.css"><LINK REL='alternate' type='application/rss+xml' title='Comments' href='/comments'>
<link rel="alternate" type="application/atom+xml; charset=utf-8" title="News" href="news.xml?a=1&amp;b=2">
<link rel="alternate" type="application/rss+xml" href="http://10.1.2.3/feed"><link rel=alternate hreflang=de href=/de>
</head><body>Nothing &amp; more</body></html>"""


@dataclass
class Desk:
    """An operator with the menu before them, and a place in the world with pages and feeds."""

    line: Line
    site: FeedServer
    folder: Path
    desk: FeedDesk

    async def ask(self, text: str) -> str:
        """Write, wait for what is said at last, and read it as Telegram shows it."""
        calls = await self.line.say(text, OWNER)
        return await self._settled(calls)

    async def press(self, words: str) -> str:
        """Tap the button under the newest message that begins with these words; what the message says then."""
        data = next(data for said, data in self.line.buttons(OWNER).items() if said.startswith(words))
        return await self.tap(data)

    async def tap(self, data: str) -> str:
        _, calls = await self.line.tap(data, self.line.message(OWNER)["message_id"], OWNER)
        return await self._settled(calls)

    async def _settled(self, calls: list[Call]) -> str:
        assert calls[-1].status == 200
        if "This takes up to half a minute." in self.line.message(OWNER)["text"]:
            await self.line.server.until(lambda: "This takes" not in self.line.message(OWNER)["text"])
        last = next(call for call in reversed(self.line.server.world.calls) if call.chat == OWNER and call.text)
        return parse(last.text)[0]


@pytest.fixture
async def desk(open_line: OpenLine, tmp_path: Path) -> AsyncIterator[Desk]:
    async with serving() as site:
        site.pages |= {"/a": answer(200, BODY), "/b": answer(404), "/news.xml?a=1&b=2": answer(200, BODY)}
        site.pages |= {"/comments": answer(500), "/page": answer(200, PAGE, content_type="text/html")}
        listed = tmp_path / "list.yaml"
        rows = [("a", "Alpha <b>"), ("b", "Beta"), *((f"more-{n}", f"More {n}") for n in range(9))]
        lines = (f'- {{id: {each}, name: "{name}", url: "{site.url}/{each}", tier: trade}}' for each, name in rows)
        listed.write_text("\n".join(["feeds:", *lines]))
        own = FeedDesk(folder=tmp_path, source=str(listed), private_hosts=("127.0.0.1",))
        opened: Line = await open_line(Access(admins=frozenset({OWNER})), desk=own)
        yield Desk(opened, site, tmp_path, own)


async def done(store: Redis) -> list[str]:
    return [row.what for row in await read_audit(store) if not row.refused]


async def test_the_menu_is_one_message_that_edits_itself(desk: Desk, store: Redis, clock: Clock) -> None:
    states = {
        "a": FeedState(url=f"{desk.site.url}/a", polled=NOW.timestamp(), succeeded=1, newest=NOW.timestamp(), items=5),
        "b": FeedState(url=f"{desk.site.url}/b", polled=NOW.timestamp(), failures=3, reason="dns"),
    }
    await store.hset(keys.FEEDS, mapping={name: encode_state(state) for name, state in states.items()})
    await store.execute_command(*bury("fetch", keys.POLLS, b"x", "<why> & so"))  # type: ignore[no-untyped-call]
    await store.lpush("{lodestone}:out:errors", f"{int(NOW.timestamp() * 1000)} 7 <Bad> Request")
    chat = Chat(id=7, kind=Kind.PRIVATE, created=NOW, title="<Ada> & co").off("blocked <b>")
    await desk.line.chats.put(chat)
    home = await desk.ask("/admin")
    assert "Feeds: 11, 1 failing, 9 not asked yet" in home
    assert "Rules: " in home
    assert "Dead letters: 1" in home
    assert "/retract" in home
    board = desk.line.message(OWNER)["message_id"]
    said = {name: await desk.press(name) for name in ("Rules", "« Back")}
    assert "Rules in force" in said["Rules"]
    assert said["« Back"] == home
    expected = {
        "Queue": "urgent: 0",
        "Dead letters": "fetch: <why> & so",
        "Errors": "chat 7 · <Bad> Request",
        "Chats off": "7 private <Ada> & co: blocked <b>",
        "Broadcast": "/admin broadcast ",
        "Feeds": "1. ✓ Alpha <b>\ntrade · 5 items, newest just now; asked just now\n"
        "2. ✗ Beta\ntrade · dns, 3 times in a row",
    }
    for name, words in expected.items():
        assert words in await desk.press(name)
        assert await desk.press("« Back") == home
    assert desk.line.message(OWNER)["message_id"] == board, "one message all the while"
    assert await done(store) == ["/admin"]


async def test_feeds_page_by_page_one_of_them_and_the_doctor(desk: Desk, store: Redis) -> None:
    await desk.ask("/admin")
    first = await desk.press("Feeds")
    assert (first.count("\ntrade · "), "9. " in first) == (8, False)
    assert "11. … More 8" in await desk.press("»")
    assert "1. … Alpha <b>" in await desk.press("»")
    checked = await desk.press("Doctor for this page")
    assert checked.startswith("Asked just now: 8 feeds\n\n✗ Beta dead\nhttp-404 Not Found\n")
    assert "✓ Alpha <b> well\nnewest item 0 days old" in checked
    await desk.press("« Back")
    one = await desk.press("1")
    assert one.startswith(f"Alpha <b>\na\n{desk.site.url}/a\n")
    assert "✓ Alpha <b> well" in await desk.press("Ask it now")
    assert "all well" in await desk.tap(page_data(Page(What.SICK)))
    assert await done(store) == ["/admin", "/admin doctor 8 feeds", "/admin doctor a"]


async def test_a_page_is_looked_through_probed_and_its_feed_added_then_taken_out(desk: Desk, store: Redis) -> None:
    address = f"{desk.site.url}/news.xml?a=1&b=2"
    said = await desk.ask(f"/admin add {desk.site.url}/page")
    assert said.startswith(
        f"Add this feed?\n\n1. Test Feed\n{address}\n5 items, an item every 60 min; asked about every 15 min"
    )
    assert "Newest, 4 h ago: Mine <opens> & no. 5" in said
    assert not (desk.folder / ADDED).exists(), "nothing is saved before the yes"
    asked = [request.path for request in desk.site.requests]
    assert asked == ["/page", "/news.xml?a=1&b=2", "/comments"], "what is private is never asked"
    offer = next(data for said, data in desk.line.buttons(OWNER).items() if said.startswith("Add 1"))
    assert (await desk.tap(offer)).startswith("Added: Test Feed test-feed")
    (added,) = read_changes(desk.folder).added
    assert (added.id, added.url, added.tier) == ("test-feed", address, "trade")
    toast, calls = await desk.line.tap(offer, 1, OWNER)
    assert ("pressed before" in toast, calls) == (True, [])
    assert "It is in the list already." in await desk.ask(f"/admin add {desk.site.url}/page official")
    await desk.tap(page_data(Page(What.FEEDS, 1)))
    assert "Test Feed" in await desk.press("12")
    assert "Take this feed out?" in await desk.press("Take it out")
    assert "test-feed is asked no more" in await desk.press("Take it out")
    assert not read_changes(desk.folder).added
    # One of the list that was taken out comes back by its address.
    await desk.press("« Back")
    await desk.press("1")
    await desk.press("Take it out")
    await desk.press("Take it out")
    assert (await desk.desk.listed(NOW))[0].id == "b"
    assert "asked about" in await desk.ask(f"/admin add {desk.site.url}/a wire es")
    await desk.press("Add 1")
    assert (await desk.desk.listed(NOW))[0].id == "a"
    rows = await done(store)
    assert [row.split(":")[0] for row in rows if row.startswith("feed ")] == [
        "feed test-feed added", "feed test-feed taken out", "feed a taken out", "feed a added"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "Which page or feed?"),
        ("http://10.0.0.1/feed", "not on the public internet"),
        ("file:///etc/passwd", "no address that I ask"),
        ("{site}/b", "Not added: it could not be had (http-404, Not Found)"),
        ("{site}/a purple", "I do not know “purple”"),
        ("{site}/plain", "That page links no feed that I can see."),
        ("{site}/broken", "none could be read:\n{site}/b: http-404"),
    ],
)
async def test_what_cannot_be_added_is_said(desk: Desk, words: str, said: str) -> None:
    desk.site.pages["/plain"] = answer(200, b"<html><p>no feed</p></html>", content_type="text/html")
    desk.site.pages["/broken"] = answer(
        200, b'<html><link rel="alternate" type="application/rss+xml" href="/b"></html>', content_type="text/html"
    )
    assert said.replace("{site}", desk.site.url) in await desk.ask(
        f"/admin add {words.replace('{site}', desk.site.url)}"
    )
    assert not (desk.folder / ADDED).exists()


async def test_a_list_that_was_broken_by_hand_is_told_and_not_written_over(desk: Desk) -> None:
    (desk.folder / ADDED).write_text("feeds: [oops]")
    assert "the list has mistakes" in await desk.ask("/admin")
    assert "feeds-added.yaml:1:9:" in await desk.press("Feeds")
    assert "nothing was changed" in await desk.ask(f"/admin add {desk.site.url}/a")
    assert (desk.folder / ADDED).read_text() == "feeds: [oops]"


async def test_a_broadcast_is_shown_first_and_begun_once(desk: Desk, store: Redis) -> None:
    for chat in (11, 12):
        await desk.line.chats.put(Chat(id=chat, kind=Kind.PRIVATE, created=NOW))
    await desk.line.chats.put(Chat(id=13, kind=Kind.PRIVATE, created=NOW).off("blocked"))
    said = await desk.ask("/admin broadcast Tonight <we> move &\n\n\nback \u202eat 22:00")
    assert said == "Send this to 2 chats?\n\nFrom the operators of this bot\n\nTonight <we> move &\n\nback at 22:00"
    raw: Any = store
    assert await raw.xlen(keys.stream(keys.ALERTS)) == 0, "nothing is done before the yes"
    send = desk.line.buttons(OWNER)["Send to 2 chats"]
    assert "On its way" in await desk.tap(send)
    assert "pressed before" in (await desk.line.tap(send, 1, OWNER))[0]
    ((_, fields),) = await raw.xrange(keys.stream(keys.ALERTS))
    way = decode(fields[b"e"])
    assert isinstance(way, Fanout)
    assert await raw.hget(keys.broadcast(way.story), "text") == b"Tonight <we> move &\n\nback at 22:00"
    assert "The last one, just now\n0 sent; still going through the chats" in await desk.press("Show")
    assert [row.split(" b-")[0] for row in await done(store)] == [
        "/admin broadcast asked: Tonight <we> move & back at 22:00", "broadcast"
    ]  # fmt: skip
    assert "Stopped." in await desk.press("Stop it")
    assert "0 sent; stopped" in await desk.press("Show")
    await desk.ask("/admin broadcast Another")
    yes = desk.line.buttons(OWNER)["Send to 2 chats"]
    assert "Left as it is." in await desk.press("Leave it")
    assert "pressed before" in (await desk.line.tap(yes, 1, OWNER))[0]
    assert await raw.xlen(keys.stream(keys.ALERTS)) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [(" \n ", "What shall I tell"), ("x" * (LONGEST + 7), "7 signs too long"), ("Hello", "nobody to tell")],
)
async def test_a_broadcast_that_cannot_be_meant_goes_nowhere(desk: Desk, words: str, said: str) -> None:
    assert said in await desk.ask(f"/admin broadcast {words}")
    assert "Send to" not in " ".join(desk.line.buttons(OWNER))


async def test_only_operators_in_their_own_chat_see_any_of_it(desk: Desk, store: Redis) -> None:
    assert "private chat only" in parse((await desk.line.say("/admin", GROUP, OWNER))[-1].text)[0]
    assert "Only the operators" in parse((await desk.line.say("/admin add x.org", OTHER))[-1].text)[0]
    for what in What:
        toast, calls = await desk.line.tap(page_data(Page(what)), 1, OTHER)
        assert (toast, calls) == ("Only the operators of this bot can do that.", [])
    toast, calls = await desk.line.tap(page_data(Page(What.HOME)), 1, GROUP, OWNER)
    assert (toast, calls) == ("I do that in our private chat only.", [])
    refused = [row.refused for row in await read_audit(store)]
    assert refused == [
        "outside the private chat",
        "no operator",
        *["not an operator"] * len(What),
        "outside the private chat",
    ]


@pytest.mark.parametrize(
    "data", ["a:", "a:home", "a:nope:0:", "a:home:12345:", "a:feed:0:xyz", "a:feed:0:0123456789abc", "a:home:0:\n"]
)
def test_what_no_button_of_the_menu_carries_is_no_page(data: str) -> None:
    assert read_page(data) is None


def test_every_button_of_the_menu_comes_back_as_what_it_was() -> None:
    for what in What:
        page = Page(what, 9999, "0123456789ab")
        assert read_page(page_data(page)) == page
        assert len(page_data(page)) <= 64
        assert read_page(page_data(replace(page, mark=""))) == replace(page, mark="")
