"""When a feed is polled next, and that a state survives the store."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.feeds import schedule
from pipelines.feeds.feed import Feed, FeedState, decode_state, encode_state
from rules.story import Tier

FEED = Feed(id="f", url="https://e.org/", name="F", tier=Tier.TRADE)
STATE = FeedState(url=FEED.url)
NOW = 1_795_512_600.0


@pytest.mark.parametrize(
    ("feed", "state", "fresh_for", "seconds"),
    [
        (FEED, STATE, None, 900),
        (FEED, replace(STATE, since=NOW), None, 60),
        (FEED, replace(STATE, since=NOW - 9000, last_new=NOW), None, 60),
        (FEED, replace(STATE, since=NOW - 9000, last_new=NOW - 400), None, 100),
        (FEED, replace(STATE, since=NOW - 2000), None, 500),
        (FEED, replace(STATE, since=NOW - 90_000), None, 900),
        (replace(FEED, tier=Tier.AGGREGATOR), replace(STATE, since=NOW), None, 300),
        (replace(FEED, tier=Tier.OFFICIAL), STATE, None, 300),
        (replace(FEED, interval=120.0), STATE, None, 120),
        (replace(FEED, interval=10.0), STATE, None, 10),
        (FEED, replace(STATE, gap=800.0, last_new=NOW), None, 200),
        (FEED, replace(STATE, gap=10.0, last_new=NOW), None, 60),
        (FEED, replace(STATE, gap=800.0, last_new=NOW - 2000), None, 500),
        (FEED, replace(STATE, gap=800.0, last_new=NOW - 90_000), None, 900),
        (FEED, replace(STATE, gap=10.0, last_new=NOW), 400.0, 400),
        (FEED, replace(STATE, gap=10.0, last_new=NOW), 86_400.0, 900),
        (replace(FEED, tier=Tier.AGGREGATOR), replace(STATE, gap=10.0, last_new=NOW), None, 300),
    ],
)
def test_after_success(feed: Feed, state: FeedState, fresh_for: float | None, seconds: float) -> None:
    wait = schedule.after_success(feed, state, NOW, fresh_for) - NOW
    assert 0.9 * seconds <= wait <= 1.1 * seconds
    assert wait == schedule.after_success(feed, state, NOW, fresh_for) - NOW


@given(st.integers(1, 1000), st.sampled_from(list(Tier)), st.one_of(st.none(), st.floats(0, 90_000)))
def test_after_failure_waits_longer_but_never_for_good(failures: int, tier: Tier, retry_after: float | None) -> None:
    feed, state = replace(FEED, tier=tier), replace(STATE, failures=failures)
    wait = schedule.after_failure(feed, state, NOW, retry_after) - NOW
    assert wait >= (retry_after or 0) - 0.001
    assert 0.9 * feed.ceiling <= wait <= max(retry_after or 0, 1.1 * 21_600) + 0.001
    more = schedule.after_failure(feed, replace(state, failures=failures + 1), NOW, retry_after) - NOW
    assert more >= wait - 0.001


def test_feeds_of_one_interval_drift_apart() -> None:
    waits = {schedule.after_success(replace(FEED, id=f"f{n}"), STATE, NOW, None) for n in range(50)}
    assert len(waits) == 50


def test_the_gap_follows_what_is_seen() -> None:
    state = replace(STATE, last_new=NOW - 600)
    assert schedule.observed_gap(state, 2, NOW) == 300
    assert schedule.observed_gap(replace(state, gap=600.0), 2, NOW) == 500
    assert schedule.observed_gap(replace(state, gap=600.0), 0, NOW) == 600
    assert schedule.observed_gap(STATE, 5, NOW) == 0


states = st.builds(
    FeedState,
    url=st.just("https://e.org/"),
    marks=st.lists(st.text(max_size=5)).map(tuple),
    etag=st.text(max_size=9),
    failures=st.integers(0, 99),
    gap=st.floats(0, 1e9),
    shared_links=st.booleans(),
)


@given(states)
def test_a_state_comes_back_from_the_store(state: FeedState) -> None:
    assert decode_state(encode_state(state), "https://e.org/") == state
    assert decode_state(encode_state(state), "https://other.example/") == FeedState(url="https://other.example/")


@pytest.mark.parametrize(
    "data",
    [None, b"", b"{", b"[]", b'"x"', b'{"url": 5}', b'{"url": "https://e.org/", "marks": 7, "gap": "x", "etag": []}'],
)
def test_a_state_that_cannot_be_read_is_a_fresh_one(data: bytes | None) -> None:
    assert decode_state(data, "https://e.org/") == FeedState(url="https://e.org/")
