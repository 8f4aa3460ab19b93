"""What each chat is to get of some stories, worked out slowly and plainly from what the design says.

It shares no code with the product, only the classes that hold data: a chat's wishes, a story, a verdict. One chat after
the other is looked at whenever a story comes, moves or is due for an edit; nothing is stored, batched or parallel.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.chats import Chat
from bot.mutings import Mute
from rules.story import Move, Story
from rules.verdict import Label, Severity
from tests.delivery.clockwork import date_of, next_struck, quiet_end, tomorrow
from tests.delivery.wished import Happening, Turn
from tests.delivery.wishes import (
    MOVES,
    NEVER,
    News,
    label_wanted,
    muted_by,
    news_of,
    only_in_digest,
    topic_wanted,
)

SILENT = {Move.NEW, Move.COLOUR, Move.COPY}
AT_ONCE = {Move.RETRACTION, Move.DENIAL, Move.REVERSAL, Move.CORRECTION}
TEN_MINUTES, EDITS = timedelta(minutes=10), 8
OLD = timedelta(hours=72)
MORNING = 8 * 60

Got = tuple[datetime, str, str]
"""When, in what form ("send", "reply", "edit", "line", "end"), and of which version of which story, "s7.2".

A line after the end of a mute names the mute too; the end itself names only that.
"""


@dataclass(slots=True)
class Has:
    """What a chat has of a story: ``message`` once one was sent, else how it was told or waits."""

    message: bool = False
    how: str = ""
    told: int = 0
    shown: int = 0


@dataclass(slots=True)
class Desk:
    """All that is known of one chat."""

    chat: Chat
    got: list[Got] = field(default_factory=list)
    has: dict[str, Has] = field(default_factory=dict)
    lines: dict[str, datetime] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)
    """A story that a mute holds back -> that mute."""
    after: dict[str, str] = field(default_factory=dict)
    """The line's story -> the mute that held it back until its end."""
    ended: list[str] = field(default_factory=list)
    """Mutes whose end is still to be told."""
    spent: list[datetime] = field(default_factory=list)
    """When the messages came that count."""
    release: datetime | None = None


@dataclass(slots=True)
class Told:
    """A story as it is now, and how its messages were edited."""

    now: News
    begun: bool = False
    at: datetime = NEVER
    version: int = 0
    edits: int = 0
    round: datetime | None = None


class Reference:
    """Goes through what happens, a moment after the other."""

    def __init__(self, chats: Sequence[Chat], happened: Sequence[Happening], turns: Sequence[Turn] = ()) -> None:
        self.desks = {chat.id: Desk(chat) for chat in chats}
        self.stories = dict[str, Told]()
        self.agenda = list[tuple[datetime, int, str, int]]()
        self.happened, self.turns = list(happened), list(turns)
        for desk in self.desks.values():
            for mute in desk.chat.mutes if desk.chat.active else ():
                if mute.until is not None:
                    self.note(mute.until, 2, mute.what, desk.chat.id)

    def note(self, at: datetime, order: int, what: str, chat: int = 0) -> None:
        heapq.heappush(self.agenda, (at, order, what, chat))

    def run(self, until: datetime) -> dict[int, list[Got]]:
        """Everything until then, and what each chat got."""
        for happening in self.happened:
            self.note(happening.at, 0, happening.alert.story.id)
        for number, turn in enumerate(self.turns):
            self.note(turn.at, -1, str(number))
        waiting = {happening.at: happening for happening in self.happened}
        while self.agenda and self.agenda[0][0] <= until:
            at, order, what, chat = heapq.heappop(self.agenda)
            if order < 0:
                self.turn(self.turns[int(what)], at)
            elif order == 0:
                self.happens(waiting[at])
            elif order == 1 and self.stories[what].round == at:
                self.stories[what].round = None
                self.go_round(self.stories[what], at)
            elif order == 2:
                self.mute_ends(self.desks[chat], what, at)
            elif order == 3 and self.desks[chat].release == at:
                self.desks[chat].release = None
                self.give_out(self.desks[chat], at)
        return {chat: desk.got for chat, desk in self.desks.items()}

    # --- a story comes or moves

    def happens(self, happening: Happening) -> None:
        news = news_of(happening)
        told = self.stories.setdefault(news.story.id, Told(news))
        told.now = news
        noise = happening.alert.verdict.label is Label.NOISE
        if happening.passed and (told.begun or not noise):
            self.go_round(told, happening.at)

    def go_round(self, told: Told, at: datetime) -> None:
        """Each chat is asked what it is to hear of the story as it is now."""
        version = told.now.story.version
        begun_at = told.at if told.begun else at
        may_edit = told.edits < EDITS and told.begun and at - told.at >= TEN_MINUTES
        may_edit = may_edit or (told.version == version)
        edited = waits = False
        for desk in self.desks.values():
            wants = self.tell(desk, told, at) if desk.chat.active else ""
            if wants == "now" or (wants == "edit" and may_edit):
                edited = True
                self.edit(desk, told, at)
            elif wants == "edit":
                waits = True
        if waits and told.edits < EDITS:
            told.round = min(max(at, begun_at + TEN_MINUTES), told.round or NEVER.replace(tzinfo=at.tzinfo))
            self.note(told.round, 1, told.now.story.id)
        if edited and told.version != version:
            told.version, told.at, told.edits = version, at, told.edits + 1

    def tell(self, desk: Desk, told: Told, at: datetime) -> str:
        """Tell one chat; the answer is whether its message is to be edited: "now", "edit" in its time, or ""."""
        story = told.now.story
        has = desk.has.get(story.id)
        if has is not None and has.message:
            return self.follow(desk, has, told, at)
        if told.now.taken_back or story.merged:
            return ""
        if has is not None and not may_come_again(has, story):
            return ""
        answer = self.wish(desk, told.now, at)
        if answer == "no":
            return ""
        if not told.begun:
            told.begun, told.at = True, at
        has = desk.has.setdefault(story.id, Has())
        has.told = has.shown = story.version
        self.set_free(desk, story.id)
        if isinstance(answer, Mute):
            self.drop_line(desk, story.id)
            has.how = "waits"
            desk.kept[story.id] = answer.what
        elif isinstance(answer, datetime):
            has.how = "waits"
            self.line(desk, story.id, at, answer)
        else:
            self.drop_line(desk, story.id)
            has.message = True
            self.message(desk, at, "send", told.now)
        return ""

    def follow(self, desk: Desk, has: Has, told: Told, at: datetime) -> str:
        """The chat has a message of the story: a move of the matter is a reply, any other fact an edit."""
        story = told.now.story
        fresh = {change.kind for change in story.changes if change.number > has.told} - SILENT
        behind = {change.kind for change in story.changes if change.number > has.shown} - SILENT
        moved = bool(fresh & MOVES) and not told.now.taken_back and not story.merged
        answer = self.wish(desk, told.now, at) if moved else "no"
        if isinstance(answer, Mute):
            desk.kept[story.id] = answer.what
        elif isinstance(answer, datetime):
            self.set_free(desk, story.id)
            self.line(desk, story.id, at, answer)
        elif answer == "now":
            self.set_free(desk, story.id)
            self.drop_line(desk, story.id)
            has.told = story.version
            self.message(desk, at, "reply", told.now)
        if not behind & AT_ONCE:
            return "edit" if behind else ""
        if answer == "now" or isinstance(answer, datetime):
            return "now"
        # Where nothing is to be said of it, what is untrue is put right by itself, beside the story's other edits.
        self.edit(desk, told, at)
        return ""

    def edit(self, desk: Desk, told: Told, at: datetime) -> None:
        story = told.now.story
        has = desk.has[story.id]
        has.shown = story.version
        if story.id not in desk.lines:
            has.told = story.version
        desk.got.append((at, "edit", told.now.name))

    def message(self, desk: Desk, at: datetime, kind: str, news: News) -> None:
        desk.got.append((at, kind, news.name))
        if desk.chat.budget is not None:  # a budget is for what comes from then on
            desk.spent.append(at)

    # --- what waits

    def line(self, desk: Desk, story: str, at: datetime, due: datetime) -> None:
        desk.lines.setdefault(story, at)
        self.plan(desk, due)

    def plan(self, desk: Desk, due: datetime) -> None:
        if desk.release is None or due < desk.release:
            desk.release = due
            self.note(due, 3, "", desk.chat.id)

    def drop_line(self, desk: Desk, story: str) -> None:
        desk.lines.pop(story, None)
        desk.after.pop(story, None)

    def set_free(self, desk: Desk, story: str) -> None:
        desk.kept.pop(story, None)

    def turn(self, turn: Turn, at: datetime) -> None:
        """A chat wishes something else from now on."""
        desk = self.desks[turn.chat.id]
        if not desk.chat.active:
            return
        gone = {mute.what: mute for mute in desk.chat.mutes if mute.until is None or mute.until > at}
        desk.chat = turn.chat
        for mute in desk.chat.mutes:
            before = gone.pop(mute.what, None)
            if mute.until is not None and mute.until > at and (before is None or before.until != mute.until):
                self.note(mute.until, 2, mute.what, desk.chat.id)
        # What was muted until now comes at once, without a word of an end.
        freed = [what for what in gone if self.unmute(desk, what, at)]
        if freed:
            self.give_out(desk, at)
        if turn.hours:
            desk.release = None
            if desk.lines or desk.ended:
                self.plan(desk, self.next_release(desk.chat, at))

    def next_release(self, chat: Chat, at: datetime) -> datetime:
        quiet = quiet_end(chat.quiet, chat.zone, at)
        digest = next_struck(chat.digest, chat.digest_days, chat.zone, at)
        morning = None if chat.budget is None else tomorrow(chat.zone, at, MORNING)
        return quiet or digest or morning or at

    def mute_ends(self, desk: Desk, what: str, at: datetime) -> None:
        """Its end is told; what it held back waits no longer than for the end of quiet hours."""
        if any(mute.what == what and mute.until == at for mute in desk.chat.mutes):
            desk.ended.append(what)
            self.unmute(desk, what, at)
            self.give_out(desk, at)

    def unmute(self, desk: Desk, what: str, at: datetime) -> bool:
        """What it held back is a line from now on; whether that is anything."""
        freed = [story for story, mute in desk.kept.items() if mute == what]
        for story in freed:
            del desk.kept[story]
            desk.lines.setdefault(story, at)
            desk.after[story] = what
        return bool(freed)

    def give_out(self, desk: Desk, at: datetime) -> None:
        """Tell what waits, unless the chat is in its quiet hours: what mutes held back first, then the digest."""
        chat = desk.chat
        if (until := quiet_end(chat.quiet, chat.zone, at)) is not None:
            self.plan(desk, until)
            return
        desk.got += [(at, "end", what) for what in desk.ended]
        desk.ended.clear()
        for story, since in list(desk.lines.items()):
            due = next_struck(chat.digest, chat.digest_days, chat.zone, since)
            after = f" after {desk.after[story]}" if story in desk.after else ""
            if not after and due is not None and due > at and only_in_digest(chat, self.stories[story].now):
                self.plan(desk, due)
            else:
                self.drop_line(desk, story)
                self.list_one(desk, story, at, after)

    def list_one(self, desk: Desk, story: str, at: datetime, after: str) -> None:
        news, has = self.stories[story].now, desk.has[story]
        answer: str | datetime | Mute = "no"
        if not news.taken_back and not news.story.merged:
            answer = self.wish(desk, news, at, old_too=True)
        has.told = max(has.told, news.story.version)
        if answer == "no":
            has.how = "dropped"
        elif isinstance(answer, Mute):
            has.how = "waits"
            desk.kept[story] = answer.what
        else:
            has.how = "listed"
            desk.got.append((at, "line", news.name + after))

    # --- what a chat wishes

    def wish(self, desk: Desk, news: News, at: datetime, *, old_too: bool = False) -> str | datetime | Mute:
        """Whether the chat wants to hear of it: "no", "now", at which moment, or after which mute."""
        chat = desk.chat
        digest = next_struck(chat.digest, chat.digest_days, chat.zone, at)
        if not topic_wanted(chat, news) or not label_wanted(chat, news, chat.overlay.muted_rules):
            return "no"
        if only_in_digest(chat, news) and digest is None:
            return "no"
        mute = muted_by(chat, news, at)
        if at - news.moved > OLD and not (old_too and mute is None):
            return "no"
        return mute or self.moment(desk, news, at, digest)

    def moment(self, desk: Desk, news: News, at: datetime, digest: datetime | None) -> str | datetime:
        """When the chat is to hear of what it wants to hear of."""
        chat = desk.chat
        if only_in_digest(chat, news) and digest is not None:
            return digest
        if news.verdict.severity is Severity.CRITICAL:
            return "now"
        if (until := quiet_end(chat.quiet, chat.zone, at)) is not None:
            return until
        today = [each for each in desk.spent if date_of(chat.zone, each) == date_of(chat.zone, at)]
        if chat.budget is not None and len(today) >= chat.budget:
            return digest or tomorrow(chat.zone, at, MORNING)
        return "now"


def may_come_again(has: Has, story: Story) -> bool:
    """What a list has told comes again only where the matter moved; what waits or was left out, in a newer version."""
    if has.how == "listed":
        return any(change.kind in MOVES for change in story.changes if change.number > has.told)
    return story.version > has.told
