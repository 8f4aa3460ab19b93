"""Rules and filters as written: from nodes of a page to values. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import yaml

from rules.asked import read_conditions, read_duration
from rules.conditions import Condition, asks_for_weight, size
from rules.page import Fields, Page
from rules.phrases import PLACEHOLDERS, unknown_placeholders
from rules.ruleset import Effect, Example, Factor, Filter, LimitLabel, Points, Rule, SetLabel, Status
from rules.sense import contradiction, implies
from rules.story import Tier
from rules.verdict import Label

NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
_COMMON = ("name", "when", "unless", "because", "status", "examples")
RULE_FIELDS = (*_COMMON[:3], "then", *_COMMON[3:])
FILTER_FIELDS = (*_COMMON[:1], "suppresses", *_COMMON[1:])
EXAMPLE_FIELDS = ("headline", "source", "tier", "publishers", "age")
LONGEST_BECAUSE = 200
MOST_QUESTIONS = 100
"""Questions of one ``when`` or ``unless``: what can never hold is found by weighing each against each."""
LANGUAGE = re.compile(r"[a-z]{2,3}\Z")


def read_rules(page: Page, node: yaml.Node, said: dict[str, str]) -> Iterator[Rule]:
    """The rules of a list; ``said`` holds where each name was first given in this folder, and is added to."""
    for item in page.items(node, "`rules`"):
        before = len(page.errors)
        fields = page.mapping(item, "the rule", RULE_FIELDS, ("name", "when", "then", "because", "status"))
        common = _common(page, item, fields, said)
        effect = _effect(page, fields["then"]) if "then" in fields else None
        if effect and isinstance(effect, SetLabel | LimitLabel):
            _keep_apart(page, fields["then"], "give it `factor` or `points` instead", common["when"], common["unless"])
        if effect and len(page.errors) == before:
            yield Rule(effect=effect, **common)


def read_filters(page: Page, node: yaml.Node, said: dict[str, str]) -> Iterator[Filter]:
    """The filters of a list; a filter and a rule may not share a name."""
    for item in page.items(node, "`filters`"):
        before = len(page.errors)
        fields = page.mapping(item, "the filter", FILTER_FIELDS, ("name", "suppresses", "when", "because", "status"))
        common = _common(page, item, fields, said)
        names = page.texts(fields["suppresses"], "`suppresses`") if "suppresses" in fields else ()
        if "suppresses" in fields:
            _keep_apart(page, fields["suppresses"], "ask what the headline says", common["when"], common["unless"])
        if len(page.errors) == before:
            yield Filter(suppresses=tuple(sorted(names)), **common)


def _common(page: Page, item: yaml.Node, fields: Fields, said: dict[str, str]) -> dict[str, Any]:
    """What rules and filters share."""
    because, translations = _because(page, fields["because"]) if "because" in fields else ("", ())
    when, unless = (
        read_conditions(page, fields[name], f"`{name}`") if name in fields else None for name in ("when", "unless")
    )
    if when is not None:
        _can_hold(page, fields, when, unless)
    return {
        "name": _name(page, fields["name"], said) if "name" in fields else "",
        "when": when,
        "unless": unless,
        "because": because,
        "translations": translations,
        "status": Status(
            (page.choice(fields["status"], "status", tuple(Status)) if "status" in fields else "")
            or Status.EXPERIMENTAL
        ),
        "examples": _examples(page, fields["examples"]) if "examples" in fields else (),
        "file": page.file,
        "line": item.start_mark.line + 1,
        "column": item.start_mark.column + 1,
    }


def _can_hold(page: Page, fields: Fields, when: Condition, unless: Condition | None) -> None:
    for name, condition in (("when", when), ("unless", unless)):
        if condition is not None and (asked := size(condition)) > MOST_QUESTIONS:
            page.fault(fields[name], f"`{name}` asks {asked:,} questions", f"make rules of at most {MOST_QUESTIONS}")
            return
    if why := contradiction(when):
        page.fault(fields["when"], f"`when` can never hold: {why}", "take one of them out")
    if unless is None:
        return
    if why := contradiction(unless):
        page.fault(fields["unless"], f"`unless` can never hold: {why}", "take one of them out")
    elif implies(when, unless):
        page.fault(
            fields["unless"], "`unless` holds whenever `when` does, so this never fires", "ask for more in `unless`"
        )


def _keep_apart(page: Page, node: yaml.Node, remedy: str, *conditions: Condition | None) -> None:
    if any(each and asks_for_weight(each) for each in conditions):
        page.fault(node, "a label may not hang on age, tier, publishers or what changed", remedy)


def _name(page: Page, node: yaml.Node, said: dict[str, str]) -> str:
    name = page.text(node, "the name", 60)
    if name and not NAME.match(name):
        page.fault(node, f"`{name}` is no rule name", "use small letters, digits and single hyphens: gallium-quota")
    elif name and name in said:
        page.fault(node, f"a second rule named `{name}`; the first is at {said[name]}", "rename or delete one")
    elif name:
        said[name] = f"{page.file}:{node.start_mark.line + 1}"
    return name


def _because(page: Page, node: yaml.Node) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The sentence, and its translations where ``because`` is a mapping of languages."""
    if not isinstance(node, yaml.MappingNode):
        return _sentence(page, node), ()
    fields = page.mapping(node, "`because`", required=("en",))
    for language, part in fields.items():
        if not LANGUAGE.match(language):
            page.fault(page.key_of(part), f"`{language}` is no code of a language", "write it like en, ur or zh")
    sentences = {language: _sentence(page, part) for language, part in fields.items()}
    return sentences.pop("en", ""), tuple(sorted(sentences.items()))


def _sentence(page: Page, node: yaml.Node) -> str:
    because = page.text(node, "`because`", LONGEST_BECAUSE)
    for name in unknown_placeholders(because):
        page.fault(node, f"`because` has no placeholder {{{name}}}", f"known are {', '.join(PLACEHOLDERS)}")
    return because


_LABELS: dict[str, Effect] = {
    "structural": SetLabel(Label.STRUCTURAL),
    "watch": SetLabel(Label.WATCH),
    "noise": LimitLabel(Label.NOISE),
}
EFFECTS = (*_LABELS, "{at most: watch}", "{points: 10}", "{factor: 0.8}")


def _effect(page: Page, node: yaml.Node) -> Effect | None:
    if isinstance(node, yaml.ScalarNode):
        word = page.choice(node, "effect", EFFECTS)
        return _LABELS.get(word)
    fields = page.mapping(node, "`then`", ("at most", "points", "factor"))
    if len(fields) > 1:
        page.fault(node, "`then` has two effects", "make two rules of it: a label and a weight never mix")
        return None
    readers: dict[str, Callable[[yaml.Node], Effect | None]] = {
        "at most": lambda part: _limit(page, part),
        "points": lambda part: _weighs(page, part, Points, -100, 100),
        "factor": lambda part: _weighs(page, part, Factor, 0, 10),
    }
    return next((readers[name](part) for name, part in fields.items()), None)


def _limit(page: Page, node: yaml.Node) -> Effect | None:
    word = page.choice(node, "limit", (Label.WATCH, Label.NOISE))
    return LimitLabel(Label(word)) if word else None


def _weighs(page: Page, node: yaml.Node, kind: Callable[[float], Effect], low: float, high: float) -> Effect | None:
    value = page.number(node, "the weight", low, high)
    return None if value is None else kind(value)


def _examples(page: Page, node: yaml.Node) -> tuple[Example, ...]:
    kinds = page.mapping(node, "`examples`", ("must fire", "must stay quiet"))
    return tuple(
        example
        for kind, items in kinds.items()
        for item in page.items(items, f"`{kind}`")
        if (example := _example(page, item, fires=kind == "must fire"))
    )


def _example(page: Page, node: yaml.Node, *, fires: bool) -> Example | None:
    line, column = node.start_mark.line + 1, node.start_mark.column + 1
    if not isinstance(node, yaml.MappingNode):
        headline = page.text(node, "an example")
        return Example(headline, fires, line, column) if headline else None
    fields = page.mapping(node, "an example", EXAMPLE_FIELDS, ("headline",))
    headline = page.text(fields["headline"], "`headline`") if "headline" in fields else ""
    example = Example(headline, fires, line, column)
    if "source" in fields:
        example = replace(example, source=page.text(fields["source"], "`source`", 60))
    if "tier" in fields:
        example = replace(example, tier=Tier(page.choice(fields["tier"], "tier", tuple(Tier)) or Tier.TRADE))
    if "publishers" in fields and (count := page.number(fields["publishers"], "`publishers`", 1, 20)) is not None:
        if count % 1:
            page.fault(fields["publishers"], f"`publishers` is {count:g}", "use a whole number")
        example = replace(example, publishers=int(count))
    if "age" in fields:
        example = replace(example, age=read_duration(page, fields["age"], "`age`") or 0.0)
    return example if headline else None
