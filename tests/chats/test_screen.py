"""What is read on a phone fits its screen, in whatever script and however long the titles and names are."""

from __future__ import annotations

# ruff: noqa: RUF001 - other scripts are what this file is about
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digests import MOST_LINES, render_digest
from bot.living import render_edit, render_reply
from bot.markup import line
from bot.messages import render_alert, render_latest
from bot.searched import MOST_FOUND, render_found
from bot.text import cut, room, units
from bot.timeline import render_timeline, rows_of
from bot.timeline_ahead import render_ahead
from bot.whys import render_why
from pipelines.events import Alert
from pipelines.stories.ahead import Coming
from rules.story import Act, Actor, Change, Link, Milestone, Move, Source, Stage, Tag, Tier, Topic
from rules.verdict import Reason, Severity
from tests.chats.hostile import FAMILY, FLAG, whole
from tests.chats.make import ACT, NOW, alert, chat, quote, report

SCREEN = 34
"""Rows of a phone, without the buttons."""
DAY = date(2026, 12, 1)
TEXTS = {
    "urdu": "پاکستان نے نایاب معدنیات کی برآمد پر پابندی عائد کر دی، وزارت تجارت (Ministry of Commerce) کا اعلان 2026",
    "chinese": "中国商务部宣布对镝、铽等七类中重稀土相关物项实施出口管制并立即生效，半导体设备零部件同样纳入许可证管理",
    "emoji": f"{FLAG}{FAMILY} Terbium 🚨🚨 ban 🔥 " * 4,
    "one long word": "Ministerium für " + "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz" * 6,
    "chinese without end": "中国商务部宣布对镝、铽等七类中重稀土相关物项实施出口管制" * 20,
}


def loud(text: str) -> Alert:
    """An alert in which all that comes from outside is this text, and about everything."""
    act: Act = replace(ACT, stage=Stage.IN_FORCE, actors=(Actor(text, "A1"), Actor(text)), dates=(DAY,))
    tags = tuple(Tag(topic, 0.9) for topic in Topic)
    reports = [
        report(n, title=text, source=Source(f"f{n}", f"{n}{text}"[:200], f"fam{n}", Tier.TRADE), tags=tags, act=act)
        for n in range(1, 6)
    ]
    moves = (Move.STAGE, Move.AMOUNT, Move.SOURCE, Move.DATE, Move.DENIAL)
    changes = tuple(Change(n, move, NOW + timedelta(minutes=n), f"r{n}", text) for n, move in enumerate(moves, 1))
    return alert(
        *reports,
        severity=Severity.CRITICAL,
        reasons=(Reason("rule", text, "structural"),) * 8,
        families=("a", "b", "c"),
        version=6,
        changes=changes,
        milestones=(Milestone(DAY, Move.EFFECT, "r1"),),
        links=(Link("2y4k0x9ab", "answer", text),) * 4,
    )


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_it_fits_and_every_text_is_whole(text: str) -> None:
    told, reader, quotes = loud(text), chat(), (quote("BTC"), quote("ETH"))
    coming = [Coming(DAY, Move.EFFECT, told.story)] * 8
    for message in (
        render_alert(told, quotes, reader, NOW),
        render_latest((told,) * 5, NOW),
        render_timeline(told, NOW),
        render_ahead(coming, NOW),
        render_found((told,) * MOST_FOUND, text, NOW, more=3, whole=False),
    ):
        seen, _ = whole(message)
        assert rows_of([line(each) for each in seen.split("\n")]) <= SCREEN
    for message in (
        render_edit(told, quotes, reader, NOW - timedelta(minutes=1)),
        render_reply(told, quotes, reader, NOW, since=1),
        render_why(told, NOW, None),
        render_digest((told,) * MOST_LINES, reader, NOW),
    ):
        whole(message)


@given(st.text(st.characters(codec="utf-8")))
def test_no_text_takes_less_room_than_telegram_counts(text: str) -> None:
    assert room(text) >= units(text)


def test_wide_letters_are_cut_as_they_look() -> None:
    assert cut("稀土出口管制", 12) == "稀土出口管制"
    assert cut("稀土出口管制措施", 12) == "稀土出口管…"
