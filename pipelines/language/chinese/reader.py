"""Reads Chinese headlines, simplified and traditional, by gazetteer and cue patterns: a ``Report`` like any other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipelines.events import Entry
from pipelines.language.chinese.acts import Sight
from pipelines.language.chinese.events import Judged, judge_sight
from pipelines.language.chinese.facts import (
    chinese_amounts,
    chinese_dates,
    chinese_evidence,
    policy_points,
    rivalry_points,
)
from pipelines.language.chinese.lexicon import ChineseLexicon, Found, find, load_chinese
from pipelines.language.chinese.text import body, is_chinese, quoted, segments, without_numbers
from pipelines.language.evidence import is_structural, probability
from pipelines.language.lexicon_file import Lexicon
from pipelines.language.meanings import driver_of
from pipelines.language.text import LONGEST_SUMMARY, Clean, clean
from rules.story import Act, Actor, Direction, Entity, Event, Report, Stage, Tag, Topic

_PLACES = ("state", "project")


class ChineseReader:
    """Reads what ``is_chinese`` says is Chinese."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._english = lexicon
        self._lexicon = load_chinese(lexicon)

    def read(self, entry: Entry, title: Clean, version: str) -> Report:
        """The report of an entry whose cleaned title is Chinese. Never raises for odd text."""
        lexicon = self._lexicon
        text, numbered = without_numbers(body(title.text).translate(lexicon.folding))
        sight = Sight(
            text, find(text, lexicon), segments(text), quoted(text), numbered, text.rstrip().endswith(("?", "吗"))
        )
        judged = judge_sight(sight, lexicon)
        tags = _tags(_points(sight, judged, lexicon), self._from_summary(entry), lexicon)
        topics = tuple(tag.topic for tag in tags)
        named = chinese_evidence(sight, judged, topics)
        chance = probability(named, lexicon.weights) if named else 0.01
        return Report(
            id=entry.id,
            title=entry.title,
            summary=entry.summary,
            link=entry.url,
            source=entry.source,
            published=entry.published,
            tags=tags,
            act=self._act(entry, sight, judged),
            form=judged.form,
            entities=_entities(sight.cues, title, lexicon),
            driver=driver_of(judged.event, topics),
            p_structural=chance,
            structural=bool(named) and is_structural(chance, lexicon.weights),
            reader=version,
        )

    def _act(self, entry: Entry, sight: Sight, judged: Judged) -> Act:
        deed, entities = judged.deed, self._lexicon.entities
        known = [entities[cue.word.label] for cue in deed.actors]
        known += [entities["unnamed:sources"]] if sight.has("unnamed") and deed.role else []
        named = [cue for cue in sight.cues if cue.word.kind == "entity"]
        after = [cue for cue in named if cue.start >= deed.at and cue not in deed.actors] if deed.role == "act" else []
        places = [entities[cue.word.label] for cue in named if entities[cue.word.label].kind in _PLACES]
        return Act(
            event=judged.event,
            stage=deed.reached.stage,
            step=deed.reached.step,
            direction=_direction(judged, self._english.events),
            hedge=deed.reached.hedge,
            negated=deed.reached.negated,
            actors=tuple(dict.fromkeys(Actor(one.name, one.authority) for one in known if one.authority)),
            target=entities[after[0].word.label].name if after else "",
            places=tuple(dict.fromkeys(place.name for place in places)),
            dates=chinese_dates(sight.text, entry.published),
            amounts=chinese_amounts(sight.text),
        )

    def _from_summary(self, entry: Entry) -> Mapping[str, int]:
        """Points of the summary, which may lift a topic that the title hints at."""
        if not entry.summary.strip():
            return {}
        text = clean(entry.summary, longest=LONGEST_SUMMARY).text
        return _topic_points(find(text.translate(self._lexicon.folding), self._lexicon)) if is_chinese(text) else {}


def _topic_points(cues: Sequence[Found]) -> dict[str, int]:
    points: dict[str, int] = {}
    for word, _ in {(cue.word, cue.text) for cue in cues if cue.word.kind == "topic"}:
        points[word.label] = points.get(word.label, 0) + word.points
    return points


def _points(sight: Sight, judged: Judged, lexicon: ChineseLexicon) -> dict[str, int]:
    points = _topic_points(sight.cues)
    points["policy"] = policy_points(sight, judged)
    points["geopolitics"] = points.get("geopolitics", 0) + rivalry_points(sight, judged, lexicon.homes)
    return points


def _tags(points: Mapping[str, int], extra: Mapping[str, int], lexicon: ChineseLexicon) -> tuple[Tag, ...]:
    """The topics from the cut upward, strongest first; the summary lifts a topic only where it states it plainly."""
    cut, odds = int(lexicon.cuts["cut"]), lexicon.cuts["by_points"]
    given = []
    for label, own in points.items():
        if own >= cut:
            given.append(Tag(Topic(label), float(odds[max(step for step in odds if step <= own)])))
        elif own + extra.get(label, 0) >= 3 * cut:
            given.append(Tag(Topic(label), float(odds[cut])))
    given += [Tag(Topic(label), float(odds[cut])) for label in extra.keys() - points.keys() if extra[label] >= 3 * cut]
    return tuple(sorted(given, key=lambda tag: (-tag.probability, tag.topic)))


def _entities(cues: Sequence[Found], title: Clean, lexicon: ChineseLexicon) -> tuple[Entity, ...]:
    found = []
    for cue in cues:
        if cue.word.kind == "entity":
            known = lexicon.entities[cue.word.label]
            start, end = title.original(cue.start, cue.end)
            found.append(Entity(known.id, known.name, known.kind, start, end))
    return tuple(found)


def _direction(judged: Judged, events: Mapping[str, Mapping[str, int]]) -> Direction:
    """Whether the act tightens or eases, from the push of the verb and the lean of the event."""
    event, deed = judged.event, judged.deed
    if deed.group is None or deed.reached.stage is Stage.NONE or not event.leans_structural:
        return Direction.UNKNOWN
    undone = deed.reached.stage is Stage.REVERSED
    if event in (Event.CAPACITY_START, Event.CAPACITY_STOP):
        return Direction.EASES if (event is Event.CAPACITY_START) != undone else Direction.TIGHTENS
    if event is Event.PERMIT:
        return Direction.TIGHTENS if undone else Direction.EASES
    pull = deed.group.pull
    if event in (Event.TRADE_AGREEMENT, Event.SUPPLY_DEAL, Event.STOCKPILE, Event.SUBSIDY_FUNDING):
        pull = -1 if undone else 1
    if event in (Event.EXPORT_CONTROL, Event.SANCTION) and deed.told == "publish" and not pull:
        pull = 1
    lean = -1 if event is Event.QUOTA_LICENCE else int(events[event.value].get("tightens", 0))
    total = pull * lean
    return Direction.UNKNOWN if total == 0 else Direction.TIGHTENS if total > 0 else Direction.EASES


__all__ = ["ChineseReader", "is_chinese"]
