"""How much a word says about which event a headline reports: rare words say much, common ones little.

The weight of a stem is ``ln(headlines / headlines with it)``, measured once over 25,000 headlines and shipped; it never
changes while the program runs, so that the same two headlines are always as like each other as they were.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from pipelines.stories.text import marks

UNSEEN = 8.5
"""Weight of a stem that is not in the table; the rarest in it (8 of 25,000 headlines) weighs 8."""


@cache
def load_weights() -> Mapping[str, float]:
    """The shipped weights by stem, read once."""
    text = files("pipelines.stories").joinpath("weights.txt").read_text("utf-8")
    lines = (line.split() for line in text.splitlines() if line and not line.startswith("//"))
    return {word: float(weight) for weight, *words in lines for word in words}


def weight_of(word: str) -> float:
    """The weight of a stem."""
    return load_weights().get(word, UNSEEN)


def measure(titles: Iterable[str], *, least: int = 8) -> str:
    """The text of ``weights.txt`` for these headlines: stems that stand in ``least`` of them or more."""
    counts: Counter[str] = Counter()
    total = 0
    for title in set(titles):
        counts.update(word for word in marks(title).words if word.isascii() and not word.startswith("#"))
        total += 1
    classes: dict[float, list[str]] = {}
    for word, count in counts.items():
        if count >= least:
            classes.setdefault(round(2 * math.log(total / (count + 0.5))) / 2, []).append(word)
    lines = [f"// Stems by weight, measured over {total:,} headlines by pipelines.stories.weights.measure"]
    lines += [f"{weight} {' '.join(sorted(words))}" for weight, words in sorted(classes.items())]
    return "\n".join(lines) + "\n"
