"""What kind of thing a story reports, how it is judged and what would judge it otherwise, in a reader's words. Pure.

A rule's conditions are said in English where rules are written; here those that a reader understands are said anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.languages.translator import ENGLISH, N_, Translator
from bot.words import LABEL_WORDS, stage_words, topics_within
from rules.conditions import About, Between, Condition, Is, OneOf, StageAtLeast, publishers
from rules.flips import Flip
from rules.story import Event, Stage, Story

EVENTS: Mapping[Event, str] = {
    Event.EXPORT_CONTROL: N_("export control"),
    Event.TARIFF: N_("tariff"),
    Event.SANCTION: N_("sanction"),
    Event.QUOTA_LICENCE: N_("quota licence"),
    Event.SUBSIDY_FUNDING: N_("subsidy funding"),
    Event.STOCKPILE: N_("stockpile"),
    Event.LEGISLATION_RULE: N_("legislation rule"),
    Event.TRADE_AGREEMENT: N_("trade agreement"),
    Event.PERMIT: N_("permit"),
    Event.CAPACITY_START: N_("capacity start"),
    Event.CAPACITY_STOP: N_("capacity stop"),
    Event.INVESTMENT_OWNERSHIP: N_("investment ownership"),
    Event.SUPPLY_DEAL: N_("supply deal"),
    Event.RESOURCE_DISCOVERY: N_("resource discovery"),
    Event.COURT_RULING: N_("court ruling"),
    Event.ENFORCEMENT: N_("enforcement"),
    Event.MONETARY_DECISION: N_("monetary decision"),
    Event.CONFLICT_BLOCKADE: N_("conflict blockade"),
    Event.TECHNOLOGY_SHIFT: N_("technology shift"),
    Event.PRICE_MOVE: N_("price move"),
    Event.ANALYSIS_OPINION: N_("analysis opinion"),
    Event.FORECAST: N_("forecast"),
    Event.SPECULATION_TALKS: N_("speculation talks"),
    Event.EARNINGS: N_("earnings"),
    Event.MEETING_STATEMENT: N_("meeting statement"),
    Event.PRODUCT_PROMOTION: N_("product promotion"),
    Event.EXPLAINER_LIST: N_("explainer list"),
    Event.OTHER: N_("other"),
}
_IS: Mapping[tuple[str, bool], str] = {
    ("structural", True): N_("it were read as structural"),
    ("structural", False): N_("it were not read as structural"),
    ("hedge", True): N_("it were in doubt"),
    ("hedge", False): N_("it were not in doubt"),
    ("negated", True): N_("it were denied"),
    ("negated", False): N_("it were not denied"),
}
_FEW = 5
"""So many kinds of event still make a sentence."""


def event_words(event: Event, tr: Translator = ENGLISH) -> str:
    """The kind of thing that is reported, in a word or two."""
    return tr(EVENTS[event])


def flip_words(flip: Flip, story: Story, now: datetime, tr: Translator = ENGLISH) -> str:
    """What would have to be otherwise for another label; empty where that cannot be said in the reader's language."""
    if tr is ENGLISH:
        return flip.in_words(story, now)
    told = [_would(wish.condition, story, tr, holds=wish.holds) for wish in flip.wishes]
    if not all(told):
        return ""
    label = tr(LABEL_WORDS[flip.label])
    what = tr.listed(told, N_("{some}, and {last}"))
    if flip.rule:
        return tr("It would be {label} by {rule} if {what}.", label=label, rule=flip.rule, what=what)
    return tr("It would be {label} if {what}.", label=label, what=what)


def _would(condition: Condition, story: Story, tr: Translator, *, holds: bool) -> str:  # noqa: PLR0911  one a kind
    """One condition as a wish, with what the story has; empty for those that only who writes rules understands."""
    act = story.lead.act
    match condition:
        case StageAtLeast():
            told = N_("the stage were at least {stage} (it is {now})")
            told = told if holds else N_("the stage were not yet {stage} (it is {now})")
            return tr(told, stage=_stage(condition.stage, tr), now=_stage(act.stage, tr))
        case OneOf(field="stage"):
            told = N_("the stage were {words} (it is {now})") if holds else N_("the stage were not {words}")
            words = tr.joined(_stage(Stage(word), tr) for word in condition.words)
            return tr(told, words=words, now=_stage(act.stage, tr))
        case OneOf(field="event") if len(condition.words) <= _FEW:
            told = N_("the event were {words} (it is {now})") if holds else N_("the event were not {words}")
            words = tr.joined(event_words(Event(word), tr) for word in condition.words)
            return tr(told, words=words, now=event_words(act.event, tr))
        case Is():
            return tr(_IS[condition.field, condition.value is holds])
        case About():
            told = N_("it were about {topics}") if holds else N_("it were not about {topics}")
            return tr(told, topics=topics_within(condition.topics, tr))
        case Between(field="publishers", at_least=least, at_most=None) if holds and least is not None:
            return tr(
                "there were {count} independent publishers or more (there are {now})",
                count=round(least),
                now=publishers(story),
            )
        case _:
            return ""


def _stage(stage: Stage, tr: Translator) -> str:
    return stage_words(stage, tr) or tr("none yet")
