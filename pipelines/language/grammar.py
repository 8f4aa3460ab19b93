"""The grammar of a headline without a parser: which words are the main clause, and which verb in it governs.

Order beats presence: the first verb of the main clause that is not a mere "says" decides what the headline asserts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipelines.language.cues import Cue
from pipelines.language.lexicon_file import Lexicon, Verb

_BREAKS = frozenset({";", "—", "|", ":", "-", "...", "…", "•", "·", "--", "?", "!", "."})
_EQUALS = frozenset({";", "."})
_LONGEST_LEAD_IN = 6
"""Words before a colon that may be a mere label ("Iran protests: ...")."""


_THINGS = ("element:", "mineral:", "product:", "law:")
"""Entities that do nothing themselves: "oil fund" and "chip ban" are nouns, "China bans" is a deed."""


@dataclass(frozen=True, slots=True)
class Clause:
    """Tokens ``start`` to ``end``; ``main`` is false for subclauses, lead-ins and asides."""

    start: int
    end: int
    main: bool


@dataclass(frozen=True, slots=True)
class Governor:
    """The governing verb: tokens ``start`` to ``end``, its group, and what stands around it.

    ``later``: after "to" or "will". ``said``: someone is quoted as saying it. ``second``: the verb that it commands
    ("agrees to cut").
    """

    start: int
    end: int
    verb: Verb
    form: str
    later: bool = False
    negated: bool = False
    said: bool = False
    passive: bool = False
    second: Verb | None = None


class Grammar:
    """Splits into clauses and finds governors. Holds only the word lists."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._words = lexicon.words

    def clauses(self, low: Sequence[str], cues: Sequence[Cue]) -> tuple[Clause, ...]:
        """The clauses in order. At least one is main unless the text is empty."""
        subs = {cue.start for cue in cues if cue.sense.kind == "glue" and cue.sense.label == "sub"}
        pieces: list[tuple[int, int, bool, str]] = []
        start, mark = 0, ";"
        for index in range(len(low) + 1):
            if index == len(low) or low[index] in _BREAKS:
                pieces += [(*piece, mark) for piece in _split(low, start, index, subs)]
                start = index + 1
                mark = low[index] if index < len(low) else mark
        verbed = [
            any(self.is_verb(low, cues, cue) for cue in cues if cue.sense.kind == "verb" and a <= cue.start < b)
            for a, b, _, _ in pieces
        ]
        found, clauses = False, []
        for (a, b, main, opened), has_verb in zip(pieces, verbed, strict=True):
            short = opened == ":" and a <= _LONGEST_LEAD_IN
            leads = main and has_verb and (not found or opened in _EQUALS or short)
            found = found or leads
            clauses.append(Clause(a, b, leads))
        if not found:
            clauses = [replace(clause, main=main) for clause, (_, _, main, _) in zip(clauses, pieces, strict=True)]
        return tuple(clauses)

    def governor(self, low: Sequence[str], cues: Sequence[Cue], clause: Clause) -> Governor | None:
        """The verb that governs a clause, or None where no verb is known."""
        said = False
        later = {cue.end for cue in cues if cue.sense.kind == "glue" and cue.sense.label == "later"}
        later_starts = {
            cue.start
            for cue in cues
            if cue.sense.kind == "glue" and cue.sense.label == "later" and cue.end - cue.start > 1
        }
        verbal = [
            cue
            for cue in cues
            if cue.sense.kind == "verb"
            and clause.start <= cue.start < clause.end
            and cue.start not in later_starts
            and self.is_verb(low, cues, cue)
        ]
        for index, cue in enumerate(verbal):
            verb = self.resolve(low, self._choose(low, cues, verbal, cue, clause), clause)
            if verb.role == "say":
                said = True
                continue
            following = next((other for other in verbal[index + 1 :] if other.start >= cue.end), None)
            if verb.role == "light":
                continue
            second = None
            if following is not None and following.start - cue.end <= 5 and _commanded(low, cue, following):
                second = self.resolve(low, following, clause)
            trailing = any(
                other.start > cue.end and self._lexicon.verbs[other.sense.label].role == "say" for other in verbal
            )
            return Governor(
                start=cue.start,
                end=cue.end,
                verb=verb,
                form=cue.sense.form,
                later=cue.start in later or (cue.start - 1 in later and low[cue.start - 1] not in ("the", "a")),
                negated=self._negated(cues, cue, clause),
                said=said or trailing,
                passive=cue.sense.form in ("past", "participle") and self._passive(low, cue),
                second=second,
            )
        return self._participle(low, cues, clause)

    def _participle(self, low: Sequence[str], cues: Sequence[Cue], clause: Clause) -> Governor | None:
        """Where no other verb governs, a deed in -ing does ("platform shutting down")."""
        for cue in cues:
            inside = clause.start < cue.start < clause.end
            if inside and cue.sense.kind == "verb" and cue.sense.form == "ing":
                verb = self.resolve(low, cue, clause)
                before = low[cue.start - 1]
                if verb.role == "act" and before not in self._words["determiners"] and before.isalpha():
                    return Governor(start=cue.start, end=cue.end, verb=verb, form="ing")
        return None

    def resolve(self, low: Sequence[str], cue: Cue, clause: Clause) -> Verb:
        """The group that a verb belongs to here: some need a certain word after them ("strikes a deal")."""
        verb = self._lexicon.verbs[cue.sense.label]
        after = low[cue.end : clause.end]
        for _ in range(3):
            if not verb.needs or _meets(after, verb.needs):
                break
            verb = self._lexicon.verbs[verb.otherwise]
        return verb

    def _choose(self, low: Sequence[str], cues: Sequence[Cue], verbal: Sequence[Cue], cue: Cue, clause: Clause) -> Cue:
        """Of several groups that share a spelling: that of prices where a market is the subject, else another."""
        same = [other for other in verbal if other.start == cue.start and other.end == cue.end]
        if len(same) == 1:
            return cue
        market = any(
            other.sense.kind == "form"
            and other.sense.label == "price-move"
            and clause.start <= other.start
            and other.end <= cue.start
            for other in cues
        )
        priced = [other for other in same if self._lexicon.verbs[other.sense.label].role == "price"]
        if priced and (market or (cue.end < len(low) and low[cue.end][:1].isdigit())):
            return priced[0]
        others = [other for other in same if other not in priced] or same
        needy = [(other, self._lexicon.verbs[other.sense.label].needs) for other in others]
        after = low[cue.end : clause.end]
        met = [other for other, needs in needy if needs and _meets(after, needs)]
        return (met or [other for other, needs in needy if not needs] or others)[0]

    def _negated(self, cues: Sequence[Cue], verb: Cue, clause: Clause) -> bool:
        return any(
            cue.sense.kind == "glue"
            and cue.sense.label == "not"
            and max(clause.start, verb.start - 4) <= cue.start < verb.start
            for cue in cues
        )

    def _passive(self, low: Sequence[str], cue: Cue) -> bool:
        before = low[cue.start - 1] if cue.start else ""
        after = low[cue.end] if cue.end < len(low) else ""
        return before in self._words["be"] or after in ("by", "from", "over", "in", "on", "after", "amid", "as", "")

    def is_verb(self, low: Sequence[str], cues: Sequence[Cue], cue: Cue) -> bool:
        """Whether a word that may be a verb is one here, by its neighbours."""
        form = cue.sense.form
        if form == "fixed":
            return True
        before = low[cue.start - 1] if cue.start else ""
        if before in ("not", "n't", "never") and cue.start > 1:
            before = low[cue.start - 2]
        after = low[cue.end] if cue.end < len(low) else ""
        if before in ("to", "will", "'ll", "shall") or before in (
            "may",
            "might",
            "could",
            "would",
            "should",
            "can",
            "must",
        ):
            return form == "base"
        passive = before in self._words["be"]
        if low[cue.start] in self._words["describing"] or form == "ing":
            return passive or (form == "ing" and _ends_entity(cues, cue.start, nouns=False))
        if low[cue.start] in self._words["nounlike"] and cue.end - cue.start == 1:
            return passive if form == "participle" else self._noun_like_verb(cues, cue, before, after)
        if form in ("past", "participle"):
            return passive or (bool(before) and before not in self._words["determiners"])
        return form != "base" or before not in self._words["determiners"]

    def _noun_like_verb(self, cues: Sequence[Cue], cue: Cue, before: str, after: str) -> bool:
        named = _ends_entity(cues, cue.start, nouns=False)
        price = self._lexicon.verbs[cue.sense.label].role == "price"
        blockers = self._words["determiners" if price else "before_noun"]
        if not before or (before in blockers and not named):
            return False
        if after in self._words["after_noun"] and not price:
            return False
        if cue.sense.label == "sanctioning" and after in self._words["after_sanctions"] | {""}:
            return False
        if cue.sense.form == "base":
            return (
                before in ("and", "'s")
                or before.endswith("s")
                or before in self._words["subjects"]
                or _ends_entity(cues, cue.start)
            )
        return True


def _meets(after: Sequence[str], needs: frozenset[str]) -> bool:
    return any(word in needs for word in after) or ("$" in needs and any(_is_money(word) for word in after))


def _is_money(word: str) -> bool:
    return word in ("$", "£", "€", "us$") or (word[:1].isdigit() and word.endswith(("bn", "tn", "mn")))


def _split(low: Sequence[str], start: int, end: int, subs: set[int]) -> list[tuple[int, int, bool]]:
    """A piece between hard breaks as (start, end, main): what follows "as", "after", "amid" is a subclause."""
    if start >= end:
        return []
    if start in subs and low[start] not in ("so", "once"):
        comma = next((index for index in range(start, end) if low[index] == ","), None)
        if comma is None:
            return [(start, end, True)]
        return [(start, comma, False), *_split(low, comma + 1, end, subs)]
    first = next((index for index in range(start + 1, end) if index in subs), None)
    return [(start, end, True)] if first is None else [(start, first, True), (first, end, False)]


def _ends_entity(cues: Sequence[Cue], index: int, *, nouns: bool = True) -> bool:
    """Whether a known actor ends right before this token."""
    return any(cue.end == index and (_acts(cue) or (nouns and _is_firm(cue))) for cue in cues)


def _acts(cue: Cue) -> bool:
    return cue.sense.kind == "entity" and not cue.sense.label.startswith(_THINGS)


def _is_firm(cue: Cue) -> bool:
    return cue.sense.kind == "flag" and cue.sense.label == "firm"


def _commanded(low: Sequence[str], cue: Cue, following: Cue) -> bool:
    """Whether the second verb is what the first one orders, allows or agrees to."""
    return "to" in low[cue.end : following.start] or (following.sense.form == "ing" and following.start == cue.end)
