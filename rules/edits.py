"""Small edits of a rule set as YAML, drawn from what readers marked. Others try whether they are any good. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from rules.judge import judge
from rules.ruleset import Rule, RuleSet, SetLabel
from rules.story import Story
from rules.traits import scalar
from rules.verdict import Label, Severity, Verdict
from rules.weights import score

_FACTORS = {"quieter": (0.8, 0.6, 0.4), "louder": (1.25, 1.5, 2.0)}
_HIGHEST_WEIGHT = 1.5
_OFF = 10


class Aim(StrEnum):
    """What an edit is for: fewer stories told, or told more quietly, or louder."""

    SILENCED = "silenced"
    QUIETER = "quieter"
    LOUDER = "louder"


@dataclass(frozen=True, slots=True)
class Told:
    """A story that the rules in force tell (watch or structural), with their verdict at that time."""

    story: Story
    at: datetime
    verdict: Verdict


@dataclass(frozen=True)
class Trial:
    """Two rule sets that differ in little: what the second one says of a story that the first one has judged.

    A rule that does not match changes nothing, so only stories that a changed rule meets, or whose score is another,
    are judged again.
    """

    before: RuleSet
    after: RuleSet

    @cached_property
    def _changed(self) -> tuple[Rule, ...]:
        old, new = ((*rules.label_rules, *rules.severity_rules) for rules in (self.before, self.after))
        return tuple(rule for these, those in ((old, new), (new, old)) for rule in these if rule not in those)

    def verdict(self, told: Told) -> Verdict:
        """Label and severity by the second rule set; the reasons may be those of the first."""
        story, at = told.story, told.at
        if any(rule.matches(story, at) for rule in self._changed):
            return judge(story, self.after, at)
        old, new = self.before.weights, self.after.weights
        if old == new:
            return told.verdict
        if score(story, old, at)[0] != score(story, new, at)[0]:
            return judge(story, self.after, at)
        return replace(told.verdict, severity=new.severity(told.verdict.score))


@dataclass(frozen=True, slots=True)
class Edit:
    """An edit: its aim, what it does in words, and its YAML.

    Edits of one ``group`` are the same in another ``strength``. Of edits that do the same to all stories at hand
    the one of least ``reach`` is given: a rule switched off reaches furthest. ``filter`` is the name of the filter that
    it adds, empty for other edits.
    """

    aim: Aim
    what: str
    yaml: str
    group: str
    strength: float = 0
    reach: int = 1
    filter: str = ""


def enough(hits: int, misses: int) -> bool:
    """Whether an edit does right by enough marked stories: at least two, and at most a tenth of that is wronged."""
    return hits >= 2 and misses * 10 <= hits


def rules_that_tell(rules: RuleSet, told: Told) -> tuple[Rule, ...]:
    """The rules by which the story is watch or structural."""
    return tuple(
        rule
        for rule in rules.label_rules
        if isinstance(rule.effect, SetLabel)
        and rule.effect.label is not Label.NOISE
        and rule.matches(told.story, told.at)
    )


def disables(rules: RuleSet, noise: Sequence[Told]) -> Iterator[Edit]:
    """Each rule that tells two stories marked noise switched off, and each set of rules that tells one together."""
    teams = [tuple(rule.name for rule in rules_that_tell(rules, told)) for told in noise]
    alone = Counter(name for team in teams for name in team)
    together = Counter(team for team in teams if len(team) > 1)
    for names in [(name,) for name, count in sorted(alone.items()) if count > 1] + sorted(together):
        yield Edit(
            Aim.SILENCED,
            f"Switch off {listed(names)}",
            f"disable: [{', '.join(names)}]\n",
            group=f"disable {names}",
            reach=_OFF + len(names),
        )


def weights(rules: RuleSet, loud: Sequence[Told], low: Sequence[Told]) -> Iterator[Edit]:
    """The weights of events and steps, each in three strengths.

    Lower, where at least two stories share it that readers would have had quieter (``loud``); higher, where two do that
    they would have had louder (``low``).
    """
    for aim, stories in ((Aim.QUIETER, loud), (Aim.LOUDER, low)):
        for table in ("event", "step"):
            known = getattr(rules.weights, table)
            counts = Counter(getattr(told.story.lead.act, table) for told in stories)
            for name in sorted(name for name, count in counts.items() if count > 1 and known.get(name)):
                for factor in _FACTORS[aim]:
                    value = round(min(known[name] * factor, max(known[name], _HIGHEST_WEIGHT)), 2)
                    if value == known[name]:
                        continue
                    yield Edit(
                        aim,
                        f"{'Lower' if aim is Aim.QUIETER else 'Raise'} the weight of the {table} {name} "
                        f"from {known[name]:g} to {value:g}",
                        f"weights:\n  {table}:\n    {scalar(name)}: {value:g}\n",
                        group=f"{table} {name} {aim}",
                        strength=abs(value - known[name]),
                    )


def levels(rules: RuleSet, loud: Sequence[Told], low: Sequence[Told]) -> Iterator[Edit]:
    """The least score of a severity, moved just above the score of a loud story or down to that of a low one."""
    bounds = rules.weights.levels
    ladder = sorted((level for level in Severity if level in bounds), key=lambda level: level.rank)
    for at, level in enumerate(ladder):
        floor = bounds[ladder[at - 1]] if at else 0.0
        roof = bounds[ladder[at + 1]] if at + 1 < len(ladder) else 100.0
        above = {float(int(told.verdict.score) + 1) for told in loud if told.verdict.severity is level}
        down = {float(int(told.verdict.score)) for told in low if told.verdict.severity.rank == level.rank - 1}
        for aim, values in ((Aim.QUIETER, above), (Aim.LOUDER, down)):
            for value in sorted(value for value in values if floor < value < roof and value != bounds[level]):
                yield Edit(
                    aim,
                    f"Call a story {level.value} from a score of {value:g} on, not {bounds[level]:g}",
                    f"weights:\n  levels:\n    {level.value}: {value:g}\n",
                    group=f"levels {level} {aim}",
                    strength=abs(value - bounds[level]),
                )


def listed(names: Sequence[str]) -> str:
    """Names of rules in a sentence."""
    several = [f"`{name}`" for name in names]
    return " and ".join([", ".join(several[:-1]), several[-1]]) if len(several) > 1 else several[0]
