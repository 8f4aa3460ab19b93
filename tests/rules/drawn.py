"""Conditions, rules and stories drawn at random, from words few enough that they meet."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache

from hypothesis import strategies as st

from rules.asked import STEPS
from rules.conditions import (
    CHANGES,
    About,
    All,
    Amount,
    Between,
    Condition,
    Either,
    Has,
    Is,
    Not,
    OneOf,
    Pattern,
    StageAtLeast,
    Words,
)
from rules.ruleset import Effect, Factor, Filter, LimitLabel, Points, Rule, SetLabel, Status
from rules.story import (
    LADDER,
    Act,
    Actor,
    Direction,
    Driver,
    Entity,
    Event,
    Form,
    Quantity,
    Stage,
    Story,
    Tag,
    Tier,
    Topic,
)
from rules.verdict import Label
from tests.rules.stories import NOW, report, story

WORDS = ("gallium", "rare earth", "ban", "chip", "Pakistan", "c++", "100%", 'it\'s: a "test" #1', "on", "12:30")
IDS = ("nvidia", "asml", "cn", "us")
UNITS = ("USD", "t", "%")


def _some(words: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.sets(st.sampled_from(words), min_size=1, max_size=3).map(lambda found: tuple(sorted(found)))


def _bounds(low: float, high: float) -> st.SearchStrategy[tuple[float | None, float | None]]:
    number = st.one_of(st.none(), st.floats(low, high).map(lambda value: round(value, 2)))
    pairs = st.tuples(number, number).filter(lambda pair: pair != (None, None))
    return pairs.filter(lambda pair: pair[0] is None or pair[1] is None or pair[0] <= pair[1])


def _one_of(field: str, words: tuple[str, ...]) -> st.SearchStrategy[Condition]:
    return _some(words).map(lambda found: OneOf(field, found))


_label_atoms: st.SearchStrategy[Condition] = st.one_of(
    _one_of("event", tuple(Event)),
    _one_of("stage", tuple(Stage)),
    _one_of("step", STEPS),
    _one_of("direction", tuple(Direction)),
    _one_of("form", tuple(Form)),
    _one_of("driver", tuple(Driver)),
    st.builds(Is, st.sampled_from(("structural", "hedge", "negated")), st.booleans()),
    st.builds(StageAtLeast, st.sampled_from(LADDER)),
    st.builds(lambda pair: Between("p_structural", *pair), _bounds(0, 1)),
    st.builds(
        lambda topics, every, least: About(tuple(sorted(topics)), every=every, at_least=least),
        st.sets(st.sampled_from(Topic), min_size=1, max_size=2),
        st.booleans(),
        st.sampled_from((0.0, 0.5, 0.9)),
    ),
    st.builds(lambda words: Has("authority", words), _some(("A1", "A2", "A5", "A7"))),
    st.builds(lambda words: Has("entities", words), _some(IDS)),
    st.builds(lambda words: Has("places", words), _some(IDS)),
    st.builds(lambda unit, pair: Amount(unit, *pair), st.sampled_from(UNITS), _bounds(0, 1e12)),
    st.builds(Words, _some(WORDS)),
    st.builds(Pattern, st.sampled_from(("gall?ium", "rare[- ]earth", r"\bban\b", "[0-9]+%"))),
)
_weight_atoms: st.SearchStrategy[Condition] = st.one_of(
    _one_of("tier", tuple(Tier)),
    _one_of("changed", CHANGES),
    st.builds(lambda pair: Between("publishers", *pair), _bounds(1, 5)),
    st.builds(lambda pair: Between("age", *pair), _bounds(0, 72)),
)


def _joined(atoms: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    def larger(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
        several = st.lists(inner, min_size=2, max_size=3).map(tuple)
        return st.one_of(st.builds(All, several), st.builds(Either, several), st.builds(Not, inner))

    return st.recursive(atoms, larger, max_leaves=6)


label_conditions = _joined(_label_atoms)
"""What a rule that sets or limits a label may ask."""
conditions = _joined(st.one_of(_label_atoms, _weight_atoms))
"""What any rule may ask."""

_label_effects: st.SearchStrategy[Effect] = st.sampled_from(
    (SetLabel(Label.STRUCTURAL), SetLabel(Label.WATCH), LimitLabel(Label.WATCH), LimitLabel(Label.NOISE))
)
_weights: st.SearchStrategy[Effect] = st.one_of(
    st.integers(-20, 20).map(lambda points: Points(float(points))),
    st.sampled_from((0.5, 0.8, 1.2)).map(Factor),
)


def _rule(effect: st.SearchStrategy[Effect], asked: st.SearchStrategy[Condition]) -> st.SearchStrategy[Rule]:
    return st.builds(
        Rule,
        name=st.just("rule"),
        when=asked,
        unless=st.one_of(st.none(), asked),
        effect=effect,
        because=st.sampled_from(("It is so.", "{event} {stage}{by}: it is #1.", 'He said: "yes", [twice]')),
        status=st.sampled_from(Status),
        translations=st.sampled_from(((), (("ur", "یہ ہے"), ("zh", "{event}\uff1a如此")))),
    )


rules = st.lists(st.one_of(_rule(_label_effects, label_conditions), _rule(_weights, conditions)), max_size=4).map(
    lambda drawn: tuple(replace(rule, name=f"rule-{number}") for number, rule in enumerate(drawn))
)
"""A few rules, named rule-0, rule-1 and so on."""


@cache
def filters(names: tuple[str, ...]) -> st.SearchStrategy[tuple[Filter, ...]]:
    """At most two filters over rules of these names."""
    if not names:
        return st.just(())
    made = st.builds(
        Filter,
        name=st.sampled_from(("filter-a", "filter-b")),
        suppresses=_some(names),
        when=label_conditions,
        unless=st.one_of(st.none(), label_conditions),
        because=st.just("Not ours."),
        status=st.sampled_from(Status),
    )
    return st.lists(made, max_size=2, unique_by=lambda each: each.name).map(tuple)


_acts = st.builds(
    Act,
    event=st.sampled_from(Event),
    stage=st.sampled_from(Stage),
    step=st.sampled_from(("", *STEPS)),
    direction=st.sampled_from(Direction),
    hedge=st.sampled_from(("", "may")),
    negated=st.booleans(),
    actors=st.sampled_from(((), (Actor("China", "A1"),), (Actor("a firm", "A5"), Actor("sources", "A7")))),
    places=st.sampled_from(((), ("cn",), ("us", "cn"))),
    amounts=st.sampled_from(
        ((), (Quantity(2e9, "USD", "$2 billion"),), (Quantity(40, "%", "40%"), Quantity(3, "t", "3 t")))
    ),
)


# Made once: to make a strategy anew for each story takes longer than to draw from it.
_titles = st.lists(st.sampled_from((*WORDS, "today", "exports")), min_size=1, max_size=6).map(" ".join)
_ages = st.integers(0, 100).map(lambda hours: timedelta(hours=hours))
_tags = st.dictionaries(st.sampled_from(Topic), st.sampled_from((0.4, 0.7, 0.95))).map(
    lambda drawn: tuple(Tag(topic, p) for topic, p in drawn.items())
)
_entities = st.sets(st.sampled_from(IDS)).map(lambda drawn: tuple(Entity(name, name, "firm", 0, 1) for name in drawn))
_read = st.fixed_dictionaries(
    {
        "act": _acts,
        "form": st.sampled_from(Form),
        "driver": st.sampled_from((None, *Driver)),
        "tags": _tags,
        "entities": _entities,
        "structural": st.booleans(),
        "p_structural": st.sampled_from((0.0, 0.3, 0.5, 0.8, 1.0)),
    }
)
_reports = st.lists(
    st.tuples(_titles, st.sampled_from(("one", "two")), st.sampled_from(Tier), _ages, _read), min_size=1, max_size=3
)


@st.composite
def _story(draw: st.DrawFn) -> Story:
    told = [
        replace(report(title, id=f"r{number}", family=family, tier=tier, published=NOW - age), **read)
        for number, (title, family, tier, age, read) in enumerate(draw(_reports))
    ]
    return story(*told, told_by=told[draw(st.integers(0, len(told) - 1))].id)


_stories = _story()


def stories() -> st.SearchStrategy[Story]:
    """A story of one to three reports about anything at all."""
    return _stories
