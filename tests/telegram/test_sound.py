"""/sound and its buttons, the operators' menus, and the pause as the queue keeps it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from redis.asyncio import Redis

from bot.access import Access
from bot.commands.handlers import register_commands
from bot.delivery.lining import enqueue
from bot.delivery.queue import Outbox
from bot.languages.catalogues import Languages
from bot.sound import Sound
from tests.chats.make import NOW
from tests.conftest import Clock
from tests.delivery.stories import apply
from tests.telegram.conftest import ADMIN, GROUP, OWNER, PERSON, Line
from tests.telegram.faults import Fault
from tests.telegram.fed import fed_bot
from tests.telegram.test_commands import text_of


@pytest.mark.parametrize(
    ("words", "sound", "said"),
    [
        ("", Sound.STRUCTURAL, "Structural alerts ring; stories to watch and digests come silently."),
        ("all", Sound.ALL, "Everything rings."),
        ("OFF", Sound.OFF, "Everything comes silently."),
        ("structural", Sound.STRUCTURAL, "Structural alerts ring; stories to watch and digests come silently."),
        ("loud", Sound.STRUCTURAL, "I know structural, all and off. /sound structural"),
        ("<b>", Sound.STRUCTURAL, "I know structural, all and off. /sound structural"),
    ],
)
async def test_sound_by_words(line: Line, words: str, sound: Sound, said: str) -> None:
    await line.say("/start")
    assert await text_of(line, f"/sound {words}") == said
    assert (await line.chat()).sound is sound
    told = "Structural alerts ring" if sound is Sound.STRUCTURAL else said
    assert f"Sound: {told}" in await text_of(line, "/status")


async def test_sound_by_button(line: Line) -> None:
    await line.say("/sound", GROUP, ADMIN)
    board = line.message(GROUP)["message_id"]
    assert line.buttons(GROUP) == {"✓ Structural": "o:structural", "All": "o:all", "Off": "o:off"}
    toast, calls = await line.tap("o:off", board, GROUP, ADMIN)
    assert (toast, [call.method for call in calls]) == ("Everything comes silently.", ["editMessageText"])
    assert "✓ Off" in line.buttons(GROUP)
    assert (await line.chat(GROUP)).sound is Sound.OFF
    assert not (await line.chat(GROUP)).active, "a setting is no wish for alerts"
    toast, _ = await line.tap("o:all", board, GROUP, PERSON)
    assert toast == "Only admins of this chat can change its settings."
    assert (await line.chat(GROUP)).sound is Sound.OFF


async def test_an_operator_without_a_chat_takes_no_menu_from_another(store: Redis, clock: Clock) -> None:
    async with fed_bot(store, clock, Access()) as fed:
        refused = Fault("400", "setMyCommands", skip=1, description="Bad Request: chat not found")
        fed.server.fault(refused)
        await register_commands(Access(admins=frozenset({OWNER, OWNER + 1})), Languages(), fed.application.bot)
        menus = fed.server.world.commands
        assert list(menus)[:2] == ['{"type": "default"}', f'{{"chat_id": {OWNER + 1}, "type": "chat"}}']
        assert refused.hits == 1


async def test_a_pause_holds_the_queue_until_it_is_released(store: Redis) -> None:
    outbox = Outbox(store, "one", 28)
    await apply(store, *enqueue("story", [PERSON], 1, "urgent", NOW, parts=1))
    await outbox.hold(NOW + timedelta(minutes=30), NOW)
    given, wait = await outbox.take(NOW + timedelta(seconds=1), (0,))
    assert (given, wait > 60) == ((), True)
    await outbox.release()
    given, _ = await outbox.take(NOW + timedelta(seconds=2), (0,))
    assert [taken.story for taken in given] == ["story"]
