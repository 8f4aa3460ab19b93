"""Amounts and days as Chinese headlines write them, and the named evidence for and against "structural"."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from pipelines.language.amounts import dates
from pipelines.language.chinese.acts import Sight
from pipelines.language.chinese.events import Judged
from rules.story import Event, Form, Quantity, Stage, Topic

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_SCALE = {
    "": 1.0,
    "千": 1e3,
    "万": 1e4,
    "百万": 1e6,
    "千万": 1e7,
    "亿": 1e8,
    "百亿": 1e10,
    "千亿": 1e11,
    "万亿": 1e12,
    "兆": 1e12,
}
_UNITS = {
    "美元": "USD",
    "美金": "USD",
    "欧元": "EUR",
    "日元": "JPY",
    "日圆": "JPY",
    "韩元": "KRW",
    "英镑": "GBP",
    "港元": "HKD",
    "港币": "HKD",
    "澳元": "AUD",
    "加元": "CAD",
    "卢比": "INR",
    "新台币": "TWD",
    "元": "CNY",
    "人民币": "CNY",
    "吨/年": "t/y",
    "吨": "t",
    "%": "%",
    "个基点": "bp",
    "基点": "bp",
    "兆瓦时": "MWh",
    "吉瓦时": "GWh",
    "兆瓦": "MW",
    "吉瓦": "GW",
    "桶/日": "bbl/d",
    "桶": "bbl",
    "亿立方米": "bcm",
    "纳米": "nm",
    "奈米": "nm",
}
_AMOUNT = re.compile(
    r"(?P<n>\d{1,3}(?:,\d{3}){1,4}(?:\.\d{1,4})?|\d{1,12}(?:\.\d{1,4})?)\s?(?P<scale>万亿|千亿|百亿|千万|百万|亿|万|千|兆(?!瓦))?"
    r"(?P<unit>" + "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True)) + ")"
)
_DAY = re.compile(r"(?:(?P<year>20\d\d)年)?(?<!\d)(?P<month>1[0-2]|0?[1-9])月(?P<day>[12]\d|3[01]|0?[1-9])日")
_FIELDS = (Topic.RARE_EARTH, Topic.SEMICONDUCTOR, Topic.CRYPTO, Topic.ENERGY, Topic.LIQUIDITY)
_MARKS = ("goods", "individuals", "memo", "school", "ours", "small")
_BODIES = ("agency:", "body:", "central-bank:")
_SPOKEN = frozenset({Event.MEETING_STATEMENT, Event.SPECULATION_TALKS, Event.INVESTMENT_OWNERSHIP})
_BETWEEN = frozenset(
    {
        Event.EXPORT_CONTROL,
        Event.TARIFF,
        Event.SANCTION,
        Event.TRADE_AGREEMENT,
        Event.PERMIT,
        Event.MEETING_STATEMENT,
        Event.CONFLICT_BLOCKADE,
        Event.ENFORCEMENT,
    }
)
_LAWFUL = frozenset(
    {
        Event.EXPORT_CONTROL,
        Event.TARIFF,
        Event.SANCTION,
        Event.QUOTA_LICENCE,
        Event.SUBSIDY_FUNDING,
        Event.STOCKPILE,
        Event.LEGISLATION_RULE,
        Event.TRADE_AGREEMENT,
        Event.PERMIT,
        Event.MONETARY_DECISION,
        Event.ENFORCEMENT,
    }
)
_RULED = frozenset({"export-control", "tariff", "sanction", "legislation-rule"})


def chinese_amounts(text: str) -> tuple[Quantity, ...]:
    """Money and measures of a folded text in their order; at most eight."""
    found = []
    for match in _AMOUNT.finditer(text):
        value = float(match["n"].replace(",", "")) * _SCALE[match["scale"] or ""]
        found.append(Quantity(value, _UNITS[match["unit"]], match.group()))
        if len(found) == 8:
            break
    return tuple(found)


def chinese_dates(text: str, published: datetime) -> tuple[date, ...]:
    """Days that are named: 2026年10月1日, 5月1日; without a year the one that lies near."""
    said = [
        f"{match['day']} {_MONTHS[int(match['month']) - 1]}{' ' + match['year'] if match['year'] else ''}"
        for match in _DAY.finditer(text)
    ]
    return dates("; ".join(said[:8]), published)


def chinese_evidence(sight: Sight, judged: Judged, topics: Sequence[Topic]) -> tuple[str, ...]:
    """Names of all that bears on "structural"; ``words.yaml`` weighs them."""
    reached, event = judged.deed.reached, judged.event
    if reached.stage is Stage.NONE or not event.leans_structural or judged.form is not Form.REPORT:
        return ()
    field = any(topic in _FIELDS for topic in topics)
    facts = ["act", f"stage {reached.stage.value}", f"event {event.value}", f"by {judged.by()}"]
    facts += [f"topic {topic.value}" for topic in topics]
    facts.append("field" if field else "no field")
    facts += [f"{event.value} in field"] if field else []
    facts += [f"mark {mark}" for mark in _MARKS if sight.has(mark)]
    facts += [f"{event.value} {reached.stage.value}", f"{event.value} by {judged.by()}"]
    facts += [f"step {reached.step}"] if reached.step else []
    if reached.stage is Stage.PROPOSED and sight.has("draft"):
        facts.append("formal draft")
    if sight.has("military"):
        facts.append(f"{event.value} of military")
    if event is Event.COURT_RULING and ("关税" in sight.text):
        facts.append("tariff under court")
    if event is Event.CONFLICT_BLOCKADE and judged.deed.group is not None and judged.deed.group.name == "blockade":
        facts.append("a way closed")
    return tuple(facts)


def policy_points(sight: Sight, judged: Judged) -> int:
    """Points for the topic of policy: a public body that acts or speaks, or a word of its acts."""
    named = [cue for cue in sight.cues if cue.word.kind == "entity"]
    body = any(cue.word.label.startswith((*_BODIES, "court:", "leader:")) for cue in named)
    state = any(cue.word.label.startswith("state:") for cue in judged.deed.actors)
    lawful = judged.event in _LAWFUL and judged.form is Form.REPORT
    spoken = judged.event in _SPOKEN and judged.deed.role in ("act", "talk", "meet", "weak", "threat")
    ruled = judged.form is not Form.PRICE_MOVE and any(
        cue.word.kind == "noun" and cue.word.label in _RULED and cue.word.points >= 5 for cue in sight.cues
    )
    found = judged.event in (Event.RESOURCE_DISCOVERY, Event.PRICE_MOVE)
    return 0 if found else 3 * body + 2 * (state and spoken) + 3 * lawful + 2 * ruled


def rivalry_points(sight: Sight, judged: Judged, homes: Mapping[str, str]) -> int:
    """Points for geopolitics where an act or a word passes between two states; ``homes`` says where bodies belong."""
    states = {cue.word.label for cue in sight.cues if cue.word.kind == "entity" and cue.word.label.startswith("state:")}
    states |= {homes[cue.word.label] for cue in sight.cues if cue.word.label in homes}
    return 2 if len(states) >= 2 and judged.event in _BETWEEN and judged.form is not Form.PRICE_MOVE else 0
