"""The rivals of the benchmark learn what they should, so that beating them says something."""

from __future__ import annotations

import pytest

from pipelines.language.figures import Labels
from tests.bench.language import set_aside
from tests.bench.language_rivals import best_cut, keyword_filter, tfidf

YES, NO = Labels(topics=("policy",), structural=True, event="tariff", stage="in-force"), Labels()
EXAMPLES = [(f"US imposes tariffs on steel {n}", YES) for n in range(12)] + [
    (f"Bakery opens by the river {n}", NO) for n in range(12)
]


@pytest.mark.parametrize("rival", [keyword_filter, tfidf])
def test_a_rival_learns_the_words_of_its_examples(rival: type) -> None:
    tariff, bakery = rival(EXAMPLES)(["Canada imposes tariffs on steel", "Village bakery by the river"])
    assert (tariff.topics, tariff.structural) == (("policy",), True)
    assert (bakery.topics, bakery.structural) == ((), False)


def test_the_best_cut_splits_right_from_wrong() -> None:
    assert best_cut([(0.9, True), (0.6, True), (0.4, False), (0.1, False)]) == 0.6


def test_a_tenth_is_set_aside_by_id_alone() -> None:
    assert 0.07 < sum(set_aside(f"c{number}") for number in range(3000)) / 3000 < 0.13
