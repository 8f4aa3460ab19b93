"""The stage that asks the rules: each development of a story gets a verdict, kept, and from watch up an alert."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime

from redis.asyncio import Redis

from pipelines.events import Alert, Development
from pipelines.judged import read_records, write_judged
from pipelines.shadow import write_shadow
from pipelines.stage import Command, Done, Outcome
from pipelines.stories.act_store import keep_open
from pipelines.titles import write_title
from rules.judge import judge
from rules.ruleset import RuleSet
from rules.story import Move, Story
from rules.verdict import Label, Verdict

log = logging.getLogger(__name__)

REMEMBERED = 20_000
"""Stories whose last judged version is kept in memory; of an older one the stored verdict is asked."""


class Judge:
    """Judges developments by the rules in force. With a ``store`` it also remembers across restarts what it judged.

    ``shadow`` is a candidate set that judges the same stories and sends nothing: only where it differs is kept.
    """

    def __init__(
        self,
        rules: Callable[[], RuleSet],
        clock: Callable[[], datetime],
        store: Redis | None = None,
        shadow: Callable[[], RuleSet | None] = lambda: None,
    ) -> None:
        self._rules = rules
        self._shadow = shadow
        self._clock = clock
        self._store = store
        self._judged: OrderedDict[str, tuple[int, Label]] = OrderedDict()
        self._failed: RuleSet | None = None

    async def begin(self) -> None:
        """Forget what was judged: another process may have judged later versions since."""
        self._judged.clear()

    async def handle(self, events: Sequence[Development]) -> Sequence[Outcome]:
        """For each development its alert (watch and above) and the writes that keep the verdict."""
        await self._recall([event.story for event in events])
        rules, candidate, now = self._rules(), self._shadow(), self._clock()
        return [self._judge(event, rules, candidate, now) for event in events]

    def _judge(self, event: Development, rules: RuleSet, candidate: RuleSet | None, now: datetime) -> Done:
        story = event.story
        version, label = self._judged.get(story.id, (0, Label.NOISE))
        if story.version < version:
            return Done()
        verdict = judge(story, rules, now)
        alert = Alert(story=story, verdict=verdict, judged=now, parsed=event.entry.first_seen if event.entry else now)
        # The same version is judged again: an event that comes twice has not been written yet.
        self._remember(story.id, story.version, verdict.label)
        writes = (
            *write_judged(alert, label),
            *write_title(alert),
            *keep_open(story, verdict.label),
            *self._in_shadow(story, verdict, candidate, now),
        )
        return Done(
            outputs=(alert,) if verdict.label is not Label.NOISE or _was_told(story, label) else (), writes=writes
        )

    def _in_shadow(
        self, story: Story, verdict: Verdict, candidate: RuleSet | None, now: datetime
    ) -> tuple[Command, ...]:
        if candidate is None:
            return ()
        try:
            return write_shadow(story, verdict, judge(story, candidate, now), now)
        except Exception:
            # Whatever a candidate does, the live verdict stands; each one is told once.
            if candidate is not self._failed:
                log.exception("shadow.failed story=%s", story.id)
            self._failed = candidate
            return ()

    async def _recall(self, stories: Sequence[Story]) -> None:
        """Read back the verdicts on stories that were judged before this process began, or long ago."""
        # A first version cannot have been judged at a later one, save by a repeat that does no harm.
        unknown = [story for story in stories if story.version > 1 and story.id not in self._judged]
        if self._store is None or not unknown:
            return
        for alert in await read_records(self._store, [(story.first_seen, story.id) for story in unknown]):
            if alert is not None:
                self._remember(alert.story.id, alert.story.version, alert.verdict.label)

    def _remember(self, story_id: str, version: int, label: Label) -> None:
        self._judged[story_id] = (version, label)
        self._judged.move_to_end(story_id)
        if len(self._judged) > REMEMBERED:
            self._judged.popitem(last=False)


def _was_told(story: Story, before: Label) -> bool:
    """Whether somebody may have a message about a story that is noise now, which is to be kept true."""
    return before is not Label.NOISE or any(change.kind in _UNTRUE for change in story.since(story.version - 1))


_UNTRUE = (Move.RETRACTION, Move.DENIAL, Move.CORRECTION, Move.MERGED)
