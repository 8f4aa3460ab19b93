"""A reading taken apart, and how a terminal shows it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.reading import as_lines, as_row
from pipelines.language.lexicon_file import load_lexicon
from pipelines.language.parts import parts
from pipelines.language.reader import Reader, build_lexicon_pipeline
from rules.story import Event
from tests.language.entries import entry

CASES = yaml.safe_load((Path(__file__).parent / "data" / "parts.yaml").read_text(encoding="utf-8"))
CODES = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize("case", CASES, ids=[case["headline"] for case in CASES])
def test_each_part_says_what_it_is_and_where_it_came_from(reader: Reader, case: Mapping[str, Any]) -> None:
    report, found = reader.explain(entry(case["headline"]))
    assert report == reader.read([entry(case["headline"])])[0]
    fields = {each.name: each for each in found.fields}
    for name, (value, source) in case["fields"].items():
        assert fields[name].value == value
        assert source in fields[name].source
    governing = [piece.text for piece in found.pieces if piece.governs]
    assert "governs" not in case or governing == [case["governs"]]
    kinds = {piece.text: {mark.kind for mark in piece.marks} for piece in found.pieces}
    for text, wanted in case.get("pieces", {}).items():
        assert kinds[text] == set(wanted)
    asides = [
        "".join(token.text + " " * token.spaced for token in found.tokens[clause.start : clause.end]).strip()
        for clause in found.clauses
        if not clause.main
    ]
    assert asides == case.get("asides", asides)


def test_the_lexicons_weights_add_up_to_its_own_probability(reader: Reader) -> None:
    _, found = reader.explain(entry("China bans exports of gallium to Japan"))
    assert found.weighed is not None
    total = found.weighed.bias + sum(weight for _, weight in found.weighed.evidence)
    assert found.weighed.alone == pytest.approx(1 / (1 + math.exp(-total)), abs=0.001)
    assert found.weighed.bias < 0 < len(found.weighed.evidence)


def test_what_the_model_says_is_listed_and_where_it_overrules_the_lexicon_that_is_said(reader: Reader) -> None:
    title = "US may impose 25% tariffs on chips, sources say"
    report, found = reader.explain(entry(title))
    heads = dict(found.learned)
    assert set(heads) == {"structural", "topics", "event", "stage", "form", "direction"}
    assert heads["topics"][0][1] == max(odds for _, odds in heads["topics"])
    assert "What the learned model says" in as_lines(found, colour=False)
    assert set(as_row(report, found)["parts"]["learned"]) == set(heads)
    doc = build_lexicon_pipeline()(title)
    other = replace(report, act=replace(report.act, event=Event.PERMIT))
    (event,) = [each for each in parts(other, doc, load_lexicon()).fields if each.name == "event"]
    assert "the learned model; the lexicon alone says" in event.source


def test_what_is_worth_no_reading_is_not_put_to_the_model(reader: Reader) -> None:
    _, found = reader.explain(entry("Village fair opens"))
    assert found.learned == ()
    assert "What the learned model says" not in as_lines(found, colour=False)


def test_a_chinese_headline_shows_its_fields(reader: Reader) -> None:
    _, found = reader.explain(entry("商务部公布对镓实施出口管制的决定"))
    values = {each.name: each.value for each in found.fields}
    assert values["event"] == "export-control"
    assert "export-control" in as_lines(found, colour=False)


def test_a_chinese_headline_shows_its_topics(reader: Reader) -> None:
    report, found = reader.explain(entry("商务部公布对镓实施出口管制的决定"))
    assert [each.topic for each in found.topics] == [topic.value for topic in report.topics] != []
    assert "none reached its cut" not in as_lines(found, colour=False)


def test_colour_adds_codes_and_no_words(reader: Reader) -> None:
    _, found = reader.explain(entry("US may impose 25% tariffs on chips, sources say"))
    plain, coloured = as_lines(found, colour=False), as_lines(found, colour=True)
    assert "\x1b" not in plain
    assert "\x1b[" in coloured
    legend = [line for line in CODES.sub("", coloured).splitlines() if line not in plain.splitlines()]
    assert len(legend) <= 2
    assert "[US ▸may impose 25% tariffs on chips, sources say]" in plain


@pytest.mark.parametrize("text", ["", "中国禁止向美国出口镓", "La Chine interdit les exportations de gallium vers les"])
def test_what_is_not_read_is_said_to_be_so(reader: Reader, text: str) -> None:
    report, found = reader.explain(entry(text))
    if not report.tags:
        assert "The words" in as_lines(found, colour=True)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200), st.integers(20, 150))
def test_no_text_makes_it_raise_or_leaves_a_control_character(reader: Reader, title: str, width: int) -> None:
    _, found = reader.explain(entry(title))
    shown = as_lines(found, colour=False, width=width)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e]", shown)
