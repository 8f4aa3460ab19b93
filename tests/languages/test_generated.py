"""Five hundred generated stories in every language: each message is HTML that Telegram takes, and fits its limits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from bot.digests import render_digest
from bot.languages.catalogues import LANGUAGES, Languages
from bot.languages.translator import Translator
from bot.living import render_edit, render_reply
from bot.markup import Message
from bot.messages import render_alert, render_latest
from bot.timeline import render_timeline
from bot.whys import render_why
from pipelines.events import Alert
from pipelines.rulebook import load_rules
from rules.judge import judge
from rules.story import (
    Act,
    Actor,
    Change,
    Direction,
    Driver,
    Event,
    Link,
    Milestone,
    Move,
    Report,
    Source,
    Stage,
    Tag,
    Tier,
    Topic,
)
from tests.chats.hostile import REFUSED_LINKS, TAKEN_LINKS, TITLES, whole
from tests.chats.make import NOW, alert, chat, quote, report

STORIES, TEN, LONG = 500, 10, 400
RULES = load_rules(None)
QUOTES = (quote("BTC"), quote("ETH", "0.000012", None), quote("USDC", "0.9998", "-0.01"))
_TITLES = (
    *(title.encode(errors="ignore").decode() for title, _ in TITLES.values() if len(title) <= LONG),
    "China adds seven rare earths to its export licence list, effective 1 December",
    "وزارت تجارت نے نایاب معدنیات کی برآمد پر پابندی لگا دی",
    "商务部对镓、锗实施出口管制",
    "El Congreso aprueba la ley de minerales críticos",
)
"""Half a character never comes so far: the reader of feeds takes it out. Longer ones are in ``test_hostile``."""
_NAMES = ("Harbour Wire", "<b>Wire</b> & Sons", "新华社", "وزارت تجارت", "W" * 90, "")
_DETAILS = ("announced → in force", "denied by the ministry", "$2 billion → $3 billion", "from 1 Dec 2026", "", "<b>&")


def generated(chance: Random) -> Iterator[Alert]:
    """Stories in which anything may stand beside anything, as the rules judge them."""
    for number in range(STORIES):
        reports = [_report(chance, number * TEN + each) for each in range(chance.randint(1, 5))]
        changes = tuple(
            Change(at, chance.choice(list(Move)), NOW + timedelta(minutes=at), chance.choice(reports).id, said)
            for at, said in enumerate(chance.choices(_DETAILS, k=chance.randint(0, 8)), 2)
        )
        coming = tuple(
            Milestone((NOW + timedelta(days=chance.randint(-5, 400))).date(), kind, reports[0].id)
            for kind in chance.choices((Move.EFFECT, Move.LAPSE), k=chance.randint(0, 3))
        )
        links = tuple(Link("1abc2d3e4", chance.choice(("answer", "see")), title) for title in chance.sample(_TITLES, 2))
        made = alert(*reports, changes=changes, milestones=coming, links=links, report_count=len(reports) + number % 9)
        yield replace(made, verdict=judge(made.story, RULES, NOW), judged=NOW + timedelta(hours=1))


def _report(chance: Random, number: int) -> Report:
    actors = tuple(Actor(chance.choice(_NAMES), f"A{chance.randint(1, 7)}") for _ in range(chance.randint(0, 3)))
    act = Act(
        event=chance.choice(list(Event)),
        stage=chance.choice(list(Stage)),
        direction=chance.choice(list(Direction)),
        actors=actors,
    )
    return report(
        number,
        title=chance.choice(_TITLES),
        link=chance.choice((*REFUSED_LINKS, *TAKEN_LINKS)),
        source=Source(f"feed{number}", chance.choice(_NAMES), f"family{number % 7}", chance.choice(list(Tier))),
        published=NOW - timedelta(minutes=chance.randint(0, 90_000)),
        tags=tuple(Tag(topic, 0.9) for topic in chance.sample(list(Topic), chance.randint(0, 4))),
        act=act,
        driver=chance.choice((None, *Driver)),
        structural=chance.random() < 0.5,
    )


def _messages(told: Alert, tr: Translator) -> Iterator[Message]:
    here = chat(zone="Asia/Karachi", coins=("BTC", "ETH", "USDC", "SOL"), language=tr.language)
    now = told.judged
    yield render_alert(told, QUOTES, here, now, repeat=told.story.version % 2 == 0, tr=tr)
    yield render_edit(told, QUOTES, here, NOW, tr)
    yield render_reply(told, QUOTES, here, now, since=1, tr=tr)
    yield render_why(told, now, None, tr)
    yield render_timeline(told, now, "1abc2d3e4", "Asia/Karachi", tr)


@pytest.fixture(scope="module")
def stories() -> tuple[Alert, ...]:
    """The same five hundred for each language."""
    return tuple(generated(Random(11)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_taken_in_every_language(language: str, stories: tuple[Alert, ...]) -> None:
    tr = Languages().of(language)
    for told in stories:
        for message in _messages(told, tr):
            assert whole(message)
    for at in range(0, STORIES, TEN):
        ten = stories[at : at + TEN]
        assert whole(render_digest(ten, chat(), NOW + timedelta(hours=1), tr=tr))
        assert whole(render_latest(ten[:5], NOW, tr))
