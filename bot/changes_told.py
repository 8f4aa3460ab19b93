"""What a story's change says, in a reader's language: the pipelines write it down in English, in few forms. Pure.

Names, figures and days are values of these forms. What is in none of them, an operator's own words or a headline, is
told as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime

from babel.dates import format_skeleton

from bot.languages.translator import ENGLISH, N_, Translator
from bot.text import capital
from rules.story import Move

_ARROW = " → "
_AGAIN = " again"
_STAGES: Mapping[str, str] = {
    "talk": N_("talk"),
    "rumour": N_("rumour"),
    "proposed": N_("proposed"),
    "passed by one chamber": N_("passed by one chamber"),
    "memorandum": N_("memorandum"),
    "announced": N_("announced"),
    "signed": N_("signed"),
    "in force": N_("in force"),
    "taking effect": N_("taking effect"),
    "reversed": N_("reversed"),
    "suspended": N_("suspended"),
    "delayed": N_("delayed"),
}
"""How far an act is."""
_SAID: Mapping[str, str] = {
    "denied": N_("denied by {who}"),
    "corrected": N_("corrected by {who}"),
    "clarified": N_("clarified by {who}"),
    "retracted": N_("retracted by {who}"),
}
_SPEAKERS: Mapping[str, str] = {
    "the ministry": N_("the ministry"),
    "the ministries": N_("the ministries"),
    "the minister": N_("the minister"),
    "the government": N_("the government"),
    "the spokesman": N_("the spokesman"),
    "the spokeswoman": N_("the spokeswoman"),
    "the spokesperson": N_("the spokesperson"),
    "the official": N_("the official"),
    "the officials": N_("the officials"),
    "the company": N_("the company"),
    "the firm": N_("the firm"),
    "the regulator": N_("the regulator"),
    "the agency": N_("the agency"),
    "the central bank": N_("the central bank"),
    "the commission": N_("the commission"),
    "the white house": N_("the white house"),
    "the kremlin": N_("the kremlin"),
    "the customs": N_("the customs"),
    "the court": N_("the court"),
    "the president": N_("the president"),
    "the premier": N_("the premier"),
    "the secretary": N_("the secretary"),
    "the ceo": N_("the ceo"),
    "the chief": N_("the chief"),
    "the department": N_("the department"),
    "the publisher": N_("the publisher"),
}
_MEANS: Mapping[str, str] = {
    "quota": N_("quota"),
    "licence": N_("licence"),
    "ban": N_("ban"),
    "tariff": N_("tariff"),
    "entity list": N_("entity list"),
    "sanctions": N_("sanctions"),
    "price floor": N_("price floor"),
    "equity stake": N_("equity stake"),
    "loan": N_("loan"),
    "grant": N_("grant"),
    "tax credit": N_("tax credit"),
    "stockpile": N_("stockpile"),
    "offtake": N_("offtake"),
}
_DAYS: Mapping[str, str] = {
    "from": N_("from {day}"),
    "until": N_("until {day}"),
    "till": N_("till {day}"),
    "by": N_("by {day}"),
    "on": N_("on {day}"),
    "through": N_("through {day}"),
    "before": N_("before {day}"),
}
_OWN_TEXT = "the issuer's own text"
_DAY = re.compile(r"\d{1,2} [A-Z][a-z]+ \d{4}")


def detail_words(kind: Move, detail: str, tr: Translator = ENGLISH) -> str:
    """What moved, as it stands within a line: "announced → in force", "denied by the ministry"."""
    return detail if tr is ENGLISH else _told(kind, detail, tr) or detail


def begun_words(kind: Move, detail: str, tr: Translator = ENGLISH) -> str:
    """The same where it begins a line, "Announced → in force"; empty for none."""
    return capital(detail_words(kind, detail, tr))


def _told(kind: Move, detail: str, tr: Translator) -> str:
    """The detail in the language; empty where it has none of the forms that changes of this kind have."""
    match kind:
        case Move.STAGE | Move.REVERSAL:
            return _stages(detail, tr)
        case Move.DENIAL | Move.CORRECTION:
            return _said_by(detail, tr)
        case Move.DATE | Move.EFFECT | Move.LAPSE:
            return _days(detail, tr)
        case Move.INSTRUMENT:
            new, _, known = detail.partition(" besides ")
            both = new in _MEANS and known in _MEANS
            return tr("{new} besides {known}", new=tr(_MEANS[new]), known=tr(_MEANS[known])) if both else ""
        case Move.SOURCE:
            return tr("the issuer's own text") if detail == _OWN_TEXT else ""
        case _:
            return ""


def _stages(detail: str, tr: Translator) -> str:
    before, arrow, after = detail.partition(_ARROW)
    once = after.removesuffix(_AGAIN)
    if not arrow or before not in _STAGES or once not in _STAGES:
        return ""
    now = tr(_STAGES[once])
    now = now if once == after else tr("{stage} again", stage=now)
    return tr("{before} → {after}", before=tr(_STAGES[before]), after=now)


def _said_by(detail: str, tr: Translator) -> str:
    verb, by, who = detail.partition(" by ")
    if not by or verb not in _SAID:
        return ""
    return tr(_SAID[verb], who=tr(_SPEAKERS[who]) if who in _SPEAKERS else who)


def _days(detail: str, tr: Translator) -> str:
    before, arrow, after = detail.partition(_ARROW)
    if arrow:
        one, other = _day(before, tr), _day(after, tr)
        return tr("{before} → {after}", before=one, after=other) if one and other else ""
    word, _, rest = detail.partition(" ")
    if word in _DAYS and (day := _day(rest, tr)):
        return tr(_DAYS[word], day=day)
    return _day(detail, tr)


def _day(text: str, tr: Translator) -> str:
    """A day, or a year alone, as the language writes it; empty for any other text."""
    if len(text) == 4 and text.isdecimal():
        return format_skeleton("y", date(int(text), 1, 1), locale=tr.locale)
    if _DAY.fullmatch(text) is None:
        return ""
    try:
        day = datetime.strptime(text, "%d %B %Y").date()  # noqa: DTZ007  a day has no zone
    except ValueError:
        return ""
    return format_skeleton("yMMMd", day, locale=tr.locale)
