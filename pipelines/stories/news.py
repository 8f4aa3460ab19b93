"""What a report adds to its story besides a stage: numbers, days, means, denials, corrections. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from pipelines.stories.kinship import same_act, stage_told
from pipelines.stories.steps import ABLE
from rules.story import Form, Move, Quantity, Report, Stage, Story

SAME_AMOUNT = 0.05
"""Figures that differ by less are one figure, rounded."""
MOST_GROWTH = 5.0

_DENIES = re.compile(
    r"\b(?:den(?:y|ies|ied|ial)|refut(?:es?|ed)|rebut(?:s|ted)?"
    r"|(?:dismiss(?:es|ed)?|reject(?:s|ed)?) (?:\w+ ){0,3}?(?:reports?|claims?|rumou?rs?|talk|speculation|allegations?)"
    r"|no (?:such )?(?:plans?|intention|decision)|not (?:planning|considering|weighing|true)|rul(?:es|ed) out"
    r"|(?:reports?|claims?|rumou?rs?) (?:\w+ ){0,10}?(?:false|untrue|baseless|wrong|unfounded|fake))\b",
    re.IGNORECASE,
)
_OTHER_DENIALS = re.compile(
    r"\b(?:den(?:y|ies|ied|ial)(?: of)?) (?:\w+ ){0,2}?(?:entry|visas?|bail|access|request|motion|petition|appeal"
    r"|permits?|bid|plea|licen[cs]es?|application|service|wrongdoing|guilt|charges)\b",
    re.IGNORECASE,
)
"""To deny somebody something is an act, and to deny one's guilt is none of this."""
_LEAKED = re.compile(r"\b(?:reports? says?|reportedly|sources?|rumou?rs?|is said to|leak(?:s|ed)?)\b", re.IGNORECASE)
"""Said of what nobody has put his name to: it can be denied although it names no act."""
SPEAKERS = (
    *("ministry", "ministries", "minister", "government", "spokesman", "spokeswoman", "spokesperson", "official"),
    *("officials", "company", "firm", "regulator", "agency", "central bank", "commission", "white house", "kremlin"),
    *("customs", "court", "president", "premier", "secretary", "ceo", "chief", "department"),
)
"""Who may deny something without being named."""
_SPEAKS = re.compile(rf"\b(?:{'|'.join(SPEAKERS)})\b", re.IGNORECASE)
_CORRECTS = re.compile(
    r"^\W*(?:correction|corrected|clarification|retraction|refile|refiled)\b\s*[:\-\u2013\u2014(]"
    r"|[(\[](?:corrected|correction|corrects|refiled?)\b"
    r"|\b(?:corrects|clarifies|clarified|retracts|retracted|amends)\b",
    re.IGNORECASE,
)
_NO_CORRECTION = re.compile(r"\bcorrects? (?:course|imbalance|imbalances|higher|lower|sharply)\b", re.IGNORECASE)

MEANS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(rf"\b(?:{words})\b", re.IGNORECASE))
    for name, words in (
        ("quota", r"quotas?|export caps?|import caps?"),
        ("licence", r"licen[cs](?:e|es|ing)|permits?"),
        ("ban", r"bans?|banned|embargo|prohibition|prohibits"),
        ("tariff", r"tariffs?|duty|duties|levy|levies"),
        ("entity list", r"entity list|blacklist(?:s|ed)?|control list"),
        ("sanctions", r"sanctions?|asset freeze"),
        ("price floor", r"price floor|price cap"),
        ("equity stake", r"equity|stake"),
        ("loan", r"loans?|loan guarantees?"),
        ("grant", r"grants?|subsid(?:y|ies)"),
        ("tax credit", r"tax credits?|tax break"),
        ("stockpile", r"stockpil(?:e|es|ing)|strategic reserve"),
        ("offtake", r"offtake|take-or-pay"),
    )
)
_BESIDES = re.compile(
    r"\b(?:also|besides|plus|on top of|along with|alongside|in addition|as well as|second)\b", re.IGNORECASE
)
_WIDENS = re.compile(
    r"\b(?:adds?|added|adding|extends?|widens?|expands?|supplements?|further|and|with)\b", re.IGNORECASE
)
_MONTHS = r"jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_WHEN = re.compile(
    rf"\b(?P<word>from|until|till|by|on|through|starting|effective|before)\s+(?:(?:end|late|early|mid)\s)?"
    rf"(?=(?:\d{{1,2}}\s)?(?:{_MONTHS})|20\d\d)",
    re.IGNORECASE,
)

_IN_A_YEAR = re.compile(r"\b(?:in|to) 20\d\d\b", re.IGNORECASE)
"""That something falls in a year is no date."""

Found = tuple[Move, str]


def news_of(story: Story, report: Report) -> Iterator[Found]:
    """The moves that a report brings besides a stage and its voice, with the words for the readers."""
    corrected = correction(report)
    if corrected:
        yield Move.CORRECTION, corrected
    denied = denial(story, report)
    if denied:
        yield Move.DENIAL, denied
    if not denied and (corrected or _tells(story, report)):
        telling = [other for other in story.reports if other.form is Form.REPORT and not other.act.negated]
        yield from _amounts(report, telling, story)
        yield from _dates(report, telling)
        yield from _means(report, telling)


def denial(story: Story, report: Report) -> str:
    """Who denies the story's act, in words; nothing where nobody able does, or somebody did since it last moved."""
    title = report.title
    if report.form is Form.QUESTION or not _DENIES.search(title) or _OTHER_DENIALS.search(title):
        return ""
    said_done = stage_told(report) is not Stage.NONE and report.structural
    if said_done or _denied_already(story):
        return ""
    able = [actor.name for actor in report.act.actors if actor.authority in ABLE]
    before = title[: _DENIES.search(title).start()]  # type: ignore[union-attr]
    spoken = _SPEAKS.search(before)
    theirs = {entity.name for other in story.reports for entity in other.entities}
    named = [entity.name for entity in report.entities if entity.name in theirs and entity.end <= len(before)]
    who = next(iter([*able, *named]), spoken[0].casefold() if spoken else "")
    leaked = any(_LEAKED.search(other.title) or other.act.hedge for other in story.reports)
    talk = story.stages[-1].stage in (Stage.RUMOUR, Stage.PROPOSED) if story.stages else leaked
    if not who or not (talk or _concerned(story, report, who)):
        return ""
    return f"denied by {who if (who[0].isupper() and not spoken) or who in able + named else 'the ' + who}"


def _concerned(story: Story, report: Report, who: str) -> bool:
    """Whether a denial is about a deed that was told: by who did it or whom it hits, or naming its means."""
    telling = [other for other in story.reports if stage_told(other) is not Stage.NONE]
    theirs = {actor.name for other in telling for actor in other.act.actors} | {other.act.target for other in telling}
    means = {name for other in telling for name in means_of(other.title)}
    return who in theirs or not means.isdisjoint(means_of(report.title))


def correction(report: Report) -> str:
    """That a publisher or an issuer takes back or sets right what was said, in words; else nothing."""
    text = report.title
    head = report.summary[:80] if _CORRECTS.match(report.summary[:80]) else ""
    if not (_CORRECTS.search(text) or head) or _NO_CORRECTION.search(text):
        return ""
    verb = "clarified" if re.search(r"\bclarif", text, re.IGNORECASE) else "corrected"
    if re.search(r"\bretract", text, re.IGNORECASE):
        verb = "retracted"
    able = [actor.name for actor in report.act.actors if actor.authority in ABLE]
    who = next(iter(able), "") if verb == "clarified" else ""
    return f"{verb} by {who or report.source.publisher or 'the publisher'}"


def _denied_already(story: Story) -> bool:
    last = next((c for c in reversed(story.changes) if c.kind in (Move.DENIAL, Move.STAGE, Move.REVERSAL)), None)
    if last is not None:
        return last.kind is Move.DENIAL
    return bool(_DENIES.search(story.reports[0].title))


def _tells(story: Story, report: Report) -> bool:
    """Whether the report tells of the story's own act, so that its figures are that act's."""
    return stage_told(report) is not Stage.NONE and same_act(story, report)


def _amounts(report: Report, telling: Sequence[Report], story: Story) -> Iterator[Found]:
    known = [amount for other in telling for amount in other.act.amounts]
    told = " ".join(change.detail for change in story.changes if change.kind is Move.AMOUNT)
    for amount in report.act.amounts:
        same_unit = [other for other in known if other.unit == amount.unit]
        ours = [each for each in report.act.amounts if each.unit == amount.unit]
        if any(_alike(one, other) for one in ours for other in same_unit) or amount.text in told:
            continue  # beside a figure that is known, another one is of something else
        if not same_unit and any(other.unit != amount.unit for other in known):
            continue  # a further figure of another sort says nothing about the first
        before = next((other for other in reversed(same_unit) if _comparable(other, amount)), None)
        yield Move.AMOUNT, f"{before.text} → {amount.text}" if before is not None else amount.text
        return


def _alike(one: Quantity, other: Quantity) -> bool:
    return abs(one.value - other.value) <= SAME_AMOUNT * max(abs(one.value), abs(other.value))


def _comparable(one: Quantity, other: Quantity) -> bool:
    """Whether one figure can have become the other: beyond that they measure different things."""
    low, high = sorted((abs(one.value), abs(other.value)))
    return high <= MOST_GROWTH * low


def _dates(report: Report, telling: Sequence[Report]) -> Iterator[Found]:
    known = [day for other in telling for day in other.act.dates if day > other.published.date()]
    ahead = [day for day in report.act.dates if day > report.published.date() and day not in known]
    if _IN_A_YEAR.search(report.title):
        ahead = [day for day in ahead if not _stands_for_year(day)]
    if ahead:
        day = _day(ahead[0])
        if known:
            yield Move.DATE, f"{_day(known[-1])} → {day}"
        else:
            when = _WHEN.search(report.title)
            word = when["word"].casefold() if when else "on"
            yield Move.DATE, f"{'from' if word in ('starting', 'effective') else word} {day}"


def _day(day: date) -> str:
    """A day in words; the last of a year stands for the year."""
    return str(day.year) if _stands_for_year(day) else f"{day.day} {day:%B %Y}"


def _stands_for_year(day: date) -> bool:
    return (day.month, day.day) == (12, 31)


def _means(report: Report, telling: Sequence[Report]) -> Iterator[Found]:
    """A further means, where the headline says that it comes on top."""
    if report.act.stage not in (Stage.ANNOUNCED, Stage.IN_FORCE):
        return
    known, named = {name for other in telling for name in means_of(other.title)}, means_of(report.title)
    new = [name for name in named if name not in known]
    on_top = _BESIDES.search(report.title) or (_WIDENS.search(report.title) and not known.isdisjoint(named))
    if known and new and on_top:
        yield Move.INSTRUMENT, f"{new[0]} besides {min(known)}"


def means_of(title: str) -> tuple[str, ...]:
    """The legal and technical means that a headline names."""
    return tuple(name for name, words in MEANS if words.search(title))
