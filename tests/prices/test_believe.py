"""What is believed, whatever the offers; and which coins are known by which words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.prices.ask import GarbageError, Offer, change_from, moment, number, percent
from pipelines.prices.believe import AGREE, LONE_LEAP, believe, refuse
from pipelines.prices.coins import COINS, find_coin
from pipelines.prices.quote import Quote, read_quote, write_quote

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)

prices = st.decimals(min_value="0.000001", max_value="1000000", allow_nan=False, allow_infinity=False)


def offers(found: list[Decimal]) -> list[Offer]:
    return [Offer(f"s{index}", "BTC", price, None, NOW) for index, price in enumerate(found)]


@given(st.lists(prices, min_size=1, max_size=5), st.none() | prices)
def test_a_believed_price_is_the_median_of_sources_that_agree(found: list[Decimal], before: Decimal | None) -> None:
    last = None if before is None else Quote("BTC", before, None, NOW - timedelta(minutes=5), ("s0",))
    quote = believe(offers(found), last, NOW)
    if quote is not None:
        by_source = {offer.source: offer.price for offer in offers(found)}
        assert quote.price == pytest.approx(median(by_source[name] for name in quote.sources))
        assert quote.differ >= bool(quote.others)
        assert {*quote.sources, *quote.others} == set(by_source)
        # Each is within AGREE of one offer in the middle, so two of them may lie twice as far apart.
        assert all(abs(by_source[name] - quote.price) <= 3 * AGREE * quote.price for name in quote.sources)
        if last and len(quote.sources) == 1:
            assert last.price / LONE_LEAP <= quote.price <= last.price * LONE_LEAP


@given(prices.filter(lambda price: price > 1), st.integers(3, 6), st.integers(0, 5), prices)
def test_one_liar_among_three_never_wins(price: Decimal, count: int, place: int, lie: Decimal) -> None:
    found = [price] * (count - 1)
    found.insert(place % count, lie)
    quote = believe(offers(found), None, NOW)
    assert quote is not None
    assert abs(quote.price - price) <= AGREE * price


@pytest.mark.parametrize(
    ("said", "price", "age", "spread", "differ"),
    [
        # The newest make the price, as old as they are; what is older confirms it.
        ([("100.0", 1), ("100.2", 0), ("100.4", 25)], "100.1", 1, "0.3996", False),
        ([("100.0", 0), ("100.4", 25)], "100.0", 0, "0.4000", False),
        ([("100.0", 8), ("100.4", 25)], "100.0", 8, "0.4000", False),
        # Where they lie apart one may be off: then the one in the middle, however old.
        ([("102.0", 0), ("100.1", 1), ("100.0", 25)], "100.1", 1, "1.9980", True),
        ([("102.0", 0), ("100.0", 1), ("100.1", 25)], "100.1", 25, "1.9980", True),
        # What was said too long ago is no sign that sources differ now.
        ([("102.0", 0), ("102.0", 1), ("100.0", 50)], "102.0", 0, "0.0000", False),
        ([("100.0", 0), ("110.0", 0), ("100.0", 25)], "100.0", 0, "10.0000", True),
        ([("100.0", 3)], "100.0", 3, None, False),
    ],
)
def test_who_makes_the_price_and_how_old_it_is(
    said: list[tuple[str, int]], price: str, age: int, spread: str | None, differ: bool
) -> None:
    told = [
        Offer(f"s{number}", "BTC", Decimal(each), None, NOW - timedelta(seconds=old))
        for number, (each, old) in enumerate(said)
    ]
    quote = believe(told, None, NOW)
    assert quote is not None
    apart = None if spread is None else Decimal(spread)
    assert (quote.price, NOW - quote.as_of) == (Decimal(price), timedelta(seconds=age))
    assert (quote.spread, quote.differ) == (apart, differ)


def test_the_change_is_that_of_the_price_whoever_gave_the_price_of_the_day_before() -> None:
    told = [Offer("a", "BTC", Decimal(100), None, NOW), Offer("b", "BTC", Decimal(102), Decimal(2), NOW)]
    quote = believe(told, None, NOW)
    assert quote is not None
    assert (quote.price, quote.change_24h) == (Decimal(101), Decimal(1)), "against 100 a day before"


@given(prices, st.none() | st.decimals(-100, 900, allow_nan=False))
def test_a_quote_survives_the_store(price: Decimal, change: Decimal | None) -> None:
    quote = Quote("BTC", price, change, NOW, ("kraken", "bitstamp"))
    assert read_quote(write_quote(quote)) == quote


@pytest.mark.parametrize(
    ("price", "seconds", "reason"),
    [
        ("1", 0, None),
        ("1", 120, None),
        ("1", 121, "stale"),
        ("1", -60, None),
        ("1", -61, "from-the-future"),
        ("0", 0, "no-price"),
        ("-1", 0, "no-price"),
        ("NaN", 0, "no-price"),
        ("Infinity", 0, "no-price"),
        ("1e13", 0, "absurd-price"),
        ("1e-13", 0, "absurd-price"),
    ],
)
def test_what_is_refused_by_itself(price: str, seconds: int, reason: str | None) -> None:
    offer = Offer("kraken", "BTC", Decimal(price), None, NOW - timedelta(seconds=seconds))
    assert refuse(offer, NOW, timedelta(seconds=120)) == reason


@pytest.mark.parametrize(
    "value",
    [None, True, False, "", " 1", "1 ", "1,000", "NaN", "sNaN", "-Infinity", "1e999", "0x1", "\u0661", [], {}, 1.5],
)
def test_what_is_not_a_number(value: object) -> None:
    with pytest.raises(GarbageError):
        number(value)


@pytest.mark.parametrize("value", [None, "", "now", "2026-11-24", "2026-11-24T09:30:00", "99999999999999", [], True])
def test_what_is_not_a_time(value: object) -> None:
    with pytest.raises(GarbageError):
        moment(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("1.5", "1.5"), (Decimal("1E+2"), "100"), ("-0.01", "-0.01"), ("-100", None), ("1000", None), ("NaN", None)],
)
def test_a_change_is_one_that_can_be(value: object, expected: str | None) -> None:
    assert percent(value) == (None if expected is None else Decimal(expected))


@pytest.mark.parametrize(
    ("price", "before", "change"),
    [("102", "100", "2"), ("1", "3", "-66.6667"), ("1", "0", None), ("1", None, None), ("9e11", "1e-30", None)],
)
def test_the_change_from_an_opening_price(price: str, before: str | None, change: str | None) -> None:
    assert change_from(Decimal(price), before) == (None if change is None else Decimal(change))


@pytest.mark.parametrize(
    ("text", "symbol"),
    [
        ("btc", "BTC"),
        ("$BTC", "BTC"),
        (" Bitcoin ", "BTC"),
        ("xbt", "BTC"),
        ("bitcoin cash", "BCH"),
        ("USD Coin", "USDC"),
        ("dogecoin", "DOGE"),
        ("avalanche", "AVAX"),
        ("shib", "SHIB"),
        ("Shiba Inu", "SHIB"),
        ("the graph", "GRT"),
        ("NOPE", None),
        ("", None),
        ("B" * 5000, None),
        ("<b>BTC</b>", None),
    ],
)
def test_coins_are_known_by_symbol_and_name(text: str, symbol: str | None) -> None:
    coin = find_coin(text)
    assert (coin and coin.symbol) == symbol


def test_no_two_coins_share_a_name_anywhere() -> None:
    for names in zip(
        *((coin.symbol, coin.coingecko, coin.kraken, coin.kraken_key, coin.coinbase, coin.bitstamp) for coin in COINS),
        strict=True,
    ):
        given_names = [name for name in names if name is not None]
        assert len(set(given_names)) == len(given_names)
