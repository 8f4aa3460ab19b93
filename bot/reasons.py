"""Why a rule spoke, said in a chat's language, and what it did. Pure.

A rule's own translation goes first, then the catalogue's; where there is neither the English sentence stands, whole.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from bot.languages.countries import country_in
from bot.languages.direction import apart
from bot.languages.extract import IN_A_REASON
from bot.languages.translator import ENGLISH, N_, Translator
from bot.text import capital, clean, shown, units
from bot.words import LABEL_WORDS, from_words
from rules.phrases import AUTHORITIES, WEIGHED, doers, event_words, stage_words
from rules.story import Story
from rules.verdict import WEIGHTS, Reason

_EFFECTS: Mapping[str, str] = LABEL_WORDS | {"at most watch": N_("at most watch")}
_PLACE, _HAS_WORDS = re.compile(r"\{\w+\}"), re.compile(r"\w")
"""What is all places reads the same in many languages."""
_OF_100 = re.compile(r"(\S+) of 100")


def reason_words(reason: Reason, story: Story, limit: int, tr: Translator = ENGLISH, effect: date | None = None) -> str:
    """The sentence in at most ``limit`` units, ready to stand in a line; "" where the rule has none.

    ``effect`` is the day from which the act holds, where that is still ahead. How the score came about is told in
    English alone; in another language it is said what was weighed.
    """
    own = dict(reason.translations).get(tr.language, "")
    sentence = WEIGHED if reason.rule == WEIGHTS else reason.sentence
    said = clean(own) or tr(sentence)
    as_kept = tr is ENGLISH and not (effect and "{stage}" in said)
    if as_kept or not said or (tr is not ENGLISH and said == sentence and _HAS_WORDS.search(_PLACE.sub("", said))):
        english = shown(reason.because, limit)
        return apart(english) if tr.right_to_left else english
    act, by = story.lead.act, _by_whom(story, tr)
    said = said.replace("{by}", " {by}" if by else "")
    stage = from_words(_word(stage_words(act.event, act.stage), tr), effect, tr)
    filled = tr(said, event=_word(event_words(act.event), tr), stage=stage, by=by)
    # Sentences begin with a capital in languages that have them, also where an act stands first.
    filled = capital(filled)
    return filled if units(filled) <= limit else shown(filled, limit)


def effect_words(effect: str, tr: Translator = ENGLISH) -> str:
    """What a rule did, as a reason has it: "at most watch", "x 0.85", "70 of 100"."""
    if match := _OF_100.fullmatch(effect):
        return tr("{score} of 100", score=match[1])
    return tr(_EFFECTS[effect]) if effect in _EFFECTS else shown(effect, 40)


def _by_whom(story: Story, tr: Translator) -> str:
    """As "(EU and Canada)"; the places of sentences stand without a space before them."""
    names = [shown(country_in(actor.name, tr), 60) or _word(AUTHORITIES[actor.authority], tr) for actor in doers(story)]
    return tr.figure("({names})", names=tr.listed(names)) if names else ""


def _word(text: str, tr: Translator) -> str:
    return tr.within(IN_A_REASON, text)
