"""Topics by weighted words: points are added, and a table measured on labelled headlines turns them into odds."""

from __future__ import annotations

from collections.abc import Iterable

from pipelines.language.cues import Cue
from pipelines.language.lexicon_file import Lexicon
from rules.story import Tag, Topic


def points_of(cues: Iterable[Cue]) -> dict[str, int]:
    """Points per topic; a phrase counts once however often it stands there."""
    seen: set[tuple[str, int, str]] = set()
    points: dict[str, int] = {}
    for cue in cues:
        if cue.sense.kind == "topic" and (cue.sense.label, cue.start, "") not in seen:
            seen.add((cue.sense.label, cue.start, ""))
            points[cue.sense.label] = points.get(cue.sense.label, 0) + cue.sense.points
    return points


def tags(points: dict[str, int], lexicon: Lexicon, extra: dict[str, int] | None = None) -> tuple[Tag, ...]:
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


def _odds(table: dict[int, float], points: int) -> float:
    if points <= 0:
        return 0.0
    return float(table[min(points, max(table))])
