"""YAML text into a ``RuleSet``: strict, and all faults at once with file, line, column and remedy. Pure.

A file holds any of ``lists:``, ``rules:``, ``filters:``, ``disable:`` and ``weights:``. See ``rules/README.md``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import yaml

from rules.errors import RuleError, RuleErrors
from rules.page import Fields, Page, nearest
from rules.ruleset import Disabled, Filter, Rule, RuleSet, Status
from rules.weighed import read_weights
from rules.weights import Weights
from rules.wordlists import read_lists
from rules.written import read_filters, read_rules

__all__ = ["PARTS", "RuleError", "RuleErrors", "RuleSet", "load"]

PARTS = ("lists", "rules", "filters", "disable", "weights")
"""What a file may hold at its top."""

_Layer = list[tuple[Page, Fields]]


def load(*layers: Mapping[str, str]) -> RuleSet:
    """The rule set of some folders, each {file name: YAML text}; raises ``RuleErrors`` with every fault of all of them.

    A later folder lies over the ones before it: a rule, a filter, a list or a single weight of the same name takes the
    place of the one beneath. Files of one folder stand side by side: their order never matters, and two of them may not
    say the same thing.
    """
    read = [_pages(texts) for texts in layers]
    lists = read_lists([[(page, fields["lists"]) for page, fields in layer if "lists" in fields] for layer in read])
    rules, filters, weights = dict[str, Rule](), dict[str, Filter](), Weights()
    disabled = list[tuple[Page, yaml.Node, str]]()
    for layer in read:
        said = dict[str, str]()
        laid = Weights()
        for page, fields in layer:
            page.lists = lists
            if "rules" in fields:
                rules |= {rule.name: rule for rule in read_rules(page, fields["rules"], said)}
            if "filters" in fields:
                filters |= {each.name: each for each in read_filters(page, fields["filters"], said)}
            if "weights" in fields:
                laid = read_weights(page, fields["weights"], said).over(laid)
            if "disable" in fields:
                disabled += [(page, item, name) for item, name in page.texts_at(fields["disable"], "`disable`")]
        weights = laid.over(weights)
    pages = [page for layer in read for page, _ in layer]
    _check_names(pages, disabled, rules, filters)
    if errors := [error for page in pages for error in page.errors]:
        raise RuleErrors(errors)
    silent = {name for _, _, name in disabled}
    return RuleSet(
        (replace(rule, status=Status.EXPERIMENTAL) if rule.name in silent else rule for rule in rules.values()),
        weights,
        filters.values(),
        (Disabled(page.place(node), name, rules[name].status is not Status.STABLE) for page, node, name in disabled),
    )


def _pages(texts: Mapping[str, str]) -> _Layer:
    pages = [Page(name, text) for name, text in sorted(texts.items())]
    # A file of comments alone is a file in waiting, not a fault.
    return [(page, page.mapping(page.top, "the file", PARTS) if page.top is not None else {}) for page in pages]


def _check_names(
    pages: Sequence[Page],
    disabled: Sequence[tuple[Page, yaml.Node, str]],
    rules: Mapping[str, Rule],
    filters: Mapping[str, Filter],
) -> None:
    """Faults for names of rules that no folder has, told only where every rule could be read."""
    if any(page.errors for page in pages):
        return
    for page, node, name in disabled:
        if name not in rules:
            page.fault(node, f"there is no rule `{name}` to disable", nearest(name, rules))
    files = {page.file: page for page in pages}
    for each in filters.values():
        for name in each.suppresses:
            if name not in rules:
                files[each.file].fault_at(
                    each.line,
                    f"the filter `{each.name}` suppresses `{name}`, and no rule is called so",
                    nearest(name, rules),
                )
