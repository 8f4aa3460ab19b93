"""Stories that belong to one affair without being one act: the measure and the other side's answer. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pipelines.stories.acts import BROAD, OpenAct, OpenActs, able, country_of, matters_of, sketches
from pipelines.stories.likeness import Sketch, stands_for_place
from pipelines.stories.text import load_words, marks
from pipelines.stories.weights import weight_of
from rules.story import Change, Direction, Event, Link, Move, Report, Stage, Story

MOST = 5
"""Links of a story."""
ANSWERED_WITHIN = timedelta(days=120)
"""How long after an act an answer that names it may come."""
BLUNT_WITHIN = timedelta(days=21)
"""How long after an act a retaliation may come that names nothing but the other side."""
BLANKET_WITHIN = timedelta(days=10)
"""The same for an answer to an act whose headlines name nobody whom it hits ("tariffs on all imports")."""
SEEN_WITHIN = timedelta(days=30)
_CAUSE_WEIGHT = 5.0
_ANSWER = re.compile(
    r"\b(?:retaliat\w+(?: (?:for|against|to|over))?|in (?:response|answer|reply|retaliation) (?:to|for)|respond\w* to"
    r"|(?:hits?|strikes?|fires?) back(?: at| over)?|counter(?:s|ed|ing)? with"
    r"|countermeasures?(?: (?:to|against|over))?|tit[- ]for[- ]tat|reprisals?(?: for)?)\b",
    re.IGNORECASE,
)
_MEANWHILE = re.compile(r"\b(?:as|amid|while|but)\b", re.IGNORECASE)
_AFTER = re.compile(r"\b(?:after|following)\b", re.IGNORECASE)
_TRADE = frozenset(
    {Event.TARIFF, Event.EXPORT_CONTROL, Event.SANCTION, Event.QUOTA_LICENCE, Event.ENFORCEMENT}
    | {Event.LEGISLATION_RULE, Event.PERMIT}
)
_SUPPLY = frozenset(
    {Event.INVESTMENT_OWNERSHIP, Event.SUPPLY_DEAL, Event.CAPACITY_START, Event.CAPACITY_STOP, Event.SUBSIDY_FUNDING}
    | {Event.STOCKPILE, Event.RESOURCE_DISCOVERY}
)
_FAMILIES = (_TRADE, _SUPPLY)
_LATEST = 20


def answerable(acts: OpenActs, near: Sequence[OpenAct], report: Report) -> tuple[OpenAct, ...]:
    """The acts that a new report may belong to: those near it, and for an answer the latest of its kind besides."""
    latest = acts.latest(report.act.event, _LATEST) if is_answer(report) else ()
    return tuple({act.story: act for act in (*near, *latest)}.values())


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
    if not timedelta(hours=-12) <= age <= ANSWERED_WITHIN or not _are_measures(act, report):
        return False
    theirs = _acting(act.actors, next(iter(sketches(act))))
    ours = _acting([actor.name for actor in report.act.actors], like)[:1]
    if not ours or ours[0] in theirs or _named(report, like).isdisjoint(theirs):
        return False
    hit, answer = _countries(act).difference(theirs), is_answer(report)
    if not hit:  # it hits whom it may concern
        return answer and report.act.event is act.event and age <= BLANKET_WITHIN
    if answer and age <= BLUNT_WITHIN:
        return ours[0] in hit
    # "After" alone stands before much that is no answer.
    says = answer or (report.act.direction is Direction.TIGHTENS and bool(_AFTER.search(report.title)))
    return says and ours[0] in hit and _cause_weight(act, report) >= _CAUSE_WEIGHT


def _are_measures(act: OpenAct, report: Report) -> bool:
    """Whether both are measures of states; to give up a treaty is one, to lift another measure is none."""
    broken = act.event is Event.TRADE_AGREEMENT
    able_to = broken or act.event in _TRADE
    lifted = (act.stage is Stage.REVERSED) is not broken or report.act.stage is Stage.REVERSED
    return able_to and report.act.event in _TRADE and not lifted


def is_answer(report: Report) -> bool:
    """Whether a headline calls its act an answer, and not what others do meanwhile."""
    return bool(_ANSWER.search(_MEANWHILE.split(report.title)[0]))


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
    words = {word for word in marks(report.title[match.end() :]).words if not stands_for_place(word)}
    return sum(weight_of(word) for word in words & {word for each in sketches(act) for word in each.words})


def _acting(actors: Iterable[str], like: Sketch) -> list[str]:
    """The countries of those who act, by their names; else the first that the headline names."""
    places = load_words().places
    words = [word for name in actors for word in marks(name).order]
    named = [word[1:] if word[0] == "@" else places[word] for word in words if word[0] == "@" or word in places]
    return named or [place for place in [country_of(like)] if place]


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
