"""What is allowed and yet looks wrong: told with its place, and nothing told that is right."""

from __future__ import annotations

import pytest

from rules.lint import lint, lint_weights
from rules.schema import load

HEAD = """
rules:
  - {name: a, when: %s, then: structural, because: So., status: stable,
     examples: {must fire: [x], must stay quiet: [y]}}
"""
LIMIT = """
  - {name: limit, when: %s, then: noise, because: So., status: %s,
     examples: {must fire: [x], must stay quiet: [y]}}
"""


def told(text: str, known: tuple[str, ...] = ()) -> list[str]:
    return [f"{each.line}: {each.message}" for each in lint(load({"r.yaml": text}), known)]


@pytest.mark.parametrize(
    ("when", "limit", "status", "expected"),
    [
        (
            "{form: opinion, event: tariff}",
            "{form: [opinion, forecast]}",
            "stable",
            ["3: a never wins: limit holds each of its stories at noise"],
        ),
        ("{form: opinion}", "{form: opinion}", "test", []),
        ("{form: [opinion, report]}", "{form: opinion}", "stable", []),
        ("{event: tariff}", "{event: tariff, form: opinion}", "stable", []),
    ],
)
def test_a_rule_that_a_limit_always_beats(when: str, limit: str, status: str, expected: list[str]) -> None:
    assert told(HEAD % when + LIMIT % (limit, status)) == expected


def test_a_limit_with_a_way_out_does_not_always_beat() -> None:
    limit = LIMIT.replace("then", "unless: {stage: in-force}, then") % ("{form: opinion}", "stable")
    assert told(HEAD % "{form: opinion}" + limit) == []


def test_strangers_and_bounds() -> None:
    when = "{entities: [nvidea, 'chipmaker:nvidia', asml], publishers: {at least: 30}, age: {at least: 100 weeks}}"
    text = (HEAD % when).replace("then: structural", "then: {points: 3}")
    assert told(text, ("chipmaker:nvidia", "chipmaker:asml")) == [
        "3: a asks for an age beyond 18 months",
        "3: a asks for more than 20 publishers",
        "3: a no entity has the id `asml`",
        "3: a no entity has the id `nvidea`",
    ]


def test_what_is_there_twice_and_what_serves_nothing() -> None:
    text = (
        HEAD % "{event: tariff}"
        + """
  - {name: b, when: {event: tariff}, then: structural, because: Again., status: stable,
     examples: {must fire: [x], must stay quiet: [y]}}
  - {name: c, when: {event: permit}, then: structural, because: So., status: test}
filters:
  - {name: f, suppresses: [c], when: {words: [x]}, because: So., status: stable,
     examples: {must fire: [x], must stay quiet: [y]}}
"""
    )
    assert told(text) == [
        "6: b says the same as a",
        "8: c has no example under `must fire`",
        "8: c has no example under `must stay quiet`",
        "10: f keeps only silent rules quiet",
    ]


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ("{levels: {critical: 90, high: 55, medium: 35}}", ()),
        ("{levels: {critical: 50, high: 55}}", ("the level critical begins at 50, not above high at 55; raise it",)),
        (
            "{event: {tariff: 0.5}, levels: {critical: 60}}",
            ("no score reaches the level critical at 60: the weights come to 50 at most; lower it",),
        ),
    ],
)
def test_weights(weights: str, expected: tuple[str, ...]) -> None:
    assert lint_weights(load({"w.yaml": f"weights: {weights}"}).weights) == expected
