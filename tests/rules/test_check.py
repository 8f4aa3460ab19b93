"""Examples as tests, and the commands that run them and the checks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.commandline.check import check
from bot.commandline.rules import rules as rules_command
from rules.check import failures
from rules.ruleset import Example
from rules.schema import load
from rules.story import Story
from tests.rules.stories import NOW, story

RULE = """
rules:
  - name: gallium
    when: {words: [gallium]}
    then: structural
    because: It is so.
    status: stable
    examples:
      must fire: [Gallium ban, Tungsten ban]
      must stay quiet: [Tungsten quota, Gallium quota]
"""


def read(example: Example) -> Story:
    return story(title=example.headline)


def test_examples_that_do_not_hold_are_told_with_place_and_reading() -> None:
    """In the order of the file, each with what was read in the headline."""
    failed = failures(load({"mine.yaml": RULE}), read, NOW)
    assert [str(failure).partition(" (read as ")[0] for failure in failed] == [
        'mine.yaml:9:32: gallium did not fire on "Tungsten ban"',
        'mine.yaml:10:41: gallium fired on "Gallium quota"',
    ]
    assert "topics rare-earth, policy; export-control, stage in-force" in str(failed[0])


def test_examples_that_hold_are_silent() -> None:
    text = RULE.replace(", Tungsten ban", "").replace(", Gallium quota", "")
    assert failures(load({"mine.yaml": text}), read, NOW) == ()


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """The commands in an empty folder with no settings of the machine."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LODESTONE_DATA", str(tmp_path / "data"))
    return CliRunner()


def test_check_passes_the_shipped_rules(command: CliRunner) -> None:
    """Every example holds, nothing looks wrong, and at least nine of ten mutants are noticed."""
    result = command.invoke(check, ["--mutate-all", "--json"])
    row = json.loads(result.stdout)
    assert (result.exit_code, row["faults"], row["findings"], row["failed"]) == (0, [], [], [])
    assert row["noticed"] >= 0.9 * row["mutants"] > 200
    assert len(row["unprotected"]) == row["mutants"] - row["noticed"]
    plain = command.invoke(check)
    assert (plain.exit_code, plain.stderr) == (0, "")
    assert plain.stdout.splitlines() == [
        "settings are in order",
        f"{row['rules']} rules are read (rule set {row['rule_set']})",
        f"{row['feeds']} feeds",
        f"{row['examples']} examples, 0 do not hold",
        "errors: 0, warnings: 0",
    ]


OWN = """
rules:
  - name: gallium
    when: {words: [gallium], form: report, entities: ["mineral:gallium"]}
    then: watch
    because: It is so.
    status: stable
    examples:
      must fire: [China bans gallium exports]
      must stay quiet: [China bans tungsten exports]
"""
BAD = {
    "a.yaml": OWN.replace("mineral:", "element:").replace("      must stay quiet: [China bans tungsten exports]\n", ""),
    "b.yaml": "weights: {levels: {high: 95}}",
}


def test_check_tells_what_looks_wrong_and_what_no_example_protects(command: CliRunner, tmp_path: Path) -> None:
    """First what the set shows by itself, then examples that do not hold, then what no example would notice."""
    for name, text in BAD.items():
        (tmp_path / name).write_text(text)
    result = command.invoke(check, ["--rules", str(tmp_path)])
    assert result.exit_code == 1
    findings, failed, unprotected = (list[str](), list[str](), list[str]())
    for line in result.stderr.splitlines():
        told = line.removeprefix(f"{tmp_path}/")
        (unprotected if "no example notices" in told else failed if "did not fire" in told else findings).append(told)
    assert [line.partition(";")[0] for line in findings] == [
        "a.yaml:3:5: error: gallium asks for the entity `element:gallium`, and none has that id",
        "a.yaml:3:5: warning: gallium has no example under `must stay quiet`",
        "b.yaml:1:20: error: the level critical begins at 90, not above high at 95, so high is never given",
    ]
    (one,) = failed
    assert one.startswith('a.yaml:9:19: gallium did not fire on "China bans gallium exports" (read as topics ')
    assert ": not so: an entity is element:gallium (here state:cn and mineral:gallium); ask for less, " in one
    assert [line.partition(";")[0] for line in unprotected] == [
        "a.yaml:3:5: warning: gallium: no example notices when this is dropped: form is report",
        "a.yaml:3:5: warning: gallium: no example notices when this is dropped: the title holds gallium",
    ]
    assert result.stdout.splitlines()[-2:] == ["1 of 3 mutants noticed (33%)", "errors: 3, warnings: 3"]


def test_check_tells_the_same_to_machines(command: CliRunner, tmp_path: Path) -> None:
    for name, text in BAD.items():
        (tmp_path / name).write_text(text)
    result = command.invoke(check, ["--rules", str(tmp_path), "--json"])
    row = json.loads(result.stdout)
    assert (result.exit_code, result.stderr) == (1, "")
    place = {"file": f"{tmp_path}/a.yaml", "line": 3, "column": 5}
    assert [each["severity"] for each in row["findings"]] == ["error", "warning", "error"]
    assert row["findings"][0] == {
        "severity": "error",
        **place,
        "message": "gallium asks for the entity `element:gallium`, and none has that id",
        "remedy": "did you mean `mineral:gallium`?",
    }
    assert row["failed"] == [
        {
            "rule": "gallium",
            **place,
            "line": 9,
            "column": 19,
            "headline": "China bans gallium exports",
            "must": "fire",
            "why": ["not so: an entity is element:gallium (here state:cn and mineral:gallium)"],
        }
    ]
    assert row["unprotected"][0] == {
        "rule": "gallium",
        **place,
        "change": "this is dropped: form is report",
        "remedy": "add a headline under `must stay quiet` that only this keeps out",
    }
    assert (row["mutants"], row["noticed"]) == (3, 1)


def test_warnings_alone_are_no_fault_unless_strict(command: CliRunner, tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text(OWN)
    assert command.invoke(check, ["--rules", str(tmp_path)]).exit_code == 0
    assert command.invoke(check, ["--rules", str(tmp_path), "--strict"]).exit_code == 1


def test_a_finding_that_is_an_error_is_a_fault(command: CliRunner, tmp_path: Path) -> None:
    """Though every example holds and nothing is strict."""
    (tmp_path / "r.yaml").write_text(BAD["b.yaml"])
    result = command.invoke(check, ["--rules", str(tmp_path)])
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (1, "errors: 1, warnings: 0")


CHINESE = """
rules:
  - name: commission
    when: {entities: ["body:cn-tariff-commission", "body:executive-yuan"]}
    then: watch
    because: It is so.
    status: stable
    examples:
      must fire: [国务院关税税则委员会对稀土加征关税, 行政院批准半导体出口管制]
      must stay quiet: [China bans gallium exports]
"""


def test_whom_only_the_chinese_reader_finds_is_known(command: CliRunner, tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text(CHINESE, encoding="utf-8")
    result = command.invoke(check, ["--rules", str(tmp_path), "--strict"])
    assert (result.exit_code, result.stderr) == (0, "")


OVER = """
filters:
  - name: no-lithium
    suppresses: [minerals-act]
    when: {words: [lithium]}
    because: So.
    status: stable
    examples:
      must fire: [Chile signs law on lithium]
      must stay quiet: [Chile signs law on copper]
"""


@pytest.mark.parametrize(
    ("text", "failed"),
    [
        (OVER, {"minerals-act": "the filter no-lithium keeps it quiet"}),
        ("lists: {denials: [denies all]}", {"noise-denied": "the title holds denies all"}),
    ],
    ids=["filter", "list"],
)
@pytest.mark.parametrize("words", [["check"], ["rules", "test"]], ids=["check", "test"])
def test_nobody_is_sent_to_a_shipped_file_for_what_was_laid_over_it(
    command: CliRunner, tmp_path: Path, words: list[str], text: str, failed: dict[str, str]
) -> None:
    """What does not hold there is told where it stands, and the remedy is in one's own folder."""
    (tmp_path / "r.yaml").write_text(text)
    result = command.invoke(check if words == ["check"] else rules_command, [*words[1:], "--rules", str(tmp_path)])
    assert result.exit_code == 1
    told = result.stderr.splitlines()
    assert [line.split(" ")[1] for line in told] == list(failed)
    for line, (name, why) in zip(told, failed.items(), strict=True):
        assert line.startswith("packs/")
        assert why in line
        assert line.endswith(
            f"narrow what you laid over this shipped rule, or copy `{name}` to your folder and change it there"
        )


def test_a_folder_that_is_called_packs_is_ones_own(command: CliRunner, tmp_path: Path) -> None:
    (tmp_path / "packs").mkdir()
    (tmp_path / "packs" / "noise.yaml").write_text(OWN)
    row = json.loads(command.invoke(check, ["--rules", "packs", "--json"]).stdout)
    assert [each["file"] for each in row["unprotected"]] == ["./packs/noise.yaml"] * 3
    assert row["mutants"] == 3


def test_check_tells_faults_of_feeds_and_rules_together(command: CliRunner, tmp_path: Path) -> None:
    (tmp_path / "feeds.yaml").write_text("feeds: 1\n")
    (tmp_path / "r.yaml").write_text("rule: 1\n")
    result = command.invoke(check, ["--rules", str(tmp_path)], env={"LODESTONE_FEEDS": str(tmp_path / "feeds.yaml")})
    assert result.exit_code == 1
    assert "r.yaml:1:1: the file has no field `rule`; did you mean `rules`?" in result.stderr
    assert "feeds.yaml:1:" in result.stderr


def test_check_knows_the_bases_of_the_settings(command: CliRunner) -> None:
    result = command.invoke(
        check, env={"LODESTONE_FEED_BASES": "google_news=http://127.0.0.1:9,ebc=http://127.0.0.1:9"}
    )
    assert result.exit_code == 1
    assert "feed_bases names 'ebc', with which no address here begins; known: ecb, european_commission" in result.stderr
    assert "google_news'" not in result.stderr


@pytest.mark.parametrize("words", [["check"], ["rules", "test"]])
def test_faults_go_to_stderr_with_their_place(command: CliRunner, tmp_path: Path, words: list[str]) -> None:
    """As file:line:column, and the exit code is 1; nothing is read or loaded before that."""
    (tmp_path / "r.yaml").write_text(RULE.replace("words", "word").replace("structural", "structurall"))
    result = command.invoke(check if words == ["check"] else rules_command, [*words[1:], "--rules", str(tmp_path)])
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        f"{tmp_path}/r.yaml:4:12: `when` has no field `word`; did you mean `words`?",
        f"{tmp_path}/r.yaml:5:11: `structurall` is no effect; did you mean `structural`?",
        "faults: 2",
    ]


def test_check_for_machines(command: CliRunner, tmp_path: Path) -> None:
    well = json.loads(command.invoke(check, ["--json"]).stdout)
    assert (well["rules"] > 0, well["feeds"] > 0, well["faults"]) == (True, True, [])
    (tmp_path / "r.yaml").write_text("rule: 1\n")
    result = command.invoke(check, ["--json", "--rules", str(tmp_path)])
    assert result.exit_code == 1
    row = json.loads(result.stdout)
    assert (row["rules"], row["rule_set"], row["feeds"]) == (None, None, well["feeds"])
    assert row["faults"] == [f"{tmp_path}/r.yaml:1:1: the file has no field `rule`; did you mean `rules`?"]


def test_examples_that_do_not_hold_for_machines(command: CliRunner, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(RULE)
    result = command.invoke(rules_command, ["test", "--json", "--rules", str(tmp_path)])
    assert result.exit_code == 1
    (fires, quiet) = (json.loads(row) for row in result.stdout.splitlines())
    place = {"file": f"{tmp_path}/mine.yaml", "line": 9, "column": 32}
    why = ["not so: the title holds gallium (here nothing)"]
    assert fires == {"rule": "gallium", **place, "headline": "Tungsten ban", "must": "fire", "why": why}
    assert (quiet["headline"], quiet["must"], quiet["why"]) == ("Gallium quota", "stay quiet", [])


def test_the_examples_of_the_shipped_rules_hold(command: CliRunner) -> None:
    """With the real reader: each headline fires, or stays quiet, as its rule says."""
    result = command.invoke(rules_command, ["test"])
    assert result.stderr == ""
    assert result.exit_code == 0
    assert result.stdout.endswith("0 do not hold\n")


def test_an_example_of_ones_own_that_fails_is_told(command: CliRunner, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(RULE)
    result = command.invoke(rules_command, ["test", "--rules", str(tmp_path)])
    assert result.exit_code == 1
    assert f'{tmp_path}/mine.yaml:9:32: gallium did not fire on "Tungsten ban" (read as topics' in result.stderr
