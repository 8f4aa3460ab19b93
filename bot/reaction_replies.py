"""What /reaction answers: a story's prices at publication, at the alert, and how they moved over each horizon. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bot.chats import Chat
from bot.languages.translator import ENGLISH, N_, Translator
from bot.markup import BLANK, Line, Message, bold, compose, italic, line
from bot.messages import chart_button, headline, news_foot, source_button
from bot.quiet import here
from bot.reaction_words import span_words, verdict_words
from bot.shade import Shade
from bot.words import change_words, left_words, moment_words, money_words
from pipelines.events import Alert
from pipelines.prices.measured import Reaction
from pipelines.prices.reaction import HORIZONS, Move, Verdict, judge_moves

NOT_LOOKED_AT = N_("I did not look at prices after that story: nobody was told of it when it was new.")
NO_COINS = N_("This chat has chosen no coins. /coins chooses some.")
_MEANING = N_(
    "A move counts as measurable where calm hours show one so large at most one time in twenty. "
    "That it came after the news does not mean that it came from it."
)


@dataclass(frozen=True, slots=True)
class Prices:
    """What the coins cost when the news came out, and when the chat was told, as far as that is known."""

    published: Mapping[str, float]
    told: Mapping[str, float]


def render_reaction(
    alert: Alert,
    reaction: Reaction,
    prices: Prices,
    chat: Chat,
    now: datetime,
    tr: Translator = ENGLISH,
) -> Message:
    """All horizons for the chat's coins; ``prices`` are those of before."""
    lines: list[Line] = [line(bold(tr("Prices after:")), " ", headline(alert.story, 200, tr)), BLANK]
    news, alerted = (moment_words(here(chat.zone, at), tr) for at in (reaction.news, reaction.alert))
    if reaction.news == reaction.alert:
        lines.append(line(tr("Measured from the alert, {when}, for the news itself was older.", when=alerted)))
    else:
        lines.append(line(tr("Measured from publication, {when}; alert at {alert}.", when=news, alert=alerted)))
    for coin in chat.coins:
        lines += [BLANK, *_coin(coin, reaction, prices, chat, now, tr)]
    row = (*source_button(alert.story, tr), chart_button(alert.story.id, Shade.LIGHT, tr))
    return compose([*lines, BLANK, line(italic(tr(_MEANING)))], foot=news_foot(tr), buttons=(row,))


def _coin(coin: str, reaction: Reaction, prices: Prices, chat: Chat, now: datetime, tr: Translator) -> list[Line]:
    costs = list[str]()
    if coin in prices.published and reaction.news != reaction.alert:
        costs.append(tr("{price} at publication", price=_money(prices.published[coin], tr)))
    if coin in prices.told:
        costs.append(tr("{price} at the alert", price=_money(prices.told[coin], tr)))
    lines = [line(bold(coin), f" {' · '.join(costs) or tr('no price at the time')}")]
    for horizon in HORIZONS:
        moves = reaction.of(horizon, chat.coins)
        move = next((each for each in moves if each.symbol == coin), None)
        after = span_words(horizon, tr)
        if move is not None:
            said = _said(move, moves, tr)
            lines.append(line(tr("After {time}: {change}, {judged}", time=after, change=said[0], judged=said[1])))
        elif reaction.news + horizon > now:
            left = left_words(reaction.news + horizon - now, tr)
            lines.append(line(tr("After {time}: known in {left}", time=after, left=left)))
        else:
            lines.append(line(tr("After {time}: no price was kept", time=after)))
    return lines


def _said(move: Move, moves: Sequence[Move], tr: Translator) -> tuple[str, str]:
    verdict = dict(zip(moves, judge_moves(moves), strict=True)).get(move, Verdict.UNKNOWN)
    return change_words(move.change, tr), verdict_words(move, verdict, tr)


def _money(price: float, tr: Translator) -> str:
    return money_words(Decimal(repr(price)), tr)
