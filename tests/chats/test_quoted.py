"""What a price line and the answer to /price say of a quote's sources, its peg and its age."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.markup import Message
from bot.messages import render_price
from bot.words import DISCLAIMER
from pipelines.prices.quote import Quote
from tests.chats.make import NOW, quote
from tests.languages.made_up import MADE_UP, english_left
from tests.telegram.html import parse

THREE = ("kraken", "coinbase", "bitstamp")


def of(
    symbol: str, price: str, sources: tuple[str, ...], spread: str | None, *others: str, differ: bool = False
) -> Quote:
    apart = None if spread is None else Decimal(spread)
    return replace(quote(symbol, price, None), sources=sources, spread=apart, others=others, differ=differ)


CASES = [
    (of("BTC", "80000", THREE, "0.0213"), "BTC $80,000 · 12 s ago\nKraken, Coinbase, Bitstamp within 0.02%"),
    (of("BTC", "80000", ("coingecko",), None), "BTC $80,000 · 12 s ago\nfrom CoinGecko alone"),
    (
        of("BTC", "80000", ("coinbase", "bitstamp"), "10.04", "kraken", differ=True),
        "BTC $80,000 · sources differ by 10.0% · 12 s ago\nfrom Coinbase, Bitstamp, against Kraken",
    ),
    (
        of("BTC", "80000", ("coinbase", "bitstamp"), "1.51", differ=True),
        "BTC $80,000 · sources differ by 1.5% · 12 s ago\nCoinbase, Bitstamp within 1.5%",
    ),
    (of("USDC", "0.9951", THREE, "0.01"), "USDC $0.9951 · 12 s ago\nKraken, Coinbase, Bitstamp within 0.01%"),
    (of("USDC", "0.9870", THREE, "0.01"), "USDC $0.9870 · 1.3% below its peg · 12 s ago\n"),
    (of("USDT", "1.0061", THREE, "0.01"), "USDT $1.0061 · 0.61% above its peg · 12 s ago\n"),
]


def said(message: Message) -> str:
    return parse(message.text)[0]


@pytest.mark.parametrize(("held", "text"), CASES)
def test_a_price_says_what_is_odd_and_who_says_so(held: Quote, text: str) -> None:
    assert said(render_price((held.symbol,), (held,), NOW)).startswith(text)


@pytest.mark.parametrize("held", [held for held, _ in CASES])
def test_a_price_leaves_no_english(held: Quote) -> None:
    message = render_price((held.symbol,), (held,), NOW, tr=MADE_UP)
    known = ("Kraken", "Coinbase", "Bitstamp", "CoinGecko", held.symbol)
    assert DISCLAIMER not in message.text
    assert english_left(message, *known) == []
