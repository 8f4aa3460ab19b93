"""The examples of rules as tests: each must fire, or stay quiet, on a headline as it is really read. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from rules.errors import Place
from rules.ruleset import Example, Filter, Rule, RuleSet
from rules.sense import parts
from rules.story import Story
from rules.telling import saw, tell


@dataclass(frozen=True, slots=True)
class Failure:
    """An example that does not hold, what was read in its headline, and what kept the rule from it, if anything did.

    ``own`` says whether the reader of this may edit the rule; a shipped one fails for what is laid over it.
    """

    rule: Rule | Filter
    example: Example
    story: Story
    why: tuple[str, ...] = ()
    own: bool = True

    @property
    def place(self) -> Place:
        """Where the example stands."""
        return Place(self.rule.file, self.example.line, self.example.column)

    @property
    def remedy(self) -> str:
        """What to do about it."""
        if not self.own:
            name = self.rule.name
            return f"narrow what you laid over this shipped rule, or copy `{name}` to your folder and change it there"
        if self.example.fires:
            return "ask for less, or move the headline to `must stay quiet`"
        return "ask for more, or move the headline to `must fire`"

    def __str__(self) -> str:
        example, lead = self.example, self.story.lead
        did = "did not fire on" if example.fires else "fired on"
        read = (
            f"topics {', '.join(lead.topics) or 'none'}; {lead.act.event}, stage {lead.act.stage}"
            f"{f', step {lead.act.step}' if lead.act.step else ''}; form {lead.form}"
            f"; structural {'yes' if lead.structural else 'no'} ({lead.p_structural:.2f})"
            f"{'; negated' if lead.act.negated else ''}{'; hedged' if lead.act.hedge else ''}"
        )
        why = f": {'; '.join(self.why)}" if self.why else ""
        return f'{self.place}: {self.rule.name} {did} "{example.headline}" (read as {read}){why}; {self.remedy}'


def failures(
    rules: RuleSet,
    read: Callable[[Example], Story],
    now: datetime,
    own: Callable[[Rule | Filter], bool] = lambda _: True,
) -> tuple[Failure, ...]:
    """The examples that do not hold, in the order of files and lines. ``read`` turns an example into a story.

    ``own`` says which rules the reader of this may edit.
    """
    failed = [
        Failure(rule, example, story, tuple(_missing(rule, story, now)), own(rule))
        for rule in rules.asked
        for example in rule.examples
        if rule.matches(story := read(example), now) is not example.fires
    ]
    return tuple(sorted(failed, key=lambda failure: failure.place))


def _missing(rule: Rule | Filter, story: Story, now: datetime) -> Iterator[str]:
    """What keeps a rule from firing on a story; nothing where it fires."""
    for part in parts(rule.when):
        if not part.matches(story, now):
            seen = saw(part, story, now)
            yield f"not so: {tell(part)}{f' (here {seen})' if seen else ''}"
    if rule.unless is not None and rule.unless.matches(story, now):
        yield f"`unless` holds: {tell(rule.unless)}"
    if isinstance(rule, Rule):
        yield from (f"the filter {each.name} keeps it quiet" for each in rule.filters if each.matches(story, now))
