"""A story as one headline would make it: what ``explain`` and the examples of rules are judged on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pipelines.events import Entry, Reading
from pipelines.feeds.text import clean
from pipelines.stories.changes import begin
from pipelines.stories.families import family_of
from pipelines.stories.ids import story_id
from rules.ruleset import Example
from rules.story import Change, Move, Report, Source, Story, Tier

Read = Callable[[Sequence[Entry]], Sequence[Report]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A headline as if told: by whom, by how many independent publishers, how many hours ago."""

    headline: str
    publisher: str = ""
    tier: Tier = Tier.TRADE
    publishers: int = 1
    age: float = 0.0

    def entry(self, now: datetime) -> Entry:
        """The entry that a feed would have brought, which holds no control or hidden characters."""
        title = clean(self.headline)
        return Entry(
            feed="imagined",
            id=title,
            url="",
            title=title[:500],
            summary="",
            source=Source("imagined", self.publisher, family_of(self.publisher) or "imagined", self.tier),
            published=now - timedelta(hours=self.age),
            first_seen=now,
        )

    def story(self, entry: Entry, report: Report, now: datetime) -> Story:
        """The story that the entry's report makes, told again by the other publishers at once."""
        one = begin(Reading(entry, report), story_id(entry.id, now, lambda _: False), entry.published)
        others = range(2, self.publishers + 1)
        return replace(
            one,
            version=self.publishers,
            report_count=self.publishers,
            families=(*one.families, *(f"publisher {number}" for number in others)),
            changes=(*one.changes, *(Change(number, Move.SOURCE, entry.published, report.id) for number in others)),
        )


def told(example: Example) -> Told:
    """How an example of a rule is told."""
    return Told(
        headline=example.headline,
        publisher=example.source,
        tier=example.tier,
        publishers=example.publishers,
        age=example.age,
    )


def read_examples(examples: Sequence[Example], read: Read, now: datetime) -> dict[Example, Story]:
    """The story of each example. All are read together in one go, and what two examples tell alike is read once."""
    ways = {example: told(example) for example in examples}
    entries = {way: way.entry(now) for way in ways.values()}
    alike = list(dict.fromkeys(entries.values()))
    reports = dict(zip(alike, read(alike), strict=True))
    stories = {way: way.story(entry, reports[entry], now) for way, entry in entries.items()}
    return {example: stories[way] for example, way in ways.items()}
