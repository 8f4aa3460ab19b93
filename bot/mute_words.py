"""A mute and what it is about, in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.mutings import Mute
from bot.quiet import zone_of
from bot.targets import Target
from bot.text import shown
from bot.words import TOPICS, left_words, moment_words
from rules.story import Topic

_LONGEST = 40


def target_words(target: Target) -> str:
    """What is muted, as it begins a sentence: "Chips", "China", "What only Reuters tells"."""
    name = name_words(target)
    match target.kind:
        case "source":
            return f"What only {name} tells"
        case "rule":
            return f"The rule {name}"
        case "story":
            return f"The story “{name}”"
        case "word":
            return f"What says “{name}”"
        case _:
            return name


def name_words(target: Target) -> str:
    """The bare name: "Chips", "China", "Reuters"."""
    topic = target.topic
    return TOPICS[topic] if topic is not None else shown(target.name or target.value, _LONGEST)


def again_words(target: Target) -> str:
    """The name as it stands within a sentence: "chips", "China", "the rule x"."""
    words = target_words(target)
    return name_words(target) if target.kind == "entity" else f"{words[:1].lower()}{words[1:]}"


def all_words(targets: Sequence[Target]) -> str:
    """Several at once: "Chips and Energy", "Everything"."""
    if {target.topic for target in targets} >= set(Topic):
        return "Everything"
    first, *others = targets
    return " and ".join((target_words(first), *(_within(other) for other in others)))


def mute_words(mute: Mute, now: datetime) -> str:
    """What is muted and for how long yet."""
    left = f" for {left_words(mute.until - now)} more" if mute.until else " until you unmute it"
    return f"{target_words(mute.target)}{left}"


def until_words(until: datetime, zone: str) -> str:
    """The moment by the clock of the chat's zone."""
    try:
        here = until.astimezone(zone_of(zone))
    except ValueError:
        return moment_words(until)
    return f"{here.day} {here:%b %H:%M %Z}"


def _within(target: Target) -> str:
    return target_words(target) if target.kind in ("topic", "entity") else again_words(target)
