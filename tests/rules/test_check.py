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
    assert (result.exit_code, row["faults"], row["failed"]) == (0, [], [])
    assert all("no example notices" in warning for warning in row["warnings"])
    assert row["noticed"] >= 0.9 * row["mutants"] > 200
    assert command.invoke(check).stderr == ""


OWN = """
rules:
  - name: gallium
    when: {words: [gallium], form: report, entities: ["element:gallium"]}
    then: watch
    because: It is so.
    status: stable
    examples:
      must fire: [China bans gallium exports, {headline: Gallium plant opens, publishers: 3, tier: wire}]
"""


def test_check_tells_what_looks_wrong_and_what_no_example_protects(command: CliRunner, tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text(OWN)
    result = command.invoke(check, ["--rules", str(tmp_path)])
    assert result.exit_code == 1
    told = result.stderr.splitlines()
    assert f'{tmp_path}/r.yaml:9:19: gallium did not fire on "China bans gallium exports"' in told[0]
    warnings = [line.removeprefix(f"warning: {tmp_path}/r.yaml:3: ") for line in told if line.startswith("warning")]
    assert warnings[:2] == [
        "gallium has no example under `must stay quiet`; add a headline, so that an edit cannot break it unseen",
        "gallium no entity has the id `element:gallium`; did you mean `mineral:gallium`?",
    ]
    assert "no example notices when this is dropped: form is report" in warnings[2]
    assert result.stdout.endswith(" examples, 2 do not hold; 1 of 3 mutants noticed (33%)\n")


def test_warnings_alone_are_no_fault_unless_strict(command: CliRunner, tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text(OWN.replace("element:gallium", "mineral:gallium"))
    assert command.invoke(check, ["--rules", str(tmp_path)]).exit_code == 0
    assert command.invoke(check, ["--rules", str(tmp_path), "--strict"]).exit_code == 1


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
    assert fires == {"rule": "gallium", **place, "headline": "Tungsten ban", "must": "fire"}
    assert (quiet["headline"], quiet["must"]) == ("Gallium quota", "stay quiet")


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
