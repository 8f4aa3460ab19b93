"""The gazetteer on headlines written for it: which entities must be found, and which only look like one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.language.contexts import NUMBER, Context, read_contexts
from pipelines.language.gazetteer import AUTHORITIES, entities
from pipelines.language.lexicon_file import load_lexicon
from pipelines.language.reader import Reader
from tests.language.entries import entry

CASES = [
    json.loads(line)
    for line in (Path(__file__).parent / "data" / "entities.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.mark.parametrize("case", CASES, ids=[case["title"][:60] for case in CASES])
def test_a_headline_names_what_it_names(reader: Reader, case: Mapping[str, Any]) -> None:
    (report,) = reader.read([entry(case["title"])])
    found = {entity.id for entity in report.entities}
    assert set(case["there"]) <= found
    assert not [one for one in found if any(fnmatch(one, pattern) for pattern in case["not"])]


def test_cases_name_entities_that_exist() -> None:
    known = load_lexicon().entities
    named = {one for case in CASES for one in (*case["there"], *case["not"]) if not one.endswith("*")}
    assert named <= set(known)
    assert len(CASES) >= 150


def test_all_have_a_known_authority_and_who_acts_has_one() -> None:
    acting = {"state", "body", "agency", "central-bank", "court", "leader", "minister", "miner", "chip-firm", "project"}
    for known in load_lexicon().entities.values():
        assert known.authority in AUTHORITIES
        assert known.authority or known.kind not in acting, known


def test_an_entry_gives_name_authority_and_aliases() -> None:
    group = {"kind": "miner", "authority": "A5", "entries": {"x": "=Älpha~mine/A4, beta, =Gamma~coin", "old:y": "Y"}}
    (first, aliases), (second, _) = entities({"part": {"groups": [group]}})
    assert (first.id, first.name, first.kind, first.authority) == ("miner:x", "Älpha", "miner", "A4")
    assert [(alias.phrase, alias.exact, alias.context) for alias in aliases] == [
        ("Alpha", True, "mine"),
        ("beta", False, ""),
        ("Gamma", True, "coin"),
    ]
    assert (second.id, second.kind, second.authority) == ("old:y", "miner", "A5")


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        ([{"kind": "a", "entries": {"x": "X"}}, {"kind": "a", "entries": {"x": "Z"}}], "stands already"),
        ([{"kind": "a", "entries": {"x": "X/A9"}}], "unknown authority"),
    ],
)
def test_a_wrong_gazetteer_is_refused(groups: list[Mapping[str, Any]], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        list(entities({"part": {"groups": groups}}))


def test_an_unknown_field_of_a_context_is_refused() -> None:
    with pytest.raises(ValueError, match="nearby"):
        read_contexts({"chips": {"nearby": "chip"}})


@pytest.mark.parametrize(
    ("fields", "text", "wanted"),
    [
        ({}, "so arm it", True),
        ({"near": "chips"}, "arm sells chips", True),
        ({"near": "chips"}, "so arm it", False),
        ({"never": "injury"}, "arm injury", False),
        ({"never": "injury", "sure": "chips"}, "arm chips injury", True),
        ({"never_before": NUMBER}, "5 arm", False),
        ({"never_after": "it"}, "so arm it", False),
        ({"before": "so"}, "so arm it", True),
        ({"after": "so"}, "so arm it", False),
        ({"kinds": "chip-firm"}, "so arm it", True),
        ({"kinds": "miner"}, "so arm it", False),
        ({"topics": "semiconductor"}, "so arm it", True),
        ({"near": "far"}, "arm " + "word " * 12 + "far", False),
    ],
)
def test_what_a_context_asks_for(fields: Mapping[str, str], text: str, wanted: bool) -> None:
    context = read_contexts({"one": fields})["one"]
    low = text.split()
    start = low.index("arm")
    assert context.meant(low, start, start + 1, {"chip-firm"}, {"semiconductor"}) is wanted


@given(words=st.lists(st.text(max_size=8), max_size=30), start=st.integers(0, 29))
def test_a_context_answers_whatever_the_words(words: list[str], start: int) -> None:
    context = Context(never=frozenset({"a"}), near=frozenset({"b", NUMBER}))
    assert context.meant(words, start, start + 1, frozenset(), frozenset()) in (True, False)
