"""A quote in words: price, change, what is odd about it, and who says so. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from babel.numbers import format_decimal

from bot.languages.direction import apart
from bot.languages.translator import ENGLISH, Translator
from bot.markup import Line, line
from bot.words import change_words, money_words
from pipelines.prices.quote import Quote

VENUES = {"kraken": "Kraken", "coinbase": "Coinbase", "bitstamp": "Bitstamp", "coingecko": "CoinGecko"}


def quote_parts(quote: Quote, tr: Translator = ENGLISH, *, span: bool = True) -> list[str]:
    """Price and change, and where it is so, that the coin is off its peg or that the sources differ.

    Without ``span`` the change does not say over how many hours it is.
    """
    parts = [money_words(quote.price, tr)]
    if quote.change_24h is not None and quote.change_24h.is_finite():
        change = change_words(quote.change_24h, tr)
        parts.append(tr("{change} in 24 h", change=change) if span else apart(change) if tr.right_to_left else change)
    if (off := quote.off_peg) is not None:
        far = apart_words(abs(off), tr)
        parts.append(tr("{share} below its peg", share=far) if off < 0 else tr("{share} above its peg", share=far))
    if quote.differ and quote.spread is not None:
        parts.append(tr("sources differ by {share}", share=apart_words(quote.spread, tr)))
    return parts


def sources_line(quote: Quote, tr: Translator = ENGLISH) -> Line:
    """Whose price it is and how far they agree, for the person who asked for the price."""
    told = tr.joined(_venue(source) for source in quote.sources)
    if quote.others:
        denied = tr.joined(_venue(source) for source in quote.others)
        return line(tr("from {sources}, against {others}", sources=told, others=denied))
    if len(quote.sources) == 1 or quote.spread is None:
        return line(tr("from {sources} alone", sources=told) if len(quote.sources) == 1 else told)
    return line(tr("{sources} within {share}", sources=told, share=apart_words(quote.spread, tr)))


def absent_words(absent: Iterable[str], kept: Iterable[str], tr: Translator = ENGLISH) -> str:
    """That nobody keeps the price of some coins, with those that everybody has and the way to others."""
    lack, have = tr.joined(absent), tr.joined(kept)
    return tr("I keep no price of {absent}. I have {coins}; /coins adds others.", absent=lack, coins=have)


def apart_words(percent: Decimal, tr: Translator = ENGLISH) -> str:
    """A share in percent without a sign: "0.02%", "10.0%"."""
    return f"{format_decimal(percent, format='0.00' if percent < 1 else '0.0', locale=tr.locale)}%"


def _venue(source: str) -> str:
    return VENUES.get(source, source)
