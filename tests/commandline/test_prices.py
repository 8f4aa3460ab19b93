"""``lodestone prices``, on a store as the keeper leaves it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from redis import Redis

from bot.cli import lodestone
from pipelines import keys
from pipelines.prices.health import Account, SourceState, write_account
from pipelines.prices.quote import Quote, write_quote

NOW = datetime.now(UTC)
STATES = (
    SourceState("kraken", "socket", "open", NOW - timedelta(seconds=1), 2, 2, None, None),
    SourceState("coinbase", "socket", "failing", None, 1, 0, "restricted-location", NOW + timedelta(hours=1)),
    SourceState("bitstamp", "rest", "open", NOW, 0, 0, None, None, (("ETH", "unreadable"),)),
)
BTC = Quote("BTC", Decimal(80_000), Decimal("2.5"), NOW, ("kraken", "bitstamp"), Decimal("0.021"))
USDC = Quote("USDC", Decimal("0.98"), None, NOW, ("kraken",), Decimal("2.1"), ("bitstamp",), differ=True)


@pytest.fixture
def store(store_url: str) -> Iterator[Redis]:
    client = Redis.from_url(store_url)
    client.flushall()
    yield client
    client.close()


def call(url: str, data: Path, *words: str) -> Result:
    env = {"LODESTONE_REDIS_URL": url, "LODESTONE_DATA": str(data)}
    return CliRunner().invoke(lodestone, ["prices", *words], env=env)


def keep(store: Redis, *quotes: Quote, age: timedelta = timedelta()) -> None:
    store.set(keys.PRICE_SOURCES, write_account(Account(NOW - age, STATES)))
    for quote in quotes:
        store.hset(keys.QUOTES, quote.symbol, write_quote(replace(quote, as_of=quote.as_of - age)))


def test_each_way_and_each_coin_is_told(store_url: str, store: Redis, tmp_path: Path) -> None:
    keep(store, BTC, USDC)
    said = call(store_url, tmp_path)
    assert said.exit_code == 0, said.output
    lines = [re.sub(r" +", " ", re.sub(r"\d+ s\b", "N s", line)) for line in said.stdout.splitlines()]
    assert lines == [
        "source way state last word errors reconnects",
        "kraken socket open N s ago 2 2",
        "coinbase socket failing never 1 0 restricted-location, next try in 60 min",
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
    assert 3500 < told["sources"][1]["next_try"] <= 3600
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
