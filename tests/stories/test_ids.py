"""Story ids."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.stories.ids import day_of, is_story_id, story_id

TIMES = st.datetimes(datetime(2020, 1, 2), datetime(2140, 1, 1), timezones=st.just(UTC))


@given(st.text(max_size=80), TIMES)
def test_an_id_is_stable_and_names_its_day(report: str, at: datetime) -> None:
    name = story_id(report, at)
    assert name == story_id(report, at)
    assert is_story_id(name)
    assert day_of(name) == at.date()


def test_ids_do_not_change_between_releases() -> None:
    assert story_id("entry-1", datetime(2026, 11, 24, 9, 30, tzinfo=UTC)) == "1xzqkctpy"


def test_the_day_is_that_of_utc() -> None:
    at = datetime(2026, 11, 25, 1, 0, tzinfo=timezone(timedelta(hours=5)))
    assert day_of(story_id("entry", at)).isoformat() == "2026-11-24"


def test_a_taken_id_is_passed_over() -> None:
    at = datetime(2026, 11, 24, tzinfo=UTC)
    first = story_id("entry", at)
    second = story_id("entry", at, lambda name: name == first)
    assert second != first
    assert day_of(second) == day_of(first)


@pytest.mark.parametrize("text", ["", "1y4", "1Y4AAAAAA", "1y4-aaaaa", "1y4aaaaaaa", "../../etc"])
def test_what_is_no_id_is_refused(text: str) -> None:
    assert not is_story_id(text)
    with pytest.raises(ValueError, match="no story id"):
        day_of(text)
