"""How long a source that failed is left alone, worked out without waiting."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.prices.patience import poll_pause, socket_pause

REASONS = ("silent", "time-out", "too-many-requests", "restricted-location", "banned", "http-500")


@pytest.mark.parametrize(
    ("reason", "failures", "retry_after", "chance", "seconds"),
    [
        ("silent", 1, None, 0.0, 0.5),
        ("silent", 4, None, 0.0, 4.0),
        ("silent", 30, None, 0.0, 7.0),
        ("silent", 30, None, 1.0, 3.5),
        ("unreachable-OSError", 31, None, 0.0, 60.0),
        ("http-500", 1, 20.0, 0.0, 20.0),
        ("too-many-requests", 1, None, 0.5, 60.0),
        ("too-many-requests", 9, None, 0.5, 900.0),
        ("too-many-requests", 1, 3600.0, 0.5, 3600.0),
        ("restricted-location", 1, None, 0.5, 3600.0),
        ("banned", 1, 86_400.0, 0.5, 86_400.0),
    ],
)
def test_a_socket(reason: str, failures: int, retry_after: float | None, chance: float, seconds: float) -> None:
    assert socket_pause(reason, failures, retry_after, chance) == seconds


@given(st.sampled_from(REASONS), st.integers(1, 10_000), st.none() | st.floats(0, 86_400), st.floats(0, 1))
def test_a_venue_is_never_asked_sooner_than_it_said(
    reason: str, failures: int, retry_after: float | None, chance: float
) -> None:
    for pause in (
        socket_pause(reason, failures, retry_after, chance),
        poll_pause(reason, failures, 30.0, retry_after),
    ):
        assert max(0.25, retry_after or 0.0) <= pause <= 86_400


def test_a_storm_stays_below_what_kraken_allows_an_address() -> None:
    """Whatever chance takes away: its mean over ten minutes, beginning anew after each success."""
    at, tries = 0.0, 0
    while at < 600:
        tries += 1
        at += socket_pause("closed-1006", tries, None, 0.5)
    assert tries < 150
