"""What the reader is measured against: a filter of key words, and TF-IDF with logistic regression.

Both learn from the same labelled text, and neither is told anything about headlines beforehand.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from pipelines.language.figures import Labels
from rules.story import Topic

Example = tuple[str, Labels]
Rival = Callable[[Sequence[str]], list[Labels]]
"""Titles in, labels out."""

_WORD = re.compile(r"[a-z0-9$€£%&']+|[\u4e00-\u9fff]")
_QUESTIONS = (*(topic.value for topic in Topic), "structural")


def keyword_filter(examples: Sequence[Example]) -> Rival:
    """A headline with one of a question's words gets a yes.

    The words are those that speak most for the yes in the examples, as many of them as give the best F1 there. It knows
    no event and no stage, as such filters do.
    """
    texts = [_words(title) for title, _ in examples]
    lists = {name: _key_words(texts, [_answer(labels, name) for _, labels in examples]) for name in _QUESTIONS}

    def label(titles: Sequence[str]) -> list[Labels]:
        return [_by_words(_words(title), lists) for title in titles]

    return label


def tfidf(examples: Sequence[Example]) -> Rival:
    """Words and word pairs by TF-IDF, a logistic regression a question; the cut of structural is set out of fold."""
    # A second and 120 MB, and only this benchmark needs it.
    import numpy as np  # noqa: PLC0415
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.model_selection import cross_val_predict  # noqa: PLC0415

    def model() -> Any:
        return LogisticRegression(C=10, max_iter=300)

    vectors = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, token_pattern=r"(?u)\b\w+\b")
    table = vectors.fit_transform([title for title, _ in examples])
    fitted: dict[str, Any] = {}
    for name in _QUESTIONS:
        truth = np.array([_answer(labels, name) for _, labels in examples])
        if 0 < truth.sum() < len(truth):
            fitted[name] = model().fit(table, truth)
    truth = np.array([labels.structural for _, labels in examples])
    out_of_fold = cross_val_predict(model(), table, truth, cv=5, method="predict_proba")[:, 1]
    cut = best_cut(list(zip(out_of_fold.tolist(), truth.tolist(), strict=True)))
    for field in ("event", "stage"):
        fitted[field] = model().fit(table, [getattr(labels, field) for _, labels in examples])

    def label(titles: Sequence[str]) -> list[Labels]:
        rows = vectors.transform(titles)
        chance = {name: fitted[name].predict_proba(rows)[:, 1] for name in _QUESTIONS if name in fitted}
        events, stages = (fitted[field].predict(rows) for field in ("event", "stage"))
        return [
            Labels(
                topics=tuple(t.value for t in Topic if t.value in chance and chance[t.value][index] >= 0.5),
                structural=bool(chance["structural"][index] >= cut),
                event=str(events[index]),
                stage=str(stages[index]),
                p_structural=float(chance["structural"][index]),
            )
            for index in range(len(titles))
        ]

    return label


def best_cut(chances: Sequence[tuple[float, bool]]) -> float:
    """The probability from which saying yes gives the best F1."""
    ranked, wanted = sorted(chances, reverse=True), sum(truth for _, truth in chances)
    best, cut, hits = 0.0, 1.0, 0
    for taken, (chance, truth) in enumerate(ranked, 1):
        hits += truth
        if (f1 := 2 * hits / (taken + wanted)) > best:
            best, cut = f1, chance
    return cut


def _key_words(texts: Sequence[frozenset[str]], truths: Sequence[bool], least: int = 3) -> frozenset[str]:
    """The best words in order of how sure they are, cut where the F1 on the examples is highest."""
    seen, right = Counter[str](), Counter[str]()
    where: dict[str, list[int]] = {}
    for index, (text, truth) in enumerate(zip(texts, truths, strict=True)):
        for word in text:
            seen[word] += 1
            right[word] += truth
            where.setdefault(word, []).append(index)
    usual = sum(truths) / len(truths)
    known = [word for word, count in seen.items() if count >= least and right[word]]
    ranked = sorted(known, key=lambda word: (-(right[word] + 2 * usual) / (seen[word] + 2), word))
    taken: set[int] = set()
    hits, best, chosen = 0, 0.0, 0
    for number, word in enumerate(ranked, 1):
        new = [index for index in where[word] if index not in taken]
        taken.update(new)
        hits += sum(truths[index] for index in new)
        if (f1 := 2 * hits / (len(taken) + sum(truths))) > best:
            best, chosen = f1, number
    return frozenset(ranked[:chosen])


def _by_words(words: frozenset[str], lists: dict[str, frozenset[str]]) -> Labels:
    topics = tuple(topic.value for topic in Topic if words & lists[topic.value])
    return Labels(topics=topics, structural=bool(words & lists["structural"]))


def _answer(labels: Labels, name: str) -> bool:
    return labels.structural if name == "structural" else name in labels.topics


def _words(title: str) -> frozenset[str]:
    return frozenset(_WORD.findall(title.lower()))
