"""A mute and what it is about, in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.languages.translator import ENGLISH, N_, Translator
from bot.mutings import Mute
from bot.quiet import zone_of
from bot.targets import Target
from bot.text import shown
from bot.words import TOPICS, left_words, moment_words, topics_within
from rules.story import Topic

_LONGEST = 40


_BEGINS: Mapping[str, str] = {
    "source": N_("What only {name} tells"),
    "rule": N_("The rule {name}"),
    "story": N_("The story “{name}”"),
    "word": N_("What says “{name}”"),
}
_WITHIN: Mapping[str, str] = {
    "source": N_("what only {name} tells"),
    "rule": N_("the rule {name}"),
    "story": N_("the story “{name}”"),
    "word": N_("what says “{name}”"),
}
_ON_A_BUTTON: Mapping[str, str] = {
    "source": N_("source {name}"),
    "rule": N_("rule {name}"),
    "word": N_("“{name}”"),
}
"""What is muted of each kind that does not go by its bare name."""


def target_words(target: Target, tr: Translator = ENGLISH) -> str:
    """What is muted, as it begins a sentence: "Chips", "China", "What only Reuters tells"."""
    return _of_kind(_BEGINS, target, tr)


def button_words(target: Target, tr: Translator = ENGLISH) -> str:
    """The same on a button: "Chips", "China", "source Reuters"."""
    return _of_kind(_ON_A_BUTTON, target, tr)


def again_words(target: Target, tr: Translator = ENGLISH) -> str:
    """The name as it stands within a sentence: "chips", "China", "the rule x"."""
    if target.topic is not None:
        return topics_within([target.topic], tr)
    return _of_kind(_WITHIN, target, tr)


def all_words(targets: Sequence[Target], tr: Translator = ENGLISH) -> str:
    """Several at once: "Chips and Energy", "Everything"."""
    if {target.topic for target in targets} >= set(Topic):
        return tr("Everything")
    first, *others = targets
    return tr.listed([target_words(first, tr), *(_of_kind(_WITHIN, each, tr) for each in others)])


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


def _of_kind(texts: Mapping[str, str], target: Target, tr: Translator) -> str:
    name = _name(target, tr)
    return tr(texts[target.kind], name=name) if target.kind in texts else name


def _name(target: Target, tr: Translator) -> str:
    """The bare name: "Chips", "China", "Reuters"."""
    topic = target.topic
    return tr(TOPICS[topic]) if topic is not None else shown(target.name or target.value, _LONGEST)
