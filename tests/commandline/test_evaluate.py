"""``lodestone evaluate``: figures for people and machines, a page that stands by itself, clear words for bad rows."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from bot.commandline.evaluate import evaluate
from bot.evaluation.page import as_page
from bot.evaluation.result import Evaluation
from bot.evaluation.tables import as_text
from pipelines.language.figures import Labels, Scored, figures, part_of

BAD = yaml.safe_load((Path(__file__).parent / "data" / "labelled.yaml").read_text(encoding="utf-8"))
NASTY = '<script>alert("x")</script> & <img src=http://evil.example/a.png> \x1b[31m\u202e'


def labelled(name: str, title: str, **labels: Any) -> str:
    row = {"id": name, "title": title, "topics": [], "structural": False, "event": "other", "stage": "none", **labels}
    return json.dumps(row) + "\n"


ROWS = (
    labelled(
        "a",
        "Japan's government bans gallium exports to China",
        topics=["rare-earth", "policy", "geopolitics"],
        structural=True,
        event="export-control",
        stage="in-force",
    ),
    labelled("a2", "Bakery wins prize at river festival", date="2026-05-01", publisher="B"),
    labelled("c", NASTY + " Fed cuts interest rates", topics=["liquidity"], event="price-move"),
)


def call(*words: str, text: str = "".join(ROWS)) -> Result:
    return CliRunner().invoke(evaluate, [*words, "-"], input=text)


class Page(HTMLParser):
    """What a browser would be asked to load or run, and the tags that stay open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags, self.loads, self.open = set[str](), list[str](), list[str]()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.loads += [name for name, _ in attrs if name in ("src", "href", "srcset") or name.startswith("on")]
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_it_prints_the_figures_the_stages_and_the_mistakes() -> None:
    said = call().stdout
    assert "3 headlines of standard input" in said
    for name in ("rare-earth", "core topics", "structural", "verdict", "precision at recall 0.75", "event", "stage"):
        assert re.search(rf"(?m)^{name}|{name}", said)
    assert "Stages: rows are wanted" in said
    assert "wanted noise: " in said
    assert "event price-move → monetary-decision" in said
    assert "\x1b" not in said


def test_json_is_one_object_with_all_of_it() -> None:
    row = json.loads(call("--json").stdout)
    assert row["figures"]["count"] == 3
    assert {"name", "wanted", "precision", "recall", "f1", "low", "high"} == set(row["figures"]["scores"][0])
    assert [each["id"] for each in row["mistakes"]] == ["c"]
    assert row["mistakes"][0]["structural"] == {"wanted": False, "got": True}


def test_a_part_is_scored_alone_and_the_kept_one_shows_no_mistakes_unasked() -> None:
    kept = [name for name in ("a", "a2", "c") if part_of(name) == "kept"]
    row: dict[str, Any] = json.loads(call("--json", "--part", "kept").stdout)
    assert row["figures"]["count"] == len(kept)
    assert row["mistakes"] == []
    assert "mistakes" not in call("--mistakes", "0").stdout


def test_the_page_stands_by_itself_and_runs_nothing(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    assert call("--html", str(file)).exit_code == 0
    text = file.read_text(encoding="utf-8")
    page = Page(text)
    assert page.open == []
    assert not page.tags & {"script", "img", "link", "iframe", "object"}
    assert page.loads == []
    assert "&lt;script&gt;" in text
    assert "url(" not in text
    assert "\x1b" not in text
    assert text.count("<svg") > 5
    assert str(tmp_path) not in text


def test_a_page_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    result = call("--html", str(tmp_path / "none" / "page.html"))
    assert result.exit_code == 1
    assert "cannot be written" in result.stderr


@pytest.mark.parametrize("got", [Labels(), Labels(structural=True, p_structural=1.0, verdict="noise")])
def test_one_headline_is_enough_for_both_forms(got: Labels) -> None:
    scored = [Scored("x", NASTY, Labels(structural=True, event="tariff", stage="in-force"), got)]
    found = Evaluation("f.jsonl", "seen", "r1", "s1", figures(scored), tuple(scored))
    assert "1 headlines of f.jsonl, part seen" in as_text(found)
    assert Page(as_page(found)).open == []


@pytest.mark.parametrize("case", BAD, ids=[case["line"][:40] for case in BAD])
def test_a_bad_row_is_named_by_file_line_and_fault(case: Mapping[str, str]) -> None:
    result = call(text=ROWS[0] + "\n" + case["line"] + "\n")
    assert result.exit_code == 1
    assert ":3:" in result.stderr
    assert case["says"] in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("text", ["", "\n\n"])
def test_a_file_without_headlines_is_told(text: str) -> None:
    result = call(text=text)
    assert result.exit_code == 1
    assert "no labelled headlines" in result.stderr
