"""What a Chinese headline as a whole reports: the part that speaks for it, its form and its event. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipelines.language.acts import Reached
from pipelines.language.chinese.acts import Deed, Sight, read_deeds
from pipelines.language.chinese.lexicon import ChineseLexicon, Group
from pipelines.language.meanings import EVENT_BY_FORM, FIRM_KINDS, STATE_KINDS, STRENGTH
from rules.story import Event, Form, Stage

_OVERRIDING = ("explainer", "live-blog", "retrospective", "question")
_ORDER = (
    "retrospective",
    "explainer",
    "live-blog",
    "question",
    "opinion",
    "forecast",
    "results",
    "promotion",
    "meeting",
)


@dataclass(frozen=True, slots=True)
class Judged:
    """The reading of the headline: the deed that speaks for it, its event and its form."""

    deed: Deed
    event: Event
    form: Form

    def by(self) -> str:
        """Whether a state, a firm or nobody known acts."""
        kinds = {cue.word.label.partition(":")[0] for cue in self.deed.actors}
        return "state" if kinds & STATE_KINDS else "firm" if kinds & FIRM_KINDS else "nobody known"

    def by_court(self) -> bool:
        """Whether a court acts."""
        return any(cue.word.label.startswith("court:") for cue in self.deed.actors)


def judge_sight(sight: Sight, lexicon: ChineseLexicon) -> Judged:
    """The first segment decides where it tells of prices or views; else the segment with the strongest act speaks."""
    deeds = read_deeds(sight, lexicon)
    form = _form(sight, deeds)
    if form is not Form.REPORT:
        told = next((deed for deed in deeds if deed.role), deeds[0])
        return Judged(replace(told, reached=Reached(Stage.NONE)), EVENT_BY_FORM[form], form)
    done = [deed for deed in deeds if deed.role == "act" and STRENGTH[deed.reached.stage] >= STRENGTH[Stage.ANNOUNCED]]
    own = [deed for deed in done if sight.within("noun", deed.part) or deed.group is None or deed.group.events]
    ranked = sorted(deeds, key=lambda deed: (-STRENGTH[deed.reached.stage] - (deed.role == "act"), not deed.role))
    best = (own or done or ranked)[0]
    event, best = _event(sight, best, lexicon.boosts)
    return Judged(best, event, form)


def _form(sight: Sight, deeds: Sequence[Deed]) -> Form:
    """What sort of text it is; REPORT where an act or plain news leads."""
    labels = {cue.word.label for cue in sight.cues if cue.word.kind == "form"}
    first = next((deed for deed in deeds if deed.role), deeds[0])
    told = next((Form(label) for label in _OVERRIDING if label in labels), None) or _view(sight, first, labels)
    if "答记者问" in sight.text:
        return Form.MEETING
    if told is not None:
        return told
    if first.role == "price":
        return Form.RESULTS if "results" in labels else Form.PRICE_MOVE
    return Form.QUESTION if sight.asked else _plain(deeds, first, labels)


def _view(sight: Sight, first: Deed, labels: set[str]) -> Form | None:
    """Opinion or forecast, where its word or the one who holds it stands ahead of the deed."""
    leads = {cue.word.label for cue in sight.cues if cue.word.kind == "form" and cue.start < max(first.at, 1)}
    if "opinion" in leads or any(cue.word.label.startswith("commenter:") for cue in sight.cues[:2]):
        return Form.FORECAST if "forecast" in labels else Form.OPINION
    return Form.FORECAST if "forecast" in leads else None


def _plain(deeds: Sequence[Deed], first: Deed, labels: set[str]) -> Form:
    """The form by the roles of the verbs; without a deed the words of the form decide."""
    if any(deed.role in ("act", "weak", "threat") for deed in deeds) or first.role == "talk":
        return Form.REPORT
    if first.role == "meet":
        return Form.MEETING
    if any(deed.role == "price" for deed in deeds) and "results" not in labels:
        return Form.PRICE_MOVE
    return next((Form(label) for label in _ORDER if label in labels), Form.REPORT)


def _event(sight: Sight, deed: Deed, boosts: Sequence[Mapping[str, Any]]) -> tuple[Event, Deed]:
    """The event that fits best, and the deed with what the event says about its stage."""
    stage, group = deed.reached.stage, deed.group
    if group is None or stage is Stage.NONE:
        return _noise(deed), deed
    if stage is Stage.RUMOUR:
        return Event.SPECULATION_TALKS, deed
    points = _points(sight, deed)
    for event, extra in group.events.items():
        points[event] = points.get(event, 0) + extra
    _adjust(sight, deed, group, points, boosts)
    best = max(points, key=lambda event: points[event], default="")
    if not best or points[best] < 3:
        return Event.OTHER, replace(deed, reached=Reached(Stage.NONE, "", deed.reached.hedge))
    if best == "tariff" and group.role == "act" and group.name == "ruling":
        deed = replace(deed, reached=Reached(Stage.ANNOUNCED))
    return Event(best), deed


def _points(sight: Sight, deed: Deed) -> dict[str, float]:
    points: dict[str, float] = {}
    seen: set[tuple[str, str]] = set()
    for cue in sight.cues:
        if cue.word.kind != "noun" or (cue.word.label, cue.text) in seen:
            continue
        seen.add((cue.word.label, cue.text))
        near = deed.part.start <= cue.start < deed.part.end
        points[cue.word.label] = points.get(cue.word.label, 0) + cue.word.points * (1.0 if near else 0.4)
    return points


def _adjust(
    sight: Sight, deed: Deed, group: Group, points: dict[str, float], boosts: Sequence[Mapping[str, Any]]
) -> None:
    """What verb, actor, object and words say together, by the table of the word list."""
    kinds = {cue.word.label.partition(":")[0] for cue in deed.actors}
    for boost in boosts:
        if _applies(boost, group.name, kinds, sight.text):
            for event, extra in boost.get("events", {}).items():
                if points.get(event, 0) >= boost.get("with", 0):
                    points[event] = points.get(event, 0) + extra
            for event in boost.get("drop", ()):
                points.pop(event, None)


def _applies(boost: Mapping[str, Any], verb: str, kinds: set[str], text: str) -> bool:
    wanted, state, firm = boost.get("by", ""), bool(kinds & STATE_KINDS), bool(kinds & FIRM_KINDS)
    actor = {"": True, "state alone": state and not firm, "firm": firm, "firm alone": firm and not state}
    verbs, others, word = boost.get("verbs"), boost.get("not_verbs", ()), boost.get("word", "")
    named = not verbs or verb in verbs
    return named and verb not in others and word in text and actor.get(wanted, wanted in kinds)


def _noise(deed: Deed) -> Event:
    states = {cue.word.label.partition(":")[0] for cue in deed.actors} & STATE_KINDS
    if deed.role == "talk":
        return Event.MEETING_STATEMENT if states or not deed.actors else Event.ANALYSIS_OPINION
    if deed.role == "meet" or deed.reached.negated:
        return Event.MEETING_STATEMENT
    return Event.PRICE_MOVE if deed.role == "price" else Event.OTHER
