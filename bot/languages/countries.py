"""Countries, which stories and mutes carry by their English names, as a reader's language calls them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from babel import Locale

from bot.languages.translator import ENGLISH, Translator

_SHORT: Mapping[str, str] = MappingProxyType({"US": "US", "UK": "GB", "EU": "EU", "UAE": "AE", "DR Congo": "CD"})
"""Countries as headlines call them, where dictionaries have only the long name."""


def country_in(name: str, tr: Translator) -> str:
    """The country in the reader's language; what is no country, and all in English, as it stands."""
    if tr.locale.language == ENGLISH.language:
        return name
    return str(tr.locale.territories.get(_codes().get(name, ""), name))


@cache
def _codes() -> Mapping[str, str]:
    """English names of countries, the short ones too: the codes by which dictionaries know them."""
    english = Locale.parse(ENGLISH.language).territories
    return MappingProxyType({**{name: code for code, name in english.items() if code.isalpha()}, **_SHORT})
