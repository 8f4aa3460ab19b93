"""Amounts with their units and plain dates, as a headline writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

from rules.story import Quantity

_SCALE = {
    "k": 1e3, "thousand": 1e3, "m": 1e6, "mn": 1e6, "mln": 1e6, "million": 1e6, "b": 1e9, "bn": 1e9, "bln": 1e9,
    "billion": 1e9, "t": 1e12, "tn": 1e12, "trn": 1e12, "trillion": 1e12, "crore": 1e7, "lakh": 1e5, "": 1.0,
}  # fmt: skip
_SIGNS = {
    "$": "USD",
    "us$": "USD",
    "a$": "AUD",
    "c$": "CAD",
    "hk$": "HKD",
    "s$": "SGD",
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "₹": "INR",
    "rs": "INR",
}
_NAMES = {
    "dollars": "USD", "usd": "USD", "euros": "EUR", "eur": "EUR", "pounds": "GBP", "yuan": "CNY", "yen": "JPY",
    "rupees": "INR", "won": "KRW",
}  # fmt: skip
_SCALES = r"thousand|million|billion|trillion|crore|lakh|mln|bln|trn|mn|bn|tn|[kmbt]"
_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,12}(?:\.\d{1,4})?"
_MONEY = re.compile(
    rf"(?P<sign>us\$|a\$|c\$|hk\$|s\$|[$€£¥₹]|\brs\.?\s?)\s?(?P<n>{_NUMBER})\s?(?P<scale>{_SCALES})?\b", re.IGNORECASE
)
_WORDED = re.compile(
    rf"\b(?P<n>{_NUMBER})\s?(?P<scale>{_SCALES})?\s(?P<name>dollars|usd|euros|eur|pounds|yuan|yen|rupees|won)\b",
    re.IGNORECASE,
)
_SPELLINGS = {
    "%": "%,percent,per cent,pc,pct",
    "bp": "basis points,basis point,bps,bp",
    "t": "tonnes,tonne,tons,ton,mt",
    "t/y": "tpa,tonnes a year,tonnes per year",
    "MW": "mw,megawatts",
    "GW": "gw,gigawatts",
    "GWh": "gwh",
    "MWh": "mwh",
    "bcm": "bcm",
    "bbl": "barrels",
    "bbl/d": "bpd,barrels a day,barrels per day",
    "wafers": "wafers",
    "nm": "nm",
}
_UNITS = {spelling: unit for unit, spellings in _SPELLINGS.items() for spelling in spellings.split(",")}
_MEASURE = re.compile(
    rf"\b(?P<n>{_NUMBER})\s?(?P<scale>thousand|million|billion|mln|mn|bn|m|k)?\s?(?P<unit>%|"
    + "|".join(sorted((re.escape(unit) + r"\b" for unit in _UNITS if unit != "%"), key=len, reverse=True))
    + ")",
    re.IGNORECASE,
)
_SUPPLY = re.compile(
    r"\s+of\s+(?:[\w'-]+\s+){0,3}?(?:supply|supplies|output|production|capacity|refining|demand|imports|exports|reserves)\b",
    re.IGNORECASE,
)
SHARE_OF_SUPPLY = "% of supply"
UNITS = frozenset({*_SIGNS.values(), *_NAMES.values(), *_SPELLINGS, SHARE_OF_SUPPLY, "TWD"})
"""Every unit that an amount may have, those read in Chinese too."""
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    "january|february|march|april|may|june|july|august|september|october|november|december"
    "|jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec"
)
_DATE = re.compile(
    rf"\b(?:(?P<month>{_MONTH})\.?\s(?P<day>\d{{1,2}})(?!\d)(?:,?\s(?P<year>20\d\d))?"
    rf"|(?P<day2>\d{{1,2}})\s(?P<month2>{_MONTH})\b\.?(?:\s(?P<year2>20\d\d))?)",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:until|by|through|to|from|in|till)\s(?:end\s)?(?P<year>20[2-6]\d)\b", re.IGNORECASE)


def amounts(text: str) -> tuple[Quantity, ...]:
    """Money with its currency, and measures, in the order of the text; at most eight.

    A percentage of somebody's supply, output or the like has a unit of its own: it says how much hangs on the act.
    """
    found: list[tuple[int, Quantity]] = []
    for match in _MONEY.finditer(text):
        unit = _SIGNS.get(match["sign"].lower().strip(" ."), "USD")
        found.append((match.start(), Quantity(_value(match["n"], match["scale"]), unit, match.group().strip())))
    taken = {start for start, _ in found}
    for match in _WORDED.finditer(text):
        if match.start() not in taken:
            unit = _NAMES[match["name"].lower()]
            found.append((match.start(), Quantity(_value(match["n"], match["scale"]), unit, match.group().strip())))
    for match in _MEASURE.finditer(text):
        unit = _UNITS[match["unit"].lower()]
        if unit == "%" and _SUPPLY.match(text, match.end()):
            unit = SHARE_OF_SUPPLY
        found.append((match.start(), Quantity(_value(match["n"], match["scale"]), unit, match.group().strip())))
    return tuple(quantity for _, quantity in sorted(found, key=lambda pair: pair[0])[:8])


@dataclass(frozen=True, slots=True)
class Dated:
    """A day that a text names from ``start`` to ``end``; a bare year (``whole_year``) stands as its last day."""

    start: int
    end: int
    on: date
    whole_year: bool = False


def dated(text: str, published: datetime) -> tuple[Dated, ...]:
    """Days that are named, in the order of the text.

    Without a year it is the next such day within nine months, else the last one.
    """
    found: list[Dated] = []
    for match in _DATE.finditer(text):
        month = _MONTHS.index((match["month"] or match["month2"])[:3].lower()) + 1
        day, year = int(match["day"] or match["day2"]), match["year"] or match["year2"]
        made = _day(int(year), month, day) if year else _nearest(month, day, published.date())
        if made is not None:
            found.append(Dated(*match.span(), made))
    found += [
        Dated(*match.span("year"), date(int(match["year"]), 12, 31), whole_year=True) for match in _YEAR.finditer(text)
    ]
    return tuple(sorted(found, key=lambda each: each.start))


def dates(text: str, published: datetime) -> tuple[date, ...]:
    """The same days alone, bare years last; at most four."""
    found = sorted(dated(text, published), key=lambda each: each.whole_year)
    return tuple(dict.fromkeys(each.on for each in found))[:4]


def _value(number: str, scale: str | None) -> float:
    return float(number.replace(",", "")) * _SCALE[(scale or "").lower()]


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _nearest(month: int, day: int, today: date) -> date | None:
    """The one of last, this and next year that lies between three months ago and nine months ahead."""
    made = [_day(year, month, day) for year in (today.year - 1, today.year, today.year + 1) if 1 <= year <= 9998]
    near = [one for one in made if one is not None and -92 <= (one - today).days <= 275]
    return near[0] if near else None
