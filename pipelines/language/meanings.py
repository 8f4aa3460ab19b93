"""What holds in every language: kinds of actors, strength of stages, events of forms, where an act leads. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from rules.story import Driver, Event, Form, Stage, Topic

STATE_KINDS = frozenset({"state", "leader", "body", "agency", "central-bank", "court"})
"""Prefixes of entity ids that act for a state."""
FIRM_KINDS = frozenset({"miner", "chip-firm", "energy-firm", "crypto-firm", "project"})
"""Firms, and works that speak for their owners: the kinds that the weights of topics and evidence were measured on."""
STRENGTH = {
    Stage.IN_FORCE: 4,
    Stage.REVERSED: 4,
    Stage.ANNOUNCED: 3,
    Stage.PROPOSED: 2,
    Stage.RUMOUR: 1,
    Stage.NONE: 0,
}
"""How far a matter is, for telling which of two deeds speaks for a headline."""
EVENT_BY_FORM = {
    Form.PRICE_MOVE: Event.PRICE_MOVE,
    Form.OPINION: Event.ANALYSIS_OPINION,
    Form.FORECAST: Event.FORECAST,
    Form.EXPLAINER: Event.EXPLAINER_LIST,
    Form.QUESTION: Event.ANALYSIS_OPINION,
    Form.LIVE_BLOG: Event.EXPLAINER_LIST,
    Form.PROMOTION: Event.PRODUCT_PROMOTION,
    Form.RETROSPECTIVE: Event.ANALYSIS_OPINION,
    Form.RESULTS: Event.EARNINGS,
    Form.MEETING: Event.MEETING_STATEMENT,
}
"""The event of a headline whose form is no report of an act."""


def driver_of(event: Event, topics: Sequence[Topic]) -> Driver | None:
    """The channel by which an act reaches crypto markets; None where there is no act."""
    if not event.leans_structural:
        return None
    if event is Event.MONETARY_DECISION or Topic.LIQUIDITY in topics or Topic.CRYPTO in topics:
        return Driver.LIQUIDITY
    if event in (Event.TRADE_AGREEMENT, Event.CONFLICT_BLOCKADE):
        return Driver.STABILITY
    if Topic.RARE_EARTH in topics or Topic.SEMICONDUCTOR in topics:
        return Driver.SUPPLY
    if Topic.ENERGY in topics:
        return Driver.ENERGY_COST
    return Driver.STABILITY if Topic.GEOPOLITICS in topics else None
