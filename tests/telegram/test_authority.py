"""Rows 43 and 44 of the table of bad inputs: every command by every kind of sender, and every sort of wrong button.

What is refused changes nothing that is stored; what an operator's command or button was refused is in the audit.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from redis.asyncio import Redis

from bot.access import Access
from bot.chats import Chat, Kind
from bot.commands.authority import REFUSALS
from bot.commands.handlers import COMMANDS
from bot.roles import Role
from bot.signing import Action, signer_for
from pipelines import keys
from pipelines.audit import MOST_REFUSALS, AuditRow, note, read_audit
from pipelines.streams import bury
from tests.chats.make import NOW
from tests.conftest import Clock
from tests.telegram.conftest import ADMIN, GROUP, OTHER, OWNER, PERSON
from tests.telegram.fed import Fed, fed_bot
from tests.telegram.html import parse
from tests.telegram.world import person

CHANNEL = -100900800700600
ANYONE, CHAT_ADMIN, OPERATOR = Role.ANYONE, Role.CHAT_ADMIN, Role.OPERATOR
WORDS = {"mute": "chips", "unmute": "chips", "level": "watch", "follow": "tin", "sound": "off", "pause": "30m"}
DESK: Any = {"id": GROUP, "type": "supergroup", "title": "Desk"}
ELSEWHERE: Any = {"id": CHANNEL, "type": "channel", "title": "Elsewhere"}
BY_CHANNEL: Any = {"type": "channel", "date": 1, "chat": ELSEWHERE, "message_id": 1}
BY_OWNER: Any = {"type": "user", "date": 1, "sender_user": person(OWNER)}
PINNED: Any = {"message_id": 1, "date": 1, "chat": DESK, "text": "x"}


@dataclass(frozen=True)
class By:
    """A way to say something: where, as whom, with which fields; the roles that it has, or why it runs nothing."""

    name: str
    chat: int
    user: int
    roles: frozenset[Role] = frozenset()
    idle: str = ""
    kind: str = "message"
    more: dict[str, Any] = field(default_factory=dict)


SENDERS = (
    By("a person in the own chat", PERSON, PERSON, frozenset({ANYONE, CHAT_ADMIN})),
    By("an operator in the own chat", OWNER, OWNER, frozenset(Role)),
    By("a member", GROUP, PERSON, frozenset({ANYONE})),
    By("an admin of the group", GROUP, ADMIN, frozenset({ANYONE, CHAT_ADMIN})),
    By("an operator in a group", GROUP, OWNER, frozenset({ANYONE, OPERATOR})),
    By("an anonymous admin", GROUP, 1087968824, frozenset({ANYONE, CHAT_ADMIN}), more={"sender_chat": DESK}),
    By("an anonymous operator", GROUP, OWNER, frozenset({ANYONE, CHAT_ADMIN}), more={"sender_chat": DESK}),
    By("in a channel's name", GROUP, 136817688, frozenset({ANYONE}), more={"sender_chat": ELSEWHERE}),
    By("in a channel's name by an admin", GROUP, ADMIN, frozenset({ANYONE}), more={"sender_chat": ELSEWHERE}),
    By(
        "a channel's post",
        CHANNEL,
        OWNER,
        frozenset({ANYONE, CHAT_ADMIN}),
        kind="channel_post",
        more={"sender_chat": ELSEWHERE},
    ),
    By(
        "the linked channel",
        GROUP,
        777000,
        idle="from the linked channel",
        more={"sender_chat": ELSEWHERE, "is_automatic_forward": True, "forward_origin": BY_CHANNEL},
    ),
    By("edited", OWNER, OWNER, idle="edited", kind="edited_message", more={"edit_date": 2}),
    By(
        "an edited post",
        CHANNEL,
        OWNER,
        idle="edited",
        kind="edited_channel_post",
        more={"sender_chat": ELSEWHERE, "edit_date": 2},
    ),
    By("forwarded", GROUP, OWNER, idle="forwarded", more={"forward_origin": BY_OWNER}),
    By("forwarded to the own chat", OWNER, OWNER, idle="forwarded", more={"forward_origin": BY_OWNER}),
    By("via another bot", OWNER, OWNER, idle="via another bot", more={"via_bot": person(31) | {"is_bot": True}}),
    By("a bot", GROUP, OWNER, idle="written by a bot", more={"from": person(OWNER) | {"is_bot": True}}),
    By("nobody", GROUP, OWNER, idle="nobody's", more={"from": None}),
    By("a service message", GROUP, OWNER, idle="service message", more={"pinned_message": PINNED}),
    By("a business message", PERSON, OWNER, idle="not said to the bot", kind="business_message"),
    By("in another's name", OWNER, OWNER, idle="in another's name", more={"business_connection_id": "b1"}),
)


@pytest.fixture
async def fed(store: Redis, clock: Clock) -> AsyncIterator[Fed]:
    async with fed_bot(store, clock, Access(admins=frozenset({OWNER}))) as bot:
        bot.server.world.chat(CHANNEL, "channel", "Elsewhere")
        for chat, kind in ((GROUP, Kind.SUPERGROUP), (PERSON, Kind.PRIVATE)):
            await bot.chats.put(Chat(id=chat, kind=kind, created=NOW))
        await dead(store, 3)
        yield bot


async def dead(store: Any, count: int) -> None:
    for number in range(count):
        data = f'Poll/1 {{"feed": "feed-{number}"}}'.encode()
        await store.execute_command(*bury("fetch", keys.POLLS, data, f"<b>why</b> & {number}"))


@pytest.mark.parametrize("by", SENDERS, ids=lambda by: by.name)
async def test_every_command_by_this_sender(fed: Fed, by: By) -> None:
    for entry in COMMANDS:
        text = f"/{entry.name} {WORDS.get(entry.name, '')}".strip()
        before, rows = await fed.stored(), len(await fed.audit())
        calls = await fed.say(text, by.chat, by.user, by.kind, **by.more)
        told, noted = [parse(call.text)[0] for call in calls], (await fed.audit())[rows:]
        if entry.role in by.roles:
            assert len(told) == 1, text
            assert told != [REFUSALS.get(entry.role)], text
        else:
            assert await fed.stored() == before, text
            assert fed.held == [], text
            friendly = ["What was forwarded runs nothing here. Please type it."]
            spoken = friendly if by.idle == "forwarded" and by.chat > 0 else []
            assert told == (spoken if by.idle else [REFUSALS[entry.role]]), text
        if entry.role is OPERATOR:
            person = None if "sender_chat" in by.more or by.more.get("from", True) is None else by.user
            what, came = noted[0][2:]
            outside = entry.name in ("admin", "dead", "retract") and by.chat != OWNER
            done = "refused: outside the private chat" if outside else "done"
            assert noted[0][:2] == (person, by.chat), text
            assert what.startswith(f"/{entry.name}"), text
            assert came == (done if OPERATOR in by.roles else f"refused: {by.idle or 'no operator'}"), text
        else:
            assert noted == [], text
    assert fed.held == ([NOW + timedelta(minutes=30), None] if OPERATOR in by.roles else [])


async def test_what_an_operator_asks_in_a_group_tells_the_group_nothing(fed: Fed) -> None:
    for text in ("/dead", "/pause 30m", "/resume", "/status", "/help"):
        (call,) = await fed.say(text, GROUP, OWNER)
        assert "fetch" not in call.text
        assert "feed-" not in call.text
        assert "held" not in call.text
        assert "/dead" not in call.text
        assert "For admins" not in call.text
    (call,) = await fed.say("/help", OWNER, OWNER)
    assert "/dead - " in call.text


async def test_a_question_that_was_deleted_is_answered_all_the_same(fed: Fed) -> None:
    world = fed.server.world
    world.say(GROUP, "/help", PERSON)
    world.chats[GROUP].messages.clear()
    (call,) = await fed.feed(world.updates.pop())
    assert (call.delivered, "<b>What I can do</b>" in call.text) == (True, True)


async def test_a_private_bots_strangers_try_in_vain(store: Redis, clock: Clock) -> None:
    async with fed_bot(store, clock, Access(mode="private", admins=frozenset({OWNER}))) as fed:
        for chat in (OTHER, GROUP):
            await fed.say("/pause 30m", chat, OTHER)
        assert fed.held == []
        assert await fed.audit() == [
            (OTHER, OTHER, "/pause 30m", "refused: private bot"),
            (OTHER, GROUP, "/pause 30m", "refused: private bot"),
        ]


BOARD = (
    *("t:semiconductor:off", "m:semiconductor:8h", "m:semiconductor:", "u:semiconductor", "o:off"),
    *("n:2y4k0x9ab", "v:useful:2y4k0x9ab", "w:2y4k0x9ab", "s:latest"),
)


@pytest.mark.parametrize("data", BOARD)
async def test_buttons_of_another_persons_chat(fed: Fed, data: str) -> None:
    """No phone can press these; who does has made the update up."""
    before = await fed.stored()
    toast, calls = await fed.tap(data, PERSON, OTHER)
    assert toast in ("Only admins of this chat can change its settings.", "Only those who read here can vote.")
    assert calls == []
    assert await fed.stored() == before
    assert await fed.audit() == [(OTHER, PERSON, data, "refused: another user's button")]


MADE_UP = (
    *("x" * 64, "é" * 32, "t:bananas:off", "o:", "o:loud", "m:crypto:0m!", "w:", "!", "!" * 64, "{0.__class__}"),
    *("\x00\u202e!r", "/dead", "<b>x", "a\nb"),
)


@pytest.mark.parametrize("data", MADE_UP, ids=[str(number) for number in range(len(MADE_UP))])
async def test_data_that_was_made_up(fed: Fed, data: str) -> None:
    before = await fed.stored()
    for chat, user in ((PERSON, PERSON), (OWNER, OWNER), (GROUP, ADMIN)):
        toast, calls = await fed.tap(data, chat, user)
        assert toast in ("This button is out of date. /help lists what I can do.", "This button is not one of mine.")
        assert calls == []
    assert await fed.stored() == before
    rows = await fed.audit()
    assert [(user, chat, came) for user, chat, _, came in rows] == [
        (user, chat, "refused: forged button") for chat, user in ((PERSON, PERSON), (OWNER, OWNER), (GROUP, ADMIN))
    ]
    assert all(len(what) <= 60 and what.isprintable() for _, _, what, _ in rows)


@pytest.mark.parametrize("data", ["t:semiconductor:off" + "x" * 46, "w:" + "x" * 63, "!" * 65, "é" * 33, "x" * 4096])
async def test_data_of_more_than_64_bytes(fed: Fed, data: str) -> None:
    before = await fed.stored()
    toast, calls = await fed.tap(data, OWNER, OWNER)
    assert (toast, calls) == ("This button is out of date. /help lists what I can do.", [])
    assert await fed.stored() == before
    ((user, _, what, came),) = await fed.audit()
    assert (user, len(what) <= 60, came) == (OWNER, True, "refused: data too long")


async def test_a_member_presses_no_admins_button(fed: Fed) -> None:
    before = await fed.stored()
    for data in ("t:semiconductor:off", "m:semiconductor:8h", "o:off"):
        toast, calls = await fed.tap(data, GROUP, PERSON)
        assert (toast, calls) == ("Only admins of this chat can change its settings.", [])
    assert await fed.stored() == before


async def test_signed_buttons_are_for_one_person_once_and_for_ten_minutes(fed: Fed, clock: Clock) -> None:
    before = await fed.stored()
    await fed.say("/dead", OWNER, OWNER)
    retry, drop = fed.buttons(OWNER).values()
    other_bot = signer_for(fed.server.token + "x").sign(Action.RETRY, "ff-0", OWNER, b"123456", NOW)
    struck_off = fed.signer.sign(Action.RETRY, "fffffffffff-0", PERSON, b"123456", NOW)
    wrong = [
        (other_bot, OWNER, OWNER, "signed button", "forged button"),
        (retry[:-1] + ("A" if retry[-1] != "A" else "B"), OWNER, OWNER, "signed button", "forged button"),
        (retry, PERSON, PERSON, "signed button", "another user's button"),
        (drop, GROUP, ADMIN, "signed button", "another user's button"),
        (struck_off, PERSON, PERSON, "button retry", "not an operator"),
        (retry, GROUP, OWNER, "button retry", "outside the private chat"),
    ]
    rows = len(await fed.audit())
    for number, (data, chat, user, what, why) in enumerate(wrong):
        _, calls = await fed.tap(data, chat, user)
        assert calls == []
        assert fed.server.world.answers[-1]["alert"]
        assert (await fed.audit())[rows + number :] == [(user, chat, what, f"refused: {why}")]
    clock.advance(minutes=10, seconds=1)
    toast, calls = await fed.tap(retry, OWNER, OWNER)
    assert (toast, calls) == ("This button was good for ten minutes. Ask again with /dead, /pause or /admin.", [])
    assert (await fed.audit())[-1] == (OWNER, OWNER, "signed button", "refused: button out of time")
    assert await fed.stored() == before


async def test_a_pause_is_ended_by_its_button_once(fed: Fed, clock: Clock) -> None:
    (call,) = await fed.say("/pause 2 hours", OWNER, OWNER)
    assert "held until 24 Nov 11:30 UTC" in call.text
    data = fed.buttons(OWNER)["Resume now"]
    clock.advance(minutes=9)
    assert (await fed.tap(data, OWNER, OWNER, 2))[0] == "Sending goes on."
    toast, calls = await fed.tap(data, OWNER, OWNER, 2)
    assert (toast, calls) == ("This button was pressed before. Ask again with /dead, /pause or /admin.", [])
    assert fed.held == [NOW + timedelta(hours=2), None]
    assert [came for *_, came in await fed.audit()] == ["done", "done", "refused: button used before"]


@pytest.mark.parametrize("words", ["", "soon", "0m", "-1h", "25h", "3 days", "chips", "chips 1h", "1h bananas"])
async def test_a_pause_without_a_length_that_can_be_meant_holds_nothing(fed: Fed, words: str) -> None:
    (call,) = await fed.say(f"/pause {words}", OWNER, OWNER)
    assert parse(call.text)[0] == "For how long, from a minute to a day? /pause 30m"
    assert (fed.held, await fed.audit()) == ([], [])


async def test_a_flood_of_refusals_leaves_room_for_what_was_done(fed: Fed, clock: Clock) -> None:
    for number in range(MOST_REFUSALS + 15):
        await fed.say(f"/pause {number}m", PERSON, PERSON)
    await fed.say("/resume", OWNER, OWNER)
    await fed.say("/resume", OTHER, OTHER)
    rows = await fed.audit()
    assert [user for user, *_ in rows] == [*[PERSON] * MOST_REFUSALS, OWNER, OTHER]
    clock.advance(minutes=1)
    await fed.say("/resume", PERSON, PERSON)
    assert (await fed.audit())[-1][0] == PERSON


async def test_what_people_typed_is_cleaned_and_cut(fed: Fed) -> None:
    await fed.say("/pause \u202e\x1b[31m" + "long " * 100, PERSON, PERSON)
    ((_, _, what, _),) = await fed.audit()
    assert what == "/pause [31mlong long long long long long long long long…"
    assert len(what) <= 60


async def test_the_audit_keeps_its_newest_rows(store: Redis) -> None:
    raw: Any = store
    async with raw.pipeline(transaction=False) as pipe:
        for _ in range(10_001):
            pipe.xadd(keys.AUDIT, {"from": "another version"})
        await pipe.execute()
    row = AuditRow(at=NOW, user=OWNER, chat=OWNER, what="/resume")
    assert await note(store, row)
    assert await raw.xlen(keys.AUDIT) == 10_000
    assert await read_audit(store) == (row,)
