"""What is said of mutes, follows and news leaves no English where a language has its own words for all of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

import pytest

from bot.delivery.kept import Ended
from bot.follow_replies import render_followed, render_follows
from bot.judgement_words import EVENTS, flip_words
from bot.languages.catalogues import LANGUAGES, Languages
from bot.markup import Message
from bot.mute_replies import (
    Held,
    end_words,
    render_mute_choice,
    render_mute_ended,
    render_mute_lengths,
    render_mute_under,
    render_muted,
    render_mutes,
    render_unmuted,
)
from bot.overlay import Overlay
from bot.pictures.canvas import drawable
from bot.pictures.sketch import drawn_in, sketch
from bot.record.asked import Asked
from bot.record.told import render_record
from bot.shade import Shade
from bot.targets import Target
from bot.timeline import Rest, render_caption, render_timeline
from bot.timeline_ahead import render_ahead
from bot.tracing import counted
from bot.whys import STORY, render_choices, render_why
from pipelines.record.tables import load_tables
from pipelines.record.turns import Record, Strand, Turn
from pipelines.stories.ahead import Coming
from pipelines.titles import Found
from rules.conditions import About, Between, Is, OneOf, StageAtLeast, Words
from rules.flips import Flip
from rules.story import Change, Direction, Event, Move, Stage, Topic
from rules.supposed import Wish
from rules.verdict import Label, Reason, Severity
from tests.chats.make import NOW, alert, chat, report, story
from tests.chats.threads import CHANGES, at, followed
from tests.languages.made_up import MADE_UP, english_left

TARGETS: Final = (
    Target("semiconductor"),
    Target("state:cn", "中国"),
    Target("source:x", "来源"),
    Target("rule:r9"),
    Target("story:1", "标题"),
    Target("word:1", "词"),
)
CLOCK = ("UTC", "PKT")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Sept", "Oct", "Nov", "Dec")
UNTIL = NOW + timedelta(hours=3)


def mute_messages() -> Iterator[Message]:
    for target in TARGETS:
        for end in (UNTIL, None):
            yield render_muted((target,), end, "Asia/Karachi", said=False, tr=MADE_UP)
            muted = chat().muted(target.what, end, NOW, target.name)
            held = {target.what: Held(2, ("标题",))}
            yield render_mutes(muted, NOW, held, MADE_UP)
            yield render_mutes(muted, NOW, None, MADE_UP)
        yield render_unmuted((target,), 1, MADE_UP)
        yield render_mute_lengths("?", target, MADE_UP)
        for told in (True, False):
            ended = Ended(target, ("a", "b"), end="" if told else "x")
            assert ended.said is told
            yield render_mute_choice(end_words(ended, MADE_UP), (target,), "887m", MADE_UP, verb=told)
            yield render_mute_ended(ended, repeat=told, tr=MADE_UP)
    heard = (Topic.POLICY, Topic.ENERGY)
    yield render_muted(TARGETS[:1], UNTIL, "UTC", said=True, heard=heard, tr=MADE_UP)
    yield render_muted(TARGETS, UNTIL, "UTC", said=True, heard=(), tr=MADE_UP)
    yield render_muted([Target(topic) for topic in Topic], UNTIL, "UTC", said=True, tr=MADE_UP)
    yield render_mutes(chat(), NOW, None, MADE_UP)
    yield render_mutes(chat(overlay=Overlay(muted_rules=("r9",))), NOW, None, MADE_UP)
    yield render_unmuted(TARGETS, 3, MADE_UP)
    yield render_mute_under((), MADE_UP)
    yield render_mute_under(TARGETS, MADE_UP)
    for duration in ("", "8h", "3d", "90m", "887m"):
        yield render_mute_choice("?", TARGETS, duration, MADE_UP)


def follow_messages() -> Iterator[Message]:
    yield render_follows((), MADE_UP)
    yield render_follows(("钪", "词"), MADE_UP)
    yield render_followed(("钪",), "词", MADE_UP)
    yield render_followed(("钪", "词"), tr=MADE_UP)


def test_mutes_and_follows_leave_no_english() -> None:
    for message in (*mute_messages(), *follow_messages()):
        assert english_left(message, *CLOCK, *MONTHS) == [], message.plain


def foreign(**changes: Any) -> Any:
    """A report whose own words are Chinese, so that none of them is taken for ours."""
    first = report(changes.pop("number", 1), "通讯社", title="标题", **changes)
    actors = tuple(replace(actor, name="部") for actor in first.act.actors)
    return replace(first, act=replace(first.act, actors=actors), reader="")


def news_messages() -> Iterator[Message]:
    reasons = (*(Reason(name, "", str(effect)) for name, effect in (("r1", "at most watch"), ("r2", "+ 10"))),) * 4
    for event in Event:
        told = foreign()
        told = replace(told, act=replace(told.act, event=event))
        yield render_why(alert(told, reasons=reasons, severity=Severity.LOW), NOW, None, MADE_UP)
    copies = [Change(number, Move.COPY, NOW, f"r{number}") for number in range(2, 5)]
    several = [foreign(number=number) for number in range(1, 5)]
    changes = (Change(1, Move.NEW, NOW, "r1"), *copies)
    yield render_why(alert(*several, changes=changes, report_count=9, reasons=()), NOW, None, MADE_UP)
    yield render_choices([Found("1aaaaaaa1", "标题", label, 0.0) for label in Label], button=STORY, tr=MADE_UP)
    whole = followed().story
    reports = [foreign(number=number, published=each.published) for number, each in enumerate(whole.reports, 1)]
    links = tuple(replace(link, title="") for link in whole.links) * 2
    for kind in Move:
        further = Change(11, kind, at(24, 8), "r2", "")
        moved = tuple(replace(change, detail="") for change in (*CHANGES, further))
        seen = alert(*reports, changes=moved, stages=whole.stages, links=links, milestones=whole.milestones)
        seen = replace(seen, story=replace(seen.story, report_count=19))
        yield render_timeline(seen, NOW, "1aaaaaaa1", "Asia/Karachi", MADE_UP)
    for shade in Shade:
        yield render_caption(seen, shade, MADE_UP)
    coming = [
        Coming(date(2026, 12, day), kind, seen.story) for day in range(1, 12) for kind in (Move.EFFECT, Move.LAPSE)
    ]
    for topics in ((), tuple(Topic)):
        yield render_ahead(coming, NOW, topics, MADE_UP)
        yield render_ahead((), NOW, topics, MADE_UP)
    yield render_ahead(coming, NOW, (Topic.CRYPTO,), MADE_UP)


def test_news_leaves_no_english() -> None:
    for message in news_messages():
        words = english_left(message, *CLOCK, *MONTHS, seen_id(message), "1aaaaaaa1", "ab12cd34", "/ahead chips")
        assert words == [], message.plain


def seen_id(message: Message) -> str:
    """The story's own id, where a line tells it outside of a button."""
    found = re.search(r"\b\d[a-z0-9]{8}\b", message.plain)
    return found[0] if found else "-"


def test_the_record_leaves_no_english() -> None:
    tables = load_tables()
    turns = [
        Turn(
            story="1aaaaaaa1", at=NOW.replace(month=month), direction=way, strands=(strand,),
            topics=(Topic.RARE_EARTH,), by=("PK",) if month > 9 else (), on=(), title="标题", link="", publisher="",
        )
        for month, way in zip((9, 10, 11), Direction, strict=True)
        for strand in Strand
    ]  # fmt: skip
    for whole in (Record(tuple(turns)), Record(())):
        for country in ("", "PK", "KE"):
            for topic in (None, Topic.CRYPTO, Topic.RARE_EARTH):
                asked = Asked(topic=topic, country=country)
                message = render_record(whole, asked, tables, NOW.date(), 15, MADE_UP)
                known = [MADE_UP.locale.territories[code] for code in (*tables.first, "PK", "KE")]
                assert english_left(message, *known, *MONTHS, "1aaaaaaa1") == [], message.plain


def test_the_record_names_countries_as_a_language_does() -> None:
    spanish = Languages().of("es")
    message = render_record(Record(()), Asked(), load_tables(), NOW.date(), 1, spanish)
    assert "Estados Unidos" in message.plain


def test_a_picture_leaves_no_english() -> None:
    for one_day in (True, False):
        whole = followed().story
        reports = [
            foreign(number=n, published=NOW if one_day else each.published) for n, each in enumerate(whole.reports, 1)
        ]
        taken = Change(11, Move.RETRACTION, NOW, "", "")
        made = alert(*reports, changes=(CHANGES[0], taken), milestones=whole.milestones, report_count=19)
        for seen in (made, replace(made, story=replace(made.story, changes=CHANGES[:1]))):
            drawn = sketch(seen, NOW, MADE_UP)
            words = [
                *(drawn.plain, drawn.kicker, drawn.banner, drawn.withdrawn, drawn.until, drawn.ahead_title),
                *(drawn.summary, drawn.foot, *drawn.levels, *(each.words for each in drawn.legend)),
                *(word for each in drawn.ahead for word in (each.what, each.day, each.left)),
                *(mark.label for mark in drawn.marks),
            ]
            assert english_left("\n".join(words), *MONTHS, seen.story.id) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_picture_is_in_a_language_that_it_can_show(language: str) -> None:
    """Urdu's letters are there, but would stand apart and backwards; Chinese ones are not there."""
    drawn = drawn_in(Languages().of(language))
    assert drawn.language == (language if language in ("en", "es") else "en")
    assert drawable("纪录片语言", "none") == "none"
    assert drawable("¿Qué pasó? Adiós, señor", "none") == "¿Qué pasó? Adiós, señor"


@pytest.mark.parametrize(("copies", "colour", "words"), [(1, 0, "+1"), (0, 2, "+2"), (3, 1, "+3"), (0, 0, "")], ids=str)
def test_what_has_no_line_is_summed_up(copies: int, colour: int, words: str) -> None:
    told = Rest(copies, colour).words(MADE_UP)
    assert told.startswith(words)
    assert english_left(told) == []


def test_sources_are_counted_in_words() -> None:
    assert english_left(counted(story(foreign(), foreign(number=2)), MADE_UP)) == []
    assert english_left(counted(story(foreign(), changes=(Change(1, Move.NEW, NOW, "r1"),)), MADE_UP)) == []


def test_every_event_has_its_words() -> None:
    assert set(EVENTS) == set(Event)


@pytest.mark.parametrize(
    ("condition", "said_anew"),
    [
        (StageAtLeast(Stage.ANNOUNCED), True),
        (OneOf("stage", (Stage.PROPOSED, Stage.NONE)), True),
        (OneOf("event", (Event.TARIFF, Event.OTHER)), True),
        (OneOf("event", tuple(Event)), False),
        (OneOf("form", ("report",)), False),
        (Is("structural", value=True), True),
        (Is("hedge", value=False), True),
        (Is("negated", value=True), True),
        (About((Topic.CRYPTO,), every=False, at_least=0.5), True),
        (Between("publishers", 3, None), True),
        (Between("age", 3, None), False),
        (Words(("ban",)), False),
    ],
    ids=str,
)
def test_what_would_judge_it_otherwise_is_said_or_left_out(condition: Any, said_anew: bool) -> None:
    told = story(foreign())
    for rule in ("", "r9"):
        for wishes in ((Wish(condition, holds=True),), (Wish(condition, holds=True), Wish(condition, holds=True))):
            flip = Flip(Label.STRUCTURAL, rule, wishes)
            words = flip_words(flip, told, NOW, MADE_UP)
            assert english_left(words) == []
            assert bool(words) is said_anew
            assert flip_words(flip, told, NOW) == flip.in_words(told, NOW)
