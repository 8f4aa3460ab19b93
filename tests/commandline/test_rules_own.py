"""``rules init``, ``show``, ``schema`` and ``upgrade``: one's own folder, from its making to the next version."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from hypothesis import given, settings

from bot.cli import lodestone
from bot.commandline.rules_schema import schema_text
from pipelines.rulebook import load_rules
from pipelines.upgrades import ACCEPTED, moved_line
from rules.json_schema import json_schema
from rules.printing import print_rules
from rules.ruleset import Rule, RuleSet
from rules.schema import load
from rules.upgrade import compare_shipped, texts_of
from rules.weights import Weights
from tests.rules.drawn import rules

PACKS = sorted(Path(str(files("rules") / "packs")).glob("*.yaml"))
DATA = Path(__file__).parents[1] / "rules" / "data"


def call(*words: str, data: Path | None = None) -> Result:
    env = {"LODESTONE_DATA": str(data)} if data else {}
    return CliRunner().invoke(lodestone, ["rules", *words], env=env)


def test_the_starter_is_written_once_and_says_what_is_next(tmp_path: Path) -> None:
    said = call("init", data=tmp_path)
    folder = tmp_path / "rules"
    assert said.exit_code == 0, said.output
    assert f"lodestone check --rules {folder}" in said.stdout
    assert json.loads((folder / ".rules.schema.json").read_text()) == json_schema()
    assert load({"s.yaml": (folder / "my-rules.yaml").read_text()}).rules == ()
    again = call("init", data=tmp_path)
    assert again.exit_code == 1
    (folder / "my-rules.yaml").unlink()
    (folder / ACCEPTED).write_text("as accepted")
    assert call("init", data=tmp_path).exit_code == 0
    assert (folder / ACCEPTED).read_text() == "as accepted"
    assert "is there already" in again.stderr


def test_each_part_of_the_starter_works_when_the_signs_are_taken_away(tmp_path: Path) -> None:
    """Over the shipped packs, all parts at once, and every example of it holds."""
    lines = (files("rules") / "starter.yaml").read_text(encoding="utf-8").splitlines()
    taken = [line[2:] for line in lines if re.match(r"# (  |[a-z]+:$|[a-z]+: \[)", line)]
    (tmp_path / "mine.yaml").write_text("\n".join(taken) + "\n")
    assert set(yaml.safe_load("\n".join(taken))) == {"rules", "lists", "filters", "disable", "weights"}
    said = call("test", "--rules", str(tmp_path))
    assert (said.exit_code, said.stderr) == (0, "")


def test_the_shipped_schema_is_the_one_that_is_printed() -> None:
    assert call("schema").stdout == schema_text() == (files("rules") / "rules.schema.json").read_text(encoding="utf-8")


def faults(node: Any, schema: dict[str, Any]) -> list[str]:
    """Where a parsed file is not as the schema says: as much of the language as our schema uses."""
    if "$ref" in schema:
        return faults(node, json_schema()["$defs"][schema["$ref"].rpartition("/")[2]])
    if "anyOf" in schema and not any(not faults(node, each) for each in schema["anyOf"]):
        return [f"{node!r} is none of them"]
    if "enum" in schema and node not in schema["enum"]:
        return [f"{node!r} is not among the words"]
    kinds: dict[str, Any] = {
        "object": dict,
        "array": list,
        "string": str,
        "boolean": bool,
        "number": (int, float),
        "integer": int,
    }
    if "type" in schema and not isinstance(node, kinds[schema["type"]]):
        return [f"{node!r} is no {schema['type']}"]
    found: list[str] = []
    if isinstance(node, dict) and schema.get("type") == "object":
        found += [f"lacks {name}" for name in schema.get("required", ()) if name not in node]
        more = schema["additionalProperties"]
        for name, part in node.items():
            inner = schema.get("properties", {}).get(name, more)
            found += [f"has no field {name}"] if inner is False else faults(part, inner)
    if isinstance(node, list):
        found += [fault for part in node for fault in faults(part, schema.get("items", {}))]
    if isinstance(node, str) and "pattern" in schema and not re.search(schema["pattern"], node):
        found.append(f"{node!r} does not match")
    if isinstance(node, int | float) and not isinstance(node, bool):
        low, high = schema.get("minimum", node), schema.get("maximum", node)
        found += [] if low <= node <= high else [f"{node} is out of bounds"]
    return found


def parsed(text: str) -> Any:
    return json.loads(json.dumps(yaml.safe_load(text)))


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.stem)
def test_every_pack_fits_the_schema_and_points_to_it(pack: Path) -> None:
    text = pack.read_text(encoding="utf-8")
    assert faults(parsed(text), json_schema()) == []
    assert text.startswith("# yaml-language-server: $schema=../rules.schema.json\n")


@settings(max_examples=40, deadline=None)
@given(drawn=rules)
def test_whatever_the_reader_takes_fits_the_schema(drawn: tuple[Rule, ...]) -> None:
    assert faults(parsed(print_rules(RuleSet(drawn, Weights()))) or {}, json_schema()) == []


@pytest.mark.parametrize("name", ["unknown-fields", "unknown-words", "missing", "weights", "wrong-types", "examples"])
def test_wrong_files_do_not_fit(name: str) -> None:
    assert faults(parsed((DATA / f"{name}.yaml").read_text()), json_schema())


OWN = """
disable: [soon-over]
rules:
  - {name: minerals-act, when: {words: [tin]}, then: watch, because: Tin., status: stable}
filters:
  - {name: quiet, suppresses: [chips-act], when: {words: [crisps]}, because: Crisps., status: stable}
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    (tmp_path / "own.yaml").write_text(OWN)
    return tmp_path


def test_rules_are_shown_with_where_they_come_from(own: Path) -> None:
    said = call("show", "minerals-act", "soon-over", "chips-act", "quiet", "--rules", str(own)).stdout
    for expected in (
        f"  # {own}/own.yaml:4: yours, stands in for packs/rare-earths-and-minerals.yaml:",
        ": shipped, disabled by your folder\n  - name: soon-over",
        f": shipped, filtered by quiet ({own}/own.yaml:6)\n  - name: chips-act",
        "filters:\n",
    ):
        assert expected in said
    text = (own / "own.yaml").read_text()
    (own / "own.yaml").write_text(text.replace("because: Crisps., status: stable", "because: Crisps., status: test"))
    assert "filtered by" not in call("show", "chips-act", "--rules", str(own)).stdout
    whole = call("show", "--rules", str(own)).stdout
    assert f"  # {own}/own.yaml:4: yours, stands in for packs/" in whole
    assert load({"whole.yaml": whole}).hash == load_rules(own).hash
    wrong = call("show", "mineral-act")
    assert (wrong.exit_code, "did you mean `minerals-act`?" in wrong.stderr) == (1, True)
    rows = [json.loads(row) for row in call("show", "--json", "--rules", str(own)).stdout.splitlines()]
    assert {row["name"] for row in rows} >= {"minerals-act", "quiet", "noise-opinion"}


def test_an_upgrade_shows_what_moved_beneath_ones_own_rules(own: Path) -> None:
    assert "are noted" in call("upgrade", "--rules", str(own)).stdout
    assert "no shipped rule has moved" in call("upgrade", "--rules", str(own)).stdout
    note = own / ACCEPTED
    kept = json.loads(note.read_text())
    kept["rules"]["minerals-act"] = kept["rules"]["minerals-act"].replace("rare-earth", "energy")
    kept["rules"]["noise-opinion"] = kept["rules"]["noise-opinion"].replace("opinion", "forecast")
    kept["rules"]["of-old"] = kept["rules"].pop("soon-over")
    note.write_text(json.dumps(kept))
    told = moved_line(own)
    assert ": 1 added, 1 removed, 2 changed, 2 of them beneath your own; `lodestone rules upgrade` shows them" in told
    said = call("upgrade", "--fail", "--rules", str(own))
    assert said.exit_code == 1
    lines = said.stdout.splitlines()
    assert lines[0] == "minerals-act: changed, and replaced by your folder"
    assert "    -      topics: energy" in lines
    assert "    +      topics: rare-earth" in lines
    assert "noise-opinion: changed" in lines
    assert "of-old: removed" in lines
    assert "soon-over: added, and disabled by your folder" in lines
    assert "are noted" in call("upgrade", "--accept", "--rules", str(own)).stdout
    assert call("upgrade", "--fail", "--rules", str(own)).exit_code == 0
    assert moved_line(own) == ""


@pytest.mark.parametrize("note", ["", "[]", "{}", '{"version": "1", "rules": 3}'])
def test_a_note_that_cannot_be_read_is_as_none(own: Path, note: str) -> None:
    assert "yet (chips-act and 2 more); `lodestone rules upgrade --rules" in moved_line(own)
    (own / ACCEPTED).write_text(note)
    assert "yet (chips-act and 2 more); `lodestone rules upgrade --rules" in moved_line(own)
    assert "are noted" in call("upgrade", "--rules", str(own)).stdout
    assert moved_line(own) == ""


@pytest.mark.parametrize(
    ("own", "beneath"),
    [
        ("rules: [{name: mine, when: {words: [tin]}, then: watch, because: So., status: stable}]", ""),
        ("weights: {levels: {high: 61}}", "(the weights)"),
    ],
)
def test_only_a_folder_that_touches_what_is_shipped_needs_a_note(own: str, beneath: str, tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(own)
    assert beneath in moved_line(tmp_path)
    assert bool(moved_line(tmp_path)) is bool(beneath)


def test_shipped_filters_and_weights_move_too(tmp_path: Path) -> None:
    """Someone with a level of their own is told that the levels beneath are others now."""
    rule = rule_of("tin")
    old = load({"packs/a.yaml": f"rules: [{rule}]\nfilters: [{filter_of('calm')}]\nweights: {{levels: {{high: 50}}}}"})
    new = {"packs/a.yaml": f"rules: [{rule}]\nweights: {{levels: {{high: 55}}}}"}
    own = {"own.yaml": "weights: {levels: {high: 60}}"}
    moved = compare_shipped(texts_of(old), "1", load(new), load(new, own)).moved
    assert [(each.name, each.how, each.touched) for each in moved] == [
        ("calm", "removed", ""),
        ("the weights", "changed", "replaced"),
    ]
    assert moved[1].diff() == " weights:\n-  levels: {high: 50}\n+  levels: {high: 55}"


def test_rules_with_faults_have_no_line(own: Path) -> None:
    call("upgrade", "--accept", "--rules", str(own))
    (own / "bad.yaml").write_text("rules: [")
    assert moved_line(own) == ""


def test_a_folder_that_cannot_be_made_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "rules").write_text("")
    taken = call("init", data=tmp_path / "taken")
    assert (taken.exit_code, taken.stderr.startswith(f"{tmp_path}/taken/rules is there already")) == (1, True)
    said = call("init", str(tmp_path / "file" / "rules"))
    assert (said.exit_code, "cannot be written: Not a directory" in said.stderr) == (1, True)


def test_only_ones_own_filters_touch_a_rule() -> None:
    """A filter that is shipped is no doing of the folder's."""
    shipped = {"packs/a.yaml": f"rules: [{rule_of('tin')}]\nfilters: [{filter_of('calm')}]"}
    own = {"own.yaml": f"filters: [{filter_of('quiet')}]"}
    before = texts_of(load(shipped)) | {"tin": "older"}
    alone = compare_shipped(before, "1", load(shipped), load(shipped))
    filtered = compare_shipped(before, "1", load(shipped), load(shipped, own))
    assert [each.touched for each in (*alone.moved, *filtered.moved)] == ["", "filtered"]


@pytest.mark.parametrize(
    ("accepted", "moved"),
    [
        ("  - {status: stable, name: tin, because: So., when: {words: tin}, then: watch}\n", []),
        ("  - {status: stable, name: tin, because: So., when: {words: ore}, then: watch}\n", ["changed"]),
        ("  - {name: tin, when: {a field that is no more: tin}}\n", ["changed"]),
    ],
)
def test_another_layout_alone_is_no_change(accepted: str, moved: list[str]) -> None:
    """The note may have been printed by a version that laid things out in another way."""
    shipped = load({"packs/a.yaml": f"rules: [{rule_of('tin')}]"})
    assert [each.how for each in compare_shipped({"tin": accepted}, "1", shipped, shipped).moved] == moved


def rule_of(name: str) -> str:
    return f"{{name: {name}, when: {{words: [{name}]}}, then: watch, because: So., status: stable}}"


def filter_of(name: str) -> str:
    return f"{{name: {name}, suppresses: [tin], when: {{words: [{name}]}}, because: So., status: stable}}"


def test_check_says_that_shipped_rules_have_moved(own: Path) -> None:
    call("upgrade", "--accept", "--rules", str(own))
    note = own / ACCEPTED
    kept = json.loads(note.read_text())
    del kept["rules"]["minerals-act"]
    note.write_text(json.dumps(kept))
    said = CliRunner().invoke(lodestone, ["check", "--rules", str(own)]).stdout
    assert "1 added, 1 of them beneath your own; `lodestone rules upgrade` shows them" in said


def test_without_a_folder_the_way_to_one_is_told(tmp_path: Path) -> None:
    assert "`lodestone rules init` makes the folder" in call("upgrade", data=tmp_path).stdout
