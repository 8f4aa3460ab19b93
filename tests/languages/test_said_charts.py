"""Charts in the chat's language: nothing that is written into a picture or stands under it is left in English."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.languages.translator import Translator
from bot.markup import Message
from bot.pictures.captions import alert_chart_caption, chart_caption, week_caption
from bot.pictures.chart import Looked, Priced, Told, alert_plot, coin_plot
from bot.pictures.curve import Point
from bot.pictures.plot import Plot
from bot.pictures.week import week_plot
from bot.shade import Shade
from bot.stretch import Stretch
from tests.chats.make import NOW, alert, report
from tests.languages.made_up import MADE_UP, english_left

TITLE = "Ministry puts export licences on terbium into force"
KNOWN = ("Lodestone", "Bitcoin", "BTC", "ETH", "UTC", "Nov", "Oct", TITLE)
DAYS = ("Wed", "Thu", "Fri", "Sat", "Sun", "Mon", "Tue")
LOOKED = Looked(NOW, tr=MADE_UP)
TOLD = Told(NOW - timedelta(hours=2), NOW - timedelta(hours=1))


def coin(hours: int) -> Priced:
    return Priced("BTC", "Bitcoin", tuple(Point(NOW - timedelta(hours=n), 90_000.0 + n) for n in range(hours, -1, -1)))


def words_of(plot: Plot) -> str:
    curve = plot.curve
    edges = [each.label for each in (*curve.across, *curve.up, *plot.columns)]
    edges += [each.label for each in curve.events]
    head = (plot.kicker, plot.title, plot.plain, plot.figure, plot.change, plot.gap, plot.summary, plot.foot)
    lanes = [f"{lane.name} {lane.total}" for lane in plot.lanes]
    return "\n".join((*head, *edges, *lanes, *(key.words for key in plot.keys)))


PLOTS = {
    "day": coin_plot(coin(24), Stretch.DAY, LOOKED),
    "late": coin_plot(coin(5), Stretch.WEEK, LOOKED),
    "month": coin_plot(coin(30 * 24), Stretch.MONTH, LOOKED),
    "alert": alert_plot(alert(), TOLD, coin(24), LOOKED, 2.0),
    "no price then": alert_plot(alert(report(1, title="")), TOLD, coin(1), LOOKED, 2.0),
    "week": week_plot([(NOW, alert()), (NOW, alert(report(1, tags=())))], coin(24), LOOKED),
    "bare week": week_plot([(NOW, alert())], Priced("BTC", "Bitcoin", ()), LOOKED),
}


@pytest.mark.parametrize("name", PLOTS)
def test_no_english_is_drawn(name: str) -> None:
    plot = PLOTS[name]
    assert plot is not None
    assert english_left(words_of(plot), *KNOWN, *DAYS) == []


CAPTIONS = {
    "coin": chart_caption(coin(24), Stretch.DAY, Shade.LIGHT, ("BTC", "ETH"), LOOKED),
    "alert": alert_chart_caption(alert(), coin(24), Shade.DARK, ("BTC", "ETH"), LOOKED, TOLD),
    "week": week_caption(2, Shade.DARK, MADE_UP),
}


@pytest.mark.parametrize("name", CAPTIONS)
def test_no_english_stands_under_it(name: str) -> None:
    caption: Message = CAPTIONS[name]
    assert english_left(caption, *KNOWN) == []


def test_a_language_whose_letters_cannot_be_drawn_has_english_pictures() -> None:
    urdu = Translator("ur", MADE_UP.catalogue)
    plot = coin_plot(coin(24), Stretch.DAY, Looked(NOW, tr=urdu))
    assert plot is not None
    assert plot.kicker == "Bitcoin · BTC · last 24 hours"
