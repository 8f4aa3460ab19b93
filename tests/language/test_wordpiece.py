"""The cutting of words into pieces: longest first, whatever the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.language.wordpiece import LONGEST, WordPiece, words

PIECES = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "ban",
    "##s",
    "gall",
    "##ium",
    "export",
    "rare",
    "-",
    "$",
    "5",
    "##0",
    ".",
]
CUTTER = WordPiece(PIECES)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Bans", ["ban", "##s"]),
        ("bans gallium exports", ["ban", "##s", "gall", "##ium", "export", "##s"]),
        ("rare-export.", ["rare", "-", "export", "."]),
        ("$50", ["$", "5", "##0"]),
        ("Bán", ["ban"]),
        ("xenon ban", ["[UNK]", "ban"]),
        ("ban" * 50, ["[UNK]"]),
        ("", []),
    ],
)
def test_the_longest_piece_comes_first(text: str, wanted: list[str]) -> None:
    assert [PIECES[number] for number in CUTTER.numbers(text)] == ["[CLS]", *wanted, "[SEP]"]


@given(st.text(max_size=500))
def test_any_text_gives_numbers_of_the_vocabulary_within_bounds(text: str) -> None:
    numbers = CUTTER.numbers(text)
    assert 2 <= len(numbers) <= LONGEST
    assert all(0 <= number < len(PIECES) for number in numbers)


@given(st.text(alphabet=st.characters(max_codepoint=127), max_size=80))
def test_plain_text_is_cut_the_same_by_the_quick_way_and_the_long_way(text: str) -> None:
    long_way = [word for word in words(text + "é") if word]
    assert "".join(words(text)) + "e" == "".join(long_way)
