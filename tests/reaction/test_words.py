"""What prices did, in words: two lines in a message, /reaction whole, and the week of a digest; in any language."""

from __future__ import annotations

# ruff: noqa: RUF001 - the minus sign that readers expect
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.living import render_edit
from bot.markup import Line
from bot.reaction_replies import Prices, render_reaction
from bot.reaction_words import MOST_COINS, reaction_lines
from bot.weekly import Told, week_lines, week_of
from pipelines.prices.measured import Reaction
from pipelines.prices.reaction import HORIZONS, Move
from rules.story import Event
from tests.chats.make import NOW, alert, chat
from tests.languages.made_up import MADE_UP, english_left
from tests.telegram.html import parse

QUARTER, HOUR, DAY = HORIZONS
CALM, HIGHER, LOWER = Move("BTC", 100, 100.4, 0.01), Move("BTC", 100, 105, 0.01), Move("ETH", 10, 9.5, 0.01)
YOUNG, STILL, BROKE = Move("ETH", 10, 10.1, None), Move("USDC", 1, 0.9996, None), Move("USDC", 1, 0.95, None)
BACK, OTHER = Move("USDT", 0.95, 1.0, None), Move("ETH", 10, 10, 0.01)


def reacted(**moves: Sequence[Move]) -> Reaction:
    """Moves by the number of the horizon: q, h and d."""
    spans = dict(zip("qhd", HORIZONS, strict=True))
    kept = {spans[name]: {move.symbol: move for move in each} for name, each in moves.items()}
    return Reaction(NOW - timedelta(minutes=4), NOW, kept)


def plain(lines: Sequence[Line]) -> list[str]:
    return ["".join(span.text for span in each) for each in lines]


@pytest.mark.parametrize(
    ("reaction", "told"),
    [
        (None, []),
        (reacted(), []),
        (reacted(q=[Move("SOL", 1, 2, 0.01)]), []),
        (reacted(h=[CALM]), ["After 1 h: BTC +0.4%, no measurable reaction"]),
        (reacted(q=[CALM, OTHER]), ["After 15 min: BTC +0.4%, ETH 0.0%, no measurable reaction"]),
        (reacted(q=[CALM, STILL]), ["After 15 min: BTC +0.4%, no measurable reaction"]),
        (reacted(q=[STILL]), ["After 15 min: USDC 0.0%, no measurable reaction"]),
        (reacted(q=[YOUNG]), ["After 15 min: ETH +1.0%, not enough history yet"]),
        (
            reacted(q=[CALM], h=[CALM, LOWER, BROKE]),
            [
                (
                    "After 1 h: ETH −5.0% (5.1 times its usual move), USDC −5.0% (off its dollar), "
                    "BTC +0.4% (no measurable reaction)"
                )
            ],
        ),
        (
            reacted(q=[HIGHER], h=[HIGHER, BACK], d=[CALM]),
            [
                "After 1 h: BTC +5.0% (4.9 times its usual move), USDT +5.3% (back at a dollar)",
                "After 24 h: BTC +0.4%, no measurable reaction",
            ],
        ),
        (
            reacted(q=[HIGHER], d=[YOUNG]),
            [
                "After 15 min: BTC +5.0% (4.9 times its usual move)",
                "After 24 h: ETH +1.0%, not enough history yet",
            ],
        ),
    ],
)
def test_two_lines_at_most_in_a_message(reaction: Reaction | None, told: list[str]) -> None:
    assert plain(reaction_lines(reaction, ("BTC", "ETH", "USDC", "USDT"))) == told


def test_those_that_moved_are_named_first_and_no_more_than_fit() -> None:
    many = [Move(f"C{number}", 100, 100, 0.01) for number in range(9)] + [Move("Z", 100, 120, 0.01)]
    (line,) = plain(reaction_lines(reacted(h=many), [move.symbol for move in many]))
    assert line.startswith("After 1 h: Z +20.0% (18.2 times its usual move), C0")
    assert line.count("%") == MOST_COINS


def test_they_stand_under_the_prices_of_the_message() -> None:
    text = parse(render_edit(alert(), (), chat(coins=("BTC",)), NOW, reaction=reacted(h=[CALM])).text)[0]
    assert "BTC no price at the time\nAfter 1 h: BTC +0.4%, no measurable reaction\n\nEducational" in text


def test_the_whole_answer_says_what_is_known_and_what_is_not_yet() -> None:
    known = reacted(q=[CALM, YOUNG], h=[HIGHER])
    prices = Prices({"BTC": 70_000, "ETH": 3500}, {"BTC": 70_050})
    text = parse(render_reaction(alert(), known, prices, chat(zone="Asia/Karachi"), NOW + HOUR).text)[0]
    assert text.startswith(
        "Prices after: Ministry puts export licences on terbium into force\n\n"
        "Measured from publication, 24 Nov 14:26 PKT; alert at 24 Nov 14:30 PKT.\n\n"
        "BTC $70,000 at publication · $70,050 at the alert\n"
        "After 15 min: +0.4%, no measurable reaction\n"
        "After 1 h: +5.0%, 4.9 times its usual move\n"
        "After 24 h: known in 23 h\n\n"
        "ETH $3,500.00 at publication\n"
        "After 15 min: +1.0%, not enough history yet\n"
        "After 1 h: no price was kept\n"
    )
    assert "does not mean that it came from it" in text
    late = replace(known, news=NOW)
    assert (
        "Measured from the alert, 24 Nov 09:30 UTC"
        in parse(render_reaction(alert(), late, prices, chat(), NOW).text)[0]
    )


@pytest.mark.parametrize(
    ("told", "lines"),
    [
        ((), []),
        ((Told(Event.TARIFF, None),), ["This week: 1 structural change"]),
        ((Told(Event.TARIFF, reacted(h=[YOUNG])),) * 2, ["This week: 2 structural changes"]),
        (
            (Told(Event.TARIFF, reacted(h=[CALM], d=[HIGHER])), Told(Event.TARIFF, None)),
            ["This week: 2 structural changes", "No measurable move within an hour of 1 that was looked at."],
        ),
        (
            (
                *[Told(Event.EXPORT_CONTROL, reacted(h=[CALM]))] * 2,
                Told(Event.EXPORT_CONTROL, reacted(h=[HIGHER, LOWER])),
                *[Told(Event.SANCTION, reacted(h=[OTHER, CALM]))] * 4,
                Told(Event.TARIFF, reacted(h=[HIGHER])),
            ),
            [
                "This week: 8 structural changes",
                "Export control: BTC moved measurably after 1 of 3, ETH moved measurably after 1 of 3",
                "Tariff: BTC moved measurably after 1 of 1",
                "Measured within an hour; by chance one in twenty seems to move.",
            ],
        ),
    ],
)
def test_the_week_is_counted_and_nothing_is_foretold(told: Sequence[Told], lines: list[str]) -> None:
    assert plain(week_lines(told, ("BTC", "ETH"))) == lines


def test_a_week_begins_where_the_chat_is() -> None:
    sunday = NOW.replace(day=29, hour=20)
    assert week_of(chat(), sunday) == "2026-48"
    assert week_of(chat(zone="Asia/Karachi"), sunday) == "2026-49"


@pytest.mark.parametrize(
    "moves", [[CALM], [CALM, STILL], [YOUNG], [HIGHER, LOWER, BROKE, BACK], [HIGHER, YOUNG], [OTHER, YOUNG]]
)
def test_no_english_is_left(moves: list[Move]) -> None:
    coins = ("BTC", "ETH", "USDC", "USDT")
    known, us = reacted(q=moves, h=moves), chat(coins=coins)
    title = "Ministry puts export licences on terbium into force"
    for reaction in (known, replace(known, news=NOW)):
        for now in (NOW, NOW + 3 * DAY):
            answer = render_reaction(alert(), reaction, Prices({"BTC": 5.0}, {"ETH": 3.0}), us, now, MADE_UP)
            assert english_left(answer, title, "UTC", "Nov", *coins) == []
    told = [Told(event, known) for event in Event]
    for lines in (
        reaction_lines(known, coins, MADE_UP),
        week_lines(told, coins, MADE_UP),
        week_lines(told[:1], (), MADE_UP),
    ):
        assert english_left("\n".join(plain(lines)), *coins) == []
