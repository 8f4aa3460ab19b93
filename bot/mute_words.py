"""A mute and what it is about, in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.languages.countries import country_in
from bot.languages.translator import ENGLISH, Translator
from bot.mutings import Mute
from bot.quiet import zone_of
from bot.targets import Target
from bot.text import shown
from bot.words import TOPICS, left_words, moment_words, topics_within
from rules.story import Topic

_LONGEST = 40


def target_words(target: Target, tr: Translator = ENGLISH) -> str:
    """What is muted, as it begins a sentence: "Chips", "China", "What only Reuters tells"."""
    name = name_words(target, tr)
    match target.kind:
        case "source":
            return tr("What only {name} tells", name=name)
        case "rule":
            return tr("The rule {name}", name=name)
        case "story":
            return tr("The story “{name}”", name=name)
        case "word":
            return tr("What says “{name}”", name=name)
        case _:
            return name


def name_words(target: Target, tr: Translator = ENGLISH) -> str:
    """The bare name: "Chips", "China", "Reuters"."""
    topic = target.topic
    if topic is not None:
        return tr(TOPICS[topic])
    name = target.name or target.value
    return shown(country_in(name, tr) if target.kind == "entity" else name, _LONGEST)


def again_words(target: Target, tr: Translator = ENGLISH) -> str:
    """The name as it stands within a sentence: "chips", "China", "the rule x"."""
    if target.topic is not None:
        return topics_within([target.topic], tr)
    name = name_words(target, tr)
    match target.kind:
        case "source":
            return tr("what only {name} tells", name=name)
        case "rule":
            return tr("the rule {name}", name=name)
        case "story":
            return tr("the story “{name}”", name=name)
        case "word":
            return tr("what says “{name}”", name=name)
        case _:
            return name


def all_words(targets: Sequence[Target], tr: Translator = ENGLISH) -> str:
    """Several at once: "Chips and Energy", "Everything"."""
    if {target.topic for target in targets} >= set(Topic):
        return tr("Everything")
    first, *others = [target_words(targets[0], tr), *(_within(other, tr) for other in targets[1:])]
    if len(others) == 1:
        return tr("{one} and {other}", one=first, other=others[0])
    return tr("{some} and {last}", some=tr.joined([first, *others[:-1]]), last=others[-1]) if others else first


def mute_words(mute: Mute, now: datetime, tr: Translator = ENGLISH) -> str:
    """What is muted and for how long yet."""
    what = target_words(mute.target, tr)
    if mute.until is None:
        return tr("{what} until you unmute it", what=what)
    return tr("{what} for {left} more", what=what, left=left_words(mute.until - now, tr))


def until_words(until: datetime, zone: str, tr: Translator = ENGLISH) -> str:
    """The moment by the clock of the chat's zone."""
    try:
        return moment_words(until.astimezone(zone_of(zone)), tr)
    except ValueError:
        return moment_words(until, tr)


def _within(target: Target, tr: Translator) -> str:
    return target_words(target, tr) if target.kind in ("topic", "entity") else again_words(target, tr)
