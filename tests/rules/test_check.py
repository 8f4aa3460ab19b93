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
    result = command.invoke(check)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "rules are in order" in result.stdout


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
