"""Rows 26 to 31 of the table of bad inputs: each title and link through every message that shows it, and out."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from redis.asyncio import Redis
from telegram import Bot
from telegram.request import HTTPXRequest

from bot.chat_store import ChatStore
from bot.chats import Chat, Kind
from bot.cli import lodestone
from bot.delivery.answers import Outgoing, Sent
from bot.delivery.telegram import TelegramSender
from bot.imagined import Told
from bot.json_rows import json_row
from bot.logs import LineFormatter
from bot.markup import Message
from bot.messages import render_alert, render_latest
from bot.reading import as_lines, as_row
from bot.shade import Shade
from bot.timeline import render_caption, render_timeline
from bot.tracing import trace_lines, trace_row
from bot.whys import render_choices, render_why
from pipelines import keys
from pipelines.events import Alert, encode
from pipelines.feeds.text import plain
from pipelines.language.reader import Reader, load_reader
from pipelines.rulebook import load_rules
from pipelines.streams import bury
from pipelines.titles import Found
from rules.explain import trace
from rules.story import Actor, Source, Tag, Tier, Topic
from rules.verdict import Label, Reason
from tests.chats.hostile import REFUSED_LINKS, TAKEN_LINKS, TITLES, in_a_terminal, on_a_terminal, whole
from tests.chats.make import ACT, NOW, alert, chat, quote, report
from tests.telegram.html import parse
from tests.telegram.server import TelegramServer

CASES = [pytest.param(title, seen, id=name) for name, (title, seen) in TITLES.items()]
RULES = load_rules(None)
LINK = "https://news.example.org/1?a=1&b=2"


def hostile(text: str, link: str = LINK) -> Alert:
    """An alert in which everything that a feed may say is ``text``."""
    act = ACT.__class__(event=ACT.event, stage=ACT.stage, actors=(Actor(text), Actor(text)))
    tags = tuple(Tag(topic, 0.9) for topic in Topic)
    reports = [
        report(n, title=text, link=link, source=Source("f", text, f"{n}", Tier.WIRE), tags=tags, act=act, reader=text)
        for n in range(1, 9)
    ]
    reasons = tuple(Reason("rule", text, text) for _ in range(9))
    return alert(*reports, reasons=reasons)


def messages(told: Alert) -> Iterator[Message]:
    """Every message that shows what a feed said."""
    quotes, group = (quote("BTC"), quote("ETH")), chat(kind=Kind.GROUP, id=-5)
    found = [Found(told.story.id, told.story.lead.title, Label.NOISE, 0.0)] * 5
    yield render_alert(told, quotes, group, NOW)
    yield render_alert(told, quotes, group, NOW, repeat=True)
    yield render_latest((told,) * 5, NOW)
    yield render_why(told, NOW, None)
    if "\ud83d" not in told.story.lead.title:  # half a character: no store can hold such a story
        yield render_why(told, NOW, trace(told.story, RULES, NOW))
    yield render_choices(found)
    yield render_timeline(told, NOW)
    yield render_caption(told, Shade.LIGHT)


@dataclass
class Phone:
    """A chat on the strict server, reached as alerts are."""

    server: TelegramServer
    sender: TelegramSender

    async def take(self, message: Message) -> None:
        """Send it; Telegram must take it at the first go and show just what was meant."""
        before = len(self.server.world.calls)
        chat = Chat(id=7, kind=Kind.PRIVATE, created=NOW)
        assert isinstance(await self.sender.send(Outgoing(story="s", chat=chat, message=message)), Sent)
        (call,) = self.server.world.calls[before:]
        shown = self.server.world.chats[7].messages[call.message_id or 0]
        assert shown["text"] == parse(message.text)[0]


@pytest.fixture(scope="module")
def reader() -> Reader:
    return load_reader()


@pytest.fixture
async def phone() -> AsyncIterator[Phone]:
    async with TelegramServer(any_chat=True) as server:
        # Plain HTTP on loopback: reading the certificates would take most of each test's time.
        request = HTTPXRequest(httpx_kwargs={"verify": False})
        bot = Bot(server.token, base_url=server.base_url, request=request, get_updates_request=request)
        yield Phone(server, TelegramSender(bot))
        await request.shutdown()


@pytest.mark.parametrize(("title", "seen"), CASES)
async def test_a_hostile_title_in_every_message(phone: Phone, title: str, seen: str | None) -> None:
    for message in messages(hostile(title)):
        text, _ = whole(message)
        in_a_terminal(message)
        await phone.take(message)
        if seen is not None and seen != "(no title)":
            assert seen.strip("\u2068\u2069") in text
        elif seen is not None and "Which one" not in text:
            assert seen in text


@pytest.mark.parametrize(("title", "seen"), CASES)
def test_a_hostile_title_keeps_its_link_and_is_one_line(title: str, seen: str | None) -> None:
    text, entities = whole(render_alert(hostile(title), (), chat(), NOW))
    lines = text.split("\n")
    assert lines[2] == ""
    assert [each.url for each in entities if each.url] == [LINK]
    assert len(lines[1].encode("utf-16-le")) // 2 <= 282
    if seen is not None:
        assert lines[1] == seen


@pytest.mark.parametrize("link", REFUSED_LINKS)
async def test_a_link_that_is_not_offered_anywhere(phone: Phone, link: str) -> None:
    for message in messages(hostile("Terbium", link)):
        _, entities = whole(message)
        assert not [each for each in entities if each.url]
        assert not [each for row in message.buttons for each in row if each.url]
        await phone.take(message)


@pytest.mark.parametrize("link", TAKEN_LINKS)
async def test_a_link_that_is(phone: Phone, link: str) -> None:
    for message in messages(hostile("Terbium", link)):
        _, entities = whole(message)
        if "Which one" not in message.plain:
            assert {each.url for each in entities if each.url} == {link}
        await phone.take(message)


@pytest.mark.parametrize("size", [4_000, 4_090, 4_095, 4_096, 4_097, 4_200, 20_000])
async def test_messages_near_the_limit(phone: Phone, size: int) -> None:
    links = ["https://news.example.org/" + "a" * each for each in (size // 5 - 150, 1_900)]
    for link in links:
        for message in messages(hostile("🙂 & <b> " * 40, link[:2_000])):
            whole(message)
            await phone.take(message)


@pytest.mark.parametrize(("title", "seen"), CASES)
def test_explaining_a_hostile_headline(reader: Reader, title: str, seen: str | None) -> None:
    told = Told(headline=title, publisher=title)
    entry = told.entry(NOW)
    read, parts = reader.explain(entry)
    story = told.story(entry, read, NOW)
    traced = trace(story, RULES, NOW)
    for colour in (False, True):
        on_a_terminal(trace_lines(traced, story, NOW, colour=colour, every=True))
        on_a_terminal(as_lines(parts, colour=colour))
    whole(render_why(Alert(story, traced.verdict, NOW, NOW), NOW, traced))
    row = json_row(as_row(read, parts) | {"trace": trace_row(traced, story, NOW), "title": title})
    row.encode()
    on_a_terminal(row)
    assert "\n" not in row
    assert json.loads(row)["title"] == title


@pytest.mark.parametrize(("title", "seen"), CASES)
def test_a_log_line_stays_one_line(title: str, seen: str | None) -> None:
    record = logging.makeLogRecord({"msg": "feed.failed detail=%s", "args": (title,), "levelname": "WARNING"})
    whole_line = logging.makeLogRecord({"msg": f"feed.failed detail={title}", "levelname": "WARNING"})
    raised = logging.makeLogRecord({"msg": "x", "exc_info": (ValueError, ValueError(title), None)})
    for each in (record, whole_line, raised):
        said = LineFormatter().format(each)
        said.encode()
        assert "\n" not in said
        on_a_terminal(said)


def run(*words: str, url: str, data: Path) -> Result:
    env = {"LODESTONE_DATA": str(data), "REDIS_URL": url}
    return CliRunner().invoke(lodestone, list(words), env=env)


@pytest.fixture
async def told_store(store: Redis, store_url: str) -> str:
    """A store whose chats and dead letters have the hostile titles as their names and causes."""
    chats = ChatStore(store)
    client: Any = store
    for number, (title, _) in enumerate(TITLES.values(), 1):
        sound = title.encode("utf-8", "replace").decode()
        await chats.put(Chat(id=-number, kind=Kind.GROUP, created=NOW, title=sound, active=False, why_off=sound))
        why = bury("judge", keys.STORIES, encode(hostile(sound)), sound)
        await client.execute_command(*why)
    return store_url


@pytest.mark.parametrize("words", [["chats"], ["chats", "--json"], ["dead", "list"], ["dead", "list", "--json"]])
def test_what_the_operator_is_shown(told_store: str, words: list[str], tmp_path: Path) -> None:
    result = run(*words, url=told_store, data=tmp_path)
    assert result.exit_code == 0, result.output
    on_a_terminal(result.output)
    lines = result.stdout.splitlines()
    assert len(lines) == len(TITLES) * (2 if words == ["dead", "list"] else 1)


@pytest.mark.parametrize("name", ["eight-bit colours", "halves", "line breaks"])
@pytest.mark.parametrize("words", [[], ["--json"]])
def test_the_command_on_a_hostile_headline(name: str, words: list[str], tmp_path: Path) -> None:
    title = TITLES[name][0]
    result = run("explain", *words, "--publisher", title, "--", title, url="", data=tmp_path)
    assert result.exit_code == 0, result.output
    on_a_terminal(result.output)


@pytest.mark.parametrize("command", ["simulate", "label", "group"])
def test_a_file_of_hostile_rows(command: str, tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    titles = [title for title, _ in TITLES.values() if title.strip() and "\ud83d" not in title]
    named = [
        {"id": f"{title[:40]}{number}", "title": f"Japan bans gallium exports {title}", "date": "2026-05-01"}
        for number, title in enumerate(titles)
    ]
    file.write_text("".join(f"{json.dumps(row)}\n" for row in named))
    result = run(command, str(file), url="", data=tmp_path)
    assert result.exit_code == 0, result.output
    on_a_terminal(result.output)
    found = [json.loads(line) for line in result.stdout.split("\n") if line]
    ids = {each for row in found for each in row.get("ids", [row.get("id")])}
    assert ids <= {row["id"] for row in named}
    assert command == "simulate" or len(found) == len(named)
    assert found


@pytest.mark.parametrize(
    ("markup", "seen"),
    [
        ("&lt;script&gt;alert(1)&lt;/script&gt; terbium", "<script>alert(1)</script> terbium"),
        ("&amp;lt;b&amp;gt;terbium", "&lt;b&gt;terbium"),
        ("<b>Terbium</b> <a href=javascript:alert(1)>x</a>", "Terbium x"),
        ("Terbium <b", "Terbium"),
        ("Ore &amp; oil", "Ore & oil"),
    ],
)
async def test_a_title_is_unescaped_once_by_the_feed_and_escaped_once_by_us(
    phone: Phone, markup: str, seen: str
) -> None:
    message = render_alert(hostile(plain(markup, 500)), (), chat(), NOW)
    assert whole(message)[0].split("\n")[1] == seen
    await phone.take(message)


def test_rows_for_machines_can_be_written_anywhere() -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    for title, _ in TITLES.values():
        out.write(json_row({"title": title}))
        assert json.loads(json_row({"title": title})) == {"title": title}
    out.flush()
    assert "稀土" in json_row(["稀土"])
