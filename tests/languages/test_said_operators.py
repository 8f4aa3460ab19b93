"""What operators read, in their language: pages, questions, answers, buttons; technical words stay as they are."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from bot.admin_pages import Page, What, mark_of
from bot.broadcast import LONGEST
from bot.chat_store import ChatStore
from bot.chats import Chat, Kind
from bot.commands.admin import admin, show
from bot.commands.admin_feeds import add_feed, remove_feed
from bot.commands.authority import NOT_AN_OPERATOR, NOT_YOURS
from bot.commands.broadcasting import halt_broadcast, send_broadcast
from bot.commands.context import Ask, BotContext, Slow
from bot.commands.operator import _DONE, _TOLD, _obey, _told, dead, pause, resume
from bot.commands.retracting import retract, take_back
from bot.feed_desk import FeedDesk
from bot.languages.translator import Translator
from bot.markup import Message, compose
from bot.overview import Failure, Overview, overview_lines
from bot.reloads import render_refused, render_reloaded
from bot.rounds import render_churn
from bot.rulekeeping import Refused, Reloaded
from bot.signing import Action, Order, signer_for
from pipelines import keys
from pipelines.dead_letters import Once, Took
from pipelines.feeds.feed import Feed, FeedState, encode_state
from pipelines.judged import write_judged
from pipelines.rulebook import load_rulebook
from pipelines.streams import bury
from rules.errors import RuleError
from rules.marks import Mark
from tests.chats.make import NOW, alert
from tests.conftest import Clock
from tests.feeds.servers import answer, feed, item, serving
from tests.languages.made_up import MADE_UP, english_left

OWNER = 999
RULEBOOK = load_rulebook(None)
TECHNICAL = (
    "polls", "probes", "entries", "readings", "stories", "alerts", "digests", "reactions", "fetch",
    "trade", "official", "wire", "aggregator", "en", "http-404 Not Found", "http-404, Not Found", "http-404", "dns",
    "newest item 0 days old", "LODESTONE_ALLOW_PRIVATE_HOSTS", "scheme 'file'", "file:///etc/passwd", "ADDRESS",
    "/admin add", "example.org/news", "RSS", "Atom", "UTC", "Nov", "`lodestone check`", "`lodestone dead list`",
)  # fmt: skip
"""Streams, tiers, languages, causes, what is typed: what a log or a file says in the same words."""
NAMES = ("Alpha", "alpha", "Beta", "More", "Test Feed", "test-feed", "Ada", "Bad Request", "blocked", "private")


def left_in(message: Message, *known: str) -> list[str]:
    return english_left(message, *known, *NAMES, *TECHNICAL, RULEBOOK.rules.hash[:8])


TITLE = "Ministry puts export licences on terbium into force"
ITEMS = feed(*(item(f"{n}", f"https://e.org/{n}", f"g{n}", f"Tue, 24 Nov 2026 0{n}:00:00 GMT") for n in range(1, 6)))


@dataclass
class Desk:
    """An operator who reads the made-up language, and a site with feeds."""

    context: BotContext
    url: str

    def ask(self, text: str = "", kind: Kind = Kind.PRIVATE) -> Ask:
        given: dict[str, Any] = {
            "chat_id": OWNER,
            "kind": kind,
            "title": "",
            "user_id": OWNER,
            "text": text,
            "whole": text,
        }
        return Ask(**given, now=NOW, tr=MADE_UP)

    async def left(self, said: Message | Slow | None, *known: str) -> list[str]:
        """What an answer says in English, at first and at last."""
        assert said is not None
        messages = [said.first, await said.rest()] if isinstance(said, Slow) else [said]
        return [each for message in messages for each in left_in(message, self.url, *known)]

    def order(self, message: Message, row: int = 0, at: int = 0) -> Order:
        found = self.context.signer.verify(message.buttons[row][at].data, OWNER, NOW)
        assert isinstance(found, Order)
        return found


@pytest.fixture
async def desk(store: Redis, clock: Clock, tmp_path: Path) -> AsyncIterator[Desk]:
    async with serving() as site:
        site.pages |= {
            "/a": answer(200, ITEMS),
            "/b": answer(404),
            "/empty": answer(200, feed()),
            "/new": answer(200, ITEMS),
        }
        rows = [("a", "Alpha"), ("b", "Beta"), *((f"more-{n}", f"More {n}") for n in range(9))]
        listed = tmp_path / "list.yaml"
        lines = (f'- {{id: {each}, name: "{name}", url: "{site.url}/{each}", tier: trade}}' for each, name in rows)
        listed.write_text("\n".join(["feeds:", *lines]))
        for path, links in (("/plain", ""), ("/broken", '<link rel="alternate" type="application/rss+xml" href="/b">')):
            page = f"<html><head>{links}</head><p>x</p></html>".encode()
            site.pages[path] = answer(200, page, content_type="text/html")
        context = BotContext(
            store=store,
            chats=ChatStore(store),
            clock=clock,
            rules=lambda: RULEBOOK.rules,
            signer=signer_for("1:x"),
            desk=FeedDesk(folder=tmp_path, source=str(listed), private_hosts=("127.0.0.1",)),
        )
        yield Desk(context, site.url)


SEEN = Overview(
    streams={"entries": 3, "alerts": 0},
    lanes={"urgent": 2, "normal": 1, "digest": 0, "edit": 4},
    oldest={"urgent": NOW - timedelta(minutes=7)},
    calling=2,
    held=NOW + timedelta(hours=1),
    paused=NOW + timedelta(hours=2),
    counts=dict.fromkeys(("sent", "edited", "repeated", "plain", "later", "unknown", "held", "failed"), 2),
    failures=(Failure(NOW - timedelta(minutes=3), 7, "Bad Request"),),
    dead=2,
    chats=9,
    off={"blocked": 2, "": 1},
    votes={Mark.USEFUL: 3},
    voted=2,
)
EMPTY = Overview(streams={}, lanes={}, oldest={}, votes={})
FAULT = RuleError("/etc/r.yaml", 3, 1, "7", "8")
ALPHA = Feed(id="alpha", url="https://e.org/feed", name="Alpha")


@pytest.mark.parametrize("seen", [SEEN, EMPTY], ids=["full", "empty"])
def test_the_overview(seen: Overview) -> None:
    assert left_in(compose(overview_lines(seen, NOW, MADE_UP))) == []


@pytest.mark.parametrize(
    "render",
    [
        lambda tr: render_refused(Refused((FAULT,) * 7), tr),
        lambda tr: render_reloaded(Reloaded(None, RULEBOOK, gone=False), tr),
        lambda tr: render_reloaded(Reloaded(RULEBOOK.rules, RULEBOOK, gone=True, mended=True), tr),
        lambda tr: render_churn(ALPHA, 1200, tr),
    ],
)
def test_words_to_admins(render: Callable[[Translator], Message]) -> None:
    assert left_in(render(MADE_UP), "etc/r.yaml") == []


def test_toasts() -> None:
    for text in (*_TOLD.values(), *_DONE.values(), NOT_YOURS, NOT_AN_OPERATOR):
        assert english_left(MADE_UP(text)) == []


@pytest.mark.parametrize("what", [what for what in What if what is not What.RULES])
async def test_each_page(desk: Desk, store: Redis, what: What) -> None:
    states = {
        "a": FeedState(url=f"{desk.url}/a", polled=NOW.timestamp(), succeeded=1, newest=NOW.timestamp(), items=5),
        "b": FeedState(url=f"{desk.url}/b", polled=NOW.timestamp(), failures=3, reason="dns"),
    }
    raw: Any = store
    await raw.hset(keys.FEEDS, mapping={name: encode_state(state) for name, state in states.items()})
    await raw.zadd(keys.DUE, {"poll:a": NOW.timestamp() + 90})
    await raw.execute_command(*bury("fetch", keys.POLLS, b"x", "7"))
    await raw.lpush("{lodestone}:out:errors", f"{int(NOW.timestamp() * 1000)} 7 Bad Request")
    for each, why in ((7, "blocked"), (8, "")):
        await desk.context.chats.put(Chat(id=each, kind=Kind.PRIVATE, created=NOW, title="Ada").off(why))
    for page in (Page(what), Page(what, 1), Page(what, 0, mark_of("a")), Page(what, 0, mark_of("gone"))):
        assert await desk.left(await show(desk.context, desk.ask(), page)) == []


@pytest.mark.parametrize(
    "words",
    [
        "", "nonsense", "add", "add http://10.0.0.1/feed", "add file:///etc/passwd", "add {site}/b", "add {site}/a Q",
        "add {site}/a", "add {site}/empty", "add {site}/plain", "add {site}/broken", "broadcast", "broadcast 7",
        f"broadcast {'7' * (LONGEST + 7)}",
    ],
)  # fmt: skip
async def test_what_is_asked_in_words(desk: Desk, words: str) -> None:
    await desk.context.chats.put(Chat(id=11, kind=Kind.PRIVATE, created=NOW))
    said = await admin(desk.context, desk.ask(words.replace("{site}", desk.url)))
    assert await desk.left(said) == []


async def test_elsewhere_and_without_a_desk(desk: Desk, store: Redis, clock: Clock) -> None:
    for command in (admin, dead, retract, resume):
        assert await desk.left(await command(desk.context, desk.ask(kind=Kind.GROUP))) == []
    bare = BotContext(
        store=store, chats=desk.context.chats, clock=clock, rules=desk.context.rules, signer=desk.context.signer
    )
    for page in (Page(What.HOME), Page(What.FEEDS)):
        assert await desk.left(await show(bare, desk.ask(), page)) == []
    (Path(desk.context.desk.folder) / "feeds-added.yaml").write_text("feeds: [7]")  # type: ignore[union-attr]
    for page in (Page(What.HOME), Page(What.FEEDS)):
        said = await show(desk.context, desk.ask(), page)
        assert isinstance(said, Message)
        assert not {"the", "list", "has", "mistakes", "nothing", "changed"} & set(english_left(said.text.split(".")[0]))


async def test_a_feed_is_added_and_taken_out(desk: Desk) -> None:
    asked = await admin(desk.context, desk.ask(f"add {desk.url}/new"))
    assert isinstance(asked, Slow)
    offered = await asked.rest()
    assert await desk.left(offered) == []
    for _ in range(2):  # added, then listed already
        assert await desk.left(await add_feed(desk.context, desk.ask(), desk.order(offered))) == []
    take = await show(desk.context, desk.ask(), Page(What.TAKE, 0, mark_of("b")))
    assert isinstance(take, Message)
    for _ in range(2):
        assert await desk.left(await remove_feed(desk.context, desk.ask(), desk.order(take))) == []
    forgotten = Order(Action.ADD_FEED, "", OWNER, NOW, b"12345678")
    for do in (add_feed, remove_feed, halt_broadcast, take_back):
        assert await desk.left(await do(desk.context, desk.ask(), forgotten)) == []


async def test_a_broadcast(desk: Desk) -> None:
    assert await desk.left(await admin(desk.context, desk.ask("broadcast 7"))) == []  # nobody to tell
    await desk.context.chats.put(Chat(id=11, kind=Kind.PRIVATE, created=NOW))
    asked = await admin(desk.context, desk.ask("broadcast 7"))
    assert isinstance(asked, Message)
    order = desk.order(asked)
    assert await desk.left(await send_broadcast(desk.context, desk.ask(), order, Once("{lodestone}:x", 60))) == []
    for _ in range(2):  # on its way, then stopped
        page = await show(desk.context, desk.ask(), Page(What.CAST))
        assert isinstance(page, Message)
        assert await desk.left(page) == []
        if len(page.buttons) > 1:
            assert await desk.left(await halt_broadcast(desk.context, desk.ask(), desk.order(page))) == []


async def test_dead_letters(desk: Desk, store: Redis) -> None:
    assert await desk.left(await dead(desk.context, desk.ask())) == []
    for _ in range(12):
        await store.execute_command(*bury("fetch", keys.POLLS, b"x", "7"))  # type: ignore[no-untyped-call]
    listed = await dead(desk.context, desk.ask())
    assert await desk.left(listed) == []
    sure = await _obey(desk.context, desk.ask(), desk.order(listed, 0, 1))
    assert await desk.left(sure) == []
    assert sure is not None
    assert await desk.left(await _obey(desk.context, desk.ask(), desk.order(listed))) == []
    assert await desk.left(await _obey(desk.context, desk.ask(), desk.order(sure))) == []


@pytest.mark.parametrize(("took", "again"), [(Took(2), True), (Took(2, 1), True), (Took(2), False)])
def test_what_was_done_with_letters(took: Took, again: bool) -> None:
    assert english_left(_told(took, MADE_UP, again=again)) == []


@pytest.mark.parametrize("text", ["", "30m"])
async def test_a_pause(desk: Desk, text: str) -> None:
    assert await desk.left(await pause(desk.context, desk.ask(text))) == []
    assert await desk.left(await pause(desk.context, desk.ask(text, Kind.GROUP))) == []
    assert await desk.left(await resume(desk.context, desk.ask())) == []


async def test_an_alert_is_taken_back(desk: Desk, store: Redis) -> None:
    told = alert()
    asked = [await retract(desk.context, desk.ask(text)) for text in ("", f"{told.story.id} 7")]
    for command in write_judged(told):
        await store.execute_command(*command)  # type: ignore[no-untyped-call]
    raw: Any = store
    for rows in ("0", "1", "3"):
        await raw.hset(f"{keys.TAG}:ledger:{told.story.id}", "rows", rows)
        asked.append(await retract(desk.context, desk.ask(f"{told.story.id} 7")))
    for said in asked:
        assert await desk.left(said, TITLE, "the ministry denied it") == []
    assert await desk.left(await take_back(desk.context, desk.ask(), desk.order(asked[-1]))) == []
