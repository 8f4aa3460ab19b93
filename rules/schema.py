"""YAML text into a ``RuleSet``: strict, and all faults at once with file, line, column and remedy. Pure.

A file holds ``rules:`` (a list) and ``weights:`` (tables), one or both. See ``rules/packs`` for how they look.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import yaml

from rules.asked import read_conditions
from rules.conditions import asks_for_weight
from rules.errors import RuleError, RuleErrors
from rules.page import Page
from rules.phrases import PLACEHOLDERS, unknown_placeholders
from rules.ruleset import (
    Effect,
    Example,
    Factor,
    LimitLabel,
    Points,
    Rule,
    RuleSet,
    SetLabel,
    Status,
)
from rules.verdict import Label
from rules.weighed import read_weights
from rules.weights import Weights

__all__ = ["RuleError", "RuleErrors", "RuleSet", "load"]

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
_FIELDS = ("name", "when", "unless", "then", "because", "status", "examples")
_REQUIRED = ("name", "when", "then", "because", "status")


def load(texts: Mapping[str, str]) -> RuleSet:
    """The rule set of some files ({name: YAML text}); raises ``RuleErrors`` with every fault of all of them.

    The files stand side by side: their order never matters, and two of them may not say the same thing.
    """
    pages = [Page(name, text) for name, text in sorted(texts.items())]
    rules, weights, said = list[Rule](), Weights(), dict[str, str]()
    for page in pages:
        if page.top is None:
            # A file of comments alone is a file in waiting, not a fault.
            continue
        parts = page.mapping(page.top, "the file", ("rules", "weights"))
        if "rules" in parts:
            rules += _read_rules(page, parts["rules"], said)
        if "weights" in parts:
            weights = read_weights(page, parts["weights"], said).over(weights)
    if errors := [error for page in pages for error in page.errors]:
        raise RuleErrors(errors)
    return RuleSet(rules, weights)


def _read_rules(page: Page, node: yaml.Node, said: dict[str, str]) -> list[Rule]:
    rules = list[Rule]()
    for item in page.items(node, "`rules`"):
        parts = page.mapping(item, "the rule", _FIELDS, _REQUIRED)
        name = _name(page, parts["name"], said) if "name" in parts else ""
        when = read_conditions(page, parts["when"], "`when`") if "when" in parts else None
        unless = read_conditions(page, parts["unless"], "`unless`") if "unless" in parts else None
        effect = _effect(page, parts["then"]) if "then" in parts else None
        if isinstance(effect, SetLabel | LimitLabel) and any(each and asks_for_weight(each) for each in (when, unless)):
            page.fault(
                parts["then"], "a label may not hang on age, tier or families", "give it `factor` or `points` instead"
            )
        because = _because(page, parts["because"]) if "because" in parts else ""
        status = page.choice(parts["status"], "status", tuple(Status)) if "status" in parts else ""
        examples = _examples(page, parts["examples"]) if "examples" in parts else ()
        if name and when and effect and because and status and ("unless" in parts) == (unless is not None):
            rules.append(
                Rule(
                    name=name,
                    when=when,
                    unless=unless,
                    effect=effect,
                    because=because,
                    status=Status(status),
                    examples=examples,
                    file=page.file,
                    line=item.start_mark.line + 1,
                )
            )
    return rules


def _name(page: Page, node: yaml.Node, said: dict[str, str]) -> str:
    name = page.text(node, "the name", 60)
    if name and not _NAME.match(name):
        page.fault(node, f"`{name}` is no rule name", "use small letters, digits and single hyphens: gallium-quota")
        return ""
    if name and name in said:
        page.fault(node, f"a second rule named `{name}`; the first is at {said[name]}", "rename or delete one")
        return ""
    if name:
        said[name] = f"{page.file}:{node.start_mark.line + 1}"
    return name


def _because(page: Page, node: yaml.Node) -> str:
    because = page.text(node, "`because`", 200)
    for name in unknown_placeholders(because):
        page.fault(node, f"`because` has no placeholder {{{name}}}", f"known are {', '.join(PLACEHOLDERS)}")
    return because


_LABELS: dict[str, Effect] = {
    "structural": SetLabel(Label.STRUCTURAL),
    "watch": SetLabel(Label.WATCH),
    "noise": LimitLabel(Label.NOISE),
}


def _effect(page: Page, node: yaml.Node) -> Effect | None:
    if isinstance(node, yaml.ScalarNode):
        word = page.choice(node, "effect", (*_LABELS, "{at most: watch}", "{points: 10}", "{factor: 0.8}"))
        return _LABELS.get(word)
    parts = page.mapping(node, "`then`", ("at most", "points", "factor"))
    if len(parts) > 1:
        page.fault(node, "`then` has two effects", "make two rules of it: a label and a weight never mix")
        return None
    readers: dict[str, Callable[[yaml.Node], Effect | None]] = {
        "at most": lambda part: _limit(page, part),
        "points": lambda part: _weighs(page, part, Points, -100, 100),
        "factor": lambda part: _weighs(page, part, Factor, 0, 10),
    }
    return next((readers[name](part) for name, part in parts.items()), None)


def _limit(page: Page, node: yaml.Node) -> Effect | None:
    word = page.choice(node, "limit", (Label.WATCH, Label.NOISE))
    return LimitLabel(Label(word)) if word else None


def _weighs(page: Page, node: yaml.Node, kind: Callable[[float], Effect], low: float, high: float) -> Effect | None:
    value = page.number(node, "the weight", low, high)
    return None if value is None else kind(value)


def _examples(page: Page, node: yaml.Node) -> tuple[Example, ...]:
    parts = page.mapping(node, "`examples`", ("must fire", "must stay quiet"))
    return tuple(
        Example(headline, kind == "must fire", item.start_mark.line + 1, item.start_mark.column + 1)
        for kind, items in parts.items()
        for item in page.items(items, f"`{kind}`")
        if (headline := page.text(item, "an example"))
    )
