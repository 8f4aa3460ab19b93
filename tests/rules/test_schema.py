"""Rule files that are wrong in every way that people and YAML get them wrong, and files that are right."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from pipelines.rulebook import load_rules
from rules.schema import RuleErrors, load

DATA = Path(__file__).parent / "data"
GOOD = """
rules:
  - name: {name}
    when: {{stage: in-force}}
    then: structural
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
        ("x" * 1_000_001, "more than 1,000,000 characters"),
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
        with pytest.raises(RuleErrors) as caught:
            load_rules(tmp_path)
        told = [(Path(error.file).name, error.line) for error in caught.value.errors]
        assert told == [("a.yaml", 2), ("b.yaml", 1), ("c.yaml", 1)]
