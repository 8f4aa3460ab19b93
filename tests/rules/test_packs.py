"""The shipped packs on the themes that they were written for, and the page for those who tune them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from bot.imagined import read_examples
from pipelines.language.reader import Reader, load_reader
from pipelines.rulebook import load_rules
from rules.asked import read_conditions
from rules.check import failures
from rules.errors import RuleErrors
from rules.judge import judge
from rules.page import Page
from rules.ruleset import Example
from rules.schema import PARTS, load
from tests.rules.stories import NOW

COUNTRIES = (Path(__file__).parent / "data" / "countries.txt").read_text(encoding="utf-8")
README = (Path(__file__).parents[2] / "rules" / "README.md").read_text(encoding="utf-8")
WRITTEN = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)


@pytest.fixture(scope="module")
def reader() -> Reader:
    return load_reader()


def test_each_theme_gets_the_label_it_must_have(reader: Reader) -> None:
    """Mining, refining and the stockpile at home; Pakistan's mines, money and roads; the elements of magnets."""
    rows = [line.split(": ", 1) for line in COUNTRIES.splitlines() if line and not line.startswith("#")]
    rules, examples = load_rules(None), [Example(headline, True, 0, 0) for _, headline in rows]
    stories = read_examples(examples, reader.read, NOW)
    judged = [(str(judge(stories[each], rules, NOW).label), each.headline) for each in examples]
    assert judged == [(label, headline) for label, headline in rows]


def test_the_rule_of_the_page_does_what_the_page_says(reader: Reader) -> None:
    """It holds as printed; with the clause that is added at last it lets go of the watch maker."""
    rule, clause = WRITTEN[0], WRITTEN[1]
    example = "        - Quartz watch maker opens plant near Geneva\n"
    assert example.strip("- \n") in README
    for text, failing in (
        (rule, 0),
        (rule + example, 1),
        (rule.replace("    then:", f"{clause}    then:") + example, 0),
    ):
        rules = load({"quartz.yaml": text})
        stories = read_examples(rules.examples, reader.read, NOW)
        assert len(failures(rules, stories.__getitem__, NOW)) == failing


def test_the_slip_of_the_page_is_told_as_the_page_says() -> None:
    with pytest.raises(RuleErrors) as slips:
        load({"draft/quartz.yaml": WRITTEN[0].replace("words:", "wrods:")})
    assert str(slips.value.errors[0]) in README


def test_all_that_the_page_writes_is_read(tmp_path: Path) -> None:
    (tmp_path / "more.yaml").write_text(WRITTEN[2])
    rules = load_rules(tmp_path)
    assert [each.name for each in rules.filters] == ["not-jewellery"]
    assert set(yaml.safe_load(WRITTEN[2])) == {"lists", "filters", "weights"} < set(PARTS)


def test_the_page_names_every_question() -> None:
    """The names that `when` knows stand in the fault for one that it does not."""
    page = Page("r.yaml", "{zzzzzzzz: 1}")
    assert page.top is not None
    assert read_conditions(page, page.top, "`when`") is None
    known = str(page.errors[0]).partition("known are ")[2].rstrip(".").split(", ")
    assert len(known) > 20
    assert [name for name in known if f"`{name}`" not in README and f"`{name}:" not in README] == []
