"""A headline made fit for matching: folded, without tricks and publisher tails, with the way back to the original."""

# ruff: noqa: RUF001  # letters that look alike are what this file is about

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

LONGEST_TITLE = 500
"""Characters of a title that are read; feeds are hostile and headlines are short."""
LONGEST_SUMMARY = 600

_REFERENCE = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,31});")
_QUOTES = str.maketrans(
    {"‘": "'", "’": "'", "‛": "'", "`": "'", "“": '"', "”": '"', "«": '"', "»": '"', "–": "—", "―": "—"}
)
_LOOKALIKES = dict(
    zip(
        "АВЕЅЗІЈКМНОРСТХУаеѕіјорсхуԁһԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧονρ",
        "ABES3IJKMHOPCTXYaesijopcxydhqwABEZHIKMNOPTYXovp",
        strict=True,
    )
)
_WORD = re.compile(r"[^\W\d_]+")
_HYPHEN = re.compile(r"(?<=[\w.])[-‐‑](?=\w)")
_TAIL = re.compile(r"\s(?P<mark>\||—|-)\s+(?P<name>[^|—]{2,48})$")
_OUTLET = re.compile(
    r"(?:\b(?:news|times|post|journal|herald|guardian|telegraph|daily|magazine|radio|tv|gazette|tribune|insider|wire|press"
    r"|today|report|review|world|observer|standard|monitor)$|\.(?:com|org|net|co\.\w\w|io|ru|in)$"
    r"|^(?:the |cnn|bbc|wsj|ap$|afp$|cnbc|reuters|bloomberg|forbes|fortune|nikkei|politico|axios|euronews|cryptoslate"
    r"|coindesk|cointelegraph|yahoo|al jazeera|scmp|nyt$|ft$|tass$|ani$|npr$|abc|cbs|nbc|msn|dw$|rte|upi$|france ?24))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Clean:
    """A text for matching. ``places[i]`` is the index in the original of character i; None where both run alike.

    ``tail`` is the publisher's name that was cut off the end, if any.
    """

    text: str
    places: tuple[int, ...] | None
    tail: str = ""

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Where ``text[start:end]`` stands in the original."""
        if self.places is None or start >= end:
            return start, end
        return self.places[start], self.places[end - 1] + 1


def clean(title: str, publisher: str = "", longest: int = LONGEST_TITLE) -> Clean:
    """The text folded for matching; never raises, and never looks further than ``longest`` characters."""
    title = title[:longest]
    if title.isascii() and title.isprintable() and "&" not in title:
        text, places = title, None
    else:
        pairs = _unlook(_folded(title))
        text, places = "".join(char for char, _ in pairs), tuple(place for _, place in pairs)
    text = _HYPHEN.sub(" ", text)
    cut = _tail_start(text, publisher)
    if cut is None:
        return Clean(text, places)
    return Clean(text[:cut], places[:cut] if places is not None else None, text[cut:].strip(" |—-"))


def _folded(title: str) -> list[tuple[str, int]]:
    """Characters with their place: references resolved, compatibility forms and accents folded, controls dropped."""
    pairs: list[tuple[str, int]] = []
    index = 0
    while index < len(title):
        match = _REFERENCE.match(title, index) if title[index] == "&" else None
        raw = html.unescape(match.group()) if match else title[index]
        for folded in unicodedata.normalize("NFKD", raw.translate(_QUOTES)):
            kind = unicodedata.category(folded)
            if kind in ("Mn", "Me", "Cf", "Cs", "Co", "Cn"):
                continue
            char = " " if kind.startswith(("Z", "C")) else folded
            if char != " " or (pairs and pairs[-1][0] != " "):
                pairs.append((char, index))
        index += len(match.group()) if match else 1
    return pairs


def _unlook(pairs: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Latin letters for Cyrillic and Greek ones that look alike, in a text that is Latin for the most part."""
    text = "".join(char for char, _ in pairs)
    letters = [char for char in text if char.isalpha()]
    strange = [char for char in letters if "\u0370" <= char <= "\u052f"]
    if not strange or len(strange) * 2 > len(letters):
        return pairs
    for match in _WORD.finditer(text):
        odd = [char for char in match.group() if char > "\u02ff"]
        if odd and all(char in _LOOKALIKES for char in odd):
            for index in range(match.start(), match.end()):
                pairs[index] = (_LOOKALIKES.get(pairs[index][0], pairs[index][0]), pairs[index][1])
    return pairs


def _plain(name: str) -> str:
    return re.sub(r"[\W_]|com$|^the ", "", name.lower().strip())


def _tail_start(text: str, publisher: str) -> int | None:
    """Where a publisher's name begins that closes the text, or None."""
    match = _TAIL.search(text)
    if match is None or match.start() < 15:
        return None
    name = match["name"].strip()
    own = _plain(publisher)
    same = bool(own) and (_plain(name).startswith(own) or own.startswith(_plain(name) or "-"))
    words = name.split()
    short = len(words) <= 4 and not any(char.isdigit() for char in name)
    outlet = short and (_OUTLET.search(name) is not None or (match["mark"] != "—" and name.isupper()))
    titled = short and match["mark"] == "|" and all(word[0].isupper() or word in ("of", "the", "and") for word in words)
    return match.start() if same or outlet or titled else None


def foreign(text: str, common: frozenset[str], others: Sequence[frozenset[str]]) -> bool:
    """Whether a cleaned text is in no language that we read: by script, then by function words.

    ``common`` are English function words, each set in ``others`` those of another language.
    """
    letters = [char for char in text if char.isalpha()]
    if not letters:
        return False
    if sum(char > "\u024f" for char in letters) * 10 > len(letters) * 4:
        return True
    words = re.findall(r"[a-z']+", text.lower())
    english = sum(word in common for word in words)
    strange = max((sum(word in other for word in words) for other in others), default=0)
    return strange >= 2 and strange > english
