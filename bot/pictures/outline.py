"""A picture's plain values: what goes to the child that draws, as JSON. Imports nothing that takes time to load."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Mark:
    """Something on the line: ``at`` from 0 to 1 across, ``row`` the level from below, ``label`` its date where told.

    ``count`` is how many publishers a mark of sources stands for.
    """

    at: float
    row: int
    kind: str
    label: str = ""
    count: int = 1


@dataclass(frozen=True, slots=True)
class Step:
    """The line stands on ``row`` from ``at`` on."""

    at: float
    row: int


@dataclass(frozen=True, slots=True)
class Legend:
    """What marks of a kind mean."""

    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Ahead:
    """A day to come: what comes ("takes effect"), the day, and how far off it is."""

    what: str
    day: str
    left: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """A story's picture. ``plain`` stands for a title that cannot be drawn; ``banner`` is what must be known first.

    ``withdrawn`` stands for a banner that cannot be drawn. ``levels`` are named from below; ``until`` is what the right
    end of the line is called. ``legend`` has every kind of mark, what matters most first. All words are the reader's.
    """

    title: str
    plain: str
    kicker: str
    banner: str
    withdrawn: str
    levels: tuple[str, ...]
    steps: tuple[Step, ...]
    marks: tuple[Mark, ...]
    legend: tuple[Legend, ...]
    until: str
    ahead_title: str
    ahead: tuple[Ahead, ...]
    summary: str
    foot: str

    def to_json(self) -> bytes:
        """As it goes to the child."""
        return json.dumps(asdict(self)).encode()


def read_sketch(data: bytes) -> Sketch:
    """What ``Sketch.to_json`` wrote."""
    row = json.loads(data)
    row |= {"levels": tuple(row["levels"])}
    row |= {name: tuple(kind(**each) for each in row[name]) for name, kind in _PARTS.items()}
    return Sketch(**row)


_PARTS: dict[str, type[Step | Mark | Legend | Ahead]] = {
    "steps": Step,
    "marks": Mark,
    "legend": Legend,
    "ahead": Ahead,
}
