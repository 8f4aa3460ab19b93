"""What the reference knows of a story, and whether a chat wishes to hear of it, in plain loops of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from bot.chats import Chat
from bot.mutings import Mute
from rules.story import Move, Story, Topic
from rules.verdict import Label, Severity, Verdict
from tests.delivery.wished import Happening

MOVES = {Move.DENIAL, Move.REVERSAL, Move.STAGE, Move.EFFECT, Move.LAPSE, Move.INSTRUMENT}
LABELS = {Label.NOISE: 0, Label.WATCH: 1, Label.STRUCTURAL: 2}
LOUDNESS = {Severity.LOW: 0, Severity.MEDIUM: 1, Severity.HIGH: 2, Severity.CRITICAL: 3}
NEVER = datetime.max


@dataclass(slots=True)
class News:
    """A story as it is now, with what is asked of it for each chat."""

    story: Story
    verdict: Verdict
    name: str
    title: str
    topics: list[Topic]
    named: set[str]
    entities: set[str]
    publishers: set[str]
    moved: datetime
    taken_back: bool


def news_of(happening: Happening) -> News:
    """A story as it was just judged."""
    story = happening.alert.story
    lead = next((report for report in story.reports if report.id == story.told_by), story.reports[0])
    tagged = [report for report in (lead, *story.reports) if report.tags]
    moments = [stage.at for stage in story.stages]
    for change in story.changes:
        if change.kind in MOVES:
            brought = [report.published for report in story.reports if report.id == change.report]
            moments.append(brought[0] if brought else change.at)
    return News(
        story=story,
        verdict=happening.alert.verdict,
        name=lead.title.rpartition("(")[2].rstrip(")"),
        title=lead.title,
        topics=[tag.topic for tag in tagged[0].tags] if tagged else [],
        named={entity.name.lower() for entity in lead.entities} | {each.id.split(":")[1] for each in lead.entities},
        entities={entity.id for entity in lead.entities},
        publishers={report.source.publisher.lower() for report in story.reports},
        moved=max(moments) if moments else lead.published,
        taken_back=any(change.kind is Move.RETRACTION for change in story.changes),
    )


@cache
def holds_word(title: str, word: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", title, re.IGNORECASE) is not None


def topic_wanted(chat: Chat, news: News) -> bool:
    """Who wants every topic wants what has none too."""
    if not news.topics:
        return set(chat.topics) == set(Topic)
    return any(topic in chat.topics for topic in news.topics)


def followed(chat: Chat, news: News) -> bool:
    return any(word.lower() in news.named or holds_word(news.title, word) for word in chat.overlay.follows)


def label_here(verdict: Verdict, deaf_to: Sequence[str]) -> Label:
    """The label without the rules that are not listened to."""
    if not deaf_to:
        return verdict.label
    best = Label.NOISE
    for reason in verdict.reasons:
        if reason.rule not in deaf_to and reason.effect in ("structural", "watch"):
            best = max(best, Label(reason.effect), key=lambda label: LABELS[label])
    return min(best, verdict.label, key=lambda label: LABELS[label])


def label_wanted(chat: Chat, news: News, deaf_to: Sequence[str]) -> bool:
    """What is followed comes one level earlier."""
    label = label_here(news.verdict, deaf_to)
    least = Label.WATCH if followed(chat, news) else chat.overlay.least
    return label is not Label.NOISE and LABELS[label] >= LABELS[least]


def only_in_digest(chat: Chat, news: News) -> bool:
    """Too quiet for the chat, or to be watched where it reads of that in its digest alone; not what it follows."""
    if LOUDNESS[news.verdict.severity] < LOUDNESS[chat.level]:
        return True
    label = label_here(news.verdict, chat.overlay.muted_rules)
    return chat.watch_in_digest and label is Label.WATCH and not followed(chat, news)


def muted_by(chat: Chat, news: News, at: datetime) -> Mute | None:
    """The mute with whose end the chat may hear of the story; None where it may now.

    Of some that end at once, or never, it is the one that the chat made first.
    """
    silent, by_topic, by_rule = list[Mute](), dict[str, Mute](), dict[str, Mute]()
    for mute in chat.mutes:
        if mute.until is not None and mute.until <= at:
            continue
        kind, _, name = mute.what.partition(":")
        if not name:
            by_topic[mute.what] = mute
        elif kind == "rule":
            by_rule[name] = mute
        elif (
            (kind == "story" and name == news.story.id)
            or (kind == "word" and holds_word(news.title, name))
            or (kind == "source" and news.publishers == {name})
            or mute.what in news.entities
        ):
            silent.append(mute)
    wanted = [topic.value for topic in news.topics if topic in chat.topics]
    if wanted and all(topic in by_topic for topic in wanted):
        silent.append(first_to_end(chat, [by_topic[topic] for topic in wanted]))
    spoke = [by_rule[reason.rule] for reason in news.verdict.reasons if reason.rule in by_rule]
    if spoke and not label_wanted(chat, news, (*chat.overlay.muted_rules, *by_rule)):
        silent.append(first_to_end(chat, spoke))
    return max(silent, key=end_of) if silent else None


def first_to_end(chat: Chat, some: Sequence[Mute]) -> Mute:
    """Not the first that the story names: its rules and topics stand in an order that says nothing of the mutes."""
    return min((mute for mute in chat.mutes if mute in some), key=end_of)


def end_of(mute: Mute) -> datetime:
    return NEVER if mute.until is None else mute.until.replace(tzinfo=None)
