"""The Bot API server for tests is itself strict and does wrong only on order, as the real library sees it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto, Message
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import HTTPXRequest

from tests.telegram.faults import Fault, Limits
from tests.telegram.methods import picture
from tests.telegram.remote import telegram_process
from tests.telegram.server import TelegramServer

CHAT = 7
pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as server:
        server.world.chat(CHAT)
        yield server


@pytest.fixture
async def bot(telegram: TelegramServer) -> AsyncIterator[Bot]:
    # Plain HTTP on loopback: reading the certificates would take most of each test's time.
    requests = [HTTPXRequest(4, read_timeout=0.3, httpx_kwargs={"verify": False}) for _ in range(2)]
    async with Bot(
        telegram.token, base_url=telegram.base_url, request=requests[0], get_updates_request=requests[1]
    ) as bot:
        yield bot


@pytest.mark.parametrize(
    ("fault", "error", "delivered"),
    [
        (Fault("429", retry_after=3), RetryAfter, False),
        (Fault("429"), NetworkError, False),
        (Fault("403"), Forbidden, False),
        (Fault("400"), BadRequest, False),
        (Fault("401"), InvalidToken, False),
        (Fault("409"), Conflict, False),
        (Fault("502"), NetworkError, False),
        (Fault("migrate", migrate_to=-1005), ChatMigrated, False),
        (Fault("silence"), TimedOut, False),
        (Fault("silence", delivered=True), TimedOut, True),
        (Fault("close"), NetworkError, False),
        (Fault("close", delivered=True), NetworkError, True),
        (Fault("garbled"), TelegramError, False),
        (Fault("garbled", delivered=True), TelegramError, True),
        (Fault("garbled", coding="gzip", description="no gzip"), NetworkError, False),
        (Fault("delay", seconds=0.01), None, True),
        (Fault("403", chat=CHAT + 1), None, True),
        (Fault("403", method="sendPhoto"), None, True),
        (Fault("403", skip=1), None, True),
        (Fault("400", parsed_only=True), None, True),
    ],
)
async def test_faults_on_order(
    telegram: TelegramServer, bot: Bot, fault: Fault, error: type[Exception] | None, delivered: bool
) -> None:
    telegram.fault(fault)
    if error is None:
        await bot.send_message(CHAT, "x")
    else:
        with pytest.raises(error):
            await bot.send_message(CHAT, "x")
    assert [call.delivered for call in telegram.world.calls if call.method == "sendMessage"] == [delivered]
    telegram.faults.clear()
    assert (await bot.send_message(CHAT, "y")).text == "y"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<b>x", "can't find end tag"),
        ("<x>y</x>", "unsupported start tag"),
        ("<b><i>x</b></i>", "unmatched end tag"),
        ("a < b", "unsupported start tag"),
        ('<b class="x">y</b>', "unexpected attribute"),
        ("x" * 4097, "too long"),
        ("\U0001f600" * 2049, "too long"),
        (" ", "text is empty"),
        ("<b></b>", "text is empty"),
    ],
)
async def test_texts_that_telegram_refuses(bot: Bot, text: str, words: str) -> None:
    with pytest.raises(BadRequest, match=f"(?i){words}"):
        await bot.send_message(CHAT, text, parse_mode="HTML")


async def test_what_telegram_takes(bot: Bot) -> None:
    sent = await bot.send_message(
        CHAT, '<a href="https://x.example/?a=1&amp;b">&lt;x&gt;</a> &amp;copy; ' + "y" * 4000, parse_mode="HTML"
    )
    assert sent.text is not None
    assert sent.text.startswith("<x> &copy; y")
    assert sent.entities[0].url == "https://x.example/?a=1&b"
    photo = await bot.send_photo(CHAT, picture(8, 6), caption="<i>a</i>", parse_mode="HTML")
    assert (photo.caption, photo.photo[0].width, photo.photo[0].height) == ("a", 8, 6)
    assert (await bot.get_chat(CHAT)).id == CHAT


async def test_buttons_and_edits_are_checked(bot: Bot) -> None:
    def board(data: str) -> InlineKeyboardMarkup:
        return InlineKeyboardMarkup([[InlineKeyboardButton("x", callback_data=data)]])

    with pytest.raises(BadRequest, match=r"(?i)button_data_invalid"):
        await bot.send_message(CHAT, "x", reply_markup=board("y" * 65))
    sent = await bot.send_message(CHAT, "x", reply_markup=board("y" * 64))
    with pytest.raises(BadRequest, match="not modified"):
        await sent.edit_text("x", reply_markup=board("y" * 64))
    await sent.edit_text("y")
    await sent.delete()
    with pytest.raises(BadRequest, match="not found"):
        await sent.edit_text("z")
    with pytest.raises(BadRequest, match=r"(?i)chat not found"):
        await bot.send_message(12345, "x")


async def test_photos_are_looked_at_and_changed_in_their_place(bot: Bot) -> None:
    for wrong in (b"123", picture(1, 21), picture(9_000, 2_000)):
        with pytest.raises(BadRequest, match=r"(?i)image_process_failed|photo_invalid_dimensions"):
            await bot.send_photo(CHAT, wrong)
    sent = await bot.send_photo(CHAT, picture(8, 6), caption="a")
    with pytest.raises(BadRequest, match="not modified"):
        await sent.edit_media(InputMediaPhoto(picture(8, 6), "a"))
    with pytest.raises(BadRequest, match="caption is too long"):
        await sent.edit_media(InputMediaPhoto(picture(4, 3), "a" * 1025))
    edited = await sent.edit_media(InputMediaPhoto(picture(4, 3), "<b>b</b>", parse_mode="HTML"))
    assert isinstance(edited, Message)
    assert (edited.message_id, edited.photo[0].width, edited.caption) == (sent.message_id, 4, "b")
    text = await bot.send_message(CHAT, "x")
    with pytest.raises(BadRequest, match="no media"):
        await text.edit_media(InputMediaPhoto(picture(4, 3)))


async def test_limits(telegram: TelegramServer, bot: Bot) -> None:
    telegram.limits = Limits(overall=3, chat=1)
    await bot.send_message(CHAT, "x")
    with pytest.raises(RetryAfter):
        await bot.send_message(CHAT, "x")
    telegram.limits = Limits(group=2)
    telegram.world.chat(-5)
    await bot.send_message(-5, "x")
    await bot.send_message(-5, "x")
    with pytest.raises(RetryAfter) as refused:
        await bot.send_message(-5, "x")
    assert refused.value.retry_after == 60  # the whole minute: both messages have just gone


async def test_updates_wait_for_their_poller_and_are_confirmed_by_offset(telegram: TelegramServer, bot: Bot) -> None:
    waiting = asyncio.create_task(bot.get_updates(timeout=5))
    await telegram.say(CHAT, "one")
    first = await waiting
    assert [each.message.text for each in first if each.message] == ["one"]
    assert await bot.get_updates() == first, "not confirmed yet"
    await telegram.say(CHAT, "two")
    rest = await bot.get_updates(offset=first[-1].update_id + 1)
    assert [each.message.text for each in rest if each.message] == ["two"]
    await telegram.say(CHAT, "three", kind="edited_message")
    await bot.get_updates(offset=-1 + rest[-1].update_id + 3, allowed_updates=["message"])
    await telegram.member(CHAT, "kicked")
    assert telegram.world.updates == [], "not among the allowed kinds"


async def test_a_second_poller_throws_the_first_out(telegram: TelegramServer, bot: Bot) -> None:
    first = asyncio.create_task(bot.get_updates(timeout=5))
    await telegram.until(lambda: telegram.polled)
    async with Bot(telegram.token, base_url=telegram.base_url) as other:
        second = asyncio.create_task(other.get_updates(timeout=5))
        with pytest.raises(Conflict):
            await first
        await telegram.say(CHAT, "x")
        assert len(await second) == 1


async def test_a_poller_that_went_away_is_forgotten(telegram: TelegramServer, bot: Bot) -> None:
    first = asyncio.create_task(bot.get_updates(timeout=5))
    await telegram.until(lambda: telegram.polled)
    first.cancel()
    await telegram.until(lambda: not telegram.polled)
    await telegram.say(CHAT, "x")
    assert len(await bot.get_updates()) == 1


async def test_in_a_process_of_its_own() -> None:
    async with telegram_process("--any-chat") as remote:
        async with Bot(remote.token, base_url=remote.base_url) as bot:
            await remote.fault(Fault("403", chat=1))
            with pytest.raises(Forbidden):
                await bot.send_message(1, "x")
            await remote.order("clear")
            await bot.send_message(1, "y")
            await remote.order("say", chat_id=1, text="/start")
            updates: Any = await bot.get_updates()
            assert updates[0].message.text == "/start"
        calls = await remote.calls(method="sendMessage")
        assert [(call["chat"], call["text"], call["delivered"]) for call in calls] == [(1, "x", False), (1, "y", True)]
