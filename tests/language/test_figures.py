"""The figures beside values computed by hand, and beside a plain way to say the same."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipelines.language.figures import (
    Labels,
    Scored,
    accuracy,
    bins,
    bootstrap,
    confusion,
    curve,
    figures,
    mistakes,
    part_of,
    precision_at,
    score,
)
from rules.story import Event, Stage, Topic

CASES = yaml.safe_load((Path(__file__).parent / "data" / "figures.yaml").read_text(encoding="utf-8"))
SCORER = Path(__file__).parents[3] / "shared" / "headlines" / "score.py"
LABELS = st.builds(
    Labels,
    topics=st.lists(st.sampled_from([topic.value for topic in Topic]), unique=True).map(tuple),
    structural=st.booleans(),
    event=st.sampled_from([event.value for event in Event]),
    stage=st.sampled_from([stage.value for stage in Stage]),
    p_structural=st.floats(0, 1),
    verdict=st.sampled_from(["structural", "watch", "noise"]),
)


def rows_of(pairs: Sequence[tuple[Labels, Labels]]) -> list[Scored]:
    return [Scored(f"h{number}", f"Headline {number}", wanted, got) for number, (wanted, got) in enumerate(pairs)]


def chances_of(case: Mapping[str, Any]) -> list[tuple[float, bool]]:
    return [(chance, truth is True or truth == "y") for chance, truth in case["chances"]]


@pytest.mark.parametrize("case", CASES["scores"])
def test_scores(case: Mapping[str, Any]) -> None:
    found = score("x", [(w == "y", g == "y") for w, g in zip(case["wanted"], case["got"], strict=True)])
    wanted = {key: case[key] for key in ("precision", "recall", "f1")}
    assert {key: round(getattr(found, key), 5) for key in wanted} == wanted


@pytest.mark.parametrize("case", CASES["precision at recall"])
def test_precision_at_a_recall(case: Mapping[str, Any]) -> None:
    assert round(precision_at(chances_of(case), case["recall"]), 5) == case["precision"]


@pytest.mark.parametrize("case", CASES["accuracies"])
def test_accuracy_over_all_and_over_acts(case: Mapping[str, Any]) -> None:
    found = accuracy("x", list(zip(case["wanted"], case["got"], strict=True)))
    for key in ("all", "acts", "act_count", "macro_f1"):
        assert round(getattr(found, key), 5) == case[key]


def test_an_id_belongs_to_one_part_for_ever() -> None:
    assert {item: part_of(item) for item in CASES["parts"]} == CASES["parts"]
    share = sum(part_of(f"id{number}") == "kept" for number in range(5000)) / 5000
    assert 0.37 < share < 0.43


def test_a_confusion_keeps_the_order_and_leaves_out_what_never_occurs() -> None:
    found = confusion([("none", "none"), ("none", "rumour"), ("in-force", "none")], [stage.value for stage in Stage])
    assert found.labels == ("none", "rumour", "in-force")
    assert found.counts == ((1, 1, 0), (0, 0, 0), (1, 0, 0))


def test_bins_hold_mean_and_share() -> None:
    low, high = bins([(0.02, False), (0.08, True), (1.0, True)])
    assert (low.count, round(low.mean, 3), low.share) == (2, 0.05, 0.5)
    assert (high.low, high.count, high.share) == (0.9, 1, 1.0)


def test_a_curve_takes_equal_chances_together() -> None:
    found = curve([(0.9, True), (0.5, True), (0.5, False), (0.1, False)])
    assert [(point.cut, point.precision, point.recall) for point in found] == [
        (0.9, 1.0, 0.5),
        (0.5, 2 / 3, 1.0),
        (0.1, 0.5, 1.0),
    ]
    assert curve([(0.9, False)]) == ()


def test_the_worst_mistake_comes_first() -> None:
    yes, no = Labels(structural=True, p_structural=0.9), Labels(structural=False, p_structural=0.2)
    sure = Labels(structural=False, p_structural=0.01)
    found = mistakes(rows_of([(yes, no), (no, yes), (yes, sure), (yes, yes)]), 2)
    assert [row.id for row in found] == ["h2", "h1"]


def test_intervals_are_those_of_drawing_rows_one_question_at_a_time() -> None:
    rng = random.Random(1)
    questions = [[(rng.random() < 0.4, rng.random() < 0.5) for _ in range(60)] for _ in range(3)]
    found = bootstrap(questions, rounds=200, seed=7)
    for pairs, interval in zip(questions, found, strict=True):
        drawing = random.Random(7)
        values = sorted(score("x", drawing.choices(pairs, k=len(pairs))).f1 for _ in range(200))
        assert interval == (values[5], values[195])


@given(st.lists(st.tuples(LABELS, LABELS), min_size=1, max_size=12))
def test_any_labels_give_figures_within_bounds(pairs: list[tuple[Labels, Labels]]) -> None:
    found = figures(rows_of(pairs))
    assert all(0 <= value <= 1 for each in found.scores for value in (each.precision, each.recall, each.f1))
    assert sum(map(sum, found.stages.counts)) == sum(map(sum, found.events.counts)) == found.count == len(pairs)
    assert sum(each.count for each in found.bins) == len(pairs)
    assert all(later.recall >= earlier.recall for earlier, later in zip(found.curve, found.curve[1:], strict=False))


def test_no_rows_and_no_probabilities_are_no_trouble() -> None:
    assert figures([]).count == 0
    bare = figures(rows_of([(Labels(structural=True), Labels())]))
    assert (bare.at_recall, bare.brier, bare.bins, bare.curve) == (None, None, (), ())
    assert "verdict" not in {each.name for each in bare.scores}


@pytest.mark.skipif(not SCORER.exists(), reason="the scorer by which the project is measured is not beside it")
def test_the_scorer_finds_the_same(tmp_path: Path) -> None:
    rng = random.Random(3)

    def labels() -> Labels:
        return Labels(
            topics=tuple(rng.sample([topic.value for topic in Topic], k=2)),
            structural=rng.random() < 0.5,
            event=rng.choice(list(Event)).value,
            stage=rng.choice(list(Stage)).value,
            p_structural=round(rng.random(), 3),
            verdict=rng.choice(["structural", "watch", "noise"]),
        )

    rows = rows_of([(labels(), labels()) for _ in range(80)])
    for side, named in (("wanted", Labels.__slots__[:4]), ("got", Labels.__slots__)):
        lines = [{"id": row.id, **{field: getattr(getattr(row, side), field) for field in named}} for row in rows]
        (tmp_path / side).write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    command = [sys.executable, str(SCORER), "labels", str(tmp_path / "wanted"), str(tmp_path / "got")]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    found = figures(rows)
    for each in found.scores:
        numbers = (each.precision, each.recall, each.f1, each.low, each.high)
        row = re.search(rf"(?m)^{each.name} .*$", said)
        assert row is not None
        assert re.findall(r"\d\.\d{3}", row.group()) == [f"{number:.3f}" for number in numbers]
    for field in found.accuracies:
        assert f"accuracy {field.all:.3f}, on acts only {field.acts:.3f}, macro F1 {field.macro_f1:.3f}" in said
    assert f"precision at recall 0.75: {found.at_recall:.3f}" in said
