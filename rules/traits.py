"""What a story is, as the small questions that the language can ask of it: what proposals are made of. Pure.

Two stories share a trait when one question holds for both. Sources and ages are left out: what a headline is may not
hang on them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import combinations

from rules.story import Stage, Story

_TOKEN = re.compile(r"[^\W\d_][^\W_]+")
_IDLE = frozenset(
    "a about after all also amid an and any are as at be been before being but by can could did do does for from had "
    "has have he her his how if in into is it its just may might more most new no nor not now of off on one or other "
    "our out over own per said say says set she should since so some such than that the their them then there these "
    "they this those to too two under until up us was we were what when where which while who why will with would you "
    "your".split()
)
"""Words that say nothing of the matter."""
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9]*(-[a-z0-9]+)*\Z")
_TAKEN = frozenset("y n yes no on off true false null".split())
_IN_ORDER = ("event", "topics", "places", "entities", "step", "stage", "authority", "words")


@dataclass(frozen=True, slots=True)
class Trait:
    """One question: ``field`` is that of the language, ``words`` what is asked for, ``every`` whether all of them."""

    field: str
    words: tuple[str, ...]
    every: bool = False

    @property
    def yaml(self) -> str:
        """The question as a line of ``when``."""
        several = ", ".join(map(scalar, self.words))
        if self.every:
            return f"{self.field}: {{all: [{several}]}}"
        return f"{self.field}: {several}" if self.field in ("event", "stage", "step") else f"{self.field}: [{several}]"

    @property
    def told(self) -> str:
        """The question in words: "the event is tariff"."""
        several = " and ".join(self.words)
        return {
            "topics": f"it is about {several}",
            "places": f"the place is {several}",
            "entities": f"{several} is named",
            "authority": f"one of {several} acts",
            "words": f"the title says “{several}”",
        }.get(self.field, f"the {self.field} is {several}")

    @property
    def plainness(self) -> tuple[int, int]:
        """Of two traits that say the same of all stories, the one that comes first is the plainer one."""
        return _IN_ORDER.index(self.field), len(" ".join(self.words).split())


def traits_of(story: Story) -> frozenset[Trait]:
    """Every trait of a story, by the report that speaks for it."""
    lead, act = story.lead, story.lead.act
    found = {Trait("event", (act.event.value,))}
    topics = tuple(sorted(topic.value for topic in set(lead.topics)))
    found |= {Trait("topics", (topic,)) for topic in topics}
    found |= {Trait("topics", pair, every=True) for pair in combinations(topics, 2)}
    found |= {Trait("places", (place,)) for place in act.places}
    found |= {Trait("entities", (entity.id,)) for entity in lead.entities}
    found |= {Trait("authority", (actor.authority,)) for actor in act.actors if actor.authority}
    if act.step:
        found.add(Trait("step", (act.step,)))
    if act.stage is not Stage.NONE:
        found.add(Trait("stage", (act.stage.value,)))
    return frozenset(found | {Trait("words", (phrase,)) for phrase in _phrases(lead.title)})


def scalar(text: str) -> str:
    """A text as YAML writes it within a list: bare where that can only be read one way."""
    if _PLAIN.match(text) and text.lower() not in _TAKEN:
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _phrases(title: str) -> set[str]:
    """Words of a title that say something, and pairs of them that stand side by side."""
    found = set[str]()
    before: re.Match[str] | None = None
    for token in _TOKEN.finditer(title):
        if token[0].lower() in _IDLE:
            before = None
            continue
        found.add(token[0].lower())
        if before is not None and title[before.end() : token.start()].isspace():
            found.add(f"{before[0]} {token[0]}".lower())
        before = token
    return found
