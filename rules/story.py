"""The nouns of a judged story: everything that a rule may ask about, as frozen plain values.

Event and stage words are those by which headlines are labelled; finer steps live in ``Act.step``.
Pure: no I/O, no clock. All times are aware and in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Topic(StrEnum):
    """What a headline is about; several may apply."""

    RARE_EARTH = "rare-earth"
    SEMICONDUCTOR = "semiconductor"
    POLICY = "policy"
    CRYPTO = "crypto"
    ENERGY = "energy"
    LIQUIDITY = "liquidity"
    GEOPOLITICS = "geopolitics"


class Event(StrEnum):
    """The kind of thing that a headline reports; the one that fits best."""

    EXPORT_CONTROL = "export-control"
    TARIFF = "tariff"
    SANCTION = "sanction"
    QUOTA_LICENCE = "quota-licence"
    SUBSIDY_FUNDING = "subsidy-funding"
    STOCKPILE = "stockpile"
    LEGISLATION_RULE = "legislation-rule"
    TRADE_AGREEMENT = "trade-agreement"
    PERMIT = "permit"
    CAPACITY_START = "capacity-start"
    CAPACITY_STOP = "capacity-stop"
    INVESTMENT_OWNERSHIP = "investment-ownership"
    SUPPLY_DEAL = "supply-deal"
    RESOURCE_DISCOVERY = "resource-discovery"
    COURT_RULING = "court-ruling"
    ENFORCEMENT = "enforcement"
    MONETARY_DECISION = "monetary-decision"
    CONFLICT_BLOCKADE = "conflict-blockade"
    TECHNOLOGY_SHIFT = "technology-shift"
    PRICE_MOVE = "price-move"
    ANALYSIS_OPINION = "analysis-opinion"
    FORECAST = "forecast"
    SPECULATION_TALKS = "speculation-talks"
    EARNINGS = "earnings"
    MEETING_STATEMENT = "meeting-statement"
    PRODUCT_PROMOTION = "product-promotion"
    EXPLAINER_LIST = "explainer-list"
    OTHER = "other"

    @property
    def leans_structural(self) -> bool:
        """Whether a report of this event done can be structural at all."""
        return self not in _NOISE_EVENTS


_NOISE_EVENTS = frozenset(
    {
        Event.PRICE_MOVE,
        Event.ANALYSIS_OPINION,
        Event.FORECAST,
        Event.SPECULATION_TALKS,
        Event.EARNINGS,
        Event.MEETING_STATEMENT,
        Event.PRODUCT_PROMOTION,
        Event.EXPLAINER_LIST,
        Event.OTHER,
    }
)


class Stage(StrEnum):
    """How far an act is. ``reversed`` stands outside the ladder and is asked by name."""

    NONE = "none"
    RUMOUR = "rumour"
    PROPOSED = "proposed"
    ANNOUNCED = "announced"
    IN_FORCE = "in-force"
    REVERSED = "reversed"

    def at_least(self, other: Stage) -> bool:
        """Whether this stage stands at or above ``other`` on the ladder; false where either is ``reversed``."""
        return self in LADDER and other in LADDER and LADDER.index(self) >= LADDER.index(other)


LADDER = (Stage.NONE, Stage.RUMOUR, Stage.PROPOSED, Stage.ANNOUNCED, Stage.IN_FORCE)


class Form(StrEnum):
    """What sort of text a headline is."""

    REPORT = "report"
    PRICE_MOVE = "price-move"
    OPINION = "opinion"
    FORECAST = "forecast"
    EXPLAINER = "explainer"
    QUESTION = "question"
    LIVE_BLOG = "live-blog"
    PROMOTION = "promotion"
    RETROSPECTIVE = "retrospective"
    RESULTS = "results"
    MEETING = "meeting"


class Direction(StrEnum):
    """Whether an act tightens or eases supply or money."""

    TIGHTENS = "tightens"
    EASES = "eases"
    UNKNOWN = "unknown"


class Driver(StrEnum):
    """The channel through which an act reaches crypto markets."""

    LIQUIDITY = "liquidity"
    ENERGY_COST = "energy-cost"
    SUPPLY = "chip-and-mineral-supply"
    STABILITY = "geopolitical-stability"


class Tier(StrEnum):
    """How near a source stands to the act: its own register, a wire, the trade press, or a relay of others."""

    OFFICIAL = "official"
    WIRE = "wire"
    TRADE = "trade"
    AGGREGATOR = "aggregator"


@dataclass(frozen=True, slots=True)
class Source:
    """Who published: ``family`` is the owner group, the unit in which independence is counted."""

    feed: str
    publisher: str
    family: str
    tier: Tier
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Tag:
    """A topic with the probability that a reader would assign it."""

    topic: Topic
    probability: float


@dataclass(frozen=True, slots=True)
class Entity:
    """A gazetteer entry found in the text: ``id`` is stable, ``start`` and ``end`` are offsets into the title."""

    id: str
    name: str
    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount: ``value`` in ``unit`` ("USD", "t", "%", "% of supply", "t/y", "MW"), as written in ``text``."""

    value: float
    unit: str
    text: str


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it; ``authority`` is A1 (sovereign) to A7 (unnamed), empty where unknown."""

    name: str
    authority: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What a headline says was done, by whom, and how far."""

    event: Event = Event.OTHER
    stage: Stage = Stage.NONE
    step: str = ""
    direction: Direction = Direction.UNKNOWN
    hedge: str = ""
    negated: bool = False
    actors: tuple[Actor, ...] = ()
    target: str = ""
    places: tuple[str, ...] = ()
    dates: tuple[date, ...] = ()
    amounts: tuple[Quantity, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one publication says. ``p_structural`` is the probability that a reader would call it structural.

    ``reader`` names the version of the language pipeline that read it.
    """

    id: str
    title: str
    summary: str
    link: str
    source: Source
    published: datetime
    tags: tuple[Tag, ...] = ()
    act: Act = Act()
    form: Form = Form.REPORT
    entities: tuple[Entity, ...] = ()
    driver: Driver | None = None
    p_structural: float = 0.0
    structural: bool = False
    reader: str = ""

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The topics of the tags, strongest first as the reader gave them."""
        return tuple(tag.topic for tag in self.tags)


@dataclass(frozen=True, slots=True)
class StageReached:
    """A stage of the story's act, when it was first reported and by which report."""

    stage: Stage
    at: datetime
    report: str


class Move(StrEnum):
    """What may take a story to its next version, from what matters most to what matters least.

    ``effect`` and ``lapse``: a date came on which the act takes effect or ends. ``retraction``: an operator took the
    alert back. ``merged``: the story goes on in another one. ``instrument``: a further legal or technical means.
    ``colour``: a reaction, an analysis or a price move.
    """

    NEW = "new"
    RETRACTION = "retraction"
    MERGED = "merged"
    DENIAL = "denial"
    REVERSAL = "reversal"
    STAGE = "stage"
    EFFECT = "effect"
    LAPSE = "lapse"
    CORRECTION = "correction"
    INSTRUMENT = "instrument"
    AMOUNT = "amount"
    DATE = "date"
    SOURCE = "source"
    LINK = "link"
    COLOUR = "colour"
    COPY = "copy"

    @property
    def moves(self) -> bool:
        """Whether the matter itself moved, which is worth a message of its own."""
        return self in _MOVING

    @property
    def informs(self) -> bool:
        """Whether it is worth telling at all: what does not, raises nothing."""
        return self not in (Move.COLOUR, Move.COPY)


_MOVING = frozenset({Move.DENIAL, Move.REVERSAL, Move.STAGE, Move.EFFECT, Move.LAPSE, Move.INSTRUMENT})


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that a version brought: ``number`` is that version, which may bring several.

    ``detail`` is what moved, in plain words ("announced to in force", "$500m to $1bn"); ``report`` is empty where no
    report brought it.
    """

    number: int
    kind: Move
    at: datetime
    report: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """Another story that belongs to this one without being the same act.

    ``relation`` is how it stands to this one. "answer": it answers this one; "answered": this one answers it; "see":
    both belong to one affair.
    """

    story: str
    relation: str
    title: str


@dataclass(frozen=True, slots=True)
class Milestone:
    """A day on which the act takes effect (``kind`` effect) or ends (lapse), as ``report`` says."""

    on: date
    kind: Move
    report: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Reports of one act or event. Holds at most 20 reports, the first one first, and counts all of them.

    ``families`` are the independent publisher families; ``told_by`` is the report that speaks for the story. ``merged``
    is the story in which it goes on, else nothing.
    """

    id: str
    version: int
    reports: tuple[Report, ...]
    report_count: int
    families: tuple[str, ...]
    first_seen: datetime
    stages: tuple[StageReached, ...] = ()
    changes: tuple[Change, ...] = ()
    told_by: str = ""
    links: tuple[Link, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    merged: str = ""

    @property
    def lead(self) -> Report:
        """The report that speaks for the story: the one named by ``told_by``, else the first."""
        return next((report for report in self.reports if report.id == self.told_by), self.reports[0])

    @property
    def retracted(self) -> Change | None:
        """The change by which an operator took its alert back, if one did."""
        return next((change for change in self.changes if change.kind is Move.RETRACTION), None)

    def since(self, version: int) -> tuple[Change, ...]:
        """What came after this version, oldest first."""
        return tuple(change for change in self.changes if change.number > version)
