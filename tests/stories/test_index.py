"""The index of recent headlines: copies, arrival order, late items, eviction."""

import tracemalloc
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.stories.identity import WINDOW, How, Index, Item
from pipelines.stories.ids import story_id
from pipelines.stories.memory import sketch_of
from rules.story import Event, Form
from tests.stories.headlines import START, reading, sketched

NOUNS = ("gallium", "tungsten", "nickel", "uranium", "graphite", "cobalt", "lithium", "tin")
PLACES = ("Norway", "Chile", "Vietnam", "Kenya", "Peru", "Mongolia", "Ghana", "Oman")
TITLES = [f"{place} opens state {noun} refinery" for place in PLACES for noun in NOUNS]
COPIES = ("{}", "{} - Reuters", "EXCLUSIVE: {}", "  {}  ", "“{}”")


def _placed(titles: list[tuple[str, str]]) -> dict[str, str]:
    """The story of each (id, title), one minute apart."""
    index, stories = Index(), dict[str, str]()
    for minute, (name, title) in enumerate(titles):
        at = START + timedelta(minutes=minute)
        sketch = sketched(title, at)
        story = index.place(sketch).story or story_id(name, at, index.has_story)
        index.add(Item(name, story, at, sketch))
        stories[name] = story
    return stories


@given(st.permutations([(f"{n}-{m}", form.format(TITLES[n])) for n in (0, 9, 18, 27) for m, form in enumerate(COPIES)]))
@settings(max_examples=40, deadline=None)
def test_arrival_order_of_exact_copies_does_not_change_the_groups(order: list[tuple[str, str]]) -> None:
    stories = _placed(order)
    groups = {story: {name for name in stories if stories[name] == story} for story in stories.values()}
    assert sorted(map(sorted, groups.values())) == [[f"{n}-{m}" for m in range(len(COPIES))] for n in (0, 18, 27, 9)]


@given(st.lists(st.tuples(st.sampled_from(TITLES), st.integers(0, 400)), max_size=60), st.integers(0, 700))
@settings(max_examples=60, deadline=None)
def test_eviction_takes_all_that_is_old_and_nothing_younger(seen: list[tuple[str, int]], later: int) -> None:
    index, now = Index(), START + timedelta(hours=later)
    for number, (title, hour) in enumerate(seen):
        at = START + timedelta(hours=hour)
        index.add(Item(str(number), f"s{number % 7}", at, sketched(title, at)))
    gone = {item.id for item in index.evict(now)}
    old = {str(number) for number, (_, hour) in enumerate(seen) if START + timedelta(hours=hour) < now - WINDOW}
    assert gone == old
    assert {item.id for item in index} == {str(number) for number in range(len(seen))} - old
    for number, (title, hour) in enumerate(seen):
        if str(number) not in old:
            assert index.story_of(str(number)) == f"s{number % 7}"
            assert index.place(sketched(title, START + timedelta(hours=hour))).how is How.EXACT


def test_eviction_goes_in_small_steps_the_oldest_first() -> None:
    index = Index()
    for hour in range(10):
        index.add(Item(str(hour), "story", START + timedelta(hours=hour), sketched(TITLES[hour])))
    late = START + timedelta(days=30)
    assert [item.id for item in index.evict(late, most=4)] == ["0", "1", "2", "3"]
    assert index.has_story("story")
    assert len(index.evict(late)) == 6
    assert not index.has_story("story")
    assert len(index) == 0


def test_a_late_item_joins_its_story() -> None:
    index = Index()
    on_time = START + timedelta(days=2)
    index.add(Item("1", "story", on_time, sketched("Chile halts lithium tender in Atacama", on_time)))
    late = sketched("Chile halts lithium tender in Atacama salt flat", START + timedelta(days=1, hours=20))
    assert index.place(late).story == "story"


def test_a_forgotten_report_is_not_found_again() -> None:
    index = Index()
    index.add(Item("1", "story", START, sketched(TITLES[0])))
    index.forget("1")
    assert index.place(sketched(TITLES[0])).how is How.NEW
    assert not index.story_of("1")


def test_two_thirds_of_a_story_outvote_one_lookalike() -> None:
    """A report joins by all reports of a story, so that a story does not drift away word by word."""
    index = Index()
    first = "Kazakh parliament adopts uranium royalty law"
    for number, title in enumerate((first, "Kazakh uranium royalty law adopted", "Uranium royalty becomes Kazakh law")):
        index.add(Item(str(number), "royalty", START, sketched(title)))
    assert index.place(sketched("Kazakh parliament adopts uranium royalty")).story == "royalty"
    assert index.place(sketched("Kazakh parliament dissolves itself before winter")).how is How.NEW


def test_one_kind_of_act_speaks_for_one_event_and_an_act_beside_talk_against_it() -> None:
    first = reading("Oman stops exports of chromite cargoes from Sohar port", event=Event.EXPORT_CONTROL)
    again = "Buyers look elsewhere for chromite as cargoes from Oman cease"
    index = Index()
    index.add(Item("1", "story", START, sketch_of(first.report)))
    assert index.place(sketch_of(reading(again, event=Event.EXPORT_CONTROL).report)).story == "story"
    assert index.place(sketch_of(reading(again, event=Event.ANALYSIS_OPINION).report)).how is How.NEW
    assert index.place(sketch_of(reading(again, event=Event.PRICE_MOVE, form=Form.PRICE_MOVE).report)).how is How.NEW


def test_ten_thousand_headlines_stay_small() -> None:
    words = [
        f"{a}{b}{c}" for a in "bdfgklmn" for b in ("ar", "en", "il", "os", "ut") for c in ("ta", "ri", "no", "mec")
    ]
    tracemalloc.start()
    index = Index()
    for number in range(10_000):
        title = " ".join(words[(number * step + step * step) % len(words)] for step in range(3, 13))
        index.add(Item(f"entry-{number}", f"story-{number}", START, sketched(title)))
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert used < 40e6
    assert len(index) == 10_000
