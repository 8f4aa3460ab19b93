"""``lodestone prices``, on a store as the keeper leaves it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from redis import Redis

from bot.cli import lodestone
from pipelines import keys
from pipelines.prices.health import Account, SourceState, write_account
from pipelines.prices.quote import Quote, write_quote

BTC = ("BTC", "80000", "2.5", ("kraken", "bitstamp"), "0.021", ())
USDC = ("USDC", "0.98", None, ("kraken",), "2.1", ("bitstamp",))


@pytest.fixture
def store(store_url: str) -> Iterator[Redis]:
    client = Redis.from_url(store_url)
    client.flushall()
    yield client
    client.close()


def call(url: str, data: Path, *words: str) -> Result:
    env = {"LODESTONE_REDIS_URL": url, "LODESTONE_DATA": str(data)}
    return CliRunner().invoke(lodestone, ["prices", *words], env=env)


def keep(store: Redis, *quotes: tuple[Any, ...], age: timedelta = timedelta()) -> None:
    """What the keeper leaves when it has these quotes; then it ended so long ago."""
    at = datetime.now(UTC) - age
    states = (
        SourceState("kraken", "socket", "open", at - timedelta(seconds=1), 2, 2, None, None),
        SourceState("coinbase", "socket", "failing", None, 1, 0, "restricted-location", at + timedelta(hours=3)),
        SourceState("bitstamp", "rest", "open", at, 0, 0, None, None, (("ETH", "unreadable"),)),
    )
    store.set(keys.PRICE_SOURCES, write_account(Account(at, states)))
    for symbol, price, change, sources, spread, others in quotes:
        percent = None if change is None else Decimal(change)
        quote = Quote(symbol, Decimal(price), percent, at, sources, Decimal(spread), others, differ=bool(others))
        store.hset(keys.QUOTES, symbol, write_quote(quote))


def test_each_way_and_each_coin_is_told(store_url: str, store: Redis, tmp_path: Path) -> None:
    keep(store, BTC, USDC)
    said = call(store_url, tmp_path)
    assert said.exit_code == 0, said.output
    lines = [re.sub(r" +", " ", re.sub(r"\d+ s\b", "N s", line)) for line in said.stdout.splitlines()]
    assert lines == [
        "source way state last word errors reconnects",
        "kraken socket open N s ago 2 2",
        "coinbase socket failing never 1 0 restricted-location, next try in 3 h",
        "bitstamp rest open N s ago 0 - ETH unreadable",
        "",
        "coin price 24 h age apart sources",
        "BTC $80,000 +2.5% N s 0.02% kraken, bitstamp",
        "USDC $0.9800 - N s 2.10% kraken; not bitstamp; off its peg",
    ]


def test_a_machine_reads_the_same(store_url: str, store: Redis, tmp_path: Path) -> None:
    keep(store, BTC, USDC)
    told = json.loads(call(store_url, tmp_path, "--json").stdout)
    assert (told["kept"], [row["state"] for row in told["sources"]]) == (True, ["open", "failing", "open"])
    assert 10_000 < told["sources"][1]["next_try"] <= 10_800
    assert told["sources"][2]["bad"] == {"ETH": "unreadable"}
    usdc = told["coins"][1]
    assert (usdc["symbol"], usdc["spread"], usdc["others"], usdc["differ"]) == ("USDC", 2.1, ["bitstamp"], True)
    assert usdc["off_peg"] == -2.0


def test_nobody_keeps_prices(store_url: str, store: Redis, tmp_path: Path) -> None:
    said = call(store_url, tmp_path)
    assert (said.exit_code, said.stdout) == (1, "nobody has kept prices yet: start lodestone run\n")
    keep(store, BTC, age=timedelta(hours=5))
    said = call(store_url, tmp_path)
    assert said.exit_code == 1
    assert "nobody keeps prices now: this is 5 h old" in said.stdout
    assert said.stdout.rstrip().endswith("kraken, bitstamp; stale")
