"""Which items of a body are new, and which only look so because the feed gave all it has new ids, links or dates. Pure.

Readers that go by the id alone send a whole archive again when a publisher moves its site.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from pipelines.feeds.items import Item

WORTH_TELLING = 5
"""So many known titles under new ids or links, in one poll, are worth a line to the operator."""
BURST = 10
"""So many known titles on items of which nothing else is known, where these are at least half of all that seem new, are
an archive come again. Fewer are columns with standing titles, and one title on many items is no title at all."""


@dataclass(frozen=True, slots=True)
class Sifted:
    """The new items as they stood in the body, and how many others are known titles under new ids, links or dates."""

    new: tuple[Item, ...]
    churned: int


def sift(items: Sequence[Item], met: AbstractSet[str]) -> Sifted:
    """Tell the items of a body apart; ``met`` holds those of their marks and names that were met before."""
    known = [item for item in items if not met.isdisjoint(item.marks)]
    new = [item for item in items if met.isdisjoint(item.marks)]
    again = [item for item in new if item.name in met]
    if len({item.name for item in again}) >= BURST and 2 * len(again) >= len(new):
        new = [item for item in new if item.name not in met]
    else:
        again = []
    return Sifted(tuple(new), sum(_moved(item, met) for item in known) + len(again))


def _moved(item: Item, met: AbstractSet[str]) -> bool:
    """Whether a known item has another id or link than before. Where these are met, it is its title that was mended."""
    return (item.place or item.key) not in met
