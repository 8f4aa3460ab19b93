"""Figures of labelled headlines: how near the labels that were given come to those that were wanted. Pure, no I/O.

The definitions are those by which the project is measured: precision, recall and F1 of each topic, of ``structural``
and of the verdict, core topics as one, precision at a recall, accuracy over all and over acts alone, macro F1, and
bootstrap intervals from a fixed seed. What shows where a reader errs stands beside them: confusions, calibration,
mistakes.
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from rules.story import Event, Stage, Topic

CORE = (Topic.RARE_EARTH.value, Topic.SEMICONDUCTOR.value, Topic.POLICY.value)
RECALL = 0.75
SEED, ROUNDS = 7, 400
_NO_ACT = frozenset({Stage.NONE.value, *(event.value for event in Event if not event.leans_structural)})

Pair = tuple[bool, bool]
"""Wanted, got."""


@dataclass(frozen=True, slots=True)
class Labels:
    """What is said of one headline, by a reader or by the program."""

    topics: tuple[str, ...] = ()
    structural: bool = False
    event: str = Event.OTHER.value
    stage: str = Stage.NONE.value
    p_structural: float | None = None
    verdict: str | None = None


@dataclass(frozen=True, slots=True)
class Scored:
    """A headline with both labels."""

    id: str
    title: str
    wanted: Labels
    got: Labels


@dataclass(frozen=True, slots=True)
class Score:
    """Precision, recall and F1 of one question; ``low`` and ``high`` hold 95 % of the F1 of the bootstrap."""

    name: str
    wanted: int
    precision: float
    recall: float
    f1: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How often a field is right, over all and over acts that were wanted, and the mean F1 of its words."""

    name: str
    all: float
    acts: float
    act_count: int
    macro_f1: float


@dataclass(frozen=True, slots=True)
class Confusion:
    """``counts[i][j]``: headlines whose wanted word is ``labels[i]`` and that got ``labels[j]``."""

    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Bin:
    """Headlines whose probability lies in one tenth: their mean probability, and the share that is structural."""

    low: float
    high: float
    count: int
    mean: float
    share: float


@dataclass(frozen=True, slots=True)
class Point:
    """What a cut at ``cut`` would give."""

    cut: float
    precision: float
    recall: float


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures of one set of headlines."""

    count: int
    scores: tuple[Score, ...]
    core: Score
    at_recall: float | None
    accuracies: tuple[Accuracy, ...]
    stages: Confusion
    events: Confusion
    bins: tuple[Bin, ...]
    curve: tuple[Point, ...]
    brier: float | None
    """Mean squared distance of the probability from the truth."""
    calibration_error: float | None
    """Mean distance of a bin's probability from its share, by its headlines."""


def part_of(item: str) -> str:
    """The part that an id belongs to: ``seen``, whose mistakes may be read, or ``kept``, which is only scored."""
    digest = hashlib.sha1(item.encode(), usedforsecurity=False).hexdigest()
    return "kept" if int(digest, 16) % 100 >= 60 else "seen"


def figures(rows: Sequence[Scored]) -> Figures:
    """All figures of these rows."""
    pairs = {topic.value: [_has(row, topic.value) for row in rows] for topic in Topic}
    pairs["structural"] = [(row.wanted.structural, row.got.structural) for row in rows]
    if any(row.got.verdict is not None for row in rows):
        pairs["verdict"] = [(row.wanted.structural, _by_rules(row.got)) for row in rows]
    intervals = bootstrap(list(pairs.values()))
    scores = tuple(
        score(name, found, interval) for (name, found), interval in zip(pairs.items(), intervals, strict=True)
    )
    chances = [(row.got.p_structural, row.wanted.structural) for row in rows if row.got.p_structural is not None]
    tenths = bins(chances)
    events = [(row.wanted.event, row.got.event) for row in rows]
    stages = [(row.wanted.stage, row.got.stage) for row in rows]
    return Figures(
        count=len(rows),
        scores=scores,
        core=score("core topics", [_has(row, topic) for row in rows for topic in CORE]),
        at_recall=precision_at(chances, RECALL) if chances else None,
        accuracies=(accuracy("event", events), accuracy("stage", stages)),
        stages=confusion(stages, [stage.value for stage in Stage]),
        events=confusion(events, [event.value for event in Event]),
        bins=tenths,
        curve=curve(chances),
        brier=sum((chance - truth) ** 2 for chance, truth in chances) / len(chances) if chances else None,
        calibration_error=sum(each.count * abs(each.mean - each.share) for each in tenths) / len(chances)
        if chances
        else None,
    )


def score(name: str, pairs: Sequence[Pair], interval: tuple[float, float] | None = None) -> Score:
    """Precision, recall and F1 of these pairs; 0 where nothing was wanted or got."""
    hits, got, wanted = _counts(pairs)
    low, high = interval or (None, None)
    return Score(name, wanted, _share(hits, got), _share(hits, wanted), _share(2 * hits, got + wanted), low, high)


def bootstrap(
    questions: Sequence[Sequence[Pair]], *, rounds: int = ROUNDS, seed: int = SEED
) -> list[tuple[float, float]]:
    """For each question the interval that holds 95 % of its F1 when the rows are drawn anew, with replacement.

    All questions share one drawing: a row is drawn with its answers to all of them.
    """
    rows = list(zip(*questions, strict=True))
    if not rows:
        return [(0.0, 0.0)] * len(questions)
    rng = random.Random(seed)  # noqa: S311  a drawing that can be repeated is the point
    values: list[list[float]] = [[] for _ in questions]
    for _ in range(rounds):
        drawn = Counter(rng.choices(rows, k=len(rows))).items()
        for index, found in enumerate(values):
            hits = sum(count for answers, count in drawn if all(answers[index]))
            both = sum(count * sum(answers[index]) for answers, count in drawn)
            found.append(_share(2 * hits, both))
    edges = int(0.025 * rounds), int(0.975 * rounds)
    return [(ordered[edges[0]], ordered[edges[1]]) for ordered in map(sorted, values)]


def precision_at(chances: Iterable[tuple[float, bool]], recall: float) -> float:
    """The precision of the strongest rows that together reach a recall; of equal chances the right ones come first."""
    ranked = sorted(chances, reverse=True)
    wanted, hits = recall * sum(truth for _, truth in ranked), 0
    for number, (_, truth) in enumerate(ranked, 1):
        hits += truth
        if hits >= wanted:
            return hits / number
    return 0.0


def accuracy(name: str, pairs: Sequence[tuple[str, str]]) -> Accuracy:
    """How often wanted and got are one word; macro F1 is over the words that were wanted."""
    acts = [wanted == got for wanted, got in pairs if wanted not in _NO_ACT]
    words = sorted({wanted for wanted, _ in pairs})
    each = [score(word, [(wanted == word, got == word) for wanted, got in pairs]).f1 for word in words]
    right = sum(wanted == got for wanted, got in pairs)
    return Accuracy(
        name, _share(right, len(pairs)), _share(sum(acts), len(acts)), len(acts), _share(sum(each), len(each))
    )


def confusion(pairs: Sequence[tuple[str, str]], order: Sequence[str]) -> Confusion:
    """The table of wanted against got, in this order, of the words that occur."""
    found = Counter(pairs)
    used = {word for pair in found for word in pair}
    labels = tuple(word for word in order if word in used)
    return Confusion(labels, tuple(tuple(found[wanted, got] for got in labels) for wanted in labels))


def bins(chances: Iterable[tuple[float, bool]], number: int = 10) -> tuple[Bin, ...]:
    """The rows by tenths of their probability; empty ones are left out."""
    groups: dict[int, list[tuple[float, bool]]] = {}
    for chance, truth in chances:
        groups.setdefault(min(int(chance * number), number - 1), []).append((chance, truth))
    return tuple(
        Bin(
            low=index / number,
            high=(index + 1) / number,
            count=len(group),
            mean=sum(chance for chance, _ in group) / len(group),
            share=sum(truth for _, truth in group) / len(group),
        )
        for index, group in sorted(groups.items())
    )


def curve(chances: Iterable[tuple[float, bool]]) -> tuple[Point, ...]:
    """Precision and recall at each probability that occurs, the highest cut first."""
    ranked = sorted(chances, reverse=True)
    wanted = sum(truth for _, truth in ranked)
    return tuple(_points(ranked, wanted)) if wanted else ()


def _points(ranked: Sequence[tuple[float, bool]], wanted: int) -> Iterator[Point]:
    hits = taken = 0
    for cut, group in groupby(ranked, key=lambda pair: pair[0]):
        truths = [truth for _, truth in group]
        hits, taken = hits + sum(truths), taken + len(truths)
        yield Point(cut, hits / taken, hits / wanted)


def mistakes(rows: Iterable[Scored], most: int) -> list[Scored]:
    """The rows whose ``structural`` is wrong, the one whose probability is furthest from the truth first."""
    wrong = [row for row in rows if row.wanted.structural != row.got.structural]
    return sorted(wrong, key=lambda row: (-distance(row), row.id))[:most]


def distance(row: Scored) -> float:
    """How far the probability lies from the truth; without one the yes or no stands for it."""
    chance = row.got.p_structural if row.got.p_structural is not None else float(row.got.structural)
    return abs(chance - row.wanted.structural)


def _has(row: Scored, topic: str) -> Pair:
    return topic in row.wanted.topics, topic in row.got.topics


def _by_rules(labels: Labels) -> bool:
    return labels.verdict == "structural" if labels.verdict is not None else labels.structural


def _counts(pairs: Iterable[Pair]) -> tuple[int, int, int]:
    """Right ones, got ones, wanted ones."""
    found = Counter(pairs)
    hits = found[True, True]
    return hits, hits + found[False, True], hits + found[True, False]


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
