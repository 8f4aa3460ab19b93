"""Small edits that readers' marks speak for, each tried on what was marked and on what was told lately. Pure.

Nothing is learnt and nothing changes by itself: an edit is proposed because of stories that can be counted and named,
after it was loaded over the rules in force and every story was judged again with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, groupby, islice

from rules.compare import Comparison, compare
from rules.conditions import All, Condition, Not
from rules.edits import Aim, Edit, Told, Trial, disables, enough, levels, weights
from rules.errors import RuleErrors
from rules.judge import judge
from rules.marks import Mark, Marked
from rules.narrow import filters
from rules.ruleset import RuleSet, Status
from rules.schema import load
from rules.sense import parts
from rules.story import Story
from rules.traits import scalar
from rules.verdict import Label, Severity, Verdict

MOST = 10
"""Proposals that are given; a person reads no more."""
FILE = "suggestion.yaml"
_BESIDE = "~suggestion.yaml"
BROAD = 10
"""An edit that moves more unmarked stories than this for each marked one that it does right by comes last."""
_LOUD = Severity.HIGH.rank
_MOST_EXAMPLES = 3
_MOST_TRIED = 10
_LONGEST_EXAMPLE = 200

Layers = Sequence[Mapping[str, str]]
Read = Callable[[str], Story]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """An edit and what it would do.

    ``hits`` are the marked stories that it does right by and ``misses`` those that it wrongs: for one that silences,
    noise and wanted stories that it silences; for a quieter one, noise or "knew it" and wanted stories that it makes
    quieter; for a louder one the other way round. ``knew`` are "knew it" stories that it silences, counted neither
    way. ``lately`` is what it would have changed of the recent stories, and ``unmarked`` those of them that nobody
    marked. ``clash`` says where the admin's folder holds the same entry already.
    """

    edit: Edit
    text: str
    hits: tuple[Marked, ...]
    misses: tuple[Marked, ...]
    knew: tuple[Marked, ...]
    lately: Comparison
    unmarked: tuple[Story, ...]
    clash: str = ""

    @property
    def broad(self) -> bool:
        """Whether it moves many stories that nobody marked."""
        return len(self.unmarked) > BROAD * len(self.hits)

    @property
    def order(self) -> tuple[object, ...]:
        """The best first: narrow ones, the most right, the least wrong, the fewest other stories."""
        return (
            self.broad,
            -len(self.hits),
            len(self.misses),
            len(self.unmarked),
            tuple(Aim).index(self.edit.aim),
            self.edit.reach,
            self.text,
        )

    def makes_idle(self, other: Proposal) -> bool:
        """Whether whoever has this one gains nothing by the other: it does all the same good and no more harm."""
        return (
            self.edit.aim is other.edit.aim
            and {each.story.id for each in self.hits} >= {each.story.id for each in other.hits}
            and len(self.misses) <= len(other.misses)
            and len(self.unmarked) <= len(other.unmarked)
        )


def suggest(
    layers: Layers, marked: Sequence[Marked], recent: Iterable[tuple[Story, datetime]], read: Read
) -> tuple[Proposal, ...]:
    """At most ten edits of the admin's folder, the best first; ``layers`` are the shipped packs and that folder.

    An edit is proposed only if, with it in force,

    - at least two marked stories are done right by: stories marked noise fall silent (their label falls); or, where
      weights are edited, stories marked noise or "knew it" get a lower severity, or useful ones of low or medium
      severity a higher one;
    - the marked stories that it wrongs are at most a tenth of those: "useful" and "too late" for what silences or makes
      quieter, noise and "knew it" for what makes louder;
    - it loads over the layers without a fault, and is not made idle by another one.

    ``recent`` are stories with the times at which they were judged; those that the rules in force do not tell are
    passed over, since no proposal can make them told. ``read`` turns a title into a story, to choose examples that
    hold. Raises ``RuleErrors`` where the layers themselves do not load.
    """
    rules = load(*layers)
    bench = _Bench(
        layers, rules, _told(rules, marked), _latest(rules, recent), {each.story.id for each in marked}, read
    )
    proposals = [found for edit in bench.edits() if (found := bench.tried(edit))]
    best = [min(group, key=_strength) for group in _groups(proposals)]
    kept = list[Proposal]()
    for proposal in sorted(best, key=lambda each: each.order):
        if not any(other.makes_idle(proposal) for other in kept):
            kept = [other for other in kept if not proposal.makes_idle(other)] + [proposal]
    return tuple(sorted(map(bench.finished, kept), key=lambda each: each.order)[:MOST])


def _told(rules: RuleSet, marked: Sequence[Marked]) -> tuple[tuple[Marked, Told], ...]:
    pairs = ((each, Told(each.story, each.at, judge(each.story, rules, each.at))) for each in marked)
    return tuple((each, told) for each, told in pairs if told.verdict.label is not Label.NOISE)


def _latest(rules: RuleSet, recent: Iterable[tuple[Story, datetime]]) -> tuple[Told, ...]:
    stories = (Told(story, at, judge(story, rules, at)) for story, at in recent)
    return tuple(told for told in stories if told.verdict.label is not Label.NOISE)


def _groups(proposals: Iterable[Proposal]) -> Iterator[list[Proposal]]:
    ordered = sorted(proposals, key=lambda each: each.edit.group)
    for _, group in groupby(ordered, key=lambda each: each.edit.group):
        yield list(group)


def _strength(proposal: Proposal) -> tuple[int, int, float]:
    """Of one edit in several strengths: the most right after ten times the wrong, the fewest others, the gentlest."""
    return 10 * len(proposal.misses) - len(proposal.hits), len(proposal.unmarked), proposal.edit.strength


@dataclass(frozen=True, slots=True)
class _Bench:
    """Where edits are tried: the rules in force, and what they tell of the marked and of the recent stories."""

    layers: Layers
    rules: RuleSet
    marked: tuple[tuple[Marked, Told], ...]
    recent: tuple[Told, ...]
    ids: set[str]
    read: Read

    def edits(self) -> Iterator[Edit]:
        """Everything that is worth a trial."""
        noise = [told for each, told in self.marked if each.mark is Mark.NOISE]
        wanted = [told for each, told in self.marked if each.mark.wanted]
        loud = [told for each, told in self.marked if not each.mark.wanted]
        low = [told for each, told in self.marked if each.mark is Mark.USEFUL and told.verdict.severity.rank < _LOUD]
        return chain(
            filters(self.rules, noise, wanted, self.recent),
            disables(self.rules, noise),
            weights(self.rules, loud, low),
            levels(self.rules, loud, low),
        )

    def tried(self, edit: Edit) -> Proposal | None:
        """What the edit does, where it does enough good."""
        text = _text(edit)
        try:
            trial = Trial(self.rules, load(*self.layers, {FILE: text}))
        except RuleErrors:
            return None
        moved = [each for each, told in self.marked if _hit(edit.aim, told.verdict, trial.verdict(told))]
        right = tuple(each for each in moved if _right(edit.aim, each.mark))
        wrong = tuple(each for each in moved if _wrong(edit.aim, each.mark))
        if edit.aim is Aim.LOUDER:
            low = {told.story.id for _, told in self.marked if told.verdict.severity.rank < _LOUD}
            right = tuple(each for each in right if each.story.id in low)
        if not enough(len(right), len(wrong)):
            return None
        knew = tuple(each for each in moved if each not in right and each not in wrong)
        lately = self._lately(trial)
        return Proposal(
            edit=edit,
            text=text,
            hits=right,
            misses=wrong,
            knew=knew if edit.aim is Aim.SILENCED else (),
            lately=lately,
            unmarked=tuple(each.story for each in lately.differences if each.story.id not in self.ids),
        )

    def _lately(self, trial: Trial) -> Comparison:
        return compare((told.story, told.at, told.verdict, trial.verdict(told)) for told in self.recent)

    def finished(self, proposal: Proposal) -> Proposal:
        """The proposal with examples that hold, and with a word where the admin's folder has the same entry already."""
        edit, text = proposal.edit, proposal.text
        if edit.filter:
            counts = len(proposal.hits), len(proposal.misses)
            examples = self._examples(edit, proposal)
            text = next(filter(self._loads, (_text(edit, *counts, *examples), _text(edit, *counts))))
        clash = ""
        if len(self.layers) > 1:
            try:
                load(*self.layers[:-1], {**self.layers[-1], _BESIDE: text})
            except RuleErrors as found:
                clash = found.errors[0].message
        return replace(proposal, text=text, clash=clash)

    def _loads(self, text: str) -> bool:
        try:
            load(*self.layers, {FILE: text})
        except RuleErrors:
            return False
        return True

    def _examples(self, edit: Edit, proposal: Proposal) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Titles that the filter meets, and for each of its questions one that it would meet but for that question.

        The first are of the stories that it does right by, the others of wanted stories, else of recent ones. Each
        holds when it is read alone, as ``check`` reads it.
        """
        added = next(each for each in load(*self.layers, {FILE: _text(edit)}).filters if each.name == edit.filter)
        hits = _titles(each.story for each in proposal.hits)
        fires = tuple(islice((title for title in hits if self._meets(added.when, title)), _MOST_EXAMPLES))
        wanted = [told.story for each, told in self.marked if each.mark.wanted]
        others = [*wanted, *(told.story for told in self.recent)]
        questions = parts(added.when)
        quiet = dict[str, None]()
        for question in questions:
            rest = All(tuple(each for each in questions if each is not question))
            near = Not(question), rest
            stories = (story for story in others if all(each.matches(story, story.lead.published) for each in near))
            titles = islice(_titles(stories), _MOST_TRIED)
            near_misses = (title for title in titles if all(self._meets(each, title) for each in near))
            quiet |= dict.fromkeys(islice(near_misses, 1))
        return fires, tuple(quiet)

    def _meets(self, condition: Condition, title: str) -> bool:
        story = self.read(title)
        return condition.matches(story, story.lead.published)


def _titles(stories: Iterable[Story]) -> Iterator[str]:
    """The titles that may stand in a file, each once."""
    titles = dict.fromkeys(story.lead.title for story in stories)
    return (title for title in titles if title.isprintable() and 0 < len(title) <= _LONGEST_EXAMPLE)


def _text(edit: Edit, hits: int = 0, misses: int = 0, fires: Sequence[str] = (), quiet: Sequence[str] = ()) -> str:
    """The edit as a file."""
    if not edit.filter:
        return edit.yaml
    wanted = f"{misses} as worth an alert" if misses else "none as worth an alert"
    because = f'    because: "Readers marked {hits} such stories as noise and {wanted}."\n'
    kinds = (("must fire", fires), ("must stay quiet", quiet))
    examples = "".join(
        f"      {kind}:\n" + "".join(f"        - {scalar(title)}\n" for title in titles)
        for kind, titles in kinds
        if titles
    )
    head = "    examples:\n" if examples else ""
    return f"{edit.yaml}{because}    status: {Status.STABLE}\n{head}{examples}"


def _hit(aim: Aim, before: Verdict, after: Verdict) -> bool:
    """Whether the edit does to a story what it is for."""
    if aim is Aim.SILENCED:
        return after.label.rank < before.label.rank
    change = after.severity.rank - before.severity.rank
    return change < 0 if aim is Aim.QUIETER else change > 0


def _right(aim: Aim, mark: Mark) -> bool:
    if aim is Aim.LOUDER:
        return mark is Mark.USEFUL
    return mark is Mark.NOISE or (aim is Aim.QUIETER and mark is Mark.KNEW)


def _wrong(aim: Aim, mark: Mark) -> bool:
    return not mark.wanted if aim is Aim.LOUDER else mark.wanted
