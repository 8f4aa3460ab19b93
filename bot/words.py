"""The words a reader sees for topics, labels, stages, prices and times. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from bot.text import clean
from rules.marks import Mark
from rules.story import Act, Change, Direction, Driver, Move, Stage, Topic
from rules.verdict import Label

DISCLAIMER = "Educational, never financial advice."

TOPICS: Mapping[Topic, str] = {
    Topic.RARE_EARTH: "Rare earths",
    Topic.SEMICONDUCTOR: "Chips",
    Topic.POLICY: "Policy",
    Topic.CRYPTO: "Crypto",
    Topic.ENERGY: "Energy",
    Topic.LIQUIDITY: "Liquidity",
    Topic.GEOPOLITICS: "Geopolitics",
}
LABELS: Mapping[Label, str] = {
    Label.STRUCTURAL: "◆ Structural",
    Label.WATCH: "◇ Watch",
    Label.NOISE: "· Noise",
}
VOTES: Mapping[Mark, str] = {
    Mark.USEFUL: "👍 Useful",
    Mark.NOISE: "👎 Noise",
    Mark.KNEW: "Knew it",
    Mark.LATE: "Too late",
}
MOVES: Mapping[Move, str] = {
    Move.NEW: "First report",
    Move.RETRACTION: "Alert withdrawn",
    Move.MERGED: "Goes on in another story",
    Move.DENIAL: "Denied",
    Move.REVERSAL: "Reversed",
    Move.STAGE: "Further on",
    Move.EFFECT: "In effect",
    Move.LAPSE: "Ended",
    Move.CORRECTION: "Corrected",
    Move.INSTRUMENT: "Further measure",
    Move.AMOUNT: "New figure",
    Move.DATE: "New date",
    Move.SOURCE: "Confirmed",
    Move.LINK: "Answered",
    Move.COLOUR: "Reaction",
    Move.COPY: "Copy",
}
_STAGES: Mapping[Stage, str] = {
    Stage.RUMOUR: "rumoured",
    Stage.PROPOSED: "proposed",
    Stage.ANNOUNCED: "announced",
    Stage.IN_FORCE: "in force",
    Stage.REVERSED: "taken back",
}
_DRIVERS: Mapping[Driver, str] = {
    Driver.LIQUIDITY: "liquidity",
    Driver.ENERGY_COST: "energy cost",
    Driver.SUPPLY: "chip and mineral supply",
    Driver.STABILITY: "geopolitical stability",
}


def topic_words(topics: Sequence[Topic]) -> str:
    """Topics in one phrase, fields before the means: "Rare earths, policy"; empty for none."""
    means = (Topic.POLICY, Topic.GEOPOLITICS)
    return ", ".join(TOPICS[topic] for topic in sorted(topics, key=means.__contains__)).capitalize()


def stage_words(stage: Stage) -> str:
    """How far an act is, in a word or two; empty for none."""
    return _STAGES.get(stage, "")


def act_words(act: Act, driver: Driver | None) -> str:
    """How far an act is, which way it pushes and through what it reaches crypto; empty where nothing is known."""
    parts = [_STAGES.get(act.stage, "")]
    if act.direction is not Direction.UNKNOWN:
        parts.append("tightens" if act.direction is Direction.TIGHTENS else "eases")
    if driver is not None:
        parts.append(f"may reach crypto via {_DRIVERS[driver]}")
    return " · ".join(part for part in parts if part)


def moved_words(change: Change) -> str:
    """What moved, in words; its detail may hold what a feed wrote. "Denied by the ministry" says already what it is."""
    kind, detail = MOVES[change.kind], clean(change.detail)
    if change.kind is Move.STAGE or detail.lower().startswith(kind.lower()):
        return f"{detail[:1].upper()}{detail[1:]}" or kind
    return f"{kind}: {detail}" if detail else kind


def age_words(age: timedelta) -> str:
    """An age in one unit: "12 s", "3 min", "2 h", "4 d". A time in the future counts as now."""
    seconds = max(0, int(age.total_seconds()))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def left_words(left: timedelta) -> str:
    """Time that is left, in the unit of an age but to the nearest: right after "3 days" it is "3 d", not "2 d"."""
    seconds = max(0, round(left.total_seconds()))
    unit = next((size for size in (86_400, 3_600, 60) if seconds >= 2 * size), 1)
    return age_words(timedelta(seconds=(seconds + unit // 2) // unit * unit))


def ago_words(age: timedelta) -> str:
    """How long ago something was said: "4 min ago", or "just now" within a minute."""
    return "just now" if age < timedelta(minutes=1) else f"{age_words(age)} ago"


def moment_words(moment: datetime) -> str:
    """A moment as "24 Nov 03:12 UTC"."""
    return f"{moment.day} {moment:%b %H:%M} UTC"


def day_words(day: date) -> str:
    """A day as "1 Dec 2026"."""
    return f"{day.day} {day:%b %Y}"


def days_left_words(on: date, now: datetime) -> str:
    """How far off a day is: "today", "tomorrow", "in 12 days"."""
    days = (on - now.date()).days
    return "today" if days <= 0 else "tomorrow" if days == 1 else f"in {days} days"


def money_words(price: Decimal) -> str:
    """Dollars with as many digits as matter: $70,123 and $3,512.40 and $0.9998."""
    if price >= 10_000:
        return f"${price:,.0f}"
    if price >= 10:
        return f"${price:,.2f}"
    if price >= Decimal("0.01"):
        return f"${price:,.4f}"
    return f"${price.normalize():.3g}"


def change_words(percent: Decimal) -> str:
    """A change in percent with its sign, a true minus, and one digit."""
    rounded = percent.quantize(Decimal("0.1"))
    sign = "+" if rounded > 0 else "−" if rounded < 0 else ""  # noqa: RUF001 - the sign that readers expect
    return f"{sign}{abs(rounded)}%"
