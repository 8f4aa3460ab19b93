"""``lodestone prices``: how each price source is, and what it makes of the quotes."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta

import click
from redis.asyncio import Redis

from bot.app import utc_now
from bot.commandline.options import JSON
from bot.commandline.stored import with_store
from bot.settings import load_settings
from bot.words import age_words, change_words, left_words, money_words
from pipelines.prices.health import Account, SourceState, read_states
from pipelines.prices.quote import Quote
from pipelines.prices.read import read_all_quotes

SILENT = timedelta(minutes=1)
"""The keeper gives an account every ten seconds; after so long without one nobody keeps prices."""

Seen = tuple[Account | None, tuple[Quote, ...]]


@click.command()
@JSON
def prices(*, as_json: bool) -> None:
    """Say how each price source is (socket or REST), how old its word, what failed, and how far sources lie apart.

    Exit code 1 where nobody keeps prices or none of them is fresh.
    """

    async def read(store: Redis) -> Seen:
        return await read_states(store), await read_all_quotes(store)

    account, quotes = with_store(read)
    now, max_age = utc_now(), timedelta(seconds=load_settings().price_max_age)
    kept = account is not None and now - account.at <= SILENT
    fresh = any(now - quote.as_of <= max_age for quote in quotes)
    if as_json:
        print(json.dumps(_row(account, quotes, now, kept=kept)))
    else:
        for line in (*_source_lines(account, now, kept=kept), *_coin_lines(quotes, now, max_age)):
            print(line)
    if not (kept and fresh):
        sys.exit(1)


def _row(account: Account | None, quotes: Sequence[Quote], now: datetime, *, kept: bool) -> dict[str, object]:
    return {
        "kept": kept,
        "account_age": None if account is None else _seconds(account.at, now),
        "sources": [] if account is None else [_source_row(state, now) for state in account.states],
        "coins": [
            {
                "symbol": quote.symbol,
                "price": str(quote.price),
                "change_24h": None if quote.change_24h is None else float(quote.change_24h),
                "age": _seconds(quote.as_of, now),
                "sources": list(quote.sources),
                "others": list(quote.others),
                "spread": None if quote.spread is None else float(quote.spread),
                "differ": quote.differ,
                "off_peg": None if quote.off_peg is None else float(quote.off_peg),
            }
            for quote in quotes
        ],
    }


def _source_row(state: SourceState, now: datetime) -> dict[str, object]:
    return {
        "source": state.source,
        "way": state.way,
        "state": state.state,
        "age": None if state.heard_at is None else _seconds(state.heard_at, now),
        "errors": state.errors,
        "reconnects": state.reconnects,
        "fault": state.fault,
        "next_try": None if state.next_try is None else round((state.next_try - now).total_seconds(), 1),
        "bad": dict(state.bad),
    }


def _seconds(then: datetime, now: datetime) -> float:
    return round((now - then).total_seconds(), 1)


def _source_lines(account: Account | None, now: datetime, *, kept: bool) -> list[str]:
    if account is None:
        return ["nobody has kept prices yet: start lodestone run"]
    lines = [f"{'source':<10}{'way':<8}{'state':<9}{'last word':<12}{'errors':>7}{'reconnects':>12}"]
    for state in account.states:
        heard = "never" if state.heard_at is None else f"{age_words(now - state.heard_at)} ago"
        told = [state.fault] if state.fault else []
        if state.next_try is not None and state.next_try > now:
            told.append(f"next try in {left_words(state.next_try - now)}")
        told += [f"{symbol} {why}" for symbol, why in state.bad]
        counts = f"{state.errors:>7}{state.reconnects if state.way == 'socket' else '-':>12}"
        lines.append(f"{state.source:<10}{state.way:<8}{state.state:<9}{heard:<12}{counts}  {', '.join(told)}".rstrip())
    if not kept:
        lines.append(f"nobody keeps prices now: this is {age_words(now - account.at)} old")
    return [*lines, ""]


def _coin_lines(quotes: Sequence[Quote], now: datetime, max_age: timedelta) -> list[str]:
    lines = [f"{'coin':<7}{'price':>12}{'24 h':>9}{'age':>8}{'apart':>9}  sources"] if quotes else []
    for quote in quotes:
        age = now - quote.as_of
        change = "-" if quote.change_24h is None else change_words(quote.change_24h)
        apart = "-" if quote.spread is None else f"{quote.spread:.2f}%"
        told = [", ".join(quote.sources)]
        told += [f"not {', '.join(quote.others)}"] if quote.others else ["differ"] if quote.differ else []
        told += ["off its peg"] if quote.off_peg is not None else []
        told += ["stale"] if age > max_age else []
        figures = f"{money_words(quote.price):>12}{change:>9}{age_words(age):>8}{apart:>9}"
        lines.append(f"{quote.symbol:<7}{figures}  {'; '.join(told)}")
    return lines
