"""Why a story was judged as it was, as a message: the rules that spoke, what fired, what would flip it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from bot.buttons import why_data
from bot.judgement_words import event_words, flip_words
from bot.languages.countries import country_in
from bot.languages.translator import ENGLISH, N_, Translator
from bot.markup import BLANK, Button, Line, Message, bold, code, compose, line
from bot.messages import chart_button, heading, headline, news_foot, source_button, sources
from bot.mute_words import until_words
from bot.reasons import effect_words, reason_words
from bot.shade import Shade
from bot.text import shown
from bot.tracing import counted
from bot.words import LABELS, SEVERITIES, act_words, effect_day, fitting
from pipelines.events import Alert
from pipelines.titles import Found
from rules.explain import Clause, Trace
from rules.flips import nearest
from rules.verdict import Label, Reason

_MOST = 6
"""Rules that fit a phone's screen beside the rest."""
WHY, STORY = N_("Why {number}"), N_("Story {number}")
"""What the button of one of several stories is called."""


def render_why(
    alert: Alert, now: datetime, traced: Trace | None, tr: Translator = ENGLISH, zone: str = "UTC"
) -> Message:
    """Every rule that spoke, with the words that fired where they say something, the act as read, and the sources.

    Without a trace the reasons stand as they were kept, and it is said that the rules have changed since.
    """
    story, verdict, act = alert.story, alert.verdict, alert.story.lead.act
    lines = [heading(story, verdict, tr), line(headline(story, 200, tr)), BLANK]
    lines.append(line(bold(tr("The rules that spoke"))))
    lines += [_reason(each, traced, alert, tr) for each in verdict.reasons[:_MOST]]
    if len(verdict.reasons) > _MOST:
        lines.append(line(f"• {tr('and {count} more', count=len(verdict.reasons) - _MOST)}"))
    if traced is None:
        lines.append(line(tr("The rules have changed since; this is what they said then.")))
    elif verdict.label is not Label.STRUCTURAL and (flip := nearest(traced, Label.STRUCTURAL, story, alert.judged)):
        otherwise = fitting(flip_words(flip, story, alert.judged, tr), 300, tr)
        lines += [line(otherwise)] if otherwise else []
    lines += [BLANK, line(bold(tr("How it was read")))]
    lines.append(line(f"• {tr('Event: {event}', event=event_words(act.event, tr))}"))
    if effect := act_words(act, story.lead.driver, tr, effect_day(story, alert.judged)):
        lines.append(line(f"• {tr('Status: {status}', status=effect)}"))
    if actors := tr.joined(shown(country_in(actor.name, tr), 40) for actor in act.actors[:3]):
        lines.append(line(f"• {tr('By: {actors}', actors=actors)}"))
    severity, score = tr(SEVERITIES[verdict.severity]), f"{verdict.score:.0f}"
    lines.append(line(f"• {tr('Severity: {severity}, {score} of 100', severity=severity, score=score)}"))
    lines += [BLANK, sources(story, now, names=5, tr=tr)]
    if story.report_count > 1:
        lines.append(line(fitting(counted(story, tr), 300, tr)))
    lines.append(line(tr("First seen {when}", when=until_words(story.first_seen, zone, tr))))
    reader, rules = (
        shown(text, most) or tr("unknown") for text, most in ((story.lead.reader, 20), (verdict.rules[:8], 8))
    )
    lines.append(
        line(tr("Story {story} · rules {rules} · reader {reader}", story=story.id, rules=rules, reader=reader))
    )
    return compose(
        lines, foot=news_foot(tr), buttons=((*source_button(story, tr), chart_button(story.id, Shade.LIGHT, tr)),)
    )


def render_choices(
    found: Sequence[Found],
    data: Callable[[str], str] = why_data,
    button: str = WHY,
    tr: Translator = ENGLISH,
) -> Message:
    """Several stories that may be meant, each with a ``button`` so called, sending what ``data`` makes of its id."""
    lines: list[Line] = [line(bold(tr("Which one do you mean?"))), BLANK]
    for number, each in enumerate(found, 1):
        about = line(tr(LABELS[each.label]), " · ", code(each.story))
        lines += [line(f"{number}. {shown(each.title, 160)}"), about, BLANK]
    buttons = tuple(Button(tr(button, number=number), data=data(each.story)) for number, each in enumerate(found, 1))
    return compose(lines[:-1], buttons=(buttons,))


def _reason(reason: Reason, traced: Trace | None, alert: Alert, tr: Translator) -> Line:
    words = tr.joined(dict.fromkeys(_words(reason, traced)))
    fired = f" — {shown(words, 80)}" if words else ""
    effect = effect_day(alert.story, alert.judged)
    said = reason_words(reason, alert.story, 160, tr, effect) or shown(reason.rule, 160)
    told = tr("{what} ({aside})", what=said, aside=effect_words(reason.effect, tr))
    return line(f"• {told}{fired}")


def _words(reason: Reason, traced: Trace | None) -> Iterator[str]:
    """The words of the title that a rule's clauses held on."""
    if traced is None:
        return
    for each in traced.rules:
        if each.rule.name == reason.rule and each.fired:
            yield from _spoken(each.when, traced.title)


def _spoken(clause: Clause, title: str) -> Iterator[str]:
    for start, end in clause.spans if clause.held else ():
        yield f'"{title[start:end]}"'
    for part in clause.parts:
        yield from _spoken(part, title)
