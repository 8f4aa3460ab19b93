"""How like two headlines are, and whether that makes them reports of one event. Pure.

Weighted word overlap decides; amounts, act and time move the bar; a difference that matters (another country, amount,
listed company, the opposite act) forbids the merge whatever the words say.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from itertools import pairwise
from sys import intern

from pipelines.stories.text import Marks, load_words
from pipelines.stories.weights import is_name, weight_of
from rules.story import Event, Form


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is kept of a headline for comparison.

    ``words`` run from the rarest to the most common, ``order`` is how they stand in the headline.
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
    names: frozenset[str]
    order: tuple[str, ...]
    aside: frozenset[str]
    at: datetime
    event: Event
    form: Form

    @property
    def lead(self) -> str:
        """The first word that counts, most often who acts."""
        return self.order[0] if self.order else ""


@dataclass(frozen=True, slots=True)
class Likeness:
    """``score`` runs from 0 (nothing in common, or a veto) to 1 (the same headline)."""

    score: float
    exact: bool = False
    near: bool = False


APART = Likeness(0.0)


def sketch(marks: Marks, at: datetime, event: Event = Event.OTHER, form: Form = Form.REPORT) -> Sketch:
    """The marks of a headline made ready for comparison."""
    words = tuple(sorted(map(intern, marks.words), key=lambda word: (-weight_of(word), word)))
    names = frozenset(word for word in marks.words if is_name(word, capital=word in marks.capitals))
    return Sketch(
        marks.key, words, sum(map(weight_of, words)), marks.places, marks.amounts, marks.poles, marks.tickers,
        marks.forms, marks.matters, names, tuple(map(intern, marks.order)), marks.aside, at, event, form,
    )  # fmt: skip


NEAR = 0.6
"""Share of words, plain and weighted, from which on two headlines are near copies."""
TELLING, SAME_TITLE_HOURS = 15.0, 20.0
"""A headline lighter than this ("Markets wrap") says the same every day: the same title is one story for hours only."""
ASIDE = 0.5
"""What a shared word counts that is the news of one headline and the circumstances of the other."""
LEAST_WEIGHT, LEAST_NAMES = 9.0, 10.0
PAIRED, SAME_AMOUNT = 0.1, 0.05
"""What two names that meet, and an amount that both give, add to the score."""


def likeness(one: Sketch, other: Sketch) -> Likeness:
    """How like two headlines are. The figures were set on labelled headlines, by reading what they merged."""
    hours = abs((one.at - other.at).total_seconds()) / 3600
    if one.key == other.key:
        telling = one.weight >= TELLING and "recurring" not in one.forms
        return Likeness(1.0, exact=True) if telling or hours <= SAME_TITLE_HOURS else APART
    common = set(one.words).intersection(other.words)
    if len(common) < 2:
        return APART
    asides = one.aside ^ other.aside
    shared = sum([weight_of(word) * (ASIDE if word in asides else 1.0) for word in common])
    if shared < LEAST_WEIGHT:
        return APART
    score = overlap = shared / (one.weight + other.weight - shared)
    paired = (
        one.forms == other.forms
        and hours <= 36
        and shared >= 14
        and overlap >= 0.14
        and _names_meet(one, other, common)
    )
    if (len(common) < 3 and not paired) or vetoed(one, other):
        return APART
    score += PAIRED * paired
    score += _acts(one, other, overlap)
    if one.forms != other.forms:
        score -= 0.2 if "market" in one.forms ^ other.forms else 0.1
    if not set(one.amounts).isdisjoint(other.amounts):
        score += SAME_AMOUNT
    score -= 0.003 * max(0.0, hours - 12)
    near = min(overlap, len(common) / (len(one.words) + len(other.words) - len(common))) >= NEAR
    return Likeness(min(0.99, max(0.0, score)), near=near)


def ceiling(one: Sketch, other: Sketch, shared: float) -> float:
    """The most that the score of two headlines can be whose common words weigh ``shared`` or less.

    Far cheaper than the score: in a flood of headlines about one matter most pairs need no closer look.
    """
    if one.key == other.key:
        return 1.0
    most = shared / max(one.weight + other.weight - shared, 1e-9)
    if one.event.leans_structural and other.event.leans_structural:
        most += SAME_ACT
    if (one.names or one.places) and (other.names or other.places):
        most += PAIRED
    if one.amounts and other.amounts:
        most += SAME_AMOUNT
    return most + 1e-9  # sums of the same weights in another order may differ in their last digit


SAME_ACT, KIN_ACT, OTHER_ACT, ACT_OR_NOT, OTHER_FORM = 0.17, 0.08, -0.04, -0.05, -0.1
LEAST_OVERLAP = 0.15
"""Share of words from which on one kind of act speaks for one event: below it, kinds of act are shared by chance."""
_KIN = frozenset(
    {Event.EXPORT_CONTROL, Event.SANCTION, Event.ENFORCEMENT, Event.LEGISLATION_RULE, Event.QUOTA_LICENCE, Event.PERMIT}
)
"""What a state does to firms goes by several of these names in the headlines of one event."""


def _acts(one: Sketch, other: Sketch, overlap: float) -> float:
    """What the acts say: one kind of act speaks for one event, an act and no act against it."""
    score = OTHER_FORM if one.form is not other.form else 0.0
    able = one.event.leans_structural + other.event.leans_structural
    if able < 2:
        return score + (ACT_OR_NOT if able else 0.0)
    acts = {one.event, other.event}
    if Event.CONFLICT_BLOCKADE in acts:
        return score  # strikes are much alike, and there is one every day
    alike = SAME_ACT if len(acts) == 1 else KIN_ACT if acts <= _KIN else OTHER_ACT
    return score + (alike if overlap >= LEAST_OVERLAP else min(alike, 0.0))


def _names_meet(one: Sketch, other: Sketch, common: set[str]) -> bool:
    """Whether two or more names or countries meet that are rarely seen together; "San Francisco" is one name."""
    names = [word for word in one.order if word in common and (word[0] == "@" or word in one.names | other.names)]
    if len(names) < 2 or sum(map(weight_of, names)) < LEAST_NAMES:
        return False
    beside = set(pairwise(one.order)) & set(pairwise(other.order))
    heaviest = [weight_of(names[0])]
    for before, name in pairwise(names):
        if (before, name) in beside and before[0] != "@":
            heaviest[-1] = max(heaviest[-1], weight_of(name))
        else:
            heaviest.append(weight_of(name))
    return len(heaviest) >= 2 and sum(heaviest) >= LEAST_NAMES


def vetoed(one: Sketch, other: Sketch) -> str:
    """Why two headlines cannot be one event, else nothing."""
    checks = (
        ("ticker", _no_common(one.tickers, other.tickers)),
        ("place", _each_alone(one.places, other.places)),
        ("matter", _each_alone(one.matters, other.matters)),
        ("form", _no_common(one.forms, other.forms)),
        ("opposite", any(-pole in other.poles and pole not in other.poles for pole in one.poles)),
        ("amount", _amounts_differ(one.amounts, other.amounts)),
    )
    return next((why for why, differs in checks if differs), "name" if _swapped(one, other) else "")


def _no_common(one: frozenset[str], other: frozenset[str]) -> bool:
    return bool(one and other) and one.isdisjoint(other)


def _each_alone(one: frozenset[str], other: frozenset[str]) -> bool:
    return bool(one - other) and bool(other - one)


def _swapped(one: Sketch, other: Sketch) -> bool:
    """Whether one name stands where the other has another: who acts, or in a sentence that is else the same."""
    ours, theirs = set(one.words), set(other.words)
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
