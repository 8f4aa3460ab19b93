"""All that Telegram may answer, as the real library reads it; what the server notes, counts and holds back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, ReplyParameters
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

from tests.telegram.answers import ANSWERS, PAGES
from tests.telegram.counts import counts, most_within
from tests.telegram.faults import Fault, Limits
from tests.telegram.methods import picture
from tests.telegram.remote import telegram_process
from tests.telegram.server import TelegramServer
from tests.telegram.world import Call

CHAT, GROUP = 7, -1007
CLASSES = {401: InvalidToken, 403: Forbidden, 404: InvalidToken, 409: Conflict, 400: BadRequest}
pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as server:
        server.world.chat(CHAT)
        server.world.chat(GROUP).threads = {3}
        yield server


@pytest.fixture
async def bot(telegram: TelegramServer) -> AsyncIterator[Bot]:
    # Plain HTTP on loopback: reading the certificates would take most of each test's time.
    requests = [HTTPXRequest(64, read_timeout=5, httpx_kwargs={"verify": False}) for _ in range(2)]
    async with Bot(
        telegram.token, base_url=telegram.base_url, request=requests[0], get_updates_request=requests[1]
    ) as bot:
        yield bot


@pytest.mark.parametrize("name", sorted(ANSWERS))
async def test_every_answer_as_the_library_reads_it(telegram: TelegramServer, bot: Bot, name: str) -> None:
    code, words = ANSWERS[name]
    telegram.fault(Fault(name, migrate_to=GROUP))
    wanted: type[TelegramError] = NetworkError if code >= 429 else CLASSES[code]
    with pytest.raises(ChatMigrated if name == "migrate" else wanted) as refused:
        await bot.send_message(CHAT, "x")
    error: TelegramError = refused.value
    assert type(error) is NetworkError or code < 429, "the library has no finer word for these"
    if isinstance(error, ChatMigrated):
        assert error.new_chat_id == GROUP
    elif name in PAGES:
        assert "Parsing the server response" in error.message
    else:
        assert words.removeprefix("Bad Request: ").lower() in error.message.lower()
    assert [(call.status, call.delivered) for call in telegram.world.calls[-1:]] == [(code, False)]


async def test_the_librarys_own_words_for_a_flood(telegram: TelegramServer, bot: Bot) -> None:
    telegram.fault(Fault("429", retry_after=3))
    with pytest.raises(RetryAfter, match=r"Flood control exceeded\. Retry in 3 seconds"):
        await bot.send_message(CHAT, "x")


def test_a_fault_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match=r"answers\.py names them"):
        Fault("410")


async def test_what_is_noted_of_a_call() -> None:
    async with telegram_process("--any-chat", "--slim") as remote:
        async with Bot(remote.token, base_url=remote.base_url) as bot:
            loud = await bot.send_message(GROUP, "x", message_thread_id=3)
            await bot.send_message(
                GROUP,
                "y",
                disable_notification=True,
                allow_paid_broadcast=True,
                reply_parameters=ReplyParameters(loud.message_id),
            )
            await loud.edit_text("z")
        rows = [
            (each["method"], each["message_id"], each["disable_notification"], each["allow_paid_broadcast"],
             each["thread"], each["reply_to"], each["delivered"])
            for each in await remote.calls()
            if each["method"] != "getMe"
        ]  # fmt: skip
    assert rows == [
        ("sendMessage", 1, False, False, 3, None, True),
        ("sendMessage", 2, True, True, None, 1, True),
        ("editMessageText", 1, False, False, None, None, False),
    ]


async def test_places_that_are_not_there(telegram: TelegramServer, bot: Bot) -> None:
    first = await bot.send_message(GROUP, "x", message_thread_id=3)
    with pytest.raises(BadRequest, match="thread not found"):
        await bot.send_message(GROUP, "x", message_thread_id=4)
    answer = await bot.send_message(GROUP, "y", reply_parameters=ReplyParameters(first.message_id))
    assert answer.reply_to_message is not None
    assert answer.reply_to_message.message_id == first.message_id
    with pytest.raises(BadRequest, match="replied not found"):
        await bot.send_message(GROUP, "y", reply_parameters=ReplyParameters(999))
    whatever = ReplyParameters(999, allow_sending_without_reply=True)
    assert (await bot.send_message(GROUP, "y", reply_parameters=whatever)).reply_to_message is None


async def test_what_cannot_be_edited(telegram: TelegramServer, bot: Bot) -> None:
    await telegram.say(CHAT, "hello")
    with pytest.raises(BadRequest, match="can't be edited"):
        await bot.edit_message_text("x", CHAT, 1)
    with pytest.raises(BadRequest, match="to edit not found"):
        await bot.edit_message_text("x", CHAT, 2)


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("https://news.example.org/a?b=1", True),
        ("tg://user?id=7", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("https://localhost/", False),
        ("https:///x", False),
        ("https://[x", False),
        ("https://news.example.org/a b", False),
        ("https://news.example.org/" + "a" * 2100, False),
        ("https://news.example.org/" + "ü" * 1100, False),
    ],
)
async def test_addresses_under_buttons(bot: Bot, url: str, taken: bool) -> None:
    board = InlineKeyboardMarkup([[InlineKeyboardButton("x", url=url)]])
    if taken:
        await bot.send_message(CHAT, "x", reply_markup=board)
    else:
        with pytest.raises(BadRequest, match=r"(?i)button_url_invalid"):
            await bot.send_message(CHAT, "x", reply_markup=board)


async def test_a_caption_is_shorter_than_a_text(bot: Bot) -> None:
    photo = picture(90, 90)
    await bot.send_photo(CHAT, photo, caption="<b>" + "x" * 1024 + "</b>", parse_mode="HTML")
    with pytest.raises(BadRequest, match="caption is too long"):
        await bot.send_photo(CHAT, photo, caption="<b>" + "x" * 1025 + "</b>", parse_mode="HTML")


async def test_paid_calls_have_a_limit_of_their_own(telegram: TelegramServer, bot: Bot) -> None:
    telegram.limits = Limits(overall=1, paid=3)
    await bot.send_message(CHAT, "x")
    with pytest.raises(RetryAfter):
        await bot.send_message(CHAT, "x")
    for _ in range(3):
        await bot.send_message(CHAT, "x", allow_paid_broadcast=True)
    with pytest.raises(RetryAfter):
        await bot.send_message(CHAT, "x", allow_paid_broadcast=True)


async def test_frozen_sends_are_answered_on_release(telegram: TelegramServer, bot: Bot) -> None:
    telegram.freeze()
    sends = [asyncio.create_task(bot.send_message(CHAT, str(number))) for number in range(20)]
    await telegram.until(lambda: telegram.frozen == 20)
    assert telegram.world.sent() == []
    assert (await bot.get_chat(CHAT)).id == CHAT, "only sends are frozen"
    telegram.release()
    assert len({message.message_id for message in await asyncio.gather(*sends)}) == 20


async def test_frozen_answers_of_messages_that_are_out(telegram: TelegramServer) -> None:
    request = HTTPXRequest(read_timeout=0.3, httpx_kwargs={"verify": False})
    async with Bot(telegram.token, base_url=telegram.base_url, request=request, get_updates_request=request) as bot:
        for delivered in (True, False):
            telegram.freeze(delivered=delivered)
            with pytest.raises(TimedOut):
                await bot.send_message(CHAT, "x")
            await telegram.until(lambda: telegram.frozen == 0)
            telegram.release()
        await bot.send_message(CHAT, "y")
    assert [call.text for call in telegram.world.sent()] == ["x", "y"]


async def test_counts_without_the_log() -> None:
    async with telegram_process("--any-chat", "--slim") as remote:
        begun = time.time()
        async with Bot(remote.token, base_url=remote.base_url) as bot:
            await remote.fault(Fault("blocked", chat=2))
            for chat in (1, 1, 3):
                await bot.send_message(chat, "x", disable_notification=chat == 3)
            with pytest.raises(Forbidden):
                await bot.send_message(2, "x")
            await remote.order("freeze")
            await remote.order("release")
            await bot.get_chat(1)
        found = await remote.counts()
        assert (found["arrived"], found["delivered"], found["silent"], found["paid"]) == (4, 3, 1, 0)
        assert found["chats"] == {"1": 2, "3": 1}
        assert found["statuses"] == {"200": 3, "403": 1}
        assert sum(found["seconds"].values()) == 4
        assert begun <= found["first"] <= found["last"]
        assert found["most_in_a_second"] >= found["most_delivered_in_a_second"] >= 1
        assert (await remote.counts(since=found["next"]))["arrived"] == 0
        few = await remote.counts(chats=False, method="getChat")
        assert (few["arrived"], few.get("chats")) == (1, None)


def test_what_is_still_unanswered_is_counted() -> None:
    found = counts([Call(0, "sendMessage", 1, 10.0), Call(1, "sendMessage", 1, 10.5, status=200, delivered=True)])
    assert (found["unanswered"], found["delivered"], found["most_in_a_second"]) == (1, 1, 2)


@given(st.lists(st.floats(0, 20), max_size=40))
def test_the_fullest_second_is_the_fullest(times: list[float]) -> None:
    assert most_within(times, 1.0) == max((sum(0 <= at - begin < 1.0 for at in times) for begin in times), default=0)
