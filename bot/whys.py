"""Why a story was judged as it was, as a message: the rules that spoke, what fired, what would flip it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from bot.buttons import why_data
from bot.languages.translator import ENGLISH, Translator
from bot.markup import BLANK, Button, Line, Message, bold, code, compose, line
from bot.messages import heading, headline, news_foot, source_button, sources
from bot.reasons import effect_words, reason_words
from bot.text import shown
from bot.tracing import counted
from bot.words import LABELS, act_words, moment_words
from pipelines.events import Alert
from pipelines.titles import Found
from rules.explain import Clause, Trace
from rules.flips import nearest
from rules.story import Story
from rules.verdict import Label, Reason

_MOST = 6
"""Rules that fit a phone's screen beside the rest."""


def render_why(alert: Alert, now: datetime, traced: Trace | None) -> Message:
    """Every rule that spoke, with the words that fired where they say something, the act as read, and the sources.

    Without a trace the reasons stand as they were kept, and it is said that the rules have changed since.
    """
    story, verdict, act = alert.story, alert.verdict, alert.story.lead.act
    lines = [heading(story, verdict), line(headline(story, 200)), BLANK, line(bold("The rules that spoke"))]
    lines += [_reason(each, traced, story, ENGLISH) for each in verdict.reasons[:_MOST]]
    if len(verdict.reasons) > _MOST:
        lines.append(line(f"• and {len(verdict.reasons) - _MOST} more"))
    if traced is None:
        lines.append(line("The rules have changed since; this is what they said then."))
    elif verdict.label is not Label.STRUCTURAL and (flip := nearest(traced, Label.STRUCTURAL, story, alert.judged)):
        lines.append(line(shown(flip.in_words(story, alert.judged), 300)))
    lines += [BLANK, line(bold("How it was read"))]
    lines.append(line(f"• Event: {act.event.value.replace('-', ' ')}"))
    if effect := act_words(act, story.lead.driver):
        lines.append(line(f"• Status: {effect}"))
    if actors := ", ".join(shown(actor.name, 40) for actor in act.actors[:3]):
        lines.append(line(f"• By: {actors}"))
    lines.append(line(f"• Severity: {verdict.severity.value}, {verdict.score:.0f} of 100"))
    lines += [BLANK, sources(story, now, names=5)]
    if story.report_count > 1:
        lines.append(line(shown(counted(story), 300)))
    lines.append(line(f"First seen {moment_words(story.first_seen)}"))
    reader = shown(story.lead.reader, 20) or "unknown"
    lines.append(line(f"Story {story.id} · rules {shown(verdict.rules[:8], 8) or 'unknown'} · reader {reader}"))
    return compose(lines, foot=news_foot(), buttons=(source_button(story),))


def render_choices(found: Sequence[Found], data: Callable[[str], str] = why_data, word: str = "Why") -> Message:
    """Several stories that may be meant, each with a button of this word, which sends what ``data`` makes of its id."""
    lines: list[Line] = [line(bold("Which one do you mean?")), BLANK]
    for number, each in enumerate(found, 1):
        lines += [line(f"{number}. {shown(each.title, 160)}"), line(LABELS[each.label], " · ", code(each.story)), BLANK]
    buttons = tuple(Button(f"{word} {number}", data=data(each.story)) for number, each in enumerate(found, 1))
    return compose(lines[:-1], buttons=(buttons,))


def _reason(reason: Reason, traced: Trace | None, story: Story, tr: Translator) -> Line:
    words = tr.joined(dict.fromkeys(_words(reason, traced)))
    fired = f" — {shown(words, 80)}" if words else ""
    said = reason_words(reason, story, 160, tr) or shown(reason.rule, 160)
    return line(f"• {said} ({effect_words(reason.effect, tr)}){fired}")


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
