"""Which language a person names: by its code, in its own words or in another's. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache

from babel import Locale

from bot.languages.catalogues import LANGUAGES
from bot.zones import plain

_TAG = re.compile(r"([a-z]{2})(?:[-_][a-z0-9]{2,8})*", re.IGNORECASE)
_CALLED: Mapping[str, tuple[str, ...]] = {
    "en": ("British", "American English"),
    "es": ("Castellano", "Castilian"),
    "ur": (),
    "zh": (
        "汉语",
        "漢語",
        "中國話",
        "普通话",
        "华语",
        "简体中文",
        "简体",
        "Mandarin",
        "Simplified Chinese",
        "Putonghua",
    ),
}
"""What people say beside what dictionaries have."""
_FAR = 0.7
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Meant:
    """What was understood: the code of a language, or, where that is empty, the codes that may have been meant."""

    language: str = ""
    near: tuple[str, ...] = ()


def find_language(text: str) -> Meant:
    """The language of "ur", "es-AR", "اردو", "Español" or "to chinese please"; never raises."""
    word, known = plain(text[:_LONGEST]), _names()
    tag = _TAG.fullmatch(text.strip())
    if word in known:
        return Meant(known[word])
    if tag is not None and tag[1].lower() in LANGUAGES:
        return Meant(tag[1].lower())
    said = {known[each] for each in word.split() if each in known and len(each) > 2}
    if len(said) == 1:
        return Meant(said.pop())
    close = get_close_matches(word, known, n=4, cutoff=_FAR)
    return Meant(near=tuple(sorted(said)) or tuple(dict.fromkeys(known[each] for each in close)))


@cache
def _names() -> Mapping[str, str]:
    """Every name of a language, plain: its code, and what it is called in each language that is spoken here."""
    names: dict[str, str] = {}
    for code, own in LANGUAGES.items():
        told = (Locale.parse(language).languages.get(code, code) for language in LANGUAGES)
        names |= dict.fromkeys(map(plain, (code, own, *told, *_CALLED[code])), code)
    return names
