"""/record through the real Application: what is asked, what is answered, and what a story that moved changes."""

from __future__ import annotations

from datetime import timedelta

from rules.story import Act, Actor, Change, Direction, Entity, Event, Move, Report, Stage
from tests.chats.make import NOW, alert, report
from tests.telegram.conftest import Line
from tests.telegram.html import parse
from tests.telegram.test_commands import judged

MINE = Act(event=Event.PERMIT, stage=Stage.IN_FORCE, direction=Direction.EASES, actors=(Actor("Pakistan", "A2"),))
PAKISTAN = Entity("state:pk", "Pakistan", "state", 0, 8)


def licence(number: int = 1, title: str = "Pakistan grants mining licence in Chagai") -> Report:
    return report(number, title=title, act=MINE, entities=(PAKISTAN,), published=NOW - timedelta(days=number))


async def asked(line: Line, words: str) -> str:
    (call,) = await line.say(f"/record {words}".strip())
    assert call.status == 200
    return parse(call.text)[0]


async def test_an_empty_record_says_so(line: Line) -> None:
    text = await asked(line, "")
    assert "United States  –\nPakistan  –" in text  # noqa: RUF001
    assert "From no structural story yet." in text


async def test_a_country_shows_its_months_and_its_newest_stories(line: Line) -> None:
    await judged(line.store, alert(licence()))
    text = await asked(line, "pakistan rare earths")
    assert "Record of resilience · Pakistan, rare earths" in text
    assert "Nov  ▼1 eases" in text
    assert "Mining  ▼1\n▼ Pakistan grants mining licence in Chagai · 23 Nov" in text
    assert "From 1 structural story since 23 Nov 2026." in text
    assert "nothing" in await asked(line, "us")


async def test_a_story_that_moved_or_was_retracted_is_read_again(line: Line) -> None:
    first = alert(licence())
    await judged(line.store, first)
    assert "▼1" in await asked(line, "pakistan")
    gone = alert(licence(), version=2, changes=(Change(2, Move.RETRACTION, NOW, ""),), id=first.story.id)
    await judged(line.store, gone)
    assert "From no structural story yet." in await asked(line, "pakistan")


async def test_a_typo_and_a_stranger_are_answered_in_words(line: Line) -> None:
    assert await asked(line, "pakstan") == "I know no topic or country “pakstan”. Did you mean /record pakistan"
    assert "Try a country, a topic, or both" in await asked(line, "<b>x</b> qwertz")


async def test_a_hostile_title_stays_text(line: Line) -> None:
    title = 'Pakistan mining <a href="tg://user?id=1">law</a> \u202e & mine'
    await judged(line.store, alert(report(title=title, link="javascript:alert(1)", act=MINE, entities=(PAKISTAN,))))
    text = await asked(line, "pakistan")
    assert '<a href="tg://user?id=1">law</a>' in text
    assert "\u202e" not in text
    assert "javascript" not in text
