"""How much a word says about which event a headline reports: rare words say much, common ones little.

The weight of a stem is ``ln(headlines / headlines with it)``, measured once over 25,000 headlines and shipped; it never
changes while the program runs, so that the same two headlines are always as like each other as they were.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pipelines.stories.text import load_words, marks

UNSEEN = 8.5
"""Weight of a stem that is not in the table. Those that were met 3 to 7 times in 25,000 headlines weigh as much."""
FORMAL = 3.0
"""The most that a word weighs that any act is told with."""
COUNTRY = 5.0
"""The most that a country weighs: a small one is in few headlines, and yet two of them may be of anything there."""
LEAST = 3
"""Headlines that must hold a stem for it to be in the table."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights by stem, and the stems that are nearly always written with a capital."""

    by_stem: Mapping[str, float]
    names: frozenset[str]


@cache
def load_weights() -> Weights:
    """The shipped table, read once. A stem that begins with ^ is a name."""
    text = files("pipelines.stories").joinpath("weights.txt").read_text("utf-8")
    lines = (line.split() for line in text.splitlines() if line and not line.startswith("//"))
    rows = [(float(weight), word) for weight, *words in lines for word in words]
    by_stem = {word.removeprefix("^"): weight for weight, word in rows}
    by_stem |= {word: min(COUNTRY, weight) for word, weight in by_stem.items() if word[0] == "@"}
    return Weights(
        by_stem | {word: min(FORMAL, by_stem.get(word, UNSEEN)) for word in load_words().formal},
        frozenset(word[1:] for _, word in rows if word.startswith("^")),
    )


def weight_of(word: str) -> float:
    """The weight of a stem."""
    return load_weights().by_stem.get(word, COUNTRY if word[0] == "@" else UNSEEN)


def is_name(word: str, *, capital: bool) -> bool:
    """Whether a stem is a name: as the table has it, or, where it is not there, by its capital."""
    table = load_weights()
    return word in table.names if word in table.by_stem else capital


def measure(titles: Iterable[str]) -> str:
    """The text of ``weights.txt`` for these headlines."""
    counts, capital, lower = Counter[str](), Counter[str](), Counter[str]()
    total = 0
    for title in set(titles):
        found = marks(title)
        counts.update(word for word in found.words if word.isascii() and not word.startswith("#"))
        if found.capitals:  # written as a sentence, not As A Title
            capital.update(found.words & found.capitals)
            lower.update(word for word in found.order[1:] if word not in found.capitals)
        total += 1
    classes: dict[float, list[str]] = {}
    for word, count in counts.items():
        if count >= LEAST:
            name = "^" * (capital[word] > 4 * lower[word])
            weight = min(UNSEEN, round(2 * math.log(total / (count + 0.5))) / 2)
            classes.setdefault(weight, []).append(name + word)
    lines = [
        f"// Stems by weight (^ for names), measured over {total:,} headlines by pipelines.stories.weights.measure"
    ]
    lines += [f"{weight} {' '.join(sorted(words))}" for weight, words in sorted(classes.items())]
    return "\n".join(lines) + "\n"
