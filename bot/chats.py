"""A chat, what it wishes, and what it was told. Pure: no I/O, no clock, no Telegram."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.mutings import MOST_MUTES, Mute
from bot.overlay import NONE, Overlay
from bot.quiet import EVERY_DAY, Quiet, day_of, next_moment, quiet_until
from bot.sound import Sound
from rules.story import Story, Topic
from rules.verdict import Severity

__all__ = ["COINS", "Chat", "Delivery", "DeliveryState", "Kind", "Mute", "moved_at", "story_topics"]
COINS = ("BTC", "ETH", "USDC")
MOST_A_DAY = 100
"""The largest budget of messages a day."""
MORNING = 8 * 60
"""The minute of the day at which a chat without a digest is told what its budget held back the day before."""


class Kind(StrEnum):
    """Where a chat lives."""

    PRIVATE = "private"
    GROUP = "group"
    SUPERGROUP = "supergroup"
    CHANNEL = "channel"
    TERMINAL = "terminal"

    @property
    def shared(self) -> bool:
        """Whether several people read it, so that its settings belong to its admins."""
        return self in (Kind.GROUP, Kind.SUPERGROUP, Kind.CHANNEL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """A chat and its wishes. A newcomer gets every topic at every severity: structural news is rare enough.

    ``level`` is the lowest severity that is pushed; ``overlay`` is what it lays over the rules. ``zone`` is the name of
    its time zone, ``quiet`` when nothing but critical news rings, ``digest`` at which minutes of its day what is not
    pushed is told in one message, on ``digest_days`` of the week. ``watch_in_digest``: what is to be watched comes in
    the digest alone. ``budget`` is how many messages it wants at most on a day of its own, None for any number.
    ``thread`` is the topic of a forum in which it reads. An inactive chat gets nothing; ``why_off`` says who decided
    that.
    """

    id: int
    kind: Kind
    created: datetime
    title: str = ""
    language: str = "en"
    topics: tuple[Topic, ...] = tuple(Topic)
    mutes: tuple[Mute, ...] = ()
    coins: tuple[str, ...] = COINS
    level: Severity = Severity.LOW
    sound: Sound = Sound.STRUCTURAL
    overlay: Overlay = NONE
    zone: str = "UTC"
    quiet: Quiet | None = None
    digest: tuple[int, ...] = ()
    thread: int | None = None
    active: bool = True
    why_off: str = ""
    former: int | None = None
    watch_in_digest: bool = False
    digest_days: tuple[int, ...] = EVERY_DAY
    budget: int | None = None

    def mutes_at(self, now: datetime) -> tuple[Mute, ...]:
        """The mutes that still stand."""
        return tuple(mute for mute in self.mutes if mute.holds(now))

    def muted(self, what: Topic | str, until: datetime | None, now: datetime, name: str = "") -> Chat:
        """The chat with that muted; a new mute takes the place of an old one, and lapsed ones go.

        Beyond ``MOST_MUTES`` the oldest go.
        """
        kept = tuple(mute for mute in self.mutes_at(now) if mute.what != what)
        return replace(self, mutes=(*kept, Mute(str(what), until, name))[-MOST_MUTES:])

    def unmuted(self, targets: Collection[Topic | str], now: datetime) -> Chat:
        """The chat with those heard again."""
        gone = set(map(str, targets))
        rules = [what.removeprefix("rule:") for what in gone]
        overlay = replace(self.overlay, muted_rules=tuple(r for r in self.overlay.muted_rules if r not in rules))
        return replace(self, mutes=tuple(m for m in self.mutes_at(now) if m.what not in gone), overlay=overlay)

    def heard(self, topics: Sequence[Topic], now: datetime) -> tuple[Topic, ...]:
        """Which of a story's topics still let it through: wanted here, and not muted."""
        muted = {mute.what for mute in self.mutes_at(now)}
        return tuple(topic for topic in topics if topic in self.topics and topic not in muted)

    def with_topic(self, topic: Topic, *, wanted: bool) -> Chat:
        """The chat with the topic wanted or not; topics keep their usual order."""
        chosen = set(self.topics) | {topic} if wanted else set(self.topics) - {topic}
        return replace(self, topics=tuple(each for each in Topic if each in chosen))

    def quiet_until(self, now: datetime) -> datetime | None:
        """When the chat's quiet hours end, or None where it is not in them."""
        return quiet_until(self.quiet, self.zone, now)

    def next_digest(self, now: datetime) -> datetime | None:
        """When the chat's next digest is due, or None where it wants none."""
        return next_moment(self.digest, self.zone, now, self.digest_days)

    def next_room(self, now: datetime) -> datetime | None:
        """When what is beyond the chat's budget is told: in its digest, else in the morning; None without a budget."""
        if self.budget is None:
            return None
        return self.next_digest(now) or next_moment((MORNING,), self.zone, max(now, day_of(self.zone, now)[1]))

    def next_release(self, now: datetime) -> datetime:
        """When what waits for this chat is to be told, as it is set now; ``now`` where nothing holds it back."""
        return self.quiet_until(now) or self.next_digest(now) or self.next_room(now) or now

    def spent_of(self, sent: Sequence[datetime], now: datetime) -> int:
        """How many of some messages were sent on the chat's present day."""
        begin, end = day_of(self.zone, now)
        return sum(begin <= at < end for at in sent)

    def off(self, why: str) -> Chat:
        """The chat switched off, with its wishes kept."""
        return replace(self, active=False, why_off=why)

    def moved(self, chat_id: int) -> Chat:
        """The chat under its new id; only a group that became a supergroup gets one."""
        return replace(self, id=chat_id, kind=Kind.SUPERGROUP, former=self.id)

    def on(self) -> Chat:
        """The chat switched on again."""
        return replace(self, active=True, why_off="")


class DeliveryState(StrEnum):
    """How far a delivery is.

    ``sending``: Telegram is being asked, or was about to be when its caller died. ``unknown``: it was asked and did not
    answer, so that one marked repeat is due. ``held``: it waits for a digest; ``listed``: a digest has told it.
    """

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    FAILED = "failed"
    HELD = "held"
    LISTED = "listed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What a chat last got of a story: the version, how far that is, and Telegram's id of the message.

    ``version`` is the newest that it was told in any form, ``shown`` the one that its message shows; ``at`` is when the
    message was sent, or the row last written where there is none yet.
    """

    story: str
    chat: int
    version: int
    state: DeliveryState
    at: datetime
    message_id: int | None = None
    shown: int = 0

    @property
    def told(self) -> bool:
        """Whether the chat has, or may have, a message about the story that can be edited and replied to."""
        return self.message_id is not None or self.under_way

    @property
    def under_way(self) -> bool:
        """Whether a message stands in line, or was asked for without an answer yet."""
        return self.state in (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.UNKNOWN)


def story_topics(story: Story) -> tuple[Topic, ...]:
    """What a story is about: the topics of the report that speaks for it, else of the first report that has any."""
    return next((report.topics for report in (story.lead, *story.reports) if report.topics), ())


def moved_at(story: Story) -> datetime:
    """When the matter last moved: its newest stage or move, else the publication of the report that speaks for it."""
    published = {report.id: report.published for report in story.reports}
    moves = [published.get(change.report, change.at) for change in story.changes if change.kind.moves]
    return max([stage.at for stage in story.stages] + moves, default=story.lead.published)
