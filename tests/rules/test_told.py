"""Examples that say who told a headline, how many did and when, and how they are read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.commandline.rules import rules as rules_command
from bot.imagined import read_examples
from pipelines.events import Entry
from rules.conditions import age_hours, best_tier, publishers
from rules.ruleset import Example
from rules.story import Report, Tier
from tests.rules.stories import NOW, report

TOLD = """
rules:
  - name: told
    when: {%s}
    then: {points: 1}
    because: It is so.
    status: stable
    examples:
      must fire:
        - {headline: China bans gallium exports, %s}
      must stay quiet:
        - China bans gallium exports
        - {headline: China bans gallium exports, %s}
"""


@pytest.mark.parametrize(
    ("when", "fires", "quiet"),
    [
        ("publishers: {at least: 3}", "publishers: 3", "publishers: 2"),
        ("tier: official", "tier: official", "tier: wire"),
        ("age: {at least: 2 h}", "age: 2 h", "age: 119 min"),
        ("age: {at least: 2 h}, tier: wire", "{age: 3 h, tier: wire}", "{age: 1 h, tier: wire}"),
        ("changed: source", "publishers: 2", "age: 1 h"),
    ],
)
def test_an_example_says_who_told_it_and_when(tmp_path: Path, when: str, fires: str, quiet: str) -> None:
    text = TOLD % (when, fires.strip("{}"), quiet.strip("{}"))
    (tmp_path / "r.yaml").write_text(text)
    result = CliRunner().invoke(
        rules_command, ["test", "--rules", str(tmp_path)], env={"LODESTONE_DATA": str(tmp_path / "data")}
    )
    assert (result.exit_code, result.stderr) == (0, "")


def test_what_examples_tell_alike_is_read_once_and_together() -> None:
    """One headline told by three is read as told by one; of another name or tier it is another entry."""
    asked = [
        Example("Gallium ban", fires=True, line=1, column=1),
        Example("Gallium ban", fires=False, line=2, column=1),
        Example("Gallium ban", fires=True, line=3, column=1, publishers=3),
        Example("Gallium ban", fires=True, line=4, column=1, source="Reuters", tier=Tier.WIRE),
        Example("Tin ban", fires=True, line=5, column=1, age=2.5),
    ]
    batches = list[list[str]]()

    def reading(entries: Sequence[Entry]) -> list[Report]:
        batches.append([f"{entry.title}, {entry.source.publisher}, {entry.source.tier}" for entry in entries])
        return [report(entry.title, source=entry.source, published=entry.published) for entry in entries]

    told = read_examples(asked, reading, NOW)
    assert batches == [["Gallium ban, , trade", "Gallium ban, Reuters, wire", "Tin ban, , trade"]]
    assert [publishers(told[each]) for each in asked] == [1, 1, 3, 1, 1]
    assert [len(set(told[each].families)) for each in asked] == [1, 1, 3, 1, 1]
    assert [best_tier(told[each]) for each in asked] == ["trade", "trade", "trade", "wire", "trade"]
    assert [age_hours(told[each], NOW) for each in asked] == [0, 0, 0, 0, 2.5]
