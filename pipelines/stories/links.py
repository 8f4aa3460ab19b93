"""Stories that belong to one affair without being one act: the measure and the other side's answer. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pipelines.stories.acts import BROAD, OpenAct, able, country_of, matters_of, sketches
from pipelines.stories.likeness import Sketch
from pipelines.stories.text import load_words, marks
from pipelines.stories.weights import weight_of
from rules.story import Change, Event, Link, Move, Report, Stage, Story

MOST = 5
"""Links of a story."""
ANSWERED_WITHIN = timedelta(days=120)
"""How long after an act an answer that names it may come."""
BLUNT_WITHIN = timedelta(days=21)
"""How long after an act a retaliation may come that names nothing but the other side."""
SEEN_WITHIN = timedelta(days=30)
_CAUSE_WEIGHT = 5.0
_ANSWER = re.compile(
    r"\b(?:retaliat\w+(?: (?:for|against|to|over))?|in (?:response|answer|reply|retaliation) (?:to|for)|respond\w* to"
    r"|(?:hits?|strikes?|fires?) back(?: at| over)?|counter(?:s|ed|ing)? (?:with )?"
    r"|countermeasures?(?: (?:to|against|over))?|tit[- ]for[- ]tat|reprisals?(?: for)?)\b",
    re.IGNORECASE,
)
_AFTER = re.compile(r"\b(?:after|following|over|days after|hours after|weeks after)\b", re.IGNORECASE)
_TRADE = frozenset(
    {Event.TARIFF, Event.EXPORT_CONTROL, Event.SANCTION, Event.QUOTA_LICENCE, Event.ENFORCEMENT}
    | {Event.LEGISLATION_RULE, Event.PERMIT}
)
_SUPPLY = frozenset(
    {Event.INVESTMENT_OWNERSHIP, Event.SUPPLY_DEAL, Event.CAPACITY_START, Event.CAPACITY_STOP, Event.SUBSIDY_FUNDING}
    | {Event.STOCKPILE, Event.RESOURCE_DISCOVERY}
)
_FAMILIES = (_TRADE, _SUPPLY)


@dataclass(frozen=True, slots=True)
class Bond:
    """How a new report stands to an act: ``relation`` as the new story has it ("answered": it answers that act)."""

    act: OpenAct
    relation: str


def bonds(acts: Iterable[OpenAct], report: Report, like: Sketch) -> tuple[Bond, ...]:
    """The acts that a new report belongs to: the one that it answers, then those of one affair; at most ``MOST``."""
    if not able(report) or report.act.negated:
        return ()
    known = list(acts)
    answers = [act for act in known if answers_to(act, report, like)]
    # It answers one act: the latest whose words it names, else the latest.
    answers.sort(key=lambda act: (_cause_weight(act, report), act.last), reverse=True)
    found = [Bond(act, "answered") for act in answers[:1]]
    taken = {bond.act.story for bond in found}
    found += [Bond(act, "see") for act in known if act.story not in taken and same_affair(act, report)]
    return tuple(found[:MOST])


def answers_to(act: OpenAct, report: Report, like: Sketch) -> bool:
    """Whether a report tells the other side's answer to an act: it says so, and the two change sides."""
    age = report.published - act.last
    if not timedelta(hours=-12) <= age <= ANSWERED_WITHIN or report.act.event not in _TRADE:
        return False
    broken = act.event is Event.TRADE_AGREEMENT  # to give up a treaty is a measure, to lift one of the others is not
    if not (broken or act.event in _TRADE) or (act.stage is Stage.REVERSED) is not broken:
        return False
    if report.act.stage is Stage.REVERSED:
        return False
    theirs = next((place for each in sketches(act) if (place := country_of(each))), "")
    ours = country_of(like)
    if not ours or not theirs or ours == theirs or ours not in _countries(act) or theirs not in _named(report, like):
        return False
    if _ANSWER.search(report.title):
        return age <= BLUNT_WITHIN or _cause_weight(act, report) >= _CAUSE_WEIGHT
    return bool(_AFTER.search(report.title)) and _cause_weight(act, report) >= _CAUSE_WEIGHT


def same_affair(act: OpenAct, report: Report) -> bool:
    """Whether an act and a report are of one affair: within a month, one family of acts, the same matter throughout."""
    if abs(report.published - act.last) > SEEN_WITHIN or not _one_family(act.event, report.act.event):
        return False
    ours, theirs = set(matters_of(report)), set(act.matters)
    common = ours & theirs
    states = {each.id for each in report.entities if each.kind == "state"} & set(act.states)
    strong = bool(common - BROAD) and (len(common) >= 2 or ours == theirs)
    return strong and len(common) * 2 >= len(ours | theirs) and bool(states or len(common) >= 2)


def _one_family(one: Event, other: Event) -> bool:
    return one is other or any(one in family and other in family for family in _FAMILIES)


def _cause_weight(act: OpenAct, report: Report) -> float:
    """What the words of the clause about the cause weigh that stand in the act's headlines, countries apart."""
    match = _ANSWER.search(report.title) or _AFTER.search(report.title)
    if match is None:
        return 0.0
    words = {word for word in marks(report.title[match.end() :]).words if word[0] != "@"}
    return sum(weight_of(word) for word in words & {word for each in sketches(act) for word in each.words})


def _countries(act: OpenAct) -> set[str]:
    """The countries that an act's headlines name, whoever stands for them."""
    places = load_words().places
    named = {word[1:] if word[0] == "@" else places.get(word, "") for each in sketches(act) for word in each.order}
    return (named | {state.partition(":")[2] for state in act.states}) - {""}


def _named(report: Report, like: Sketch) -> set[str]:
    places = load_words().places
    named = {word[1:] if word[0] == "@" else places.get(word, "") for word in like.order}
    return (named | {each.id.partition(":")[2] for each in report.entities if each.kind == "state"}) - {""}


def linked(story: Story, links: Iterable[Link]) -> Story:
    """The story with these links, one to another story, at most ``MOST``; without a new version."""
    found = {link.story: link for link in story.links}
    for link in links:
        if link.story != story.id and (link.story not in found or link.relation != "see"):
            found[link.story] = link
    ranked = sorted(found.values(), key=lambda link: link.relation == "see")
    return replace(story, links=tuple(ranked[:MOST]))


def answered(story: Story, by: Story, now: datetime) -> Story:
    """The next version of a story to which another one is the answer; itself where that is known."""
    if any(link.story == by.id for link in story.links):
        return story
    version = story.version + 1
    change = Change(version, Move.LINK, now, "", by.lead.title)
    moved = replace(story, version=version, changes=(*story.changes, change))
    return linked(moved, [Link(by.id, "answer", by.lead.title)])
