"""Headlines mangled in every way that feeds have shown: no crash, no act read into rubbish, an end."""

from __future__ import annotations

import random
import time

import pytest

from pipelines.language.reader import build_reader
from pipelines.language.training.rows import own_corpus
from rules.story import Stage
from tests.language.entries import entry

pytestmark = pytest.mark.faults

ROUNDS = 20_000
_ODD = (
    "\x00 \x1b[31m \u202e \u200b \u200d \ufeff \ud83d \U0001f642 \U0001f1f5\U0001f1f0 \ufdfa \u00e9 \u00df \u0130 "
    "\u0131 \u4e2d \u306e \ud55c \u0416 \u0627 &amp; &lt;script&gt; <b> {0.__class__} %s ${x} ' \" ` ? ! : ; | "
    "\u2014 \u2026 $ % #"
).split(" ")


def _strewn(words: list[str], rng: random.Random) -> str:
    return " ".join(word for pair in zip(words, rng.choices(_ODD, k=len(words)), strict=True) for word in pair)


def _rubbish(rng: random.Random) -> str:
    return "".join(chr(rng.choice([rng.randrange(32, 127), rng.randrange(0x3000)])) for _ in range(rng.randrange(400)))


def mangled(title: str, rng: random.Random) -> str:
    """A title broken in one of the ways in which titles arrive broken."""
    words = title.split()
    ways = (
        "".join(rng.choice(_ODD) if rng.random() < 0.1 else char for char in title),
        " ".join(rng.sample(words, len(words))),
        " ".join(words * rng.randrange(2, 60)),
        title[: rng.randrange(len(title))],
        title.upper().replace(" ", rng.choice(["", "  ", "\t", "\u00a0", "_"])),
        _strewn(words, rng),
        _rubbish(rng),
    )
    return rng.choice(ways)


def test_mangled_headlines_are_read_without_harm() -> None:
    rng, reader = random.Random(11), build_reader()
    titles = [row.title for row in own_corpus()]
    slowest, acts_in_rubbish, rubbish = 0.0, 0, 0
    for _ in range(ROUNDS // 100):
        batch = [mangled(rng.choice(titles), rng) for _ in range(100)]
        begun = time.perf_counter()
        reports = reader.read([entry(title) for title in batch])
        slowest = max(slowest, time.perf_counter() - begun)
        for title, report in zip(batch, reports, strict=True):
            assert report.title == title
            assert 0 <= report.p_structural <= 1
            assert all(0 <= one.start < one.end <= len(title) for one in report.entities)
            letters = sum(char.isascii() and char.isalpha() for char in title)
            if letters * 3 < len(title):
                rubbish += 1
                acts_in_rubbish += report.structural or report.act.stage in (Stage.IN_FORCE, Stage.REVERSED)
    print(f"\n{ROUNDS:,} mangled headlines: no crash; slowest hundred {slowest:.2f} s")
    print(f"{rubbish:,} of them rubbish; acts read into it: {acts_in_rubbish}")
    assert acts_in_rubbish == 0
