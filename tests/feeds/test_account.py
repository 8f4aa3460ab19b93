"""What is said of failing feeds: a line each, or one for all where nothing can be reached."""

from __future__ import annotations

import logging

import pytest

from pipelines.feeds.account import ENOUGH, Account
from pipelines.feeds.trouble import Reason

FEEDS = [f"f{n}" for n in range(30)]


def fail(account: Account, reason: Reason, *feeds: str) -> None:
    for feed in feeds:
        account.failed(feed, reason, f"feed.failed feed={feed}", account.begin())


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    lines = [record.message.split(" remedy=")[0] for record in caplog.records if record.levelno >= logging.INFO]
    caplog.clear()
    return lines


@pytest.fixture(autouse=True)
def logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "pipelines.feeds.account")


def test_a_network_that_is_away_is_one_line_and_one_when_it_is_back(caplog: pytest.LogCaptureFixture) -> None:
    account = Account(FEEDS)
    fail(account, Reason.DNS, *FEEDS, *FEEDS)
    assert told(caplog) == ["network.away reason=dns"]
    account.answered()
    assert told(caplog) == ["network.back"]
    fail(account, Reason.DNS, "f1")
    account.answered()
    assert told(caplog) == ["feed.failed feed=f1"]


def test_a_few_that_fail_are_told_as_soon_as_another_answers(caplog: pytest.LogCaptureFixture) -> None:
    account = Account(FEEDS)
    fail(account, Reason.DNS, *FEEDS[: ENOUGH - 1], "f0")
    assert told(caplog) == []
    account.answered()
    assert told(caplog) == [f"feed.failed feed={feed}" for feed in FEEDS[: ENOUGH - 1]]


def test_those_that_fail_each_in_its_way_are_told(caplog: pytest.LogCaptureFixture) -> None:
    account = Account(FEEDS[:2])
    fail(account, Reason.DNS, "f0")
    fail(account, Reason.CONNECT, "f1")
    assert told(caplog) == ["feed.failed feed=f0"]
    account.tell()
    assert told(caplog) == ["feed.failed feed=f1"]


def test_a_host_that_answers_badly_shows_that_the_network_is_there(caplog: pytest.LogCaptureFixture) -> None:
    account = Account(FEEDS)
    fail(account, Reason.DNS, "f0")
    fail(account, Reason.HTTP, "f1")
    assert told(caplog) == ["feed.failed feed=f0", "feed.failed feed=f1"]


def test_many_silent_hosts_are_no_outage_where_others_answered_meanwhile(caplog: pytest.LogCaptureFixture) -> None:
    account = Account(FEEDS)
    begun = account.begin()
    account.answered()
    for feed in FEEDS:
        account.failed(feed, Reason.TIMEOUT, f"feed.failed feed={feed}", begun)
    assert told(caplog) == [f"feed.failed feed={feed}" for feed in FEEDS]


def test_an_only_feed_is_told_at_once(caplog: pytest.LogCaptureFixture) -> None:
    fail(Account(FEEDS[:1]), Reason.DNS, "f0")
    assert told(caplog) == ["feed.failed feed=f0"]
