"""The words a reader sees for topics, labels, stages, prices and times. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from babel.dates import format_skeleton, get_day_names
from babel.numbers import format_decimal

from bot.changes_told import begun_words, detail_words
from bot.languages.direction import closed
from bot.languages.translator import ENGLISH, N_, Translator
from bot.targets import Names, Target, spoken
from bot.text import clean, cut, shown
from rules.marks import Mark, Tally
from rules.story import Act, Change, Direction, Driver, Move, Stage, Story, Topic
from rules.verdict import Label, Severity

DISCLAIMER = N_("Educational, never financial advice.")

TOPICS: Mapping[Topic, str] = {
    Topic.RARE_EARTH: N_("Rare earths"),
    Topic.SEMICONDUCTOR: N_("Chips"),
    Topic.POLICY: N_("Policy"),
    Topic.CRYPTO: N_("Crypto"),
    Topic.ENERGY: N_("Energy"),
    Topic.LIQUIDITY: N_("Liquidity"),
    Topic.GEOPOLITICS: N_("Geopolitics"),
}
_IN_A_ROW: Mapping[Topic, str] = {
    Topic.RARE_EARTH: N_("rare earths"),
    Topic.SEMICONDUCTOR: N_("chips"),
    Topic.POLICY: N_("policy"),
    Topic.CRYPTO: N_("crypto"),
    Topic.ENERGY: N_("energy"),
    Topic.LIQUIDITY: N_("liquidity"),
    Topic.GEOPOLITICS: N_("geopolitics"),
}
"""The topics as they stand in the middle of a sentence."""
LABELS: Mapping[Label, str] = {
    Label.STRUCTURAL: N_("◆ Structural"),
    Label.WATCH: N_("◇ Watch"),
    Label.NOISE: N_("· Noise"),
}
LABEL_WORDS: dict[str, str] = {
    Label.STRUCTURAL: N_("structural"),
    Label.WATCH: N_("watch"),
    Label.NOISE: N_("noise"),
}
"""The labels as they stand in the middle of a sentence."""
LOUD: Mapping[Severity, str] = {Severity.CRITICAL: N_("critical"), Severity.HIGH: N_("high")}
"""How loud a story is, where that is worth a word."""
SEVERITIES: Mapping[Severity, str] = {
    Severity.LOW: N_("low"),
    Severity.MEDIUM: N_("medium"),
    Severity.HIGH: N_("high"),
    Severity.CRITICAL: N_("critical"),
}
VOTES: Mapping[Mark, str] = {
    Mark.USEFUL: "👍",
    Mark.NOISE: "👎",
    Mark.KNEW: N_("Knew it"),
    Mark.LATE: N_("Too late"),
}
_MARKS: Mapping[Mark, str] = {
    Mark.USEFUL: N_("useful"),
    Mark.NOISE: N_("noise"),
    Mark.KNEW: N_("knew it"),
    Mark.LATE: N_("too late"),
}
MOVES: Mapping[Move, str] = {
    Move.NEW: N_("First report"),
    Move.RETRACTION: N_("Alert withdrawn"),
    Move.MERGED: N_("Goes on in another story"),
    Move.DENIAL: N_("Denied"),
    Move.REVERSAL: N_("Reversed"),
    Move.STAGE: N_("Further on"),
    Move.EFFECT: N_("In effect"),
    Move.LAPSE: N_("Ended"),
    Move.CORRECTION: N_("Corrected"),
    Move.INSTRUMENT: N_("Further measure"),
    Move.AMOUNT: N_("New figure"),
    Move.DATE: N_("New date"),
    Move.SOURCE: N_("Confirmed"),
    Move.LINK: N_("Answered"),
    Move.COLOUR: N_("Reaction"),
    Move.COPY: N_("Copy"),
}
_STAGES: Mapping[Stage, str] = {
    Stage.RUMOUR: N_("rumoured"),
    Stage.PROPOSED: N_("proposed"),
    Stage.ANNOUNCED: N_("announced"),
    Stage.IN_FORCE: N_("in force"),
    Stage.REVERSED: N_("taken back"),
}
_DRIVERS: Mapping[Driver, str] = {
    Driver.LIQUIDITY: N_("may reach crypto via liquidity"),
    Driver.ENERGY_COST: N_("may reach crypto via energy cost"),
    Driver.SUPPLY: N_("may reach crypto via chip and mineral supply"),
    Driver.STABILITY: N_("may reach crypto via geopolitical stability"),
}


_FROM = {86_400: 2 * 86_400, 3_600: 2 * 3_600, 60: 60}
"""Units of an age in seconds, and from how many on they are used: "1 h" would hide half an hour, a minute nothing."""


def topic_words(topics: Sequence[Topic], tr: Translator = ENGLISH) -> str:
    """Topics in one phrase, fields before the means: "Rare earths, policy"; empty for none."""
    means = (Topic.POLICY, Topic.GEOPOLITICS)
    ordered = sorted(topics, key=means.__contains__)
    first, others = [tr(TOPICS[topic]) for topic in ordered[:1]], [tr(_IN_A_ROW[topic]) for topic in ordered[1:]]
    return tr.joined((*first, *others))


def topics_within(topics: Sequence[Topic], tr: Translator = ENGLISH) -> str:
    """Topics as they stand in the middle of a sentence: "rare earths, policy"."""
    means = (Topic.POLICY, Topic.GEOPOLITICS)
    return tr.joined(tr(_IN_A_ROW[topic]) for topic in sorted(topics, key=means.__contains__))


def topic_names(tr: Translator) -> Names:
    """The topics by the names that their buttons have in a language."""
    return {spoken(tr(name)): Target(topic.value) for topic, name in TOPICS.items()}


def stage_words(stage: Stage, tr: Translator = ENGLISH) -> str:
    """How far an act is, in a word or two; empty for none."""
    return tr(_STAGES[stage]) if stage in _STAGES else ""


def effect_day(story: Story, now: datetime) -> date | None:
    """The day, still ahead, from which what is in force holds; None where none is known."""
    if story.lead.act.stage is not Stage.IN_FORCE:
        return None
    days = (each.on for each in story.milestones if each.kind is Move.EFFECT and each.on > now.date())
    return min(days, default=None)


def from_words(stage: str, day: date | None, tr: Translator = ENGLISH) -> str:
    """A stage with the day from which it holds, where that is still ahead: "in force from 1 Dec 2026"."""
    return tr("{stage} from {day}", stage=stage, day=day_words(day, tr)) if day and stage else stage


def act_words(act: Act, driver: Driver | None, tr: Translator = ENGLISH, effect: date | None = None) -> str:
    """How far an act is, which way it pushes and through what it reaches crypto; empty where nothing is known.

    ``effect`` is the day from which it holds, where that is still ahead.
    """
    parts = [from_words(stage_words(act.stage, tr), effect, tr)]
    if act.direction is not Direction.UNKNOWN:
        parts.append(tr("tightens") if act.direction is Direction.TIGHTENS else tr("eases"))
    if driver is not None:
        parts.append(tr(_DRIVERS[driver]))
    return " · ".join(part for part in parts if part)


def mark_words(mark: Mark, tr: Translator = ENGLISH) -> str:
    """A reader's mark in the middle of a sentence."""
    return tr(_MARKS[mark])


def tally_words(tally: Tally, tr: Translator = ENGLISH) -> str:
    """A tally in words, "2 useful, 1 knew it"; empty where nobody said anything."""
    counts = ((mark, tally.get(mark, 0)) for mark in Mark)
    return tr.joined(f"{tr.number(count)} {mark_words(mark, tr)}" for mark, count in counts if count)


def moved_words(change: Change, tr: Translator = ENGLISH) -> str:
    """What moved, in words; its detail may hold what a feed wrote. "Denied by the ministry" says already what it is."""
    kind, detail = tr(MOVES[change.kind]), clean(change.detail)
    if change.kind is Move.STAGE or names_itself(change):
        return begun_words(change.kind, detail, tr) or kind
    told = detail_words(change.kind, detail, tr)
    return tr("{what}: {detail}", what=kind, detail=told) if told else kind


def names_itself(change: Change) -> bool:
    """Whether the detail begins with what the change is, as "denied by the ministry" does."""
    return clean(change.detail).lower().startswith(MOVES[change.kind].lower())


def fitting(text: str, limit: int, tr: Translator = ENGLISH) -> str:
    """Our own words, in which what came from outside was cleaned, in a ``room`` of ``limit``.

    ``text.shown`` would take the isolates of names and figures out of right-to-left words, and set them apart from
    their line.
    """
    return closed(cut(text, limit)) if tr.right_to_left else shown(text, limit)


def age_words(age: timedelta, tr: Translator = ENGLISH) -> str:
    """An age in one unit: "12 s", "3 min", "2 h", "4 d". A time in the future counts as now."""
    seconds = max(0, int(age.total_seconds()))
    for size, unit in ((86_400, N_("{number} d")), (3_600, N_("{number} h")), (60, N_("{number} min"))):
        if seconds >= _FROM[size]:
            return tr(unit, number=seconds // size)
    return tr("{number} s", number=seconds)


def left_words(left: timedelta, tr: Translator = ENGLISH) -> str:
    """Time that is left, in the unit of an age but to the nearest: right after "3 days" it is "3 d", not "2 d"."""
    seconds = max(0, round(left.total_seconds()))
    unit = next((size for size, least in _FROM.items() if seconds >= least), 1)
    return age_words(timedelta(seconds=(seconds + unit // 2) // unit * unit), tr)


def ago_words(age: timedelta, tr: Translator = ENGLISH) -> str:
    """How long ago something was said: "4 min ago", or "just now" within a minute."""
    return tr("just now") if age < timedelta(minutes=1) else tr("{age} ago", age=age_words(age, tr))


def clock_words(moment: datetime) -> str:
    """A moment of the day in its own zone: "08:05 PKT"."""
    return f"{moment:%H:%M %Z}"


def moment_words(moment: datetime, tr: Translator = ENGLISH) -> str:
    """A moment in its own zone: "24 Nov 03:12 UTC"."""
    return f"{_date(moment, 'MMMd', '{0.day} {0:%b}', tr)} {clock_words(moment)}"


def day_words(day: date, tr: Translator = ENGLISH) -> str:
    """A day as "1 Dec 2026"."""
    return _date(day, "yMMMd", "{0.day} {0:%b %Y}", tr)


def short_day_words(day: date, tr: Translator = ENGLISH) -> str:
    """A day without its year, as "1 Dec"."""
    return _date(day, "MMMd", "{0.day} {0:%b}", tr)


def weekday_words(day: date, tr: Translator = ENGLISH) -> str:
    """A day of a week at hand, as "Fri"."""
    if tr is ENGLISH:
        return f"{day:%a}"
    return str(get_day_names("abbreviated", "stand-alone", tr.locale)[day.weekday()])


def days_left_words(on: date, now: datetime, tr: Translator = ENGLISH) -> str:
    """How far off a day is: "today", "tomorrow", "in 12 days"."""
    days = (on - now.date()).days
    if days <= 1:
        return tr("today") if days <= 0 else tr("tomorrow")
    return tr.plural("in {count} day", "in {count} days", days)


def money_words(price: Decimal, tr: Translator = ENGLISH) -> str:
    """Dollars with as many digits as matter: $70,123 and $3,512.40 and $0.9998."""
    if price < Decimal("0.01"):
        return f"${price.normalize():.3g}"
    pattern = "0" if price >= 10_000 else "0.00" if price >= 10 else "0.0000"
    if tr is ENGLISH:
        return f"${price:,.{len(pattern.partition('.')[2])}f}"
    return tr.figure("${number}", number=format_decimal(price, format=f"#,##{pattern}", locale=tr.locale))


def change_words(percent: Decimal, tr: Translator = ENGLISH) -> str:
    """A change in percent with its sign, a true minus, and one digit."""
    rounded = percent.quantize(Decimal("0.1"))
    sign = "+" if rounded > 0 else "−" if rounded < 0 else ""  # noqa: RUF001 - the sign that readers expect
    return f"{sign}{format_decimal(abs(rounded), format='0.0', locale=tr.locale)}%"


def _date(day: date, skeleton: str, english: str, tr: Translator) -> str:
    """A day as the language writes it; in English the day stands first, which CLDR's "en" does not do."""
    return english.format(day) if tr is ENGLISH else format_skeleton(skeleton, day, locale=tr.locale)
