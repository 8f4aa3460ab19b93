"""The ``weights`` of a file: from nodes of a page to tables. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import yaml

from rules.asked import STEPS, read_duration, read_sum
from rules.errors import Place
from rules.page import Page
from rules.phrases import AUTHORITIES
from rules.story import Event, Stage, Tier
from rules.verdict import Severity
from rules.weights import UNKNOWN, UNSTATED, UNSTATED_FIRM, Steps, Weights

Value = Callable[[Page, yaml.Node, str], float | None]


def _factor(page: Page, node: yaml.Node, what: str) -> float | None:
    return page.number(node, what, 0, 10)


def _score(page: Page, node: yaml.Node, what: str) -> float | None:
    return page.number(node, what, 0, 100)


def _rate(page: Page, node: yaml.Node, what: str) -> float | None:
    return page.number(node, what, 0, 1000)


def _half_life(page: Page, node: yaml.Node, what: str) -> float | None:
    hours = read_duration(page, node, what)
    if hours == 0:
        page.fault(node, f"{what} is no time at all", "write it like 30 min or 12 h")
        return None
    return hours


# YAML name of a table -> its field, the names it may hold (none: any), and what its values are.
TABLES: Mapping[str, tuple[str, tuple[str, ...], Value]] = {
    "event": ("event", tuple(Event), _factor),
    "stage": ("stage", tuple(Stage), _factor),
    "step": ("step", STEPS, _factor),
    "authority": ("authority", (*AUTHORITIES, UNKNOWN), _factor),
    "tier": ("tier", tuple(Tier), _factor),
    "size": ("size", (UNSTATED, UNSTATED_FIRM), _factor),
    "exchange": ("exchange", (), _rate),
    "half-life": ("half_life", tuple(Stage), _half_life),
    "levels": ("levels", tuple(Severity), _score),
}
_PUBLISHERS, _MONEY = "publishers", "money"


def read_weights(page: Page, node: yaml.Node, said: dict[str, str]) -> Weights:
    """The tables of one file; a fault for an entry that an earlier file of the same folder gave."""
    parts = page.mapping(node, "`weights`", (*TABLES, _PUBLISHERS, _MONEY))
    tables: dict[str, dict[str, float]] = {}
    places: dict[str, Place] = {}
    for name, (attribute, known, value) in TABLES.items():
        if name in parts:
            entries = page.mapping(parts[name], f"`{name}`", known)
            tables[attribute] = {
                entry: figure
                for entry, part in entries.items()
                if _first(page, part, f"{name} {entry}", said)
                and (figure := value(page, part, f"`{entry}`")) is not None
            }
            if attribute == "levels":
                places = {entry: page.place(page.key_of(part)) for entry, part in entries.items()}
    steps: dict[str, Steps] = {}
    for name, bound in ((_PUBLISHERS, _count), (_MONEY, read_sum)):
        if name in parts:
            steps[name] = _read_steps(page, parts[name], name, bound, said)
    return Weights(**tables, publishers=steps.get(_PUBLISHERS, ()), money=steps.get(_MONEY, ()), places=places)


def _count(page: Page, node: yaml.Node, what: str) -> float | None:
    return page.number(node, what, 1, 1000)


def _read_steps(page: Page, node: yaml.Node, name: str, bound: Value, said: dict[str, str]) -> Steps:
    found: dict[float, float] = {}
    for entry, part in page.mapping(node, f"`{name}`").items():
        start = bound(page, page.key_of(part), "the bound")
        figure = _factor(page, part, f"`{entry}`")
        if (
            start is not None
            and figure is not None
            and _first(page, part, f"{name} {repr(start).removesuffix('.0')}", said)
        ):
            found[start] = figure
    return tuple(sorted(found.items()))


def _first(page: Page, node: yaml.Node, name: str, said: dict[str, str]) -> bool:
    if place := said.get(f"weight: {name}"):
        page.fault(page.key_of(node), f"a second weight for {name}; the first is at {place}", "delete one")
        return False
    said[f"weight: {name}"] = f"{page.file}:{node.start_mark.line + 1}"
    return True
