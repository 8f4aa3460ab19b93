"""Open acts: what is known for months of a story whose act may go on, and how it is found again. Pure."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import islice

from pipelines.stories.ahead import begins
from pipelines.stories.likeness import Sketch, sketch
from pipelines.stories.text import load_words, marks
from pipelines.stories.weights import weight_of
from rules.story import Direction, Event, Form, Move, Report, Stage, Story

KEPT = timedelta(days=548)
"""How long an act stays open after its last report: 18 months."""
OVER_KEPT = timedelta(days=183)
"""How long after it was reversed or ended: those go first."""
MOST = 30_000
"""Open acts known at a time; beyond that the ones that would end first are given up."""
HEADLINES = 3
"""Headlines of a story by which its act is found again: the first, the one that speaks, the newest of a stage."""
_LOOKED_AT = 300
"""Acts looked at for one report, those of its rarest words and names first: cost must not grow with their number."""
_COMPARED = 12
_LEAST_SHARED = 6.0
_NAMED = 6.0
"""What a shared name of the gazetteer weighs in the search."""
LEAST_WORD = 3.0


@dataclass(frozen=True, slots=True)
class Headline:
    """A headline as it has to be kept to be compared again."""

    title: str
    publisher: str
    published: datetime
    event: Event
    form: Form


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAct:
    """What is compared of a story's act; ``matters`` are ids of goods, firms, laws and projects, never of states.

    ``dates`` are the days of its milestones, coming and past; ``last`` is when its newest report was published.
    ``words`` are the stems by which it is looked for, kept because to read thirty thousand titles again takes long.
    """

    story: str
    title: str
    event: Event
    stage: Stage
    actors: tuple[str, ...]
    target: str
    direction: Direction
    states: tuple[str, ...]
    matters: tuple[str, ...]
    dates: tuple[date, ...]
    headlines: tuple[Headline, ...]
    first_seen: datetime
    last: datetime
    words: tuple[str, ...] = ()

    @property
    def ends(self) -> datetime:
        """Until when it stays known: 18 months from its last report, or half a year once reversed or over."""
        ahead = begins(max(self.dates)) if self.dates else self.last
        if self.stage is Stage.REVERSED:
            return max(self.last, ahead) + OVER_KEPT
        return max(self.last + KEPT, ahead + OVER_KEPT)


def able(report: Report) -> bool:
    """Whether a report tells of an act that may be followed for months."""
    act = report.act
    weighed = act.event is Event.SPECULATION_TALKS and act.stage in (Stage.RUMOUR, Stage.PROPOSED)
    return report.form is Form.REPORT and act.stage is not Stage.NONE and (act.event.leans_structural or weighed)


def act_of(story: Story) -> OpenAct | None:
    """What is compared of a story later on; None for one without an act of weight, or one that goes on elsewhere."""
    reports = [report for report in story.reports if able(report) and not report.act.negated]
    if not reports or story.merged:
        return None
    lead = story.lead if story.lead in reports else reports[0]
    reached = {step.report for step in story.stages[-1:]}
    newest = next((report for report in reversed(reports) if report.id in reached), lead)
    chosen = {report.id: report for report in (reports[0], lead, newest)}.values()
    over = any(change.kind is Move.LAPSE for change in story.changes) and not story.milestones
    stage = story.stages[-1].stage if story.stages else lead.act.stage
    if stage is Stage.REVERSED and any(each.kind is Move.EFFECT for each in story.milestones):
        stage = Stage.ANNOUNCED  # put off, not given up
    act = OpenAct(
        story=story.id,
        title=lead.title,
        event=lead.act.event,
        stage=Stage.REVERSED if over else stage,
        actors=tuple(dict.fromkeys(actor.name for report in chosen for actor in report.act.actors)),
        target=lead.act.target,
        direction=lead.act.direction,
        states=tuple(dict.fromkeys(name for report in chosen for name in _states(report))),
        matters=tuple(dict.fromkeys(name for report in chosen for name in matters_of(report))),
        dates=_dates(story),
        headlines=tuple(
            Headline(each.title, each.source.publisher, each.published, each.act.event, each.form) for each in chosen
        )[:HEADLINES],
        first_seen=story.first_seen,
        last=max(report.published for report in story.reports),
    )
    return replace(act, words=_telling(act))


def _dates(story: Story) -> tuple[date, ...]:
    past = {change.at.date() for change in story.changes if change.kind in (Move.EFFECT, Move.LAPSE)}
    return tuple(sorted(past.union(each.on for each in story.milestones)))


_PERSONAL = frozenset(
    {"state", "leader", "body", "agency", "court", "central-bank", "minister", "commenter", "unnamed"}
)
"""Kinds that act or suffer; all others are what an act is about."""
BROAD = frozenset(
    {"product:chip", "product:crude", "product:gas", "product:gasoline", "product:electricity", "product:coal"}
    | {"product:steel", "mineral:critical-minerals", "crypto-asset:crypto"}
)
"""What so many acts are about that it says little."""


def _states(report: Report) -> Iterator[str]:
    return (each.id for each in report.entities if each.kind == "state")


def matters_of(report: Report) -> Iterator[str]:
    """The ids of what a report is about: goods, laws, projects, and firms that do not act themselves."""
    acting = {actor.name for actor in report.act.actors}
    return (each.id for each in report.entities if each.kind not in _PERSONAL and each.name not in acting)


class OpenActs:
    """The open acts, found by the rare words and names of their headlines."""

    def __init__(self) -> None:
        self._acts: dict[str, OpenAct] = {}
        self._found: dict[str, dict[str, None]] = {}
        self._ends: list[tuple[datetime, str]] = []

    def __len__(self) -> int:
        return len(self._acts)

    def __contains__(self, story: str) -> bool:
        return story in self._acts

    def get(self, story: str) -> OpenAct | None:
        """The act of a story, if it is known."""
        return self._acts.get(story)

    def put(self, act: OpenAct) -> None:
        """Know an act from now on, or know better what is known of it."""
        before = self._acts.get(act.story)
        if before is not None and _keys_of(before) != _keys_of(act):
            self.drop(act.story)
            before = None
        self._acts[act.story] = act
        if before is None:
            for key in _keys_of(act):
                self._found.setdefault(key, {})[act.story] = None
        if before is None or act.ends < before.ends:
            heapq.heappush(self._ends, (act.ends, act.story))

    def drop(self, story: str) -> None:
        """Know an act no longer."""
        act = self._acts.pop(story, None)
        for key in _keys_of(act) if act is not None else ():
            stories = self._found[key]
            del stories[story]
            if not stories:
                del self._found[key]

    def evict(self, now: datetime, most: int = 100, room: int = MOST) -> tuple[OpenAct, ...]:
        """Give up what has ended, and beyond ``room`` what ends first, ``most`` at a time; those given up."""
        gone: list[OpenAct] = []
        while self._ends and len(gone) < most and (self._ends[0][0] < now or len(self._acts) > room):
            ends, story = heapq.heappop(self._ends)
            act = self._acts.get(story)
            if act is not None and act.ends > ends:  # it went on meanwhile
                heapq.heappush(self._ends, (act.ends, story))
            elif act is not None:
                self.drop(story)
                gone.append(act)
        return tuple(gone)

    def latest(self, event: Event, most: int) -> tuple[OpenAct, ...]:
        """The acts of a kind that became known last, the newest first."""
        return tuple(self._acts[story] for story in islice(reversed(self._found.get(_kind(event), {})), most))

    def near(self, report: Report, like: Sketch) -> tuple[OpenAct, ...]:
        """The acts that share most words and names with a report, best first: a bounded search."""
        keys = [(self._found[key], weight) for key, weight in _search_keys(report, like) if key in self._found]
        met: dict[str, None] = {}
        for stories, _ in sorted(keys, key=lambda found: len(found[0])):
            met.update(islice(((story, None) for story in reversed(stories)), _LOOKED_AT - len(met)))
        shared = ((sum([weight for stories, weight in keys if story in stories]), story) for story in met)
        best = heapq.nlargest(_COMPARED, (each for each in shared if each[0] >= _LEAST_SHARED))
        return tuple(self._acts[story] for _, story in best)


def _keys_of(act: OpenAct) -> set[str]:
    return {*act.words, *act.matters, _kind(act.event)}


def _kind(event: Event) -> str:
    """The key of all acts of a kind, which no word can be."""
    return f"event {event}"


def _telling(act: OpenAct) -> tuple[str, ...]:
    words = {word for like in sketches(act) for word in like.words if weight_of(word) >= LEAST_WORD}
    return tuple(sorted(words))


def _search_keys(report: Report, like: Sketch) -> Iterable[tuple[str, float]]:
    yield from ((word, weight_of(word)) for word in like.words if weight_of(word) >= LEAST_WORD)
    yield from ((name, _NAMED) for name in dict.fromkeys(matters_of(report)))


def sketches(act: OpenAct) -> tuple[Sketch, ...]:
    """The headlines of an act ready for comparison."""
    return tuple(map(_sketch, act.headlines))


@lru_cache(maxsize=4096)
def _sketch(headline: Headline) -> Sketch:
    found = marks(headline.title, headline.publisher)
    return sketch(found, headline.published, headline.event, headline.form)


def country_of(like: Sketch) -> str:
    """The country that acts: the first one named, or that of the first person or office that stands for one."""
    places = load_words().places
    return next((word[1:] if word[0] == "@" else places[word] for word in like.order if _stands(word)), "")


def _stands(word: str) -> bool:
    return word[0] == "@" or word in load_words().offices
