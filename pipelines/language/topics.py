"""Topics by weighted words: points are added, and a table measured on labelled headlines turns them into odds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from pipelines.language.acts import Frame, by_firm, by_state
from pipelines.language.cues import Cue
from pipelines.language.lexicon_file import Lexicon
from rules.story import Event, Tag, Topic


def points_of(cues: Iterable[Cue]) -> dict[str, int]:
    """Points per topic; a phrase counts once however often it stands there."""
    seen: set[tuple[str, int, str]] = set()
    points: dict[str, int] = {}
    for cue in cues:
        if cue.sense.kind == "topic" and (cue.sense.label, cue.start, "") not in seen:
            seen.add((cue.sense.label, cue.start, ""))
            points[cue.sense.label] = points.get(cue.sense.label, 0) + cue.sense.points
    return points


def signs(frame: Frame, event: Event) -> tuple[str, ...]:
    """What the grammar says towards a topic: who does what sort of thing, in what form, and the event."""
    actors = frame.actors()
    who = "state" if by_state(actors) else "firm" if by_firm(actors) else "nobody known"
    role = frame.governor.verb.role if frame.governor is not None else "no verb"
    group = f"verb {frame.governor.verb.name}" if frame.governor is not None else "no verb"
    return f"{role} by {who}", f"event {event.value}", f"form {frame.form.value}", group


def with_signs(points: Mapping[str, int], given: Iterable[str], lexicon: Lexicon) -> dict[str, int]:
    """The points with those that the signs of the grammar add."""
    names = tuple(given)
    total = dict(points)
    for topic, entry in lexicon.topics.items():
        extra = sum(entry.get("signs", {}).get(name, 0) for name in names)
        if extra:
            total[topic] = total.get(topic, 0) + extra
    return total


def tags(points: Mapping[str, int], lexicon: Lexicon, extra: Mapping[str, int] | None = None) -> tuple[Tag, ...]:
    """The topics at or above their cut, strongest first.

    ``extra`` are points from the summary. They may lift a topic that the title already hints at, or give one that the
    summary states plainly, at lower odds; they never take one away.
    """
    given: list[Tag] = []
    for topic, entry in lexicon.topics.items():
        own, cut = points.get(topic, 0), int(entry["cut"])
        probability = _odds(entry["odds"], own)
        if own < cut and extra is not None:
            added = extra.get(topic, 0)
            if (own > 0 and own + added >= cut + 1) or added >= 2 * cut:
                own, probability = cut, round(0.9 * _odds(entry["odds"], cut), 2)
        if own >= cut:
            given.append(Tag(Topic(topic), probability))
    return tuple(sorted(given, key=lambda tag: -tag.probability))


def hints(points: Mapping[str, int], lexicon: Lexicon) -> tuple[float, ...]:
    """The log-odds of each topic by these points, in the order of ``Topic``; never surer than 99 to 1."""
    odds = (_odds(lexicon.topics[topic.value]["odds"], points.get(topic.value, 0)) for topic in Topic)
    return tuple(math.log(each / (1 - each)) for each in (min(max(one, 0.01), 0.99) for one in odds))


def _odds(table: dict[int, float], points: int) -> float:
    if points <= 0:
        return 0.0
    return float(table[min(points, max(table))])
