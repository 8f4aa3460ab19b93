"""The beginning: three questions in one message that turns its own pages, and an alert to see at its end. Pure.

Alerts are on before the first question: whoever answers none has sensible settings.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.boards import AMOUNTS, about_words, coin_choice, coins_told, language_choice, topic_choice
from bot.buttons import show_data, story_data, turn_data, why_data
from bot.chats import Chat
from bot.languages.catalogues import LANGUAGES
from bot.languages.translator import ENGLISH, N_, Translator
from bot.markup import BLANK, Button, Buttons, Line, Message, bold, compose, italic, line
from bot.messages import alert_lines, news_foot, price_lines
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
_FIRST, _TAP = N_("1 of 3 · Which topics?"), N_("Tap to turn one off or on.")


def render_start(
    chat: Chat,
    user_id: int | None,
    now: datetime,
    linked: Linked | None = None,
    tr: Translator = ENGLISH,
    *,
    fresh: bool = True,
) -> Message:
    """The first message a person sees: what this is, what comes from now on, and the first question.

    A ``fresh`` chat was set as its link says; one that was known lost nothing by it.
    """
    what = tr.parts(
        "{bot} tells structural change from headline noise in rare earths, chips and policy, and shows what it may "
        "mean for crypto.",
        bot=bold("Lodestone"),
    )
    lines = [
        line(*what),
        BLANK,
        line(_what_comes(chat, tr)),
        BLANK,
        *_linked_lines(linked, chat, tr, fresh=fresh),
        line(
            tr(
                "Alerts are on, about {topics}. Leave it at that, or answer three questions:",
                topics=about_words(chat, tr),
            )
        ),
        *([line(tr("Something is muted here; /mutes shows what."))] if chat.mutes_at(now) else ()),
        BLANK,
        _first(tr),
        BLANK,
        ids_line(chat, user_id, tr),
        line(italic(tr(DISCLAIMER))),
    ]
    return compose(lines, buttons=_topics(chat, tr))


def render_step(chat: Chat, page: str, tr: Translator = ENGLISH) -> Message:
    """The page of one question; ``done`` is for ``render_done``."""
    match page:
        case "level":
            lines = [
                line(bold(tr("2 of 3 · How much?"))),
                line(tr("Structural news is what has really changed: a few alerts a day at most.")),
                line(tr("A watch digest adds, once a day in one message, what those who can do it propose or plan.")),
            ]
            rows: Buttons = tuple(
                (_amount(each, tr, on=amount(chat) is each),) for each in (Amount.STRUCTURAL, Amount.DIGEST)
            )
            return compose(lines, buttons=(*rows, _move("topics", "coins", tr)))
        case "coins":
            lines = [
                line(bold(tr("3 of 3 · Which coins?"))),
                line(tr("Their prices stand under each alert. Now: {coins}.", coins=coins_told(chat, tr))),
            ]
            rows = coin_choice("s", chat, _FIRST_COINS)
            return compose(lines, buttons=(*rows, _move("level", "done", tr)))
        case _:
            return compose([_first(tr)], buttons=_topics(chat, tr))


def render_done(
    chat: Chat,
    alert: Alert,
    quotes: Sequence[Quote],
    now: datetime,
    max_age: timedelta,
    *,
    ours: bool,
    tr: Translator = ENGLISH,
) -> Message:
    """What is set, and an alert as this chat would get it, marked as a sample; ``ours`` where we made it up."""
    made_up = tr("A sample: made up, to show how one reads")
    newest = tr("A sample: the newest that was told, to show how one reads")
    told = tr(
        "You get {amount}, about {topics}. /settings changes all of it.",
        amount=tr(AMOUNTS[amount(chat)][1]),
        topics=about_words(chat, tr),
    )
    lines: list[Line] = [
        line(bold(tr("Done.")), f" {told}"),
        BLANK,
        line(italic(f"▼ {made_up if ours else newest}")),
        BLANK,
        *alert_lines(alert, now, tr),
        BLANK,
        *price_lines(chat.coins, quotes, now, max_age, tr),
        line(italic(f"▲ {tr('End of the sample')}")),
    ]
    more = (
        Button(tr("Settings"), data=turn_data("b", "home")),
        Button(tr("Latest news"), data=show_data("latest")),
        Button(tr("Prices"), data=show_data("price")),
    )
    return compose(lines, foot=news_foot(tr), buttons=(*(() if ours else (_lookups(alert, tr),)), more))


def _what_comes(chat: Chat, tr: Translator) -> str:
    if chat.kind.shared:
        return tr(
            "It writes to this chat when something real happens: an export control enters into force, a law passes, "
            "a plant opens or shuts. Price moves, opinions and rumours stay out, so most days bring only a few alerts."
        )
    return tr(
        "It writes to you when something real happens: an export control enters into force, a law passes, "
        "a plant opens or shuts. Price moves, opinions and rumours stay out, so most days bring only a few alerts."
    )


def _first(tr: Translator) -> Line:
    return line(bold(tr(_FIRST)), f" {tr(_TAP)}")


def _lookups(alert: Alert, tr: Translator) -> tuple[Button, ...]:
    story = alert.story.id
    return (Button(tr("Why"), data=why_data(story)), Button(tr("Story"), data=story_data(story)))


def _topics(chat: Chat, tr: Translator) -> Buttons:
    """The first question, and under it the languages: who cannot read it finds the own one by its name."""
    onward = Button(tr.pointing(f"{tr('Next')} →"), data=turn_data("s", "level"))
    return (*topic_choice("s", chat, tr), language_choice("s", chat, LANGUAGES), (onward,))


def _amount(each: Amount, tr: Translator, *, on: bool) -> Button:
    return Button(f"{'✓ ' if on else ''}{tr(AMOUNTS[each][0])}", data=turn_data("s", "level", each))


def _move(back: str, onward: str, tr: Translator) -> tuple[Button, ...]:
    word = f"{tr('Done')} ✓" if onward == "done" else tr.pointing(f"{tr('Next')} →")
    return (
        Button(tr.pointing(f"← {tr('Back')}"), data=turn_data("s", back)),
        Button(word, data=turn_data("s", onward)),
    )


def _linked_lines(linked: Linked | None, chat: Chat, tr: Translator, *, fresh: bool) -> list[Line]:
    """What the link that was followed has set, and what of it means nothing here."""
    if linked is None:
        return []
    lines: list[Line] = []
    told = [tr.joined(tr(TOPICS[topic]) for topic in linked.topics), tr.joined(linked.coins)]
    told += [tr(AMOUNTS[amount(chat)][1])] if linked.amount is not None else []
    if set_by := tr.phrases(told):
        asked = N_("Set by your link: {settings}.") if fresh else N_("Added by your link, where missing: {settings}.")
        lines.append(line(tr(asked, settings=set_by)))
    if linked.unknown:
        words = tr.joined(tr("“{name}”", name=shown(word, 20)) for word in linked.unknown[:_NAMED] if shown(word, 20))
        if words:
            told_of = tr("Your link also says {words}, which I do not know; that does no harm.", words=words)
        else:
            told_of = tr("Your link also says something, which I do not know; that does no harm.")
        lines.append(line(told_of))
    return [*lines, BLANK] if lines else []
