"""Which items are new, however a feed dresses up what it had."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.feeds.churn import BURST, sift
from pipelines.feeds.items import Item, RawItem, finish

OLD, NEW = "Mon, 02 Nov 2026 09:00:00 GMT", "Tue, 24 Nov 2026 09:00:00 GMT"


def items(
    numbers: range, *, title: str = "Duty", link: str = "https://e.org", guid: str = "a", date: str = OLD
) -> list[Item]:
    raws = (RawItem(guid=f"{guid}{n}", link=f"{link}/{n}", title=f"{title} {n} set", published=date) for n in numbers)
    found = [finish(raw, "", links_tell=True) for raw in raws]
    return [one for one in found if one is not None]


def met(known: list[Item]) -> set[str]:
    return {mark for item in known for mark in (*item.marks, item.name)}


KNOWN = met(items(range(30)))


@pytest.mark.parametrize(
    ("again", "new", "churned"),
    [
        (items(range(30)), 0, 0),
        (items(range(30), guid="b"), 0, 30),
        (items(range(30), link="http://www.e.org"), 0, 0),
        (items(range(30), link="https://moved.example"), 0, 30),
        (items(range(30), title="Mended duty"), 0, 0),
        (items(range(30), date=NEW), 0, 0),
        (items(range(30), link="https://moved.example", guid="b", date=NEW), 0, 30),
        (items(range(35), link="https://moved.example", guid="b", date=NEW), 5, 30),
        (items(range(BURST - 1), link="https://e.org/next", guid="b", date=NEW), BURST - 1, 0),
        (items(range(15, 50), link="https://e.org/next", guid="b", date=NEW), 35, 0),
        (items(range(100, 130)), 30, 0),
    ],
    ids=[
        "nothing changed", "new guids", "another spelling of the links", "new links", "mended titles", "new dates",
        "all new but the titles", "five more that are new", "a few standing titles", "less than half", "all new",
    ],
)  # fmt: skip
def test_known_titles_are_not_new(again: list[Item], new: int, churned: int) -> None:
    sifted = sift(again, KNOWN)
    assert (len(sifted.new), sifted.churned) == (new, churned)


def test_one_title_on_many_items_is_no_archive() -> None:
    def releases(numbers: range) -> list[Item]:
        raws = (
            RawItem(guid=f"{n}", link=f"https://e.org/{n}", title="Press release", title_shared=True) for n in numbers
        )
        return [one for raw in raws if (one := finish(raw, "", links_tell=True)) is not None]

    assert len(sift(releases(range(20, 60)), met(releases(range(20)))).new) == 40


@given(st.sets(st.integers(0, 60)), st.sets(st.integers(0, 60)), st.booleans(), st.booleans())
def test_what_has_no_known_title_always_passes_and_nothing_known_does(
    before: set[int], now: set[int], moved: bool, dated: bool
) -> None:
    known = [one for n in before for one in items(range(n, n + 1))]
    dress = {"link": "https://moved.example", "guid": "b"} if moved else {}
    body = [one for n in now for one in items(range(n, n + 1), date=NEW if dated else OLD, **dress)]
    new = set(sift(body, met(known)).new)
    assert {one for one in body if one.name not in met(known)} <= new
    assert not [one for one in new if set(one.marks) & met(known)]
