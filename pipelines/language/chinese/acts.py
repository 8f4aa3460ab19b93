"""What each part of a Chinese headline says was done: the verb that governs it, who acts, and how far it came. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.language.acts import Reached
from pipelines.language.chinese.lexicon import ChineseLexicon, Found, Group
from pipelines.language.chinese.text import Segment
from rules.story import Stage

_NOTHING = Reached(Stage.NONE)
_FINAL = ("三读", "表决通过", "起施行", "正式生效")
_NOUNLIKE = frozenset("的将")
"""A verb before one of these is a noun or an attribute: 加征的关税, 磋商将于."""
_AIMED = ("对", "向", "给", "为")
_TURNED = ("对", "输")
"""Short names that hold their own preposition: 对美, 输华."""


@dataclass(frozen=True, slots=True)
class Sight:
    """All that is seen of a headline: its folded text, its phrases, its segments, the spans in quotation marks."""

    text: str
    cues: tuple[Found, ...]
    parts: tuple[Segment, ...]
    quotes: tuple[tuple[int, int], ...]
    numbered: bool
    asked: bool

    def within(self, kind: str, part: Segment, label: str = "") -> list[Found]:
        """Cues of a kind in a segment."""
        return [
            cue
            for cue in self.cues
            if cue.word.kind == kind and (not label or cue.word.label == label) and part.start <= cue.start < part.end
        ]

    def has(self, mark: str) -> bool:
        """Whether the mark stands anywhere."""
        return any(cue.word.kind == "mark" and cue.word.label == mark for cue in self.cues)


@dataclass(frozen=True, slots=True)
class Deed:
    """How one segment is read: the verb that governs it, how far it came, and who stands before the verb."""

    part: Segment
    role: str = ""
    group: Group | None = None
    at: int = 0
    reached: Reached = _NOTHING
    actors: tuple[Found, ...] = ()
    told: str = ""


def read_deeds(sight: Sight, lexicon: ChineseLexicon) -> list[Deed]:
    """The main segments, each as read. A speaker or an issuing body in a segment of its own acts in the next one."""
    deeds: list[Deed] = []
    carried: tuple[Found, ...] = ()
    for part in sight.parts:
        deed = _deed(sight, part, carried, lexicon)
        before = sight.within("entity", part)
        carried = tuple(before) if not deed.role or deed.told == "publish" else (carried if part.mark != ":" else ())
        deeds.append(deed)
    main = [deed for deed in deeds if not _sub(sight, deed.part)]
    return main or deeds or [Deed(Segment(0, len(sight.text), ""))]


def _sub(sight: Sight, part: Segment) -> bool:
    """Whether a segment only gives a cause, a condition or a time: 受…影响, 若…, …之后."""
    opens = any(cue.start == part.start for cue in sight.within("mark", part, "sub"))
    closes = any(cue.end == part.end and cue.start > part.start for cue in sight.within("mark", part, "after"))
    return opens or closes


def _deed(sight: Sight, part: Segment, carried: tuple[Found, ...], lexicon: ChineseLexicon) -> Deed:
    """Reads one segment from its first verb on; those that pass the word on hand it to the next."""
    told, last = "", None
    document = bool(sight.within("mark", part, "doc")) or sight.numbered
    for cue in sight.within("verb", part):
        group = lexicon.groups[cue.word.label]
        if _in(cue, sight.quotes) or sight.text[cue.end : cue.end + 1] in _NOUNLIKE or _idle(sight, part, group):
            continue
        if group.role in ("say", "said", "publish"):
            told = told or group.role
            last = cue
            continue
        return _governed(sight, part, cue, group, told or ("publish" if document else ""), carried)
    if last is not None:
        return _told_only(sight, part, last, told, carried, lexicon)
    drafts = any(_in(cue, ((part.start, part.end),)) for cue in sight.cues if cue.word.label == "draft")
    if drafts and part.mark != ":":
        group = lexicon.groups["propose"]
        return Deed(part, "act", group, part.end, Reached(Stage.PROPOSED), _actors(sight, part, part.end, carried))
    return Deed(part)


def _idle(sight: Sight, part: Segment, group: Group) -> bool:
    """Whether a verb lacks what it needs to be the deed: 列入 without a list; or only names what is looked into."""
    if group.name == "buy" and sight.within("verb", part, "charge"):
        return True
    return bool(group.needs) and not any(cue.word.label in group.needs for cue in sight.within("noun", part))


def _told_only(
    sight: Sight, part: Segment, cue: Found, told: str, carried: tuple[Found, ...], lexicon: ChineseLexicon
) -> Deed:
    """A segment that only publishes or says: the noun tells whether that is a deed."""
    nouns = sight.within("noun", part)
    actors = _actors(sight, part, cue.start, carried)
    group = lexicon.groups[cue.word.label]
    heavy = any(noun.word.points >= 3 for noun in nouns)
    if (
        told == "publish"
        and heavy
        and not any(one.word.label in ("data", "price") for one in sight.within("verb", part))
    ):
        made = _hedged(sight, part, cue, Reached(Stage.PROPOSED if sight.has("draft") else Stage.IN_FORCE))
        return Deed(part, "act", group, cue.start, made, actors, told)
    if told == "say" and any(noun.word.points >= 5 for noun in nouns):
        return Deed(part, "act", group, cue.start, _hedged(sight, part, cue, Reached(Stage.ANNOUNCED)), actors, told)
    return Deed(part, "data" if told == "publish" else "talk", group, cue.start, Reached(Stage.NONE), actors, told)


def _governed(sight: Sight, part: Segment, cue: Found, group: Group, told: str, carried: tuple[Found, ...]) -> Deed:
    """The deed of a verb, with what stands around it."""
    actors = _actors(sight, part, cue.start, carried)
    if group.role in ("talk", "meet", "price", "data"):
        return Deed(part, group.role, group, cue.start, Reached(Stage.NONE), actors, told)
    if group.role == "weak":
        nameable = bool(sight.within("noun", part)) and bool(actors)
        return Deed(
            part,
            "weak",
            group,
            cue.start,
            Reached(Stage.RUMOUR if nameable else Stage.NONE, "considered", cue.text),
            actors,
        )
    if group.role == "threat":
        return Deed(part, "threat", group, cue.start, Reached(Stage.PROPOSED, "threatened", cue.text), actors)
    stage = Stage(group.stage)
    if told == "say" and stage is Stage.IN_FORCE and group.name != "hold":
        stage = Stage.ANNOUNCED
    if told == "publish" and stage is Stage.ANNOUNCED and group.name not in ("strike", "build", "invest", "buy"):
        stage = Stage.IN_FORCE
    if _later(sight, part, cue) and stage is Stage.IN_FORCE:
        stage = Stage.ANNOUNCED
    elif stage is Stage.ANNOUNCED and told != "say" and sight.within("mark", part, "effective"):
        stage = Stage.IN_FORCE
    if sight.has("draft") and stage in (Stage.IN_FORCE, Stage.ANNOUNCED) and not any(w in sight.text for w in _FINAL):
        stage = Stage.PROPOSED
    reached = Reached(stage, group.step)
    if sight.has("memo") and stage is Stage.ANNOUNCED:
        reached = Reached(stage, "memorandum")
    return Deed(part, "act", group, cue.start, _hedged(sight, part, cue, reached), actors, told)


def _hedged(sight: Sight, part: Segment, cue: Found, reached: Reached) -> Reached:
    """What a word before the verb takes away from it: denied, leaked, possible, or only planned."""
    before = [mark for mark in sight.within("mark", part) if mark.start < cue.end]
    if any(mark.word.label == "negation" for mark in before):
        return Reached(Stage.NONE, "negated", "", negated=True)
    leak = next((one.text for one in sight.cues if one.word.kind == "mark" and one.word.label == "unnamed"), "")
    hedge = next((mark.text for mark in before if mark.word.label == "hedge"), leak)
    if hedge:
        return Reached(Stage.RUMOUR, "considered", hedge)
    if any(mark.word.label == "plan" for mark in before) and reached.stage is not Stage.NONE:
        return Reached(Stage.PROPOSED, "", next(mark.text for mark in before if mark.word.label == "plan"))
    return reached


def _later(sight: Sight, part: Segment, cue: Found) -> bool:
    """Whether 将 before the verb means "will"; in 将稀土列入清单 it only turns the object round."""
    if any(mark.start < cue.start for mark in sight.within("mark", part, "later")):
        return True
    return sight.text[max(part.start, cue.start - 1) : cue.start] == "将"


def _actors(sight: Sight, part: Segment, before: int, carried: tuple[Found, ...]) -> tuple[Found, ...]:
    """Names ahead of the verb that are not its object (对美国, 向日本), or those that the segment before left open."""
    own = [
        cue
        for cue in sight.within("entity", part)
        if cue.end <= before
        and not cue.text.startswith(_TURNED)
        and sight.text[max(0, cue.start - 1) : cue.start] not in _AIMED
    ]
    return tuple(own) or carried


def _in(cue: Found, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start <= cue.start and cue.end <= end for start, end in spans)
