"""The beginning: three questions in one message that turns its own pages, and an alert to see at its end. Pure.

Alerts are on before the first question: whoever answers none has sensible settings.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.boards import AMOUNTS, coin_choice, topic_choice, topics_told
from bot.buttons import show_data, story_data, turn_data, why_data
from bot.chats import Chat
from bot.markup import BLANK, Button, Buttons, Line, Message, bold, compose, italic, line
from bot.messages import alert_lines, news_foot, price_line
from bot.presets import Amount, Linked, amount
from bot.replies import ids_line
from bot.text import shown
from bot.words import DISCLAIMER, TOPICS
from pipelines.events import Alert
from pipelines.prices.coins import COINS
from pipelines.prices.quote import Quote

_FIRST_COINS = tuple(coin.symbol for coin in COINS[:8])
_NAMED = 3
"""So many of a link's unknown words are said."""


def render_start(chat: Chat, user_id: int | None, now: datetime, linked: Linked | None = None) -> Message:
    """The first message a person sees: what this is, what comes from now on, and the first question."""
    whom = "this chat" if chat.kind.shared else "you"
    lines = [
        line(
            bold("Lodestone"),
            " tells structural change from headline noise in rare earths, chips and policy, "
            "and shows what it may mean for crypto.",
        ),
        BLANK,
        line(
            f"It writes to {whom} when something real happens: an export control enters into force, a law passes, "
            "a plant opens or shuts. Price moves, opinions and rumours stay out, so most days bring only a few alerts."
        ),
        BLANK,
        *_linked_lines(linked, chat),
        line(f"Alerts are on, about {_about(chat)}. Leave it at that, or answer three questions:"),
        *([line("Some topics are muted; /mutes shows them.")] if chat.mutes_at(now) else ()),
        BLANK,
        line(bold("1 of 3 · Which topics?"), " Tap to turn one off or on."),
        BLANK,
        ids_line(chat, user_id),
        line(italic(DISCLAIMER)),
    ]
    return compose(lines, buttons=_topics(chat))


def render_step(chat: Chat, page: str) -> Message:
    """The page of one question; ``done`` is for ``render_done``."""
    match page:
        case "level":
            text = "2 of 3 · How much?"
            lines = [
                line("Structural news is what has really changed: a few alerts a day at most."),
                line("A watch digest adds, once a day in one message, what those who can do it propose or plan."),
            ]
            rows: Buttons = tuple(
                (_amount(each, on=amount(chat) is each),) for each in (Amount.STRUCTURAL, Amount.DIGEST)
            )
            return compose([line(bold(text)), *lines], buttons=(*rows, _move("topics", "coins")))
        case "coins":
            text = "3 of 3 · Which coins?"
            lines = [line(f"Their prices stand under each alert. Now: {', '.join(chat.coins) or 'none'}.")]
            rows = coin_choice("s", chat, _FIRST_COINS)
            return compose([line(bold(text)), *lines], buttons=(*rows, _move("level", "done")))
        case _:
            return compose([line(bold("1 of 3 · Which topics?"), " Tap to turn one off or on.")], buttons=_topics(chat))


def render_done(
    chat: Chat, alert: Alert, quotes: Sequence[Quote], now: datetime, max_age: timedelta, *, ours: bool
) -> Message:
    """What is set, and an alert as this chat would get it, marked as a sample; ``ours`` where we made it up."""
    how = "made up, to show how one reads" if ours else "the newest that was told, to show how one reads"
    lines: list[Line] = [
        line(bold("Done."), f" You get {AMOUNTS[amount(chat)][1]}, about {_about(chat)}. /settings changes all of it."),
        BLANK,
        line(italic(f"▼ A sample: {how}")),
        BLANK,
        *alert_lines(alert, now),
        BLANK,
        *(price_line(symbol, quotes, now, max_age) for symbol in chat.coins),
        line(italic("▲ End of the sample")),
    ]
    told = () if ours else (_lookups(alert),)
    more = (
        Button("Settings", data=turn_data("b", "home")),
        Button("Latest news", data=show_data("latest")),
        Button("Prices", data=show_data("price")),
    )
    return compose(lines, foot=news_foot(), buttons=(*told, more))


def _lookups(alert: Alert) -> tuple[Button, ...]:
    return (Button("Why", data=why_data(alert.story.id)), Button("Story", data=story_data(alert.story.id)))


def _topics(chat: Chat) -> Buttons:
    return (*topic_choice("s", chat), (Button("Next →", data=turn_data("s", "level")),))


def _amount(each: Amount, *, on: bool) -> Button:
    return Button(f"{'✓ ' if on else ''}{AMOUNTS[each][0]}", data=turn_data("s", "level", each))


def _move(back: str, onward: str) -> tuple[Button, ...]:
    word = "Done ✓" if onward == "done" else "Next →"
    return (Button("← Back", data=turn_data("s", back)), Button(word, data=turn_data("s", onward)))


def _about(chat: Chat) -> str:
    told = topics_told(chat).lower()
    return "all topics" if told == "all" else told


def _linked_lines(linked: Linked | None, chat: Chat) -> list[Line]:
    """What the link that was followed has set, and what of it means nothing here."""
    if linked is None:
        return []
    lines: list[Line] = []
    told = [", ".join(TOPICS[topic] for topic in linked.topics), ", ".join(linked.coins)]
    told += [AMOUNTS[amount(chat)][1]] if linked.amount is not None else []
    if set_by := "; ".join(filter(None, told)):
        lines.append(line(f"Set by your link: {set_by}."))
    if linked.unknown:
        words = ", ".join(f"“{shown(word, 20)}”" for word in linked.unknown[:_NAMED] if shown(word, 20))
        lines.append(line(f"Your link also says {words or 'something'}, which I do not know; that does no harm."))
    return [*lines, BLANK] if lines else []
