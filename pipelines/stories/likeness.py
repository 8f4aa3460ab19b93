"""How like two headlines are, and whether that makes them reports of one event. Pure.

A handful of traits (words, names, places, amounts, act, time) are added up by a table of weights, ``likeness.yaml``,
to the odds that both report one event; a difference that matters (another country, amount, listed company, the
opposite act) forbids the merge whatever the words say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from functools import cache
from importlib.resources import files
from operator import mul
from sys import intern
from typing import Any, NamedTuple

import yaml

from pipelines.stories.text import Marks, load_words
from pipelines.stories.weights import is_name, load_weights, weight_of
from rules.story import Event, Form


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is kept of a headline for comparison.

    ``words`` run from the rarest to the most common, ``bag`` is the same as a set, ``order`` is how they stand in the
    headline. ``colour``: it is an opinion, a forecast, an explainer or a price move, and reports no act.
    """

    key: str
    words: tuple[str, ...]
    weight: float
    places: frozenset[str]
    amounts: tuple[tuple[str, float], ...]
    poles: frozenset[int]
    tickers: frozenset[str]
    forms: frozenset[str]
    matters: frozenset[str]
    bag: frozenset[str]
    names: frozenset[str]
    order: tuple[str, ...]
    aside: frozenset[str]
    publisher: str
    at: datetime
    event: Event
    form: Form
    colour: bool

    @property
    def lead(self) -> str:
        """The first word that counts, most often who acts."""
        return self.order[0] if self.order else ""


@dataclass(frozen=True, slots=True)
class Likeness:
    """``score`` is the logarithm of the odds that two headlines report one event; ``veto`` says why they cannot."""

    score: float
    exact: bool = False
    near: bool = False
    veto: str = ""


class Traits(NamedTuple):
    """What two headlines have in common and where they differ: ``likeness.yaml`` says what each means and weighs."""

    overlap: float
    contained: float
    rarest: float
    second: float
    names: float
    own_names: float
    speaker: float
    place: float
    places_differ: float
    place_missing: float
    amount: float
    matter: float
    act: float
    form_differs: float
    days: float
    lead: float
    leads_missing: float
    aside: float
    publisher: float
    short: float


@dataclass(frozen=True, slots=True)
class Scale:
    """The weights of the traits, in the order of ``Traits``, and what the odds are without any.

    ``colours`` is what is taken off where none, one or both of the headlines are colour.
    """

    base: float
    weights: tuple[float, ...]
    colours: tuple[float, float, float]


FLOOR, CEILING = -3.0, 6.0
"""The least and the most that one pair of headlines can say: no single one decides against all others."""
EXACT = 9.0
"""The score of the same headline."""
APART = Likeness(FLOOR)
NEAR = 0.6
"""Share of words, plain and weighted, from which on two headlines are near copies."""
TELLING, SAME_TITLE_HOURS = 15.0, 20.0
"""A headline lighter than this ("Markets wrap") says the same every day: the same title is one story for hours only."""
LEAST_SHARED = 6.5
"""Weight of words that two headlines must share to be compared at all."""
SHORT = 22.0
"""A headline lighter than this shares its words with others by chance."""
MOST_DAYS = 5.0
UNLIKELY = -1.5
"""Odds below which nobody asks for a veto."""

_COLOUR_EVENTS = frozenset({Event.PRICE_MOVE, Event.ANALYSIS_OPINION, Event.FORECAST, Event.EXPLAINER_LIST})
_COLOUR_FORMS = frozenset(
    {Form.PRICE_MOVE, Form.OPINION, Form.FORECAST, Form.EXPLAINER, Form.QUESTION, Form.RETROSPECTIVE}
)


def sketch(marks: Marks, at: datetime, event: Event = Event.OTHER, form: Form = Form.REPORT) -> Sketch:
    """The marks of a headline made ready for comparison."""
    weigh = load_weights().by_stem.__getitem__
    words = tuple(sorted(map(intern, marks.words), key=lambda word: (-weigh(word), word)))
    names = frozenset(word for word in marks.words if is_name(word, capital=word in marks.capitals))
    return Sketch(
        marks.key, words, sum(map(weigh, words)), marks.places, marks.amounts, marks.poles, marks.tickers,
        marks.forms, marks.matters, frozenset(words), names, tuple(map(intern, marks.order)), marks.aside,
        marks.publisher, at, event, form, event in _COLOUR_EVENTS or form in _COLOUR_FORMS,
    )  # fmt: skip


def likeness(one: Sketch, other: Sketch) -> Likeness:
    """How like two headlines are."""
    hours = abs((one.at - other.at).total_seconds()) / 3600
    if one.key == other.key:
        telling = one.weight >= TELLING and "recurring" not in one.forms
        return Likeness(EXACT, exact=True) if telling or hours <= SAME_TITLE_HOURS else Likeness(FLOOR, veto="day")
    common = one.bag & other.bag
    if len(common) < 2:
        return APART
    shared = sum(map(load_weights().by_stem.__getitem__, common))
    if shared < LEAST_SHARED:
        return APART
    score = score_of(traits(one, other, common, shared), one.colour + other.colour)
    why = vetoed(one, other) if score > UNLIKELY else ""
    if why:
        return Likeness(FLOOR, veto=why)
    alike = min(shared / (one.weight + other.weight - shared), len(common) / len(one.bag | other.bag))
    return Likeness(score, near=alike >= NEAR)


def traits(one: Sketch, other: Sketch, common: frozenset[str], shared: float) -> Traits:
    """The traits of two headlines that have these words in common, which weigh ``shared``."""
    union = one.weight + other.weight - shared
    weights = load_weights().by_stem
    first, second = _rarest(one, other, common)
    met, ours, theirs = one.places & other.places, one.places - other.places, other.places - one.places
    asides = one.aside ^ other.aside
    return Traits(
        overlap=shared / union,
        contained=shared / min(one.weight, other.weight),
        rarest=first / 8,
        second=second / 8,
        names=min(sum([weights[word] for word in common if word in one.names or word in other.names]), 30.0) / 10,
        own_names=min(
            sum([weights[word] for word in one.names if word not in common]),
            sum([weights[word] for word in other.names if word not in common]),
            20.0,
        )
        / 10,
        speaker=float(one.form is other.form is Form.MEETING and one.lead == other.lead),
        place=float(bool(met)),
        places_differ=float(bool(ours and theirs)),
        place_missing=float(bool(ours) is not bool(theirs)),
        amount=float(not set(one.amounts).isdisjoint(other.amounts)),
        matter=float(not one.matters.isdisjoint(other.matters)),
        act=float(one.event is other.event and one.event.leans_structural),
        form_differs=float(one.form is not other.form),
        days=min(abs((one.at - other.at).total_seconds()) / 86400, MOST_DAYS),
        lead=float(one.lead == other.lead),
        leads_missing=float(_missing_lead(one, other) + _missing_lead(other, one)),
        aside=sum([weights[word] for word in common if word in asides]) / union if asides else 0.0,
        publisher=float(one.publisher == other.publisher != ""),
        short=float(min(one.weight, other.weight) < SHORT),
    )


def _rarest(one: Sketch, other: Sketch, common: frozenset[str]) -> tuple[float, float]:
    """The weights of the two rarest words that both have; words that stand side by side in both count once."""
    weights = load_weights().by_stem
    first, *others = sorted(common, key=lambda word: (-weights[word], word))
    for word in others:
        if not (_beside(one.order, first, word) and _beside(other.order, first, word)):
            return weights[first], weights[word]
    return weights[first], 0.0


def _missing_lead(one: Sketch, other: Sketch) -> bool:
    """Whether a headline begins with a name of which the other says nothing."""
    return one.lead in one.names and one.lead not in other.bag


def _beside(order: tuple[str, ...], word: str, other: str) -> bool:
    return word in order and other in order and abs(order.index(word) - order.index(other)) == 1


def score_of(found: Traits, colours: int) -> float:
    """What the table makes of these traits, with one or two headlines that are colour."""
    scale = load_scale()
    score: float = sum(map(mul, scale.weights, found), scale.base - scale.colours[colours])
    return max(FLOOR, min(CEILING, score))


def reasons(one: Sketch, other: Sketch) -> tuple[tuple[str, float], ...]:
    """What speaks for and against one event, by trait, the weightiest first; nothing where hardly a word is shared."""
    common = one.bag & other.bag
    if len(common) < 2:
        return ()
    found = traits(one, other, common, sum(map(weight_of, common)))
    points = zip(Traits._fields, map(mul, load_scale().weights, found), strict=True)
    return tuple(sorted((each for each in points if each[1]), key=lambda each: -abs(each[1])))


@cache
def load_scale() -> Scale:
    """The shipped weights, read once."""
    raw: Any = yaml.safe_load(files("pipelines.stories").joinpath("likeness.yaml").read_text("utf-8"))
    weights: Mapping[str, float] = raw["traits"]
    return Scale(
        float(raw["base"]),
        tuple(float(weights[name]) for name in Traits._fields),
        (0.0, float(raw["colour"]), float(raw["both_colour"])),
    )


SENTENCE = 0.5
"""Share of words, amounts and countries aside, from which on two headlines are one sentence."""


def vetoed(one: Sketch, other: Sketch) -> str:
    """Why two headlines cannot be one event, else nothing.

    Another amount or a further country forbids it where the sentences are else the same; another amount also where
    both report an act. Of what happens to people, the figures change from hour to hour. Prices move each day anew, and
    there are strikes each day.
    """
    alike = _alike(one, other) >= SENTENCE
    acts = one.event.leans_structural and other.event.leans_structural
    prices = one.form is other.form is Form.PRICE_MOVE
    strikes = one.event is other.event is Event.CONFLICT_BLOCKADE
    apart = abs((one.at - other.at).total_seconds()) > SAME_TITLE_HOURS * 3600
    checks = (
        ("day", apart and (prices or (strikes and not alike))),
        ("ticker", _no_common(one.tickers, other.tickers)),
        ("place", _no_common(one.places, other.places) or (alike and _each_alone(one.places, other.places))),
        ("matter", _each_alone(one.matters, other.matters)),
        ("form", _no_common(one.forms, other.forms)),
        ("opposite", any(-pole in other.poles and pole not in other.poles for pole in one.poles)),
        ("amount", (acts or alike) and _amounts_differ(one.amounts, other.amounts)),
    )
    return next((why for why, differs in checks if differs), "name" if _swapped(one, other) else "")


def _alike(one: Sketch, other: Sketch) -> float:
    """The share of their words that two headlines have in common, but for the amounts and countries that differ."""
    weights = load_weights().by_stem
    apart = sum([weights[word] for word in one.bag ^ other.bag if word[0] not in "#@"])
    shared = sum([weights[word] for word in one.bag & other.bag])
    return shared / (shared + apart) if shared else 0.0


def _no_common(one: frozenset[str], other: frozenset[str]) -> bool:
    return bool(one and other) and one.isdisjoint(other)


def _each_alone(one: frozenset[str], other: frozenset[str]) -> bool:
    return bool(one - other) and bool(other - one)


def _swapped(one: Sketch, other: Sketch) -> bool:
    """Whether one name stands where the other has another: who acts, or in a sentence that is else the same."""
    ours, theirs = one.bag, other.bag
    leads = (one.lead, other.lead)
    if one.lead not in theirs and other.lead not in ours and all(is_name(lead, capital=True) for lead in leads):
        return not any(stands_for_place(lead) for lead in leads)
    names = (one.names | other.names) - (ours & theirs)
    if not names or len(ours - theirs) > 4 or len(theirs - ours) > 4:
        return False
    for what, start, end, begin, until in SequenceMatcher(None, one.order, other.order, autojunk=False).get_opcodes():
        gone, come = one.order[start:end], other.order[begin:until]
        if what == "replace" and len(gone) == len(come) <= 2 and not names.isdisjoint((*gone, *come)):
            return not any(stands_for_place(word) for word in (*gone, *come))
    return False


def stands_for_place(word: str) -> bool:
    """Whether a word is a country, or a person or body that stands for one: the places decide there."""
    return word.startswith("@") or word in load_words().offices


def _amounts_differ(one: tuple[tuple[str, float], ...], other: tuple[tuple[str, float], ...]) -> bool:
    """Whether both name amounts in one unit and none of them agree within 5 %."""
    for unit in {u for u, _ in one} & {u for u, _ in other}:
        ours, theirs = [v for u, v in one if u == unit], [v for u, v in other if u == unit]
        if not any(abs(a - b) <= 0.05 * max(abs(a), abs(b)) for a in ours for b in theirs):
            return True
    return False
