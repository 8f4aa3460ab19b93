"""A mute holds back, and tells at its end what: nothing is lost, and nothing told twice."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.address import Digests
from bot.chats import Chat, Kind
from bot.commands.context import Ask, BotContext, settle
from bot.commands.mutes import mute, mutes, unmute, unmute_pressed
from bot.delivery.kept import read_kept
from bot.mute_clock import MuteClock
from bot.presets import apply
from bot.quiet import Quiet
from bot.signing import signer_for
from bot.taps import Unmute
from pipelines import keys
from pipelines.events import Alert
from pipelines.stage import Stage
from pipelines.worker import Worker
from rules.story import Change, Entity, Move
from rules.verdict import Severity
from tests.delivery.living import Living
from tests.delivery.scene import CHAT, Scene
from tests.delivery.stories import make_alert
from tests.languages.made_up import MADE_UP, english_left
from tests.telegram.conftest import RULES
from tests.telegram.faults import Fault
from tests.telegram.html import parse

CHINA = Entity("state:cn", "China", "state", 0, 5)


class Silence(Living):
    """The stages that tell stories and end mutes, and the commands of one chat."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self.begin_digests()
        self.context = BotContext(
            store=scene.store,
            chats=scene.chats,
            clock=scene.clock,
            rules=lambda: RULES,
            signer=signer_for("1:token"),
        )

    def begin_digests(self) -> None:
        ended = MuteClock(self.scene.store, self.clock).ended
        handle = Digests(self.clock, self.scene.outbox.lines, ended).handle
        self.digests = Worker(
            self.streams, Stage(name="digests", reads=keys.DIGESTS, feeds=None, handle=handle), self.clock
        )

    async def begin(self) -> None:
        await self.streams.create(keys.STREAMS)

    async def wait(self, **parts: float) -> None:
        """As ever, but five minutes at a time where there is much to wait for."""
        until = self.clock() + timedelta(**parts)
        while self.clock() < until - timedelta(minutes=5):
            self.clock.advance(minutes=4)
            await super().wait(minutes=1)
        await super().wait(seconds=(until - self.clock()).total_seconds())

    async def _line_up(self) -> None:
        await super()._line_up()
        while await self.digests.step(10):
            pass

    async def say(self, command: str, chat: int = CHAT) -> str:
        """One of the commands about mutes."""
        word, _, text = command.partition(" ")
        run = {"/mute": mute, "/unmute": unmute, "/mutes": mutes}[word]
        return (await run(self.context, self.ask(text, chat))).plain

    def ask(self, text: str, chat: int = CHAT) -> Ask:
        return Ask(chat_id=chat, kind=Kind.PRIVATE, title="", user_id=chat, text=text, now=self.clock())

    async def new(self, name: str, *entities: Entity, severity: Severity = Severity.HIGH) -> Alert:
        """A story of its own comes."""
        alert = make_alert(name, self.clock(), severity=severity)
        (report,) = alert.story.reports
        alert = replace(alert, story=replace(alert.story, reports=(replace(report, entities=entities),)))
        await self.tell(alert)
        return alert

    def told(self, chat: int = CHAT) -> Counter[str]:
        """How often each story was told, by name: the messages of all kinds that hold its title."""
        shown = [text.split("(")[1:] for text in self.texts(chat)]
        return Counter(part.partition(")")[0] for parts in shown for part in parts)


@pytest.fixture
async def silence(scene: Scene) -> Silence:
    made = Silence(scene)
    await scene.seat()
    await made.begin()
    return made


async def test_the_end_is_told_once_with_what_was_held_back(silence: Silence) -> None:
    said = await silence.say("/mute rare earths for 2 hours")
    assert said.startswith("Rare earths muted until 24 Nov 11:30 UTC.")
    await silence.new("a")
    await silence.wait(minutes=5)
    await silence.new("b", severity=Severity.CRITICAL)
    await silence.wait(minutes=100)
    assert silence.texts() == [], "a mute holds whatever the severity"
    assert (await silence.say("/mutes")).startswith("Muted here\n• Rare earths for 15 min more, 2 stories held back\n")
    await silence.wait(minutes=20)
    (text,) = silence.texts()
    assert text.startswith(
        "The mute on rare earths has ended · 2 stories held back\n◆ Structural: 2\n\nRare earths\n1. ◆ Ministry puts"
    )
    assert text.index("(a)") < text.index("(b)")
    assert await silence.say("/mutes") == "Nothing is muted. Example: /mute chips 8h"
    await silence.wait(hours=5)
    assert (len(silence.texts()), await read_kept(silence.scene.store, CHAT)) == (1, ())
    await silence.new("c")
    assert silence.told() == {"a": 1, "b": 1, "c": 1}


async def test_the_end_of_a_mute_that_held_back_nothing_is_told_too(silence: Silence) -> None:
    await silence.say("/mute china 15m")
    await silence.new("a")
    assert silence.told() == {"a": 1}
    await silence.wait(hours=1)
    assert silence.texts()[1:] == ["The mute on China has ended.\n\nNothing that you would want was held back."]


async def test_an_end_is_told_in_the_language_of_the_chat(silence: Silence) -> None:
    await silence.scene.seat(language=MADE_UP.language)
    await silence.say("/mute chips 15m")
    await silence.wait(hours=1)
    await silence.say("/mute rare earths 1h")
    await silence.new("a")
    await silence.wait(hours=2)
    empty, held = silence.texts()
    assert english_left(empty) == []
    assert english_left(held.split("\n")[0]) == []


async def test_an_end_in_quiet_hours_is_told_when_they_end(silence: Silence) -> None:
    await silence.scene.seat(zone="Asia/Karachi", quiet=Quiet(15 * 60, 18 * 60))  # 10:00 to 13:00 in UTC
    assert "until 24 Nov 17:00 PKT" in await silence.say("/mute china until 5pm")
    await silence.new("a", CHINA)
    await silence.wait(hours=1)
    await silence.new("night")
    await silence.wait(hours=2)
    assert silence.texts() == []
    await silence.wait(hours=1)
    end, digest = silence.texts()
    assert end.startswith("The mute on China has ended · 1 story held back")
    assert digest.startswith("Digest · 1 story")
    assert silence.told() == {"a": 1, "night": 1}


async def test_what_waited_for_the_morning_and_was_muted_then_waits_for_the_mute(silence: Silence) -> None:
    await silence.scene.seat(quiet=Quiet(9 * 60, 10 * 60))
    await silence.new("a", CHINA)
    await silence.say("/mute china 3h")
    await silence.wait(hours=2)
    assert silence.texts() == []
    await silence.wait(hours=2)
    assert silence.told() == {"a": 1}


@pytest.mark.parametrize("by_button", [False, True])
async def test_a_mute_ended_by_hand_gives_out_at_once(silence: Silence, by_button: bool) -> None:
    await silence.say("/mute china 8h")
    await silence.new("a", CHINA)
    if by_button:
        said = (await unmute_pressed(silence.context, silence.ask(""), Unmute("state:cn"))).plain
    else:
        said = await silence.say("/unmute Beijing")
    assert said == "China will reach you again.\n1 story was held back; the list comes now."
    await silence.wait(minutes=1)
    (text,) = silence.texts()
    assert text.startswith("Held back by the mute on China · 1 story")
    await silence.wait(hours=9)
    assert len(silence.texts()) == 1


async def test_a_mute_of_the_settings_board_ends_like_any_other(silence: Silence) -> None:
    def tap(value: str) -> Callable[[Chat], Chat]:
        def change(chat: Chat) -> Chat:
            changed = apply(chat, "mutes", value, silence.clock())
            assert isinstance(changed, Chat)
            return changed

        return change

    await settle(silence.context, silence.ask(""), tap("rare-earth+"))
    await silence.new("a")
    await settle(silence.context, silence.ask(""), tap("rare-earth-"))
    await silence.wait(minutes=1)
    assert silence.texts()[0].startswith("Held back by the mute on rare earths · 1 story")
    await settle(silence.context, silence.ask(""), tap("rare-earth+"))
    await silence.wait(hours=25)
    assert silence.texts()[1].startswith("The mute on rare earths has ended.")
    assert len(silence.texts()) == 2


async def test_what_is_muted_anew_ends_once_at_the_later_time(silence: Silence) -> None:
    await silence.say("/mute china 1h")
    await silence.new("a", CHINA)
    await silence.wait(minutes=30)
    await silence.say("/mute china 2h")
    await silence.wait(minutes=100)
    assert silence.texts() == []
    await silence.wait(hours=2)
    assert (len(silence.texts()), silence.told()) == (1, {"a": 1})
    await silence.say("/mute china 1h")
    await silence.say("/mute china forever")
    await silence.wait(hours=3)
    assert len(silence.texts()) == 1


async def test_two_mutes_keep_a_story_until_both_have_ended(silence: Silence) -> None:
    await silence.say("/mute china 1h")
    await silence.say("/mute rare earths 2h")
    await silence.new("a", CHINA)
    await silence.wait(minutes=90)
    assert (len(silence.texts()), silence.told()) == (1, {}), "the end of the first, which held back nothing itself"
    await silence.wait(minutes=90)
    assert (len(silence.texts()), silence.told()) == (2, {"a": 1})


async def test_many_are_told_ten_at_a_time(silence: Silence) -> None:
    await silence.say("/mute china 1h")
    names = [f"n{number:02}" for number in range(23)]
    for name in names:
        await silence.new(name, CHINA)
    await silence.wait(minutes=90)
    assert silence.told() == dict.fromkeys(names, 1)
    first, second, third = silence.texts()
    assert first.startswith("The mute on China has ended · 23 stories held back")
    assert "13 more follow in the next message." in first
    assert second.startswith("Held back by the mute on China · 13 stories")
    assert third.startswith("Held back by the mute on China · 3 stories")


async def test_what_moved_in_a_story_that_the_chat_has_is_shown_at_once_and_told_at_the_end(silence: Silence) -> None:
    alert = await silence.new("a", CHINA)
    silence.alert = alert
    await silence.say("/mute china 1h")
    await silence.wait(minutes=20)
    await silence.move(Move.STAGE, detail="announced to in force")
    await silence.move(Move.INSTRUMENT)
    await silence.wait(minutes=20)
    assert silence.calls() == ["send", "edit", "edit"], "no reply"
    await silence.wait(minutes=60)
    assert silence.texts()[1].startswith("The mute on China has ended · 1 story held back")
    assert len(silence.texts()) == 2
    await silence.move(Move.EFFECT)
    assert silence.calls()[-1] == "reply to 1"
    assert len(silence.texts()) == 3


async def test_a_newer_version_of_what_is_held_back_is_still_one_line(silence: Silence) -> None:
    await silence.say("/mute china 1h")
    alert = await silence.new("a", CHINA)
    silence.alert = alert
    await silence.move(Move.SOURCE)
    await silence.wait(minutes=90)
    assert silence.told() == {"a": 1}
    await silence.move(Move.COLOUR)
    await silence.wait(hours=1)
    assert silence.told() == {"a": 1}, "a list has told it, and nothing moved since"


async def test_a_chat_that_stopped_hears_of_no_end(silence: Silence) -> None:
    await silence.say("/mute china 1h")
    await silence.new("a", CHINA)
    await silence.scene.chats.switch_off(CHAT, "/stop")
    await silence.wait(minutes=90)
    assert (silence.texts(), await read_kept(silence.scene.store, CHAT)) == ([], ())


async def test_a_group_that_moves_takes_its_mutes_along(silence: Silence) -> None:
    scene, old, new = silence.scene, -5, -1005
    await scene.seat(old)
    await silence.say("/mute china 1h", old)
    await silence.new("a", CHINA)
    await scene.chats.migrate(old, new)
    scene.server.world.chat(new)
    await scene.outbox.move(old, new, silence.clock())
    await silence.wait(minutes=90)
    assert (silence.told(old), silence.told(new)) == ({}, {"a": 1})


async def test_a_list_that_telegram_refuses_for_now_comes_later(silence: Silence) -> None:
    await silence.say("/mute china 1h")
    await silence.new("a", CHINA)
    silence.scene.server.fault(Fault("429", chat=CHAT, retry_after=120))
    await silence.wait(minutes=70)
    assert silence.told() == {"a": 1}


async def test_a_list_whose_sender_dies_is_repeated_with_a_mark(silence: Silence) -> None:
    await silence.say("/mute china 1h")
    await silence.new("a", CHINA)
    silence.clock.advance(minutes=61)
    await silence.due.step()
    await silence._line_up()
    await silence.scene.crash()
    await silence.scene.work()
    (text,) = silence.texts()
    assert text.startswith("↻")
    assert silence.told() == {"a": 1}


@pytest.mark.parametrize("seed", range(2))
async def test_whatever_is_muted_and_heard_again_each_story_is_told_once(silence: Silence, seed: int) -> None:
    """Mutes of all kinds begin, are renewed and end by themselves or by hand while stories come and move."""
    chance, alerts = random.Random(seed), list[Alert]()
    await silence.scene.seat(quiet=Quiet(11 * 60, 12 * 60 + 30) if seed % 2 else None)
    for number in range(24):
        match chance.randrange(4):
            case 0:
                target = chance.choice(("china", "rare earths", "source example wire", "word dysprosium"))
                await silence.say(f"/mute {target} {chance.choice(('15m', '40m', '2h', 'until 12:00', 'forever'))}")
            case 1:
                await silence.say(f"/unmute {chance.choice(('china', 'rare earths', 'word dysprosium'))}")
            case 2 if alerts:
                story = chance.choice(alerts).story
                change = Change(story.version + 1, Move.SOURCE, silence.clock(), story.reports[0].id, "")
                at = next(at for at, each in enumerate(alerts) if each.story.id == story.id)
                newer = replace(story, version=story.version + 1, changes=(*story.changes, change))
                alerts[at] = replace(alerts[at], story=newer)
                await silence.tell(alerts[at])
            case _:
                alerts.append(await silence.new(f"s{number}", *((CHINA,) if chance.random() < 0.6 else ())))
        await silence.wait(minutes=chance.choice((0, 1, 7, 20)))
    for target in ("china", "rare earths", "source example wire", "word dysprosium"):
        await silence.say(f"/unmute {target}")
    silence.clock.advance(hours=6)
    await silence.wait(minutes=2)
    assert silence.told() == {alert.story.reports[0].id: 1 for alert in alerts}
    assert await read_kept(silence.scene.store, CHAT) == ()
    assert await silence.scene.outbox.lines(CHAT) == ()
    assert all(parse(call.text) for call in silence.scene.calls())
