"""Headlines of our own, each with what a reader of the labelling guide would say of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pipelines.language.reader import Reader
from tests.language.entries import entry

CASES = [
    json.loads(line)
    for line in (Path(__file__).parent / "data" / "headlines.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.mark.parametrize("case", CASES, ids=[case["t"] for case in CASES])
def test_a_headline_is_read_as_a_reader_would(reader: Reader, case: Mapping[str, Any]) -> None:
    (report,) = reader.read([entry(case["t"], publisher=case.get("publisher", ""))])
    topics = {topic.value for topic in report.topics}
    if case.get("topics") == []:
        assert not topics & {"rare-earth", "semiconductor", "crypto", "energy", "liquidity"}
    assert set(case.get("topics", ())) <= topics
    assert not topics & set(case.get("not topics", ()))
    said = {
        "event": report.act.event.value,
        "stage": report.act.stage.value,
        "step": report.act.step,
        "direction": report.act.direction.value,
        "negated": report.act.negated,
        "form": report.form.value,
        "structural": report.structural,
    }
    wanted = {key: value for key, value in case.items() if key in said}
    assert {key: said[key] for key in wanted} == wanted
