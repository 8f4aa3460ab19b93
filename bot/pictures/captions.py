"""What stands under a chart, and the buttons that turn it into another one in its place. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.buttons import alert_chart_data, chart_data, picture_data, week_data
from bot.languages.translator import Translator
from bot.markup import Button, Line, Message, bold, compose, italic, line
from bot.messages import headline
from bot.pictures.chart import CHANGED, Looked, Priced, Told, change_after, changed_over
from bot.pictures.curve import moved, paid, price_at
from bot.shade import Shade
from bot.stretch import Stretch
from bot.text import shown
from bot.timeline import SHADES, story_button
from bot.words import DISCLAIMER, change_words
from pipelines.events import Alert

_COINS = 4
"""So many coins stand in a row under a picture."""


def chart_caption(coin: Priced, stretch: Stretch, shade: Shade, coins: Sequence[str], looked: Looked) -> Message:
    """Under a coin's chart: what it shows in words; other coins, other times, and the other shade."""
    tr, points = looked.tr, coin.points
    said = [paid(points[-1].price, tr)] if points else []
    if (change := changed_over(coin, stretch, looked.now)) is not None:
        said.append(tr(CHANGED[stretch], change=change_words(change, tr)))
    spans = tuple(_choice(each.value, chart_data(coin.symbol, each, shade), on=each is stretch) for each in Stretch)
    other = _shade(shade, lambda to: chart_data(coin.symbol, stretch, to), tr)
    rows = (_coins(coin, coins, lambda each: chart_data(each, stretch, shade)), (*spans, other))
    return _composed(_price(coin, said), rows, tr)


def alert_chart_caption(
    alert: Alert, coin: Priced, shade: Shade, coins: Sequence[str], looked: Looked, told: Told
) -> Message:
    """Under an alert's chart: the headline and how the price moved since; other coins, the shade, and the story."""
    tr, story = looked.tr, alert.story
    then, said = price_at(coin.points, told.news), list[str]()
    if then is not None:
        last = coin.points[-1]
        said.append(change_after(moved(then, last.price), last.at - told.news, tr))
    other = _shade(shade, lambda to: alert_chart_data(story.id, to, coin.symbol), tr)
    picture = Button(tr("Picture"), data=picture_data(story.id, shade))
    rows = (
        _coins(coin, coins, lambda each: alert_chart_data(story.id, shade, each)),
        (other, picture, story_button(story.id, tr("Story"))),
    )
    head = line(headline(story, 160, tr))
    return _composed(head, rows, tr, *([_price(coin, said)] if said else []))


def week_caption(count: int, shade: Shade, tr: Translator) -> Message:
    """Under the week: how much changed, and the other shade."""
    told = tr.plural("{count} structural change in seven days", "{count} structural changes in seven days", count)
    return _composed(line(bold(told)), ((_shade(shade, week_data, tr),),), tr)


def _composed(head: Line, rows: Sequence[tuple[Button, ...]], tr: Translator, *more: Line) -> Message:
    return compose([head, *more], foot=(line(italic(tr(DISCLAIMER))),), buttons=tuple(rows))


def _price(coin: Priced, said: Sequence[str]) -> Line:
    return line(bold(shown(coin.symbol, 20)), f" {' · '.join(said)}")


def _coins(coin: Priced, coins: Sequence[str], data: Callable[[str], str]) -> tuple[Button, ...]:
    """The chat's coins and the one that is drawn; none where that is the only one."""
    offered = tuple(dict.fromkeys((*coins[:_COINS], coin.symbol)))
    if len(offered) < 2:
        return ()
    return tuple(_choice(shown(each, 10), data(each), on=each == coin.symbol) for each in offered)


def _choice(word: str, data: str, *, on: bool) -> Button:
    return Button(f"✓ {word}" if on else word, data=data)


def _shade(shade: Shade, data: Callable[[Shade], str], tr: Translator) -> Button:
    return Button(tr(SHADES[shade.other]), data=data(shade.other))
