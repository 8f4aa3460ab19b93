"""The charts that README and BENCHMARKS show, of made-up prices and of stories of the packaged day."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.pictures.chart import Looked, Priced, Told, alert_plot, coin_plot
from bot.pictures.curve import points_of
from bot.pictures.plot import Plot
from bot.pictures.week import week_of, week_plot
from bot.shade import Shade
from bot.stretch import Stretch
from pipelines.prices.history import Series, Step
from pipelines.prices.reaction import read_habit, threshold
from tests.pictures.day import Day
from tests.pictures.market import walk

SHOWN = {
    "chart": ("chart", Shade.LIGHT),
    "chart-dark": ("chart-month", Shade.DARK),
    "chart-alert": ("chart-alert", Shade.LIGHT),
    "week": ("week", Shade.LIGHT),
    "week-dark": ("week", Shade.DARK),
}
"""The pictures that are kept here: of which chart, in which shade."""
_AT_HOURS = (5, 9, 17, 31, 33, 47, 52, 58, 76, 79, 81, 83, 101, 104, 127, 131, 149, 151, 153)
"""So many hours into the week something changed."""


def charts(day: Day) -> Mapping[str, Plot]:
    """Each chart by its name."""
    now = day.deed.judged
    looked = Looked(now, "UTC")
    month = walk("BTC", Step.QUARTER, now - timedelta(days=90), now)
    minutes = walk("BTC", Step.MINUTE, now - timedelta(days=2), now, seed=3)
    news = now - timedelta(hours=3, minutes=20)
    told = Told(news, news + timedelta(minutes=12))
    since, to = told.around(now)
    jump = _moved(minutes, news, -0.019)
    before = replace(month, closes=month.closes[: (news - month.start) // month.step])
    begin, _ = week_of("UTC", now)
    stories = (day.deed, day.grown, *day.digest)
    changes = [(begin + timedelta(hours=hours), stories[n * 5 % len(stories)]) for n, hours in enumerate(_AT_HOURS)]
    plots = {
        "chart": coin_plot(_btc(minutes, now - timedelta(days=1), now), Stretch.DAY, looked),
        "chart-month": coin_plot(_btc(_holed(month), now - timedelta(days=30), now), Stretch.MONTH, looked),
        "chart-alert": alert_plot(
            day.deed,
            told,
            replace(_btc(jump, since, min(now, to)), habit=read_habit(before)),
            looked,
            threshold(1),
        ),
        "week": week_plot(changes, _btc(month, begin, now), looked),
    }
    return {name: plot for name, plot in plots.items() if plot is not None}


def _btc(series: Series, since: datetime, until: datetime) -> Priced:
    return Priced("BTC", "Bitcoin", points_of([series], since, until))


def _holed(series: Series) -> Series:
    """The same with a day and a half that nobody saw."""
    begin = len(series.closes) - 1400
    return replace(series, closes=(*series.closes[:begin], *[math.nan] * 144, *series.closes[begin + 144 :]))


def _moved(series: Series, at: datetime, by: float) -> Series:
    """The same with a fall that begins then and takes half an hour."""
    first = (at - series.start) // series.step
    closes = [
        close * math.exp(by * min(1.0, max(0.0, (number - first) / 30)) ** 0.7)
        for number, close in enumerate(series.closes)
    ]
    return replace(series, closes=tuple(closes))
