"""What a chat hears of an alert now, given what it has been told: a message, an edit, a reply, a digest line, nothing.

Pure: no I/O, no clock, no Telegram. One living message stands for a story: later facts edit it, and only where the
matter itself moved does a reply go out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.chats import Chat, Delivery, DeliveryState, moved_at, story_topics
from bot.mutings import Mute, muting
from pipelines.events import Alert
from rules.story import Change, Move, Story, Topic
from rules.verdict import Label, Severity

OLD_NEWS = timedelta(hours=72)
"""Older than this, a story is looked up with /latest rather than pushed."""
_OLD = "old news"
_AT_ONCE = frozenset({Move.RETRACTION, Move.DENIAL, Move.REVERSAL, Move.CORRECTION})
"""What makes the message that a chat has untrue: it does not wait for its turn."""


@dataclass(frozen=True, slots=True)
class Send:
    """The alert goes to the chat as a new message."""

    why: str


@dataclass(frozen=True, slots=True)
class Reply:
    """The matter moved: a message that says so goes out as a reply to the one that the chat has, which is edited too.

    ``urgent`` where what that one says has become untrue.
    """

    why: str
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Edit:
    """The message that the chat has is brought up to date; ``urgent`` where what it says has become untrue.

    ``kept``: the mute but for which a reply would have said what moved; it is told when that mute ends.
    """

    why: str
    urgent: bool = False
    kept: Mute | None = None


@dataclass(frozen=True, slots=True)
class Later:
    """The chat's message is under way, and looked at again; ``soon`` where what it will show is not known just now."""

    why: str
    soon: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """The alert becomes a line of the chat's digest, which is due at ``until``.

    A message that the chat has is brought up to date meanwhile, for an edit rings nowhere; ``urgent`` where what that
    one says has become untrue.
    """

    until: datetime
    why: str
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Nothing:
    """The chat is left in peace; ``why`` in fixed words."""

    why: str


@dataclass(frozen=True, slots=True)
class KeepBack(Nothing):
    """The chat would hear of it but for this mute: it is listed when the mute ends."""

    mute: Mute


Decision = Send | Reply | Edit | Later | Hold | Nothing


def decide(chat: Chat, last: Delivery | None, alert: Alert, now: datetime, *, spent: int = 0) -> Decision:
    """What the chat hears of the alert now; ``last`` is what it last got of this story.

    ``spent`` is how many messages it had on its present day; only who is about to send knows that.
    A chat that wants every topic also gets stories in which no topic was recognised. A follow brings what is to be
    watched, never noise, and asks for a wanted topic like anything else. Critical news is pushed at night
    and beyond any budget. What a chat was told is kept true even where it would not hear of the story today.
    """
    story = alert.story
    if not chat.active:
        return Nothing("chat is off")
    if last is not None and last.told:
        return _follow(chat, last, alert, now, spent)
    if story.retracted:
        return Nothing("retracted")
    if story.merged:
        return Nothing("told in another story")
    if last is not None and not _may_send_again(last, story):
        return Nothing("already delivered")
    return _push(chat, alert, now, spent)


def muting_of(chat: Chat, alert: Alert, now: datetime) -> Mute | None:
    """The mute of the chat that holds for the alert, whatever its severity; None where none does."""
    wanted = [topic for topic in story_topics(alert.story) if topic in chat.topics]
    return muting(chat.mutes, chat.overlay, wanted, alert.story, alert.verdict, now) if chat.mutes else None


def still_wanted(chat: Chat, alert: Alert, now: datetime) -> bool:
    """Whether what was held for the chat is told in its digest; that it grew old meanwhile is no reason against it."""
    match decide(chat, None, alert, now):
        case Nothing(why):
            return why == _OLD
        case _:
            return True


def waits_for_digest(chat: Chat, since: datetime, now: datetime) -> datetime | None:
    """Until when a line held since then waits where it is below the chat's level: only a digest tells it, no wake.

    None where a digest has been due since it was held.
    """
    due = chat.next_digest(since)
    return due if due is not None and due > now else None


def only_in_digest(chat: Chat, alert: Alert, now: datetime) -> bool:
    """Whether the chat reads of such a story in its digest alone: one too quiet for it, or one merely to be watched."""
    return below_level(chat, alert) or _for_digest(chat, alert, now)


def below_level(chat: Chat, alert: Alert) -> bool:
    """Whether a story is too quiet to be pushed to this chat."""
    return alert.verdict.severity.rank < chat.level.rank


def told_of(changes: Sequence[Change]) -> tuple[Change, ...]:
    """Those of some changes that are worth a line to a reader, oldest first."""
    return tuple(change for change in changes if change.kind.informs and change.kind is not Move.NEW)


def _follow(chat: Chat, last: Delivery, alert: Alert, now: datetime, spent: int) -> Decision:
    """What follows a message that the chat has."""
    story = alert.story
    fresh, behind = told_of(story.since(last.version)), told_of(story.since(last.shown))
    if not fresh:
        return Edit("to be brought up to date", _urgent(behind)) if behind else Nothing("already delivered")
    if last.under_way:
        # What stands in line will show how things stand when its turn comes; what is being sent may not.
        return Later("under way", soon=last.state is not DeliveryState.PENDING)
    edit = Edit("a new fact", _urgent(behind))
    if story.retracted or story.merged or not any(change.kind.moves for change in fresh):
        return edit
    match _push(chat, alert, now, spent):
        case Send():
            return Reply("the matter moved", edit.urgent)
        case Hold() as hold:
            return replace(hold, urgent=edit.urgent)
        case Nothing() as nothing:
            return replace(edit, kept=nothing.mute if isinstance(nothing, KeepBack) else None)


def _push(chat: Chat, alert: Alert, now: datetime, spent: int) -> Send | Hold | Nothing:
    """Whether news is worth a message to this chat, by its wishes."""
    if (refused := _refused(chat, alert, now)) is not None:
        return refused
    if only_in_digest(chat, alert, now) and (digest := chat.next_digest(now)) is not None:
        return Hold(digest, "below the chat's level" if below_level(chat, alert) else "watched in the digest")
    if alert.verdict.severity is not Severity.CRITICAL:
        if (until := chat.quiet_until(now)) is not None:
            return Hold(until, "quiet hours")
        if (room := _room(chat, now, spent)) is not None:
            return Hold(room, "budget spent")
    return Send("new to this chat")


def _room(chat: Chat, now: datetime, spent: int) -> datetime | None:
    """Until when a message must wait because the chat has had as many today as it wants; None where it need not."""
    return chat.next_room(now) if chat.budget is not None and spent >= chat.budget else None


def _refused(chat: Chat, alert: Alert, now: datetime) -> Nothing | None:
    """Why the chat does not hear of such a story now; a mute keeps back only what it would hear of otherwise."""
    refusal = _refusal(chat, alert, now)
    if refusal not in ("", _OLD):
        return Nothing(refusal)
    mute = muting_of(chat, alert, now)
    if mute is not None:
        # What is too old to be told is not kept for the end of the mute either.
        return Nothing("muted") if refusal else KeepBack(f"{mute.target.kind} muted", mute)
    return Nothing(refusal) if refusal else None


def _refusal(chat: Chat, alert: Alert, now: datetime) -> str:
    """Why the chat would not hear of such a story at all, in fixed words; empty where it would.

    Asked of each chat for each story: what is cheap to know comes first.
    """
    topics, wanted = story_topics(alert.story), set(chat.topics)
    if wanted.isdisjoint(topics) if topics else wanted != set(Topic):
        return "topic not wanted"
    if not chat.overlay.passes(alert.verdict, alert.story, now):
        return "not structural"
    if only_in_digest(chat, alert, now) and chat.next_digest(now) is None:
        return "below the chat's level" if below_level(chat, alert) else "watched in a digest alone"
    return _OLD if now - moved_at(alert.story) > OLD_NEWS else ""


def _for_digest(chat: Chat, alert: Alert, now: datetime) -> bool:
    """Whether the chat reads of such a story in its digest alone: one to be watched, and nothing that it follows."""
    overlay = chat.overlay
    if not chat.watch_in_digest or overlay.label_of(alert.verdict) is not Label.WATCH:
        return False
    return not overlay.follows_any(alert.story, now)


def _may_send_again(last: Delivery, story: Story) -> bool:
    """Whether a chat without a message of its own may get one.

    A newer version may follow what failed for good and what waits for a digest; what a digest told only where the
    matter moved since.
    """
    if last.state is DeliveryState.LISTED:
        return any(change.kind.moves for change in story.since(last.version))
    return last.state in (DeliveryState.FAILED, DeliveryState.HELD) and story.version > last.version


def _urgent(changes: Sequence[Change]) -> bool:
    return any(change.kind in _AT_ONCE for change in changes)
