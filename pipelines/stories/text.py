"""What the wording of a headline says about which event it reports: words folded, stemmed and made comparable.

Pure apart from the word table that is read once from the package.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import yaml

from pipelines.stories.families import bare, is_publisher

LONGEST_TITLE = 400
"""Characters of a title that are looked at; feeds are hostile and headlines are short."""

_SCALES = {
    "k": 1e3, "thousand": 1e3, "m": 1e6, "mn": 1e6, "mln": 1e6, "million": 1e6, "b": 1e9, "bn": 1e9, "bln": 1e9,
    "billion": 1e9, "t": 1e12, "tn": 1e12, "trn": 1e12, "trillion": 1e12, "crore": 1e7, "lakh": 1e5,
}  # fmt: skip
_QUOTES = str.maketrans("\u2018\u2019\u201c\u201d`", "''\"\"'")
_TAIL = re.compile(r"\s+[-\u2013\u2014|]\s+(?P<name>[^-\u2013\u2014|]{2,60})$")
_BYLINE = re.compile(r"\s+by\s+(?P<name>reuters|bloomberg|investing\.com|afp|associated press)\s*$", re.IGNORECASE)
_CREDIT = re.compile(r"\((?P<name>reuters|ap|afp|bloomberg|dpa|xinhua|ani|pti|app|kyodo|yonhap)\)", re.IGNORECASE)
_LEAD_IN = re.compile(r"^\s*(?:exclusive|breaking|update \d|update|watch|live)\s*[:\-\u2013\u2014]\s*", re.IGNORECASE)
_HOST = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}", re.IGNORECASE)
_US = re.compile(r"\bU\.?S\.?A?\b\.?(?!\$)")
_AMOUNT = re.compile(
    r"(?P<sign>(?:us|hk|nz|a|c|s|r)?\$\s?|[€£¥₹]\s?|rs\.?\s)?(?P<value>\d[\d,]*(?:\.\d+)?)(?:\s?-?\s?"
    r"(?P<scale>thousand|million|billion|trillion|crore|lakh|mln|bln|trn|mn|bn|tn|[kmbt])\b)?"
    r"(?:\s?-?(?P<unit>%|percent(?:age points?)?\b|per\s?cent\b|pc\b|bps?\b|basis points?\b|[gm]w\b|tonnes?\b|tons?\b"
    r"|days?\b|nm\b))?",
    re.IGNORECASE,
)
_POINTS = {"quarter": 25, "half": 50, "three-quarter": 75, "full": 100}
_POINT = re.compile(
    r"\b(?P<part>(?:three[- ])?quarter|half|full)(?:[- ]an?|[- ]of[- ]a)?[- ](?:percentage[- ])?points?\b"
)
"""What a central bank moves its rate by: "a quarter point" is 25 basis points."""
_CIRCUMSTANCE = re.compile(r"\b(?:after|as|following|amid|ahead of|despite|while|because of|in response to)\b")
_ORDINAL = re.compile(r"\b(?:(\d{1,3})(?:st|nd|rd|th)|(fourth|fifth|sixth|seventh|eighth|ninth|tenth))\b")
_ORDINALS = ("fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_TOKEN = re.compile(r"[^\W_]+(?:['.][^\W_]+)*", re.UNICODE)
_TICKER = re.compile(r"\((?:[a-z]{2,8}:\s?)?(?P<ticker>[a-z]{1,6}(?:\.[a-z]{1,3})?)\)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Words:
    """The word table: stems that carry nothing, stems to one stem, stems to places, and opposite poles."""

    stop: frozenset[str]
    phrases: tuple[tuple[re.Pattern[str], Mapping[str, str]], ...]
    same: Mapping[str, str]
    places: Mapping[str, str]
    offices: frozenset[str]
    poles: Mapping[str, tuple[int, ...]]
    forms: Mapping[str, str]
    matters: frozenset[str]
    formal: frozenset[str]


@dataclass(frozen=True, slots=True)
class Marks:
    """What is compared of a headline.

    ``key`` is the folded title, equal for exact copies; ``words`` the stems; ``places`` country codes of the news;
    ``amounts`` pairs of unit and value; ``poles`` signed numbers, of which n and -n are opposites; ``tickers`` listed
    names; ``forms`` and ``matters`` what sort of text it is and which goods it is about; ``capitals`` the stems that
    have one in a headline written as a sentence; ``order`` the words as they stand; ``aside`` those that stand only in
    a clause about the circumstances ("after", "amid").
    """

    key: str
    words: frozenset[str]
    places: frozenset[str]
    amounts: tuple[tuple[str, float], ...]
    poles: frozenset[int]
    tickers: frozenset[str]
    forms: frozenset[str]
    matters: frozenset[str]
    capitals: frozenset[str]
    order: tuple[str, ...]
    aside: frozenset[str]
    publisher: str


def fold(text: str) -> str:
    """The text in NFKC without markup, odd spaces and curly quotes, at most ``LONGEST_TITLE`` characters."""
    text = unicodedata.normalize("NFKC", html.unescape(text[: 2 * LONGEST_TITLE]))
    return " ".join(text.translate(_QUOTES).split())[:LONGEST_TITLE]


def without_tail(title: str, publisher: str = "") -> str:
    """The title without a publisher's name at its end (" - Reuters", " | AIM", " By Reuters").

    A tail goes when it names the publisher, a publisher that the table of families knows, or a host.
    """
    title = _BYLINE.sub("", title)
    match = _TAIL.search(title)
    if match is None or not title[: match.start()].strip():
        return title
    name, rest = match["name"].strip(), title[: match.start()]
    ours, theirs = bare(publisher), bare(name)
    named = bool(ours and theirs) and (theirs in ours or ours in theirs)
    return rest if named or _HOST.fullmatch(name) or (len(rest.split()) >= 4 and is_publisher(name)) else title


def tail_of(title: str) -> str:
    """The publisher's name that stands at the end of a title, as aggregators write it, else nothing."""
    match = _TAIL.search(title)
    return match["name"].strip() if match and len(title[: match.start()].split()) >= 3 else ""


def credit_of(text: str) -> str:
    """The wire that a text names as its origin ("(Reuters)", " By Reuters"), else nothing."""
    match = _BYLINE.search(text) or _CREDIT.search(text)
    return match["name"] if match else ""


def stem(word: str) -> str:
    """The word without plural and verb endings: light, so that no two different nouns meet."""
    word = word.removesuffix("'s").replace("'", "").replace(".", "")
    if len(word) > 4 and word.endswith("ies"):
        word = word[:-3] + "y"
    elif len(word) > 4 and word.endswith(("ches", "shes", "xes", "sses", "zes")):
        word = word[:-2]
    elif len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            word = word.removesuffix(ending)
            if word[-1] == word[-2] and word[-1] not in "ls":
                word = word[:-1]
            break
    return word[:-1] if len(word) > 4 and word.endswith("e") else word


@lru_cache(maxsize=2048)
def marks(title: str, publisher: str = "") -> Marks:
    """What is compared of this headline."""
    table = load_words()
    text = _LEAD_IN.sub("", without_tail(fold(title), publisher))
    tickers = frozenset(match["ticker"].casefold() for match in _TICKER.finditer(text) if match["ticker"].isupper())
    capitals = _capitals(text)
    text = _US.sub(" usa ", text).casefold()
    key = " ".join(_TOKEN.findall(text))
    for pattern, names in table.phrases:
        text = pattern.sub(lambda match, names=names: f" {names[match[0]]} ", text)  # type: ignore[misc]
    amounts, text = _amounts(text)
    raw = [stem(token) for token in _TOKEN.findall(text)]
    kept = [word for word in raw if word and word not in table.stop and not (len(word) == 1 and word.isascii())]
    poles = frozenset(pole for word in raw for pole in table.poles.get(word, ()))
    order = tuple(dict.fromkeys(_compared((table.same.get(word, word) for word in kept), table)))
    circumstances = _aside(text)
    aside = frozenset(_compared((table.same.get(word, word) for word in circumstances), table))
    news = [word for word in kept if word not in circumstances and word in table.places]
    places = frozenset(table.places[word] for word in news or kept if word in table.places)
    words = frozenset(order) | {_name(unit, value) for unit, value in amounts}
    forms = frozenset(table.forms[word] for word in raw if word in table.forms) | (
        {"question"} if "?" in text else set()
    )
    matters = words & table.matters
    return Marks(
        key or text.strip(), words, places, amounts, poles, tickers, forms, matters, capitals, order, aside,
        bare(publisher),
    )  # fmt: skip


def _aside(text: str) -> frozenset[str]:
    """The stems that stand only after a word such as "amid", where enough stands before it to be the news."""
    match = _CIRCUMSTANCE.search(text)
    if match is None or len(_TOKEN.findall(text[: match.start()])) < 3:
        return frozenset()
    main = {stem(token) for token in _TOKEN.findall(text[: match.start()])}
    return frozenset(word for token in _TOKEN.findall(text[match.end() :]) if (word := stem(token)) not in main)


def _capitals(text: str) -> frozenset[str]:
    """The stems with a capital, but for the first word; none where nearly all words have one, As In A Title."""
    tokens = _TOKEN.findall(text)
    if sum(token[0].islower() for token in tokens if len(token) > 3) * 2 < sum(len(token) > 3 for token in tokens):
        return frozenset()
    return frozenset(stem(token.casefold()) for token in tokens[1:] if token[0].isupper())


def _compared(words: Iterable[str], table: Words) -> Iterator[str]:
    """A country and its people are one word; a person or an office that stands for it stays itself."""
    return (f"@{table.places[word]}" if word in table.places and word not in table.offices else word for word in words)


def _amounts(text: str) -> tuple[tuple[tuple[str, float], ...], str]:
    """Amounts as (unit, value) and the text without them. Years and bare small figures stay words."""
    found: set[tuple[str, float]] = set()
    text = _POINT.sub(lambda match: f"{_POINTS[match['part'].replace(' ', '-')]} bp", text)

    def take(match: re.Match[str]) -> str:
        before = text[match.start() - 1] if match.start() else " "
        after = text[match.end()] if match.end() < len(text) else " "
        if before.isalnum() or before in "./:" or after.isalnum():
            return match[0]
        value = float(match["value"].replace(",", "") or 0)
        unit = (match["unit"] or "").replace(" ", "").casefold()
        if match["sign"] or match["scale"]:  # "$5 billion", "3 million"
            value *= _SCALES.get((match["scale"] or "").casefold(), 1.0)
            unit = unit or "money" if match["sign"] else unit or "many"
        elif not unit:
            return match[0]
        if unit.startswith("percentagepoint"):
            unit, value = "bp", round(100 * value, 3)
        unit = {"percent": "%", "pc": "%", "basispoint": "bp", "basispoints": "bp", "bps": "bp"}.get(unit, unit)
        unit = {"tonne": "t", "tonnes": "t", "ton": "t", "tons": "t", "days": "day"}.get(unit, unit)
        found.add((unit, value))
        return " "

    rest = _AMOUNT.sub(take, text)
    found.update(("nth", float(digits or _ORDINALS.index(word) + 4)) for digits, word in _ORDINAL.findall(rest))
    return tuple(sorted(found)), _ORDINAL.sub(" ", rest)


def _name(unit: str, value: float) -> str:
    return f"#{value:.3g}{unit}"


@cache
def load_words() -> Words:
    """The shipped word table, read once."""
    raw: Any = yaml.safe_load(files("pipelines.stories").joinpath("words.yaml").read_text("utf-8"))
    poles: dict[str, tuple[int, ...]] = {}
    for number, (one, other) in enumerate(raw["opposites"], start=1):
        for sign, side in ((number, one), (-number, other)):
            for word in map(stem, side.split()):
                poles[word] = (*poles.get(word, ()), sign)
    same = {stem(word): head for head, words in raw["same"].items() for word in (head, *words)}
    return Words(
        stop=frozenset(map(stem, raw["stop"].split())) | frozenset(raw["stop"].split()),
        phrases=(_phrases(raw["phrases"]),),
        same=same,
        places=_codes(raw["places"]) | _codes(raw["offices"]),
        offices=frozenset(_codes(raw["offices"])),
        poles=poles,
        matters=frozenset(same.get(stem(word), stem(word)) for word in raw["matters"].split()),
        formal=frozenset(same.get(stem(word), stem(word)) for word in raw["formal"].split()),
        forms={stem(word): form for form, words in raw["forms"].items() for word in words.split()},
    )


def _codes(raw: Mapping[str, Iterable[str]]) -> dict[str, str]:
    return {stem(word): code for code, words in raw.items() for word in words}


def _phrases(raw: Mapping[str, Iterable[str]]) -> tuple[re.Pattern[str], Mapping[str, str]]:
    names = {phrase: name for name, phrases in raw.items() for phrase in phrases}
    longest_first = sorted(names, key=len, reverse=True)
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, longest_first)) + r")(?!\w)"), names
