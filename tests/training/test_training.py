"""Training from end to end on a base model of one layer with random weights: what is learnt, exported, and repeated."""

from __future__ import annotations

import hashlib
import random
import string
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from pipelines.language.heads import DIRECTIONS, EVENTS, FORMS, STAGES, WIDTH
from pipelines.language.model import Model, seen_in
from pipelines.language.reader import build_lexicon_pipeline
from pipelines.language.reading import Seen
from pipelines.language.training.base import Base, read_safetensors
from pipelines.language.training.export import write_onnx
from pipelines.language.training.fit import Example, Plan, batches, padded, targets
from pipelines.language.training.network import INNER, SIZE, begin, forward
from pipelines.language.training.rows import CorpusError, Row, extra_corpus, own_corpus, row_of, without_copies
from pipelines.language.training.scaling import unscaled
from pipelines.language.training.train import Texts, is_learnt, is_test, read_texts, sets_scales, train
from pipelines.language.wordpiece import WordPiece
from rules.story import Direction, Event, Form, Stage, Topic

PLAN = Plan(layers=(0,), epochs=3, batch=8, rate=3e-4, seed=5)


@pytest.fixture(scope="module")
def base() -> Base:
    rng = np.random.default_rng(0)

    def new(*shape: int) -> np.ndarray:
        return (rng.standard_normal(shape) * 0.05).astype(np.float32)

    at = "encoder.layer.0."
    square = {f"{at}attention.self.{name}.weight": new(SIZE, SIZE) for name in ("query", "key", "value")}
    biases = {f"{at}attention.self.{name}.bias": new(SIZE) for name in ("query", "key", "value")}
    norms = {
        f"{name}.{part}": new(SIZE) + (part == "weight")
        for name in (f"{at}attention.output.LayerNorm", f"{at}output.LayerNorm", "embeddings.LayerNorm")
        for part in ("weight", "bias")
    }
    rest = {
        f"{at}attention.output.dense.weight": new(SIZE, SIZE),
        f"{at}attention.output.dense.bias": new(SIZE),
        f"{at}intermediate.dense.weight": new(INNER, SIZE),
        f"{at}intermediate.dense.bias": new(INNER),
        f"{at}output.dense.weight": new(SIZE, INNER),
        f"{at}output.dense.bias": new(SIZE),
    }
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *string.ascii_lowercase, *(f"##{x}" for x in string.ascii_lowercase)]
    table = rng.integers(-127, 127, (len(pieces), SIZE)).astype(np.int8)
    steps = np.full((len(pieces), 1), 0.002, np.float32)
    return Base(tuple(pieces), table, steps, new(64, SIZE), square | biases | norms | rest)


def row(number: int, title: str, *, structural: bool) -> Row:
    return Row(
        id=f"t{number}",
        title=title,
        publisher="",
        topics=frozenset({Topic.ENERGY} if structural else ()),
        structural=structural,
        event=Event.SANCTION if structural else Event.OTHER,
        stage=Stage.IN_FORCE if structural else Stage.NONE,
        form=Form.REPORT,
        direction=Direction.TIGHTENS if structural else None,
    )


def saw(*facts: str) -> Seen:
    """What the lexicon saw, with these facts."""
    return replace(_fair(), facts=facts)


@cache
def _fair() -> Seen:
    seen = seen_in(build_lexicon_pipeline()("Village fair opens"))
    assert seen is not None
    return seen


@pytest.fixture(scope="module")
def texts() -> Texts:
    rows = [row(n, "zz qq zz" if n % 2 else "ab ba ab", structural=bool(n % 2)) for n in range(120)]
    return Texts(rows, [each.title for each in rows], [saw("act" if each.structural else "no deed") for each in rows])


def test_what_was_learnt_is_read_from_the_files_and_twice_the_same(base: Base, texts: Texts, tmp_path: Path) -> None:
    told: list[int] = []
    model = train(texts, base, PLAN, tmp_path / "one", told.append)
    train(texts, base, PLAN, tmp_path / "two", told.append)
    learnt = len(texts.where(is_learnt).rows)
    assert sum(told) >= 2 * PLAN.epochs * learnt
    for name in ("model.onnx", "settings.json", "vocabulary.txt"):
        one, two = ((tmp_path / each / name).read_bytes() for each in ("one", "two"))
        assert hashlib.sha256(one).digest() == hashlib.sha256(two).digest()
    yes, no = model.read(["zz qq zz", "ab ba ab"], [saw("act"), saw("no deed")])
    assert yes.structural > model.settings.cut > no.structural
    assert max(yes.stages, key=yes.stages.__getitem__) is Stage.IN_FORCE
    assert yes.topics[Topic.ENERGY] > no.topics[Topic.ENERGY]


def test_the_exported_network_answers_as_the_one_that_learnt(base: Base, tmp_path: Path) -> None:
    weights = begin(base.weights, (0,), 2, 1)
    write_onnx(weights, base, tmp_path / "model.onnx")
    texts, facts = ["ab cd ef gh", "zz", "a b c d e f g h i j"], [("x",), (), ("y", "x", "unheard of")]
    got = Model((tmp_path / "model.onnx").read_bytes(), base.vocabulary, unscaled(("x", "y"))).outputs(texts, facts)
    cutter = WordPiece(base.vocabulary)
    examples = [
        Example(
            cutter.numbers(text),
            [number for number, fact in enumerate(("x", "y")) if fact in known],
            row(0, text, structural=False),
        )
        for text, known in zip(texts, facts, strict=True)
    ]
    wanted = np.asarray(forward(weights, *padded(examples, base.embed, 2)))
    assert got.shape == (3, WIDTH)
    assert np.abs(got - wanted).max() < 0.05 * np.abs(wanted).max()


def test_batches_hold_every_example_and_are_full(base: Base) -> None:
    examples = [Example([2] * (3 + n % 9), [], row(n, "x", structural=False)) for n in range(37)]
    made = batches(examples, 8, random.Random(1))
    assert [len(batch) for batch in made] == [8] * 5
    assert {example.row.id for batch in made for example in batch} == {example.row.id for example in examples}


def test_a_label_that_was_not_given_teaches_nothing() -> None:
    wanted = targets([Example([2, 3], [], row(1, "x", structural=False))])
    assert [part.shape[1] for part in wanted] == [7, 1, len(EVENTS), len(STAGES), len(FORMS), len(DIRECTIONS)]
    assert wanted[5].sum() == 0
    assert wanted[2].sum() == 1


def test_the_own_corpus_is_large_varied_and_keeps_a_tenth_apart() -> None:
    rows = own_corpus()
    assert len(without_copies(rows)) == len(rows) >= 3000
    assert len({each.id for each in rows}) == len(rows)
    assert {each.event for each in rows} == set(Event)
    assert {each.stage for each in rows} == set(Stage)
    assert {each.form for each in rows} == set(Form)
    assert {topic for each in rows for topic in each.topics} == set(Topic)
    tests = [each for each in rows if is_test(each)]
    assert 0.08 < len(tests) / len(rows) < 0.12
    assert not any(is_learnt(each) or sets_scales(each) for each in tests)
    structural = [each for each in rows if each.structural]
    assert all(each.event.leans_structural and each.stage is not Stage.NONE for each in structural)


def test_extra_labels_are_joined_by_id_and_headlines_to_measure_on_never_enter(tmp_path: Path) -> None:
    label = '"topics": [], "structural": false, "event": "other", "stage": "none"'
    (tmp_path / "train.jsonl").write_text(
        f'{{"id": "a", "title": "One", {label}}}\n{{"id": "b", "title": "Two", {label}}}\n'
    )
    (tmp_path / "unlabelled.jsonl").write_text('{"id": "nobody", "title": "Three"}\n')
    (tmp_path / "general.jsonl").write_text("")
    (tmp_path / "dev.jsonl").write_text(f'{{"id": "b", "title": "Two", {label}}}\n')
    assert [each.id for each in extra_corpus(tmp_path)] == ["a"]


@pytest.mark.parametrize(
    "broken", [{"event": "oops"}, {"topics": ["sport"]}, {"title": None, "stage": "later"}, {"form": "poem"}]
)
def test_unknown_words_are_refused_with_the_rows_id(broken: dict[str, object]) -> None:
    good = {"id": "x1", "title": "t", "topics": [], "structural": False, "event": "other", "stage": "none"}
    with pytest.raises(CorpusError, match="x1"):
        row_of(good | broken)


def test_facts_come_from_the_lexicon() -> None:
    read = read_texts([row(1, "US imposes 25% tariffs on Canada", structural=True)])
    assert "act" in read.seen[0].facts


def test_tensors_are_read_as_they_were_written() -> None:
    raw = np.array([[1.5, -2.0]], np.float32)
    head = b'{"bert.x.weight":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"__metadata__":{"a":"b"}}'
    data = len(head).to_bytes(8, "little") + head + raw.tobytes()
    assert read_safetensors(data)["x.weight"].tolist() == raw.tolist()
