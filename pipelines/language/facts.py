"""The named pieces of evidence for and against "structural" in one headline; ``lexicon/weights.yaml`` weighs them."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.language.acts import Frame, Reached, by_firm, by_state, kinds
from rules.story import Event, Form, Quantity, Stage, Topic

_BIG = {"USD": 1e9, "EUR": 9e8, "GBP": 8e8}
_BEARING = frozenset({"individuals", "cyber", "goods", "broad", "firm", "commerce", "field"})
_FIELDS = (Topic.RARE_EARTH, Topic.SEMICONDUCTOR, Topic.CRYPTO, Topic.ENERGY, Topic.LIQUIDITY)


def evidence(
    frame: Frame, reached: Reached, event: Event, topics: Sequence[Topic], amounts: Sequence[Quantity]
) -> tuple[str, ...]:
    """Names of all that bears on the matter, in a fixed order."""
    facts: list[str] = []
    governor = frame.governor
    acting = (
        governor is not None
        and governor.verb.role == "act"
        and reached.stage not in (Stage.NONE, Stage.RUMOUR)
        and event.leans_structural
    )
    field = any(topic in topics for topic in _FIELDS)
    facts += [f"topic {topic.value}" for topic in topics]
    facts.append("field" if field else "no field")
    facts.append(f"form {frame.form.value}")
    if frame.question:
        facts.append("question")
    if governor is not None:
        facts.append(f"role {governor.verb.role}")
        if governor.said:
            facts.append("said")
    else:
        facts.append("no verb")
    if not acting:
        facts.append("no deed")
    if reached.step:
        facts.append(f"step {reached.step}")
    if reached.hedge:
        facts.append("hedged")
    if reached.negated:
        facts.append("negated")
    flags = sorted({cue.sense.label for cue in frame.cues if cue.sense.kind == "flag"})
    facts += [f"flag {flag}" for flag in flags]
    if governor is not None and acting:
        facts += _of_act(frame, reached, event, topics, field=field)
        facts += [f"{event.value} and {flag}" for flag in flags if flag in _BEARING]
    facts += _of_money(amounts, acting=acting)
    return tuple(dict.fromkeys(facts))


def _of_act(frame: Frame, reached: Reached, event: Event, topics: Sequence[Topic], *, field: bool) -> list[str]:
    governor = frame.governor
    assert governor is not None
    facts = ["act", f"event {event.value}", f"stage {reached.stage.value}", f"verb {governor.verb.name}"]
    if event is Event.CONFLICT_BLOCKADE and governor.verb.name in ("halt", "ban", "blockade"):
        facts.append("a way closed")
    if governor.later:
        facts.append("later")
    if governor.second is not None:
        facts.append(f"second {governor.second.name}")
    actors = frame.actors()
    found = kinds(actors)
    who = "state" if by_state(actors) else "firm" if by_firm(actors) else "nobody known"
    facts.append(f"by {who}")
    facts += [f"by {kind}" for kind in sorted(found & {"leader", "central-bank", "court", "agency", "body"})]
    facts.append(f"{event.value} by {who}")
    facts.append(f"{event.value} {'in' if field else 'outside'} field")
    facts += [f"{event.value} in {topic.value}" for topic in topics if topic in _FIELDS]
    if not [cue for cue in frame.cues if cue.sense.kind == "noun" and cue.sense.label == event.value]:
        facts.append("event by verb alone")
    if frame.form is not Form.REPORT:
        facts.append("act in another form")
    facts.append(f"{event.value} {reached.stage.value}")
    return facts


def _of_money(amounts: Sequence[Quantity], *, acting: bool) -> list[str]:
    facts = []
    money = [amount.value / _BIG[amount.unit] for amount in amounts if amount.unit in _BIG]
    if money:
        size = "billions" if max(money) >= 1 else "hundred millions" if max(money) >= 0.1 else "millions"
        facts.append(f"money {size}" + (" in act" if acting else ""))
    if any(amount.unit.startswith("%") for amount in amounts):
        facts.append("percent" + (" in act" if acting else ""))
    return facts
