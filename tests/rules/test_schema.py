"""Rule files that are wrong in every way that people and YAML get them wrong, and files that are right."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from pipelines.rulebook import load_rules
from rules.schema import RuleErrors, load
from tests.rules.stories import NOW, story

DATA = Path(__file__).parent / "data"
GOOD = """
rules:
  - name: {name}
    when: {{stage: in-force}}
    then: structural
    because: It is so.
    status: stable
"""
ASKS = """rules:
  - name: a
    when: {%s}
    then: watch
    because: It is so.
    status: stable
"""


@pytest.mark.parametrize("file", sorted(DATA.glob("*.yaml")), ids=lambda file: file.stem)
def test_every_fault_is_told_at_once(file: Path) -> None:
    """Each with file, line, column and remedy, as the .txt file beside it says."""
    with pytest.raises(RuleErrors) as caught:
        load({file.name: file.read_text()})
    expected = [f"{file.name}:{line}" for line in file.with_suffix(".txt").read_text().splitlines()]
    assert [str(error) for error in caught.value.errors] == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rules: " + "[" * 100_000, "nested deeper than 20"),
        ("rules:\n  - when: " + "{not: " * 5_000 + "}" * 5_000, "nested deeper than 20"),
        ("- " * 3_000 + "a", "nested deeper than 20"),
        ("? " * 3_000, "nested deeper than 20"),
        ("x" * 1_000_001, "more than 1,000,000 characters"),
        ("#" * 5_000_000, "more than 1,000,000 characters"),
        ("rules: [" + "a," * 400_000 + "]", "r.yaml:1:160003: more than 80,000 names and values; split"),
        (ASKS % f"pattern: '{'a' * 990_000}'", r"r.yaml:3:21: `pattern` has 990000 characters; use 1 to 200"),
        (ASKS % f"words: [{','.join(map('w{}'.format, range(2_001)))}]", "r.yaml:3:19: .* more than 2,000 words"),
        (ASKS % f"all: [{'{event: tariff},' * 101}]", "r.yaml:3:11: `when` asks 101 questions; make rules of at most"),
        (GOOD.format(name="a") + "\ufeffweights: {}", "r.yaml:8:2: not YAML"),
        ("rules: []\n\x00", "a character that YAML does not allow"),
        ("? [a]\n: b\n", "a name that is itself a list or mapping"),
        ("%YAML 9.9\n---\na: b", "not YAML"),
        ("{" * 3, "not YAML"),
        ("a: \U0001f600\n\tb", "not YAML"),
    ],
    ids=str.__len__,
)
def test_hostile_files_are_refused(text: str, message: str) -> None:
    with pytest.raises(RuleErrors, match=message):
        load({"r.yaml": text})


def test_a_byte_order_mark_in_front_is_no_fault() -> None:
    assert load({"r.yaml": "\ufeff" + GOOD.format(name="a")}).hash == load({"r.yaml": GOOD.format(name="a")}).hash


def test_an_expression_that_is_exponential_elsewhere_is_linear_here() -> None:
    """With one that goes back and tries again, this title would take longer than the world lasts."""
    (rule,) = load({"r.yaml": ASKS % "pattern: '(a+)+$'"}).rules
    assert rule.matches(story(title="a" * 400), NOW)
    assert not rule.matches(story(title="a" * 400 + "!"), NOW)


def test_a_flood_of_faults_is_cut_short() -> None:
    with pytest.raises(RuleErrors) as caught:
        load({"r.yaml": "a: 1\n" * 2_000})
    assert len(caught.value.errors) == 100


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=200), st.text("{}[]:-, \n#'\"&*!|>%@`?~a1", max_size=200)))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing but a rule set or its faults comes out."""
    try:
        load({"r.yaml": text})
    except RuleErrors as found:
        places = [(error.line > 0, error.column > 0, bool(error.remedy)) for error in found.errors]
        event(f"{len(places)} faults")
        if set(places) != {(True, True, True)}:
            raise


@pytest.mark.parametrize("text", ["", "# only a comment\n", "rules:\n" + GOOD.format(name="a").split("rules:\n")[1]])
def test_right_files_are_read(text: str) -> None:
    assert len(load({"r.yaml": text}).rules) == text.count("name:")


def test_files_stand_side_by_side() -> None:
    """Two of them may not use one name, nor give one weight; both places are told."""
    with pytest.raises(RuleErrors) as caught:
        load({"b.yaml": GOOD.format(name="one"), "a.yaml": GOOD.format(name="one")})
    (error,) = caught.value.errors
    assert str(error).startswith("b.yaml:3:11: a second rule named `one`; the first is at a.yaml:3")
    weight = "weights: {stage: {rumour: 0.2}}"
    with pytest.raises(RuleErrors, match=r"a second weight for stage rumour; the first is at a.yaml:1"):
        load({"a.yaml": weight, "b.yaml": weight})


@pytest.mark.parametrize(
    ("weights", "fault"),
    [
        ("money: {1000000: 1, 1 million: 2}", "a second weight for money 1000000; the first is at r.yaml:1"),
        ("money: {10000000 trillion: 2}", "the bound is 10000000 trillion; use at most 1000000 trillion"),
        ("half-life: {rumour: 0 h}", "`rumour` is no time at all; write it like 30 min or 12 h"),
        ("half-life: {rumour: 5300 weeks}", "`rumour` is longer than a hundred years; use at most 876000 h"),
    ],
)
def test_figures_that_no_story_could_be_weighed_by_are_refused(weights: str, fault: str) -> None:
    with pytest.raises(RuleErrors, match=fault):
        load({"r.yaml": f"weights: {{{weights}}}"})


def test_bounds_that_differ_in_the_last_digit_are_two() -> None:
    text = "weights:\n  money:\n    1234567: 1\n    1234568: 2\n"
    assert load({"r.yaml": text}).weights.money == ((1234567.0, 1.0), (1234568.0, 2.0))


def test_the_order_of_fields_says_nothing() -> None:
    one = GOOD.format(name="a").replace("{stage: in-force}", "{stage: in-force, topics: [energy, crypto]}")
    two = GOOD.format(name="a").replace("{stage: in-force}", "{topics: [crypto, energy], stage: in-force}")
    assert load({"r": one}).hash == load({"other name": two}).hash


class TestFolder:
    """An admin's folder over the shipped packs."""

    def test_a_rule_of_the_same_name_takes_the_place(self, tmp_path: Path) -> None:
        (tmp_path / "mine.yaml").write_text(GOOD.format(name="minerals-act") + "weights: {stage: {rumour: 0.33}}")
        (tmp_path / ".mine.yaml.swp").write_text("{{{")
        shipped, both = load_rules(None), load_rules(tmp_path)
        assert len(both.rules) == len(shipped.rules)
        assert next(rule for rule in both.rules if rule.name == "minerals-act").because == "It is so."
        assert both.weights.stage["rumour"] == 0.33
        assert both.weights.stage["proposed"] == shipped.weights.stage["proposed"]
        assert both.hash != shipped.hash

    def test_a_new_name_adds_a_rule(self, tmp_path: Path) -> None:
        (tmp_path / "mine.yml").write_text(GOOD.format(name="my-own"))
        assert len(load_rules(tmp_path).rules) == len(load_rules(None).rules) + 1

    def test_a_folder_that_is_not_there_adds_nothing(self, tmp_path: Path) -> None:
        assert load_rules(tmp_path / "none").hash == load_rules(None).hash

    def test_faults_of_files_are_told_together(self, tmp_path: Path) -> None:
        """Of bytes, of size and of content, each under the name of its file."""
        (tmp_path / "a.yaml").write_bytes(b"rules: []\n# \xff\n")
        (tmp_path / "b.yaml").write_bytes(b"#" * 1_000_001)
        (tmp_path / "c.yaml").write_text("rule: 1")
        (tmp_path / "d.yaml").write_text("rules: []", encoding="utf-16")
        (tmp_path / "e.yaml").write_text("rule: 1", encoding="utf-8-sig")
        with pytest.raises(RuleErrors) as caught:
            load_rules(tmp_path)
        told = [(Path(error.file).name, error.line) for error in caught.value.errors]
        assert told == [("a.yaml", 2), ("b.yaml", 1), ("c.yaml", 1), ("d.yaml", 1), ("e.yaml", 1)]
