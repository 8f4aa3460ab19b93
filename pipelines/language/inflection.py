"""The forms of an English verb: base, third person, past, participle in -ing, past participle."""

from __future__ import annotations

import re
from collections.abc import Mapping

FORMS = ("base", "third", "past", "ing", "participle")
_DOUBLING = re.compile(r"^[^aeiou]*[aeiou][bdgmnpt]$")


def inflect(verb: str, irregular: Mapping[str, str]) -> tuple[str, str, str, str, str]:
    """The five forms, in the order of ``FORMS``; the first word of a phrase bends ("shut down" -> "shuts down").

    ``irregular`` maps a base to "third past ing participle". One-syllable verbs in a single consonant double it.
    """
    head, _, rest = verb.partition(" ")
    if head in irregular:
        third, past, ing, participle = irregular[head].split()
    else:
        third, past, ing = _third(head), _past(head), _ing(head)
        participle = past
    base, third, past, ing, participle = (f"{form} {rest}".strip() for form in (head, third, past, ing, participle))
    return base, third, past, ing, participle


def _third(verb: str) -> str:
    if verb.endswith(("s", "x", "z", "ch", "sh", "o")):
        return verb + "es"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb[:-1] + "ies"
    return verb + "s"


def _past(verb: str) -> str:
    if verb.endswith("e"):
        return verb + "d"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb[:-1] + "ied"
    return (verb + verb[-1] if _DOUBLING.match(verb) else verb) + "ed"


def _ing(verb: str) -> str:
    if verb.endswith("ie"):
        return verb[:-2] + "ying"
    if verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")):
        return verb[:-1] + "ing"
    return (verb + verb[-1] if _DOUBLING.match(verb) else verb) + "ing"
