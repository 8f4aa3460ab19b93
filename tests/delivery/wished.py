"""Chats with random wishes and stories that develop over two days, the same ones for the same seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.chats import Chat, Kind
from bot.mutings import Mute
from bot.overlay import Overlay
from bot.quiet import EVERY_DAY, Quiet
from pipelines.events import Alert
from pipelines.stories.ids import story_id
from rules.story import Change, Entity, Move, Report, Source, Stage, StageReached, Story, Tag, Tier, Topic
from rules.verdict import Label, Reason, Severity, Verdict

BEGIN = datetime(2027, 3, 27, 6, tzinfo=UTC)
"""The night after it Berlin and London leave an hour out; the third day is a Monday."""
LENGTH = timedelta(days=2)
ZONES = (
    *("UTC", "Asia/Karachi", "Europe/Berlin", "Europe/London", "America/New_York", "Asia/Kathmandu"),
    *("Pacific/Auckland", "America/Los_Angeles"),
)
PLACES = {"state:cn": "China", "state:us": "America", "element:dy": "Dysprosium", "company:asml": "ASML"}
WORDS = ("licence", "quota", "tariff", "smelter", "export control", "vault")
SOURCES = ("Harbour Wire", "Trade Daily", "Mine Post", "Chip Record")
RULES = ("export-control", "tariff-in-force", "mine-opens", "ruling")
_TIMES = (420, 480, 540, 720, 1080, 1410)
_NIGHTS = ((1320, 420), (1380, 480), (1200, 540), (0, 450), (780, 1080), (540, 300), (1410, 1200))
"""Quiet hours, most of them over midnight; the last two leave little of the day."""
_DAYS = (EVERY_DAY, EVERY_DAY, EVERY_DAY, (0, 1, 2, 3, 4), (5, 6), (6,), (0, 2, 4))
_CALM = (Move.SOURCE, Move.AMOUNT, Move.DATE, Move.LINK, Move.COLOUR, Move.COPY)
_STIRRING = (Move.STAGE, Move.INSTRUMENT, Move.EFFECT, Move.LAPSE)
_UNTRUE = (Move.DENIAL, Move.REVERSAL, Move.CORRECTION)
_LABELS = (Label.STRUCTURAL, Label.WATCH, Label.NOISE)
_LOUD = (Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL)


@dataclass(frozen=True, slots=True)
class Happening:
    """A version of a story, judged at that moment. ``passed``: the judge passes it on, as it does not all noise."""

    at: datetime
    alert: Alert
    passed: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """A chat changes its mind: its wishes from that moment on. ``hours``: what waits for it is planned anew."""

    at: datetime
    chat: Chat
    hours: bool


def make_chats(count: int, seed: int) -> list[Chat]:
    """So many chats, each with wishes of its own over all that a chat can wish."""
    luck = random.Random(f"chats {seed}")
    return [_chat(number, luck) for number in range(1, count + 1)]


def make_turns(chats: Sequence[Chat], seed: int) -> list[Turn]:
    """What some of the chats wish otherwise later on, once or several times, in the order in which they say so."""
    luck, turns = random.Random(f"turns {seed}"), list[Turn]()
    for chat in chats:
        times = luck.choice((0, 0, 0, 1, 2, 4))
        minutes = sorted(luck.sample(range(30, 47 * 60), times))
        for at in (BEGIN + timedelta(minutes=minute, seconds=30) for minute in minutes):
            chat, hours = _changed(chat, at, luck)  # noqa: PLW2901  one change builds on the other
            turns.append(Turn(at, chat, hours))
    return sorted(turns, key=lambda turn: (turn.at, turn.chat.id))


def make_stories(count: int, seed: int) -> list[Happening]:
    """So many stories that move, are denied, merged and taken back, in the order of what happens."""
    luck = random.Random(f"stories {seed}")
    told = [_story(number, luck) for number in range(count)]
    for loser, survivor in zip(told[9::10], told[8::10], strict=False):
        _merge(loser, survivor, luck)
    happened = sorted((each for story in told for each in story), key=lambda each: each.at)
    # No two at the same second, and none at a full minute, at which digests and quiet hours turn.
    taken = set[datetime]()
    for at, each in enumerate(happened):
        moment = each.at
        while moment in taken or moment.second == 0:
            moment += timedelta(seconds=1)
        taken.add(moment)
        happened[at] = replace(each, at=moment, alert=replace(each.alert, judged=moment))
    return sorted(happened, key=lambda each: each.at)


def _some(luck: random.Random, of: Sequence[Any], least: int, most: int) -> tuple[Any, ...]:
    chosen = set(luck.sample(range(len(of)), min(len(of), luck.randint(least, most))))
    return tuple(each for at, each in enumerate(of) if at in chosen)


def _chat(number: int, luck: random.Random) -> Chat:
    kind = luck.choice((Kind.PRIVATE, Kind.PRIVATE, Kind.GROUP, Kind.SUPERGROUP, Kind.CHANNEL))
    quiet: Quiet | None = None
    if luck.random() < 0.5:
        quiet = Quiet(*luck.choice(_NIGHTS), luck.choice(_DAYS))
    digest = _some(luck, _TIMES, 1, 2) if luck.random() < 0.55 else ()
    return Chat(
        id=number if kind is Kind.PRIVATE else -number,
        kind=kind,
        created=BEGIN,
        topics=tuple(Topic) if luck.random() < 0.05 else _some(luck, tuple(Topic), 0, 2),
        mutes=_mutes(luck),
        coins=(),
        level=luck.choice((Severity.LOW, Severity.LOW, *_LOUD)),
        overlay=Overlay(
            least=luck.choice((Label.STRUCTURAL, Label.STRUCTURAL, Label.WATCH)),
            muted_rules=_some(luck, RULES, 1, 2) if luck.random() < 0.1 else (),
            follows=_some(luck, (*WORDS, *PLACES.values(), "asml", "CN"), 1, 3) if luck.random() < 0.3 else (),
        ),
        zone=luck.choice(ZONES),
        quiet=quiet,
        digest=digest,
        digest_days=luck.choice(_DAYS),
        watch_in_digest=luck.random() < 0.4,
        thread=luck.randint(2, 99) if kind is Kind.SUPERGROUP else None,
        active=luck.random() < 0.96,
        budget=luck.randint(0, 5) if luck.random() < 0.4 else None,
    )


def _changed(chat: Chat, at: datetime, luck: random.Random) -> tuple[Chat, bool]:
    """The chat with another wish, and whether that is about its hours."""
    other, standing = _chat(abs(chat.id), luck), tuple(mute for mute in chat.mutes if mute.holds(at))
    if (kind := luck.randrange(8)) < 2:
        begun = [mute for mute in other.mutes if mute.until is None or mute.until > at][:1]
        begun = [each for each in begun if each.until is None or all(each.until != m.until for m in standing)]
        kept = [mute for mute in standing if mute.what not in [each.what for each in begun]]
        return replace(chat, mutes=(*kept, *begun)), False
    wishes: tuple[tuple[dict[str, Any], bool], ...] = (
        ({"mutes": standing[1:]}, False),
        ({"topics": other.topics, "level": other.level}, False),
        ({"quiet": other.quiet}, True),
        ({"digest": other.digest, "digest_days": other.digest_days}, True),
        ({"zone": other.zone}, True),
        ({"budget": other.budget}, True),
    )
    changed, hours = wishes[kind - 2]
    return replace(chat, **changed), hours


def _mutes(luck: random.Random) -> tuple[Mute, ...]:
    made = dict[str, Mute]()
    for _ in range(luck.choice((0, 0, 1, 2, 3, 5))):
        entity = luck.choice(tuple(PLACES))
        what, name = luck.choice(
            (
                (luck.choice(tuple(Topic)).value, ""),
                (luck.choice(tuple(Topic)).value, ""),
                (entity, PLACES[entity]),
                (f"source:{(source := luck.choice(SOURCES)).lower()}", source),
                (f"rule:{(rule := luck.choice(RULES))}", rule),
                (f"word:{(word := luck.choice(WORDS))}", word),
                (f"story:{story_named(number := luck.randrange(40))}", f"story {number}"),
            )
        )
        until = BEGIN + timedelta(minutes=15 * luck.randrange(2, 47 * 4)) if luck.random() < 0.75 else None
        # Of two that end at once either may be the one that held a story back: so none do.
        if until is None or all(each.until != until for each in made.values()):
            made[what] = Mute(what, until, name)
    return tuple(made.values())


def story_named(number: int) -> str:
    """The id of the story of this number."""
    return story_id(f"s{number}", BEGIN)


def _story(number: int, luck: random.Random) -> list[Happening]:
    """The versions of one story: each has a title of its own that names story and version, "(s7.2)"."""
    at = BEGIN + timedelta(seconds=luck.randrange(60, int(LENGTH.total_seconds()) - 3600))
    age = timedelta(hours=luck.uniform(24, 75)) if luck.random() < 0.12 else timedelta(minutes=luck.uniform(1, 90))
    reports = [_report(number, 1, at - age, luck)]
    stages = [StageReached(Stage.PROPOSED, at - age, reports[0].id)] if luck.random() < 0.8 else []
    changes = [Change(1, Move.NEW, at, reports[0].id)]
    label = luck.choice((*_LABELS, Label.STRUCTURAL, Label.STRUCTURAL))
    severity = luck.choice((*_LOUD, Severity.MEDIUM))
    happened, before = list[Happening](), Label.NOISE
    for version in range(1, luck.choice((1, 1, 1, 2, 2, 3, 4)) + 1):
        kinds: tuple[Move, ...] = ()
        if version > 1:
            at += timedelta(seconds=luck.choice((luck.randrange(20, 900), luck.randrange(900, 30_000))))
            if at > BEGIN + LENGTH:
                break
            kinds = _kinds(luck)
            if luck.random() < 0.7:
                reports.append(_report(number, version, at - timedelta(minutes=2), luck))
            if Move.STAGE in kinds:
                stages.append(StageReached(luck.choice((Stage.ANNOUNCED, Stage.IN_FORCE)), at, reports[-1].id))
            changes += [Change(version, kind, at, luck.choice((reports[-1].id, "")), "") for kind in kinds]
            if luck.random() < 0.4:
                label = luck.choice(_LABELS)
            if luck.random() < 0.3:
                severity = luck.choice(_LOUD)
        lead = luck.choice((reports[-1], reports[-1], reports[0]))
        told = [replace(each, title=f"{each.title} (s{number}.{version})") for each in reports]
        story = Story(
            id=story_named(number),
            version=version,
            reports=tuple(told),
            report_count=len(told),
            families=tuple(dict.fromkeys(each.source.family for each in told)),
            first_seen=BEGIN,
            stages=tuple(stages),
            changes=tuple(changes),
            told_by=lead.id,
        )
        passed = label is not Label.NOISE or before is not Label.NOISE or bool({*kinds} & {*_UNTRUE, Move.RETRACTION})
        verdict = Verdict(label=label, severity=severity, score=50.0, reasons=_reasons(label, luck))
        happened.append(Happening(at, Alert(story, verdict, at, at), passed))
        before = label
        if Move.RETRACTION in kinds:
            break
    return happened


def _kinds(luck: random.Random) -> tuple[Move, ...]:
    chance = luck.random()
    if chance < 0.04:
        return (Move.RETRACTION,)
    if chance < 0.16:
        return (luck.choice(_UNTRUE), *_some(luck, _CALM, 0, 1))
    if chance < 0.5:
        return (luck.choice(_STIRRING), *_some(luck, _CALM, 0, 1))
    return _some(luck, _CALM, 1, 2)


def _report(number: int, version: int, at: datetime, luck: random.Random) -> Report:
    publisher = luck.choice(SOURCES)
    entities = _some(luck, tuple(PLACES), 0, 2)
    names, word = " and ".join(PLACES[each] for each in entities), luck.choice((*WORDS, "news", "vaulted"))
    return Report(
        id=f"s{number}-{version}",
        title=f"{names or 'Ministry'} puts a {word} in force",
        summary="",
        link=f"https://example.org/{number}/{version}",
        source=Source("feed", publisher, publisher.lower().replace(" ", "-"), Tier.WIRE),
        published=at,
        tags=tuple(Tag(topic, 0.9) for topic in _some(luck, tuple(Topic), 0, 2)),
        entities=tuple(Entity(each, PLACES[each], each.partition(":")[0], 0, 1) for each in entities),
    )


def _reasons(label: Label, luck: random.Random) -> tuple[Reason, ...]:
    """What raised the story to its label, and sometimes a rule that would have raised it less."""
    if label is Label.NOISE:
        return (Reason("opinion", "it is an opinion", "noise"),)
    raising = [(rule, label.value) for rule in _some(luck, RULES, 1, 2)]
    if luck.random() < 0.4:
        raising.append((luck.choice(RULES), Label.WATCH.value))
    return tuple(Reason(rule, "it is in force", effect) for rule, effect in raising)


def _merge(loser: list[Happening], survivor: list[Happening], luck: random.Random) -> None:
    """The one turns out to be the other: its last version says so, and the other gets a source more."""
    last = loser[-1]
    at = max(last.at, survivor[-1].at) + timedelta(seconds=luck.randrange(60, 7200))
    if last.alert.story.retracted or survivor[-1].alert.story.retracted or at > BEGIN + LENGTH:
        return
    loser.append(_next(last, at, Move.MERGED, merged=survivor[-1].alert.story.id))
    survivor.append(_next(survivor[-1], at, Move.SOURCE))


def _next(last: Happening, at: datetime, kind: Move, **changes: Any) -> Happening:
    story, version = last.alert.story, last.alert.story.version + 1
    told = tuple(replace(each, title=each.title.replace(f".{version - 1})", f".{version})")) for each in story.reports)
    change = Change(version, kind, at, "")
    story = replace(story, version=version, reports=told, changes=(*story.changes, change), **changes)
    passed = kind is Move.MERGED or last.alert.verdict.label is not Label.NOISE
    return Happening(at, replace(last.alert, story=story, judged=at), passed)
