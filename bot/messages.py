"""An alert as a message that fits one phone screen, and the answers that are about alerts and prices. Pure.

Everything that came from outside (titles, publishers, reasons) passes ``text.shown`` before it stands in a line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from bot.buttons import alert_chart_data, ask_mute_data, story_data, vote_data, why_data
from bot.chats import Chat, moved_at, story_topics
from bot.languages.direction import RIGHT_TO_LEFT_MARK
from bot.languages.translator import ENGLISH, N_, Translator
from bot.markup import BLANK, Button, Buttons, Line, Message, Span, bold, compose, italic, line
from bot.quoted import quote_parts, sources_line
from bot.reasons import reason_words
from bot.shade import Shade
from bot.text import safe_link, shown
from bot.words import (
    DISCLAIMER,
    LABELS,
    LOUD,
    VOTES,
    act_words,
    age_words,
    ago_words,
    effect_day,
    topic_words,
)
from pipelines.events import Alert
from pipelines.prices.quote import Quote
from rules.conditions import publishers as independents
from rules.story import Report, Story
from rules.verdict import Verdict

PRICE_MAX_AGE = timedelta(seconds=120)
"""A price older than this is said to be stale, where the settings say nothing else."""
NAMED = 2
"""So many of an alert's sources are named; the rest is a number."""
_SHARING = 2
"""From so many prices on, what they share stands beneath them."""
REPEAT = N_("↻ Repeat: you may have had this already.")


def render_alert(
    alert: Alert,
    quotes: Sequence[Quote],
    chat: Chat,
    now: datetime,
    *,
    repeat: bool = False,
    max_age: timedelta = PRICE_MAX_AGE,
    tr: Translator = ENGLISH,
) -> Message:
    """The alert as the chat gets it; ``repeat`` marks one that may have arrived before."""
    lines = [line(italic(tr(REPEAT)))] if repeat else []
    lines += [*alert_lines(alert, now, tr), BLANK]
    lines += price_lines(chat.coins, quotes, now, max_age, tr)
    feet = news_foot(tr) if lines[-1] != BLANK else news_foot(tr)[1:]
    return compose(lines, foot=feet, buttons=alert_buttons(alert.story, tr))


def news_foot(tr: Translator = ENGLISH) -> tuple[Line, ...]:
    """What stands under everything that is about news or prices."""
    return (BLANK, line(italic(tr(DISCLAIMER))))


def alert_lines(alert: Alert, now: datetime, tr: Translator = ENGLISH) -> list[Line]:
    """What an alert says of its story: label and topics, headline, why, how far it is, and who says so."""
    story, verdict = alert.story, alert.verdict
    lines = [heading(story, verdict, tr), line(headline(story, 280, tr)), BLANK]
    lines += why_line(alert, tr)
    if effect := act_words(story.lead.act, story.lead.driver, tr, effect_day(story, now)):
        lines.append(line(bold(tr("Status:")), f" {effect}"))
    return [*lines, sources(story, now, tr=tr)]


def render_latest(alerts: Sequence[Alert], now: datetime, tr: Translator = ENGLISH) -> Message:
    """The newest structural stories, newest first, each with a button that explains it."""
    if not alerts:
        return compose([line(tr("No structural news yet. That is normal: most days bring only a few."))])
    lines: list[Line] = [line(bold(tr("Latest structural news"))), BLANK]
    for number, alert in enumerate(alerts, 1):
        story = alert.story
        told = topic_words(story_topics(story)[:3], tr)
        age = ago_words(now - moved_at(story), tr)
        lines += [line(f"{number}. ", headline(story, 160, tr)), line(" · ".join(filter(None, (told, age)))), BLANK]
    buttons = tuple(
        Button(tr("Why {number}", number=number), data=why_data(alert.story.id))
        for number, alert in enumerate(alerts, 1)
    )
    return compose(lines[:-1], foot=news_foot(tr), buttons=(buttons,))


def render_price(
    symbols: Sequence[str],
    quotes: Sequence[Quote],
    now: datetime,
    *,
    max_age: timedelta = PRICE_MAX_AGE,
    note: str = "",
    tr: Translator = ENGLISH,
) -> Message:
    """The prices asked for, each with its change, age and sources, or the plain word that there is none; the note."""
    held = {quote.symbol: quote for quote in quotes if _is_price(quote)}
    lines: list[Line] = []
    for symbol in symbols:
        lines.append(price_line(symbol, quotes, now, max_age, tr))
        if symbol in held:
            lines.append(sources_line(held[symbol], tr))
    return compose([*lines, *([line(note)] if note else [])], foot=news_foot(tr))


def price_lines(
    symbols: Sequence[str], quotes: Sequence[Quote], now: datetime, max_age: timedelta, tr: Translator = ENGLISH
) -> list[Line]:
    """The coins under an alert; what all fresh prices share, the span of their change and the oldest's age, once."""
    asked = [each for each in quotes if each.symbol in symbols]
    fresh = [each for each in asked if _is_price(each) and now - each.as_of <= max_age]
    if len(fresh) < max(_SHARING, len(asked)):
        return [price_line(symbol, quotes, now, max_age, tr) for symbol in symbols]
    oldest = max(now - each.as_of for each in fresh)
    return _sharing(symbols, fresh, tr("no price right now"), tr("{age} ago", age=age_words(oldest, tr)), tr)


def told_price_lines(
    symbols: Sequence[str], quotes: Sequence[Quote], clock: Callable[[datetime], str], tr: Translator = ENGLISH
) -> list[Line]:
    """The coins as they stood when the alert was sent, with the moment in the reader's clock, once where it is one."""
    told = [each for each in quotes if each.symbol in symbols]
    times = {clock(each.as_of) for each in told}
    if len(told) < _SHARING or len(times) > 1:
        return [told_price_line(symbol, quotes, clock, tr) for symbol in symbols]
    return _sharing(symbols, told, tr("no price at the time"), tr("at {time}", time=times.pop()), tr)


def _sharing(symbols: Sequence[str], quotes: Sequence[Quote], none: str, when: str, tr: Translator) -> list[Line]:
    held = {each.symbol: each for each in quotes}
    # A line of latin letters and figures alone would stand at the left of a right-to-left message.
    mark = RIGHT_TO_LEFT_MARK if tr.right_to_left else ""
    lines = [
        line(
            mark, bold(symbol), f" {' · '.join(quote_parts(held[symbol], tr, span=False)) if symbol in held else none}"
        )
        for symbol in symbols
    ]
    return [*lines, line(f"{tr('Change in 24 h')} · {when}")]


def price_line(
    symbol: str, quotes: Sequence[Quote], now: datetime, max_age: timedelta, tr: Translator = ENGLISH
) -> Line:
    """One coin: price, change over 24 h, age; a missing price is said, never guessed."""
    quote = next((each for each in quotes if each.symbol == symbol), None)
    if quote is None or not _is_price(quote):
        return line(bold(symbol), f" {tr('no price right now')}")
    age = now - quote.as_of
    old = tr("{age} ago, stale", age=age_words(age, tr)) if age > max_age else tr("{age} ago", age=age_words(age, tr))
    return line(bold(symbol), f" {' · '.join((*quote_parts(quote, tr), old))}")


def _is_price(quote: Quote) -> bool:
    return quote.price.is_finite() and quote.price > 0


def told_price_line(
    symbol: str, quotes: Sequence[Quote], clock: Callable[[datetime], str], tr: Translator = ENGLISH
) -> Line:
    """One coin as it stood when the alert was sent, with the moment in the reader's clock."""
    quote = next((each for each in quotes if each.symbol == symbol), None)
    if quote is None:
        return line(bold(symbol), f" {tr('no price at the time')}")
    at = tr("at {time}", time=clock(quote.as_of))
    return line(bold(symbol), f" {' · '.join((*quote_parts(quote, tr), at))}")


def why_line(alert: Alert, tr: Translator = ENGLISH) -> list[Line]:
    """The sentence of the rule that decided, where it has one."""
    because = _main_reason(alert, tr)
    return [line(bold(tr("Why:")), f" {because}")] if because else []


def heading(story: Story, verdict: Verdict, tr: Translator = ENGLISH) -> Line:
    """Label, how loud where it is loud, and the first two topics: a third would break the line on a phone."""
    topics = topic_words(story_topics(story)[:2], tr)
    return line(bold(label_words(verdict, tr)), f" · {topics}" if topics else "")


def label_words(verdict: Verdict, tr: Translator = ENGLISH) -> str:
    """The label, and how loud where it is loud: "◆ Structural, critical"."""
    loud = [tr(LOUD[verdict.severity])] if verdict.severity in LOUD else []
    return tr.joined((tr(LABELS[verdict.label]), *loud))


def headline(story: Story, limit: int, tr: Translator = ENGLISH) -> Span:
    """The lead's title, linked where the link is safe."""
    return Span(shown(story.lead.title, limit) or tr("(no title)"), bold=True, link=safe_link(story.lead.link))


def _main_reason(alert: Alert, tr: Translator) -> str:
    """The sentence of the rule that set the label, else of the first rule that has one, in the chat's language."""
    reasons, label = alert.verdict.reasons, alert.verdict.label.value
    of_label = [each for each in reasons if each.effect == label]
    first = next((each for each in (*of_label, *reasons) if each.because), None)
    return reason_words(first, alert.story, 240, tr, effect_day(alert.story, alert.judged)) if first else ""


def sources(story: Story, now: datetime, names: int = NAMED, tr: Translator = ENGLISH) -> Line:
    """Who reports it, nearest to the act first, how many independently, and when."""
    publishers = publishers_of(story) or [tr("unknown")]
    more = len(publishers) - names
    first = tr.joined(publishers[:names])
    first = tr("{names} +{more} more", names=first, more=more) if more > 0 else first
    # Who says something else, as that it was only announced, confirms nothing.
    count = independents(story)
    independent = tr("{number} independent", number=count) if count > 1 else ""
    label = tr("Sources:") if len(publishers) > 1 else tr("Source:")
    said = filter(None, (first, independent, ago_words(now - story.lead.published, tr)))
    return line(bold(label), f" {' · '.join(said)}")


def publishers_of(story: Story) -> list[str]:
    """The names of those who report it, nearest to the act first."""
    told = dict.fromkeys(shown(report.source.publisher, 40) for report in _nearest_first(story))
    return [name for name in told if name]


def _nearest_first(story: Story) -> list[Report]:
    """Reports with the nearest to the act first: its own register, then wires, the trade press and relays."""
    tiers = ("official", "wire", "trade", "aggregator")
    return sorted(story.reports, key=lambda report: tiers.index(report.source.tier.value))


def source_button(story: Story, tr: Translator = ENGLISH) -> tuple[Button, ...]:
    """A button that opens the lead's link, where that is safe."""
    link = safe_link(story.lead.link)
    return (Button(tr("Source"), url=link),) if link else ()


def chart_button(story: str, shade: Shade, tr: Translator = ENGLISH) -> Button:
    """A button that draws the price of the chat's first coin around the story's alert."""
    return Button(tr("Chart"), data=alert_chart_data(story, shade))


def alert_buttons(story: Story, tr: Translator = ENGLISH) -> Buttons:
    """Two rows, so that they take less of a phone's screen than the news: what to look up or mute, and the votes."""
    mute = Button(tr("Mute …"), data=ask_mute_data(story.id))
    votes = tuple(Button(tr(text), data=vote_data(story.id, mark)) for mark, text in VOTES.items())
    told = (Button(tr("Why"), data=why_data(story.id)), Button(tr("Story"), data=story_data(story.id)))
    return ((*told, *source_button(story, tr), mute), votes)
