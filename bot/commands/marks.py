"""The votes under an alert: anyone who reads it may say what it was worth, once; nothing else changes by it."""

from __future__ import annotations

from datetime import timedelta

from bot.chats import Kind
from bot.commands.context import Ask, BotContext
from bot.languages.translator import N_, Translator
from bot.taps import Vote
from bot.words import mark_words, tally_words
from pipelines.judged import read_judged
from pipelines.votes import Counted, vote

OPEN_FOR = timedelta(days=14)
"""How long after its last verdict a story takes votes: what is said later is said of another time."""


CLOSED = N_("This alert is more than {days} days old: votes on it are closed.")
NOT_A_READER = N_("Only those who read here can vote.")


async def vote_pressed(context: BotContext, ask: Ask, pressed: Vote) -> str:
    """Count the vote, or take it back; returns what the person is told. What is no story of ours is stored nowhere."""
    if ask.user_id is None or (ask.kind is Kind.PRIVATE and ask.user_id != ask.chat_id):
        return ask.tr(NOT_A_READER)
    alert = await read_judged(context.store, pressed.story)
    if alert is None:
        return ask.tr("I know no such story any more, so nothing was counted.")
    if ask.now - alert.judged > OPEN_FOR:
        return ask.tr(CLOSED, days=OPEN_FOR.days)
    counted = await vote(context.store, alert.story.id, ask.user_id, pressed.mark, ask.chat_id, ask.now)
    return _told(counted, ask.tr)


def _told(counted: Counted, tr: Translator) -> str:
    so_far = tally_words(counted.tally, tr) or tr("no votes")
    if counted.full:
        return tr("Enough people have voted on this one: {votes}.", votes=so_far)
    if counted.mark is None:
        return tr("Taken back. Now: {votes}.", votes=so_far)
    return tr("Counted: {mark}. Now: {votes}.", mark=mark_words(counted.mark, tr), votes=so_far)
