"""What happened to a story, one thing a line: taken from its changes and stages, and told as a message. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.buttons import picture_data, story_data, why_data
from bot.changes_told import detail_words
from bot.languages.translator import ENGLISH, N_, Translator
from bot.markup import BLANK, Button, Line, Message, Span, bold, code, compose, italic, line
from bot.messages import chart_button, heading, headline, news_foot, source_button, sources
from bot.quiet import here
from bot.shade import Shade
from bot.text import clean, room, shown
from bot.words import (
    DISCLAIMER,
    MOVES,
    ago_words,
    day_words,
    fitting,
    moment_words,
    moved_words,
    short_day_words,
    stage_words,
)
from pipelines.events import Alert
from rules.story import Change, Milestone, Move, Report, Stage, Story

_ROWS, _WIDTH = 30, 42
"""Of a phone's screen: rows of text beside the buttons, and letters in a row."""
_LEAST = 3
"""So many things stay told, however long the rest is."""
_LINKS = 3
_NAMES = 2
_WORDS = 110
_UNTOLD = (Move.COPY, Move.COLOUR, Move.LINK, Move.RETRACTION)
"""Changes without a line of their own: summed up, listed below, or told at the top."""
_SEE = N_("See also:")
_RELATIONS = {"answer": N_("Answered by:"), "answered": N_("Answers:"), "see": _SEE}
_AHEAD = {
    Move.EFFECT: (N_("takes effect"), N_("takes effect {when}")),
    Move.LAPSE: (N_("lapses"), N_("lapses {when}")),
}
_DUE = (N_("is due"), N_("is due {when}"))
SHADES = {Shade.LIGHT: N_("Light"), Shade.DARK: N_("Dark")}
"""What the button for a picture in that shade is called."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened: when it was published, the kinds of its changes, what moved, and who told.

    ``stage`` is the stage that was reached by it, if one was. ``words`` may hold what a feed wrote; of a confirmation
    they say what is special about it, if anything is.
    """

    at: datetime
    kinds: tuple[Move, ...]
    words: str
    publishers: tuple[str, ...] = ()
    stage: Stage | None = None

    @property
    def moves(self) -> bool:
        """Whether the matter itself moved."""
        return any(kind.moves for kind in self.kinds)


@dataclass(frozen=True, slots=True)
class Rest:
    """The reports that have no line: ``copies`` told nothing new, ``colour`` are reactions and analyses."""

    copies: int
    colour: int

    def words(self, tr: Translator = ENGLISH) -> str:
        """Both in one phrase, empty for none."""
        copies = tr.plural("+{count} report", "+{count} reports", self.copies) if self.copies else ""
        if not self.colour:
            return copies
        if not copies:
            return tr.plural("+{count} analysis", "+{count} analyses", self.colour)
        return tr.joined((copies, tr.plural("{count} analysis", "{count} analyses", self.colour)))


def happenings(story: Story, tr: Translator = ENGLISH) -> tuple[Happening, ...]:
    """What happened, oldest first: a report's changes are one, and reports that only confirm follow as one."""
    reports = {report.id: report for report in story.reports}
    told = list[Happening]()
    done = set[str]()
    for change in story.changes:
        if change.kind in _UNTOLD or (change.report and change.report in done):
            continue
        done.add(change.report)
        same = [each for each in story.changes if change.report and each.report == change.report] or [change]
        same = [each for each in same if each.kind not in _UNTOLD]
        told.append(_happening(story, same, reports.get(change.report), tr))
    # A large story lets go of old changes, but keeps every stage.
    for reached in story.stages:
        if reached.report not in done:
            publishers = _publishers(reports.get(reached.report))
            told.append(Happening(reached.at, (Move.STAGE,), _stage(reached.stage, tr), publishers, reached.stage))
    if not told:
        first = story.reports[0]
        told.append(Happening(first.published, (Move.NEW,), tr(MOVES[Move.NEW]), _publishers(first)))
    told.sort(key=lambda each: (Move.NEW not in each.kinds, each.at))
    return tuple(_confirmed(told))


def rest(story: Story) -> Rest:
    """How many reports stand in no line."""
    colour = sum(change.kind is Move.COLOUR for change in story.changes)
    told = {change.report for change in story.changes if change.report and change.kind not in _UNTOLD}
    told |= {reached.report for reached in story.stages}
    return Rest(copies=max(0, story.report_count - max(1, len(told)) - colour), colour=colour)


def ahead(story: Story, now: datetime) -> tuple[Milestone, ...]:
    """The days still to come, soonest first; none of what an operator took back."""
    if story.retracted is not None:
        return ()
    return tuple(sorted((each for each in story.milestones if each.on >= now.date()), key=lambda each: each.on))


def milestone_words(milestone: Milestone, tr: Translator = ENGLISH) -> tuple[str, str]:
    """What comes and when: "takes effect", "1 Dec 2026"."""
    return tr(_AHEAD.get(milestone.kind, _DUE)[0]), day_words(milestone.on, tr)


def coming_words(kind: Move, when: str, tr: Translator = ENGLISH) -> str:
    """The same in one phrase, with a day or how far off it is: "takes effect in 12 days"."""
    return tr(_AHEAD.get(kind, _DUE)[1], when=when)


def render_timeline(
    alert: Alert, now: datetime, asked: str = "", zone: str = "UTC", tr: Translator = ENGLISH
) -> Message:
    """The story on one screen of a phone; ``asked`` is the id by which it was asked for, if that has gone on here.

    Moments are told by the clock of ``zone``.
    """
    story, now = alert.story, here(zone, now)
    head = [*_gone(story, asked, zone, tr), heading(story, alert.verdict, tr), line(headline(story, 160, tr)), BLANK]
    told, left, links = list(happenings(story, tr)), 0, _LINKS
    while True:
        foot = [*_after(story, now, links, tr), BLANK, sources(story, now, tr=tr), _footing(story, now, tr)]
        lines = [*head, *_lines(told, left, now, tr), *foot]
        if rows_of(lines) <= _ROWS - len(news_foot(tr)) or (len(told) <= _LEAST and not links):
            break
        if len(told) > _LEAST:
            # The beginning and the newest are what people look for.
            told.pop(1)
            left += 1
        else:
            links -= 1
    light = Button(tr("Picture"), data=picture_data(story.id, Shade.LIGHT))
    chart = chart_button(story.id, Shade.LIGHT, tr)
    row = (Button(tr("Why"), data=why_data(story.id)), *source_button(story, tr), light, chart)
    return compose(lines, foot=news_foot(tr), buttons=(row,))


def render_caption(alert: Alert, shade: Shade, tr: Translator = ENGLISH) -> Message:
    """What stands under the story's picture, and a button for the other shade."""
    story, other = alert.story, shade.other
    shaded = Button(tr(SHADES[other]), data=picture_data(story.id, other))
    buttons = (shaded, chart_button(story.id, shade, tr), story_button(story.id, tr("Story")))
    return compose([line(headline(story, 160, tr))], foot=(line(italic(tr(DISCLAIMER))),), buttons=(buttons,))


def story_button(story: str, word: str) -> Button:
    """A button that tells the story's timeline."""
    return Button(word, data=story_data(story))


def _gone(story: Story, asked: str, zone: str, tr: Translator) -> Iterator[Line]:
    """What must be known before anything else: that it was taken back, or is another story than the one named."""
    if (retracted := story.retracted) is not None:
        why, at = shown(retracted.detail, 160), moment_words(here(zone, retracted.at), tr)
        told = tr("Retracted {when}: {why}", when=at, why=why) if why else tr("Retracted {when}", when=at)
        yield line(bold(f"✖ {told}"))
    if asked and asked != story.id:
        yield line(*tr.parts("{story} goes on in this story.", story=code(asked)))


def _lines(told: Sequence[Happening], left: int, now: datetime, tr: Translator) -> Iterator[Line]:
    for number, each in enumerate(told):
        words = fitting(each.words, _WORDS, tr)
        names, who = _names(each.publishers, tr), ""
        if each.kinds[0] is Move.SOURCE:
            words = tr.joined((tr("Confirmed by {names}", names=names) if names else tr("Confirmed"), words))
        elif names:
            who = f" — {names}"
        yield line(f"{_when(each.at, now, tr)} · ", bold(words) if each.moves else words, who)
        if left and number == 0:
            yield line(f"… {tr('{count} more', count=left)} …")


def _after(story: Story, now: datetime, links: int, tr: Translator) -> Iterator[Line]:
    """What is summed up, what comes, and what belongs to it."""
    if words := rest(story).words(tr):
        yield line(words)
    coming = ahead(story, now)
    if coming:
        told = (coming_words(each.kind, day_words(each.on, tr), tr) for each in coming[:3])
        yield line(bold(tr("Ahead:")), f" {tr.phrases(told)}")
    for each in story.links[:links]:
        relation, title = tr(_RELATIONS.get(each.relation, _SEE)), shown(each.title, 70) or tr("(no title)")
        yield line(bold(relation), f" {title} · ", code(shown(each.story, 9)))
    if (more := len(story.links) - links) > 0:
        yield line(tr.plural("{count} more that belongs to it", "{count} more that belong to it", more))


def _footing(story: Story, now: datetime, tr: Translator) -> Line:
    last = max((change.at for change in story.changes if change.kind.informs), default=story.first_seen)
    told = tr.parts(
        "Story {story} · version {version} · moved {ago}",
        story=code(story.id),
        version=Span(tr.number(story.version)),
        ago=Span(ago_words(now - last, tr)),
    )
    clock = f" · {tr('times in {zone}', zone=f'{now:%Z}')}" if now.utcoffset() else ""
    return line(*told, clock)


def _happening(story: Story, changes: Sequence[Change], report: Report | None, tr: Translator) -> Happening:
    """One report's changes, or one that no report brought, weightiest first."""
    ordered = sorted(changes, key=lambda change: list(Move).index(change.kind))
    # What a report confirms besides need not be said: that it is a report says so.
    told = [each for each in ordered if each.kind is not Move.SOURCE] or ordered
    first = told[0]
    reached = next((each for each in story.stages if first.report and each.report == first.report), None)
    stage = reached.stage if reached else None
    at = report.published if report else reached.at if reached else first.at
    words = tr.phrases(dict.fromkeys(_phrase(each, stage, tr) for each in told))
    if first.kind is Move.SOURCE:
        words = clean(first.detail)
        words = "" if report is None or words == clean(report.source.publisher) else detail_words(first.kind, words, tr)
    return Happening(at, tuple(each.kind for each in told), words, _publishers(report), stage)


def _phrase(change: Change, stage: Stage | None, tr: Translator) -> str:
    """A change in words; the line's own date is the day on which an act takes effect or ends."""
    if change.kind is Move.NEW:
        told = stage_words(stage, tr) if stage else ""
        return tr("First report: {stage}", stage=told) if told else tr(MOVES[change.kind])
    if change.kind is Move.STAGE and not change.detail:
        return _stage(stage or Stage.NONE, tr)
    return tr(MOVES[change.kind]) if change.kind in (Move.EFFECT, Move.LAPSE) else moved_words(change, tr)


def _stage(stage: Stage, tr: Translator) -> str:
    told = stage_words(stage, tr)
    return tr("Now {stage}", stage=told) if told else tr(MOVES[Move.STAGE])


def _publishers(report: Report | None) -> tuple[str, ...]:
    return (report.source.publisher,) if report is not None and clean(report.source.publisher) else ()


def _confirmed(told: Sequence[Happening]) -> Iterator[Happening]:
    """The same with neighbours that only confirm made one, which stands at the first one's time."""
    held: Happening | None = None
    for each in told:
        only = each.kinds == (Move.SOURCE,) and not each.words
        if held is not None and only:
            held = replace(held, publishers=tuple(dict.fromkeys((*held.publishers, *each.publishers))))
            continue
        if held is not None:
            yield held
        held = each if only else None
        if not only:
            yield each
    if held is not None:
        yield held


def _names(publishers: Sequence[str], tr: Translator) -> str:
    more = len(publishers) - _NAMES
    names = tr.joined(shown(name, 30) for name in publishers[:_NAMES])
    return tr("{names} +{more} more", names=names, more=more) if more > 0 else names


def _when(at: datetime, now: datetime, tr: Translator) -> str:
    """A moment as short as it may be said, by the clock of ``now``: with the hour of late, the year of another one.

    A day that came is midnight in UTC, which nobody needs to be told, and is that day everywhere.
    """
    if dated := bool(at.hour or at.minute or at.second):
        at = at.astimezone(now.tzinfo)
    if at.year != now.year:
        return day_words(at.date(), tr)
    hour = abs((now - at).days) < 14 and dated
    return short_day_words(at, tr) + (f" {at:%H:%M}" if hour else "")


def rows_of(lines: Sequence[Line]) -> int:
    """The rows that these lines take on a phone's screen, which holds about 32 beside the buttons."""
    return sum(max(1, -(-sum(room(span.text) for span in each) // _WIDTH)) for each in lines)
