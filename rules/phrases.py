"""How events, stages, actors and sources are put into words for a reader. Pure."""

from __future__ import annotations

import re

from rules.story import Actor, Event, Stage, Story

PLACEHOLDERS = ("event", "stage", "by")
"""What a rule's ``because`` may hold in braces: what was done, how far it is, and by whom (may be empty)."""

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")

# The act as a noun, and what "in force" means for an act of that kind.
_EVENTS: dict[Event, tuple[str, str]] = {
    Event.EXPORT_CONTROL: ("export control", "in force"),
    Event.TARIFF: ("tariff", "in force"),
    Event.SANCTION: ("sanctions", "in force"),
    Event.QUOTA_LICENCE: ("quota or licence rule", "in force"),
    Event.SUBSIDY_FUNDING: ("public funding", "awarded"),
    Event.STOCKPILE: ("stockpile act", "carried out"),
    Event.LEGISLATION_RULE: ("law or rule", "in force"),
    Event.TRADE_AGREEMENT: ("trade agreement", "in force"),
    Event.PERMIT: ("permit", "granted"),
    Event.CAPACITY_START: ("new capacity", "running"),
    Event.CAPACITY_STOP: ("loss of capacity", "in effect"),
    Event.INVESTMENT_OWNERSHIP: ("change of ownership", "completed"),
    Event.SUPPLY_DEAL: ("supply deal", "signed"),
    Event.RESOURCE_DISCOVERY: ("discovery", "confirmed"),
    Event.COURT_RULING: ("court ruling", "handed down"),
    Event.ENFORCEMENT: ("enforcement", "under way"),
    Event.MONETARY_DECISION: ("monetary decision", "in effect"),
    Event.CONFLICT_BLOCKADE: ("conflict or blockade", "under way"),
    Event.TECHNOLOGY_SHIFT: ("technology shift", "in production"),
    Event.SPECULATION_TALKS: ("possible act", "in force"),
}
_STAGES = {
    Stage.NONE: "reported",
    Stage.RUMOUR: "not confirmed",
    Stage.PROPOSED: "formally proposed",
    Stage.ANNOUNCED: "announced",
    Stage.REVERSED: "reversed, delayed or blocked",
}
AUTHORITIES = {
    "A1": "a head of state, parliament or central bank",
    "A2": "a ministry, regulator or court",
    "A3": "several states together",
    "A4": "a state firm or development bank",
    "A5": "the owner of the asset",
    "A6": "a commentator",
    "A7": "unnamed sources",
}
RULED_AGAINST = "against the measure"
"""What a court ruling is that reverses, delays or blocks what it is about: the ruling itself stands."""
ACT, IN_FORCE = "act", "in force"
"""What stands for an event without a word of its own."""
NOTHING_FOUND = "No rule found an act in a tracked field."
WEIGHED = "What was done, how far it is, by whom, how large, how old, and who says so, weighed together."
"""What weighing means, for a reader to whom the figures are not told."""
_STATES = ("A1", "A2", "A3")
_ABLE = (*_STATES, "A4", "A5")
_ACTS_OF_STATES = (
    Event.EXPORT_CONTROL,
    Event.TARIFF,
    Event.SANCTION,
    Event.QUOTA_LICENCE,
    Event.LEGISLATION_RULE,
    Event.PERMIT,
    Event.COURT_RULING,
    Event.ENFORCEMENT,
    Event.MONETARY_DECISION,
)


def event_words(event: Event) -> str:
    """The act as a noun: "export control"."""
    return _EVENTS[event][0] if event in _EVENTS else ACT


def stage_words(event: Event, stage: Stage) -> str:
    """How far an act of that kind is: "announced", "in force", "granted"."""
    if event is Event.COURT_RULING and stage is Stage.REVERSED:
        return RULED_AGAINST
    if stage is Stage.IN_FORCE:
        return _EVENTS[event][1] if event in _EVENTS else IN_FORCE
    return _STAGES[stage]


def authority(story: Story) -> str:
    """The highest authority among the actors, "A1" to "A7"; "" where none is known."""
    return min((actor.authority for actor in story.lead.act.actors if actor.authority), default="")


def doers(story: Story) -> tuple[Actor, ...]:
    """Who is known to have done it and could have done it, at most two; one without a name stands for its authority."""
    act = story.lead.act
    able = _STATES if act.event in _ACTS_OF_STATES else _ABLE
    named: dict[str, Actor] = {}
    for actor in act.actors:
        if actor.authority in able:
            named.setdefault(actor.name or actor.authority, actor)
    return tuple(named.values())[:2]


def by_whom(story: Story) -> str:
    """Who did it, as " (EU and Canada)"; "" where nobody is known who could have done it."""
    named = [actor.name or AUTHORITIES[actor.authority] for actor in doers(story)]
    return f" ({' and '.join(named)})" if named else ""


def fill(because: str, story: Story) -> str:
    """The sentence with its placeholders filled and a capital letter in front."""
    if "{" in because:
        act = story.lead.act
        words = {
            "event": event_words(act.event),
            "stage": stage_words(act.event, act.stage),
            "by": by_whom(story),
        }
        because = _PLACEHOLDER.sub(lambda found: words.get(found[1], found[0]), because)
    return because[:1].upper() + because[1:]


def unknown_placeholders(because: str) -> list[str]:
    """Names in braces that ``fill`` does not know."""
    return [name for name in _PLACEHOLDER.findall(because) if name not in PLACEHOLDERS]
