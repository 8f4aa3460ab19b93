"""Plain values of a picture with a price line: what goes to the child that draws, as JSON.

Places are from 0 to 1, across from the left and up from below. Imports nothing that takes time to load.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an edge of the drawing, and what it is called."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Event:
    """A moment that is marked: ``up`` is the line's height there, None where the price is not known."""

    at: float
    up: float | None
    kind: str
    label: str


@dataclass(frozen=True, slots=True)
class Lane:
    """A row under the line: how many of its kind each column has, and all together as it is to be written."""

    name: str
    counts: tuple[int, ...]
    total: str


@dataclass(frozen=True, slots=True)
class Key:
    """What a shade or a mark means."""

    kind: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A price over time. ``runs`` are the pieces of the line; between them, in ``gaps``, there was no price.

    ``across`` and ``up`` are what the edges say; ``level`` is a height to compare with. ``band`` has for places across
    the heights between which the price usually stays. ``until`` is how far across time has come.
    """

    runs: tuple[tuple[Place, ...], ...]
    gaps: tuple[Place, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    until: float = 1.0
    level: float | None = None
    band: tuple[tuple[float, float, float], ...] = ()
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """The picture. ``plain`` stands for a title that cannot be drawn; ``figure`` is what is to be seen first.

    ``change`` is how that moved, ``mood`` "good", "bad" or "" by its sign. ``columns`` are where the days of the lanes
    begin, and their names; ``gap`` is written into a gap with room for it. All words are the reader's.
    """

    kicker: str
    title: str
    plain: str
    figure: str
    change: str
    mood: str
    curve: Curve
    lanes: tuple[Lane, ...]
    columns: tuple[Tick, ...]
    gap: str
    keys: tuple[Key, ...]
    summary: str
    foot: str

    def to_json(self) -> bytes:
        """As it goes to the child."""
        return json.dumps(asdict(self)).encode()


def read_plot(data: bytes) -> Plot:
    """What ``Plot.to_json`` wrote."""
    row = json.loads(data)
    return Plot(
        **row
        | {
            "curve": _curve(row["curve"]),
            "lanes": tuple(Lane(each["name"], tuple(each["counts"]), each["total"]) for each in row["lanes"]),
            "columns": tuple(Tick(**each) for each in row["columns"]),
            "keys": tuple(Key(**each) for each in row["keys"]),
        }
    )


def _curve(row: dict[str, Any]) -> Curve:
    return Curve(
        **row
        | {
            "runs": tuple(tuple((at, up) for at, up in run) for run in row["runs"]),
            "gaps": tuple((begin, end) for begin, end in row["gaps"]),
            "across": tuple(Tick(**each) for each in row["across"]),
            "up": tuple(Tick(**each) for each in row["up"]),
            "band": tuple((at, low, high) for at, low, high in row["band"]),
            "events": tuple(Event(**each) for each in row["events"]),
        }
    )
