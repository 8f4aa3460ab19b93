"""Each answer of Telegram, through the library's bot: what it means for a new message and for an edit."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest

from bot.chats import Chat, Kind
from bot.delivery.answers import Answer, Fixed, Gone, Moved, Outgoing, Refused, Retry, Sent, Unknown
from bot.delivery.telegram import TelegramSender
from bot.markup import Button, Message
from bot.telegram_side import build_bot
from tests.chats.make import NOW
from tests.telegram.answers import ANSWERS
from tests.telegram.faults import BROKEN, Fault
from tests.telegram.server import TelegramServer

CHAT, NEW, THREAD = -5, -1005, 77
MESSAGE = Message("<b>News</b>", "News", ((Button("Why", data="w:1"),),))


@dataclass
class Desk:
    """A sender, and a group in whose forum it writes; one message is there already."""

    server: TelegramServer
    sender: TelegramSender
    old: int = 0

    async def send(self, *, edit: bool, thread: int | None = None) -> Answer:
        chat = Chat(id=CHAT, kind=Kind.GROUP, created=NOW, thread=thread)
        out = Outgoing(story="s", chat=chat, message=MESSAGE, edit=self.old if edit else None)
        return await self.sender.send(out)

    @property
    def calls(self) -> list[tuple[str, int | None, str]]:
        """Since the desk was set up: the method, the thread, and how the text was to be read."""
        own = [call for call in self.server.world.calls if call.method != "getMe"][1:]
        return [(call.method, call.thread, call.params.get("parse_mode", "")) for call in own]

    @property
    def messages(self) -> int:
        """How many more there are in the chat."""
        return len(self.server.world.chats[CHAT].messages) - 1


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with TelegramServer() as server:
        server.world.chat(CHAT)
        bot = build_bot(server.token, server.base_url, 4, read_seconds=0.3)
        await bot.initialize()
        desk = Desk(server, TelegramSender(bot))
        chat = Chat(id=CHAT, kind=Kind.GROUP, created=NOW)
        first = await desk.sender.send(Outgoing(story="s", chat=chat, message=Message("Before", "Before")))
        assert isinstance(first, Sent)
        desk.old = first.message_id
        yield desk
        await bot.shutdown()


@dataclass(frozen=True)
class Row:
    """What an answer leads to where it is given each time: the kind of end, and the calls until then.

    The figures are those for a new message and for an edit.
    """

    end: type
    calls: int = 1
    edit: type | None = None
    edit_calls: int | None = None
    after: float | None = None
    flood: bool = False
    everyone: bool = False


OFF, LATER = Row(Gone), Row(Retry)
PLAIN = Row(Refused, calls=2, edit_calls=2)
NO_BOT = Row(Retry, after=30, everyone=True)
ROWS = {
    # The chat wants or can have nothing more.
    **dict.fromkeys(["403", "blocked", "deactivated", "kicked-group", "kicked-supergroup", "kicked-channel"], OFF),
    **dict.fromkeys(["not-begun", "no-member-supergroup", "no-member-channel", "group-deleted", "to-a-bot"], OFF),
    **dict.fromkeys(["no-chat", "no-user", "peer", "no-rights", "no-rights-at-all", "write-forbidden"], OFF),
    **dict.fromkeys(["restricted", "no-plain", "user-gone", "private-channel"], OFF),
    "for-now": Row(Retry, after=600),
    "migrate": Row(Moved),
    # The place in the chat, in a chat without a thread.
    **dict.fromkeys(["no-thread", "topic-closed", "no-reply"], Row(Refused)),
    # The message: once more as plain text, and then it is refused for good.
    **dict.fromkeys(["400", "entities", "too-long", "caption-too-long", "empty", "utf8"], PLAIN),
    **dict.fromkeys(["button-url", "button-data", "no-delete"], PLAIN),
    "same": Row(Refused, edit=Sent),
    **dict.fromkeys(["no-edit", "cannot-edit"], Row(Refused, edit=Fixed)),
    # The bot, so that everybody waits.
    **dict.fromkeys(["401", "404", "409", "409-webhook"], NO_BOT),
    "429": Row(Retry, flood=True),
    # The server: it answered, and did not deliver.
    **dict.fromkeys(["500", "502", "502-json", "504", "500-html", "504-html"], LATER),
}


@pytest.mark.parametrize("edit", [False, True], ids=["message", "edit"])
@pytest.mark.parametrize("name", ANSWERS)
async def test_each_answer_has_its_meaning(desk: Desk, name: str, edit: bool) -> None:
    row = ROWS[name]
    desk.server.fault(Fault(name, method="*", chat=CHAT, count=None, migrate_to=NEW))
    answer = await desk.send(edit=edit)
    end = row.edit if edit and row.edit else row.end
    assert type(answer) is end
    wanted = row.edit_calls if edit and row.edit_calls else row.calls
    assert len(desk.calls) == wanted
    assert {method for method, _, _ in desk.calls} == {"editMessageText" if edit else "sendMessage"}
    assert desk.messages == 0
    match answer:
        case Retry():
            assert (answer.after, answer.flood, answer.everyone) == (row.after, row.flood, row.everyone)
        case Moved(chat):
            assert chat == NEW
        case Sent(message_id):
            assert message_id == desk.old
    if not isinstance(answer, (Moved, Sent)):
        assert answer.why
        assert desk.server.token not in answer.why


def test_the_table_is_complete() -> None:
    assert ROWS.keys() == ANSWERS.keys()


@pytest.mark.parametrize("edit", [False, True], ids=["message", "edit"])
async def test_a_flood_with_a_time_waits_that_long(desk: Desk, edit: bool) -> None:
    desk.server.fault(Fault("429", method="*", chat=CHAT, retry_after=31))
    answer = await desk.send(edit=edit)
    assert isinstance(answer, Retry)
    assert (answer.after, answer.flood, answer.everyone, len(desk.calls)) == (31, True, False, 1)


@pytest.mark.parametrize("edit", [False, True], ids=["message", "edit"])
@pytest.mark.parametrize("kind", sorted(BROKEN))
async def test_what_gives_no_answer_is_unknown_after_one_call(desk: Desk, kind: str, edit: bool) -> None:
    desk.server.fault(Fault(kind, method="*", chat=CHAT, count=None, description="<html>"))
    assert type(await desk.send(edit=edit)) is Unknown
    assert len(desk.calls) == 1


@pytest.mark.parametrize("edit", [False, True], ids=["message", "edit"])
async def test_a_server_that_is_not_there_was_surely_not_asked(desk: Desk, edit: bool) -> None:
    await desk.server.stop()
    await desk.send(edit=edit)  # over a connection of before: whether it arrived, nobody can say
    answer = await desk.send(edit=edit)
    assert isinstance(answer, Retry)
    assert (answer.after, answer.flood, answer.everyone) == (None, False, False)


@pytest.mark.parametrize("name", ["no-thread", "topic-closed"])
async def test_where_its_thread_is_gone_it_goes_to_the_chat(desk: Desk, name: str) -> None:
    desk.server.fault(Fault(name, chat=CHAT))
    answer = await desk.send(edit=False, thread=THREAD)
    assert isinstance(answer, Sent)
    assert not answer.plain
    assert desk.calls == [("sendMessage", THREAD, "HTML"), ("sendMessage", None, "HTML")]


async def test_thread_and_markup_may_both_be_refused(desk: Desk) -> None:
    desk.server.world.chats[CHAT].threads = set()
    desk.server.fault(Fault("entities", chat=CHAT, count=None, parsed_only=True, skip=1))
    answer = await desk.send(edit=False, thread=THREAD)
    assert isinstance(answer, Sent)
    assert answer.plain
    assert desk.calls == [("sendMessage", THREAD, "HTML"), ("sendMessage", None, "HTML"), ("sendMessage", None, "")]


@pytest.mark.parametrize("edit", [False, True], ids=["message", "edit"])
@pytest.mark.parametrize("name", ["400", "entities", "button-url", "button-data"])
async def test_refused_markup_goes_plain(desk: Desk, name: str, edit: bool) -> None:
    desk.server.fault(Fault(name, method="*", chat=CHAT, count=None, parsed_only=True))
    answer = await desk.send(edit=edit)
    assert isinstance(answer, Sent)
    assert (answer.plain, len(desk.calls), desk.messages) == (True, 2, 0 if edit else 1)
    shown = desk.server.world.chats[CHAT].messages[answer.message_id]
    assert (shown["text"], "reply_markup" in shown) == ("News", False)


async def test_an_edit_that_changes_nothing_is_fine(desk: Desk) -> None:
    for _ in range(2):
        assert await desk.send(edit=True) == Sent(desk.old)
    assert desk.messages == 0


async def test_an_edit_whose_message_is_gone_never_becomes_a_second_message(desk: Desk) -> None:
    del desk.server.world.chats[CHAT].messages[desk.old]
    assert type(await desk.send(edit=True, thread=THREAD)) is Fixed
    assert [method for method, _, _ in desk.calls] == ["editMessageText"]
    assert desk.messages == -1


async def test_silent_and_paid_are_asked_for_only_where_wanted(desk: Desk) -> None:
    chat = Chat(id=CHAT, kind=Kind.GROUP, created=NOW)
    out = Outgoing(story="s", chat=chat, message=MESSAGE)
    await desk.sender.send(out)
    await desk.sender.send(replace(out, silent=True))
    calls = [call for call in desk.server.world.calls if call.method == "sendMessage"][1:]
    assert [(call.disable_notification, call.allow_paid_broadcast) for call in calls] == [(False, False), (True, False)]
