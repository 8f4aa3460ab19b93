"""The votes under an alert: anyone who reads it may say what it was worth, once; nothing else changes by it."""

from __future__ import annotations

from datetime import timedelta

from bot.buttons import Vote
from bot.chats import Kind
from bot.commands.context import Ask, BotContext
from pipelines.judged import read_judged
from pipelines.votes import Counted, vote
from rules.marks import tally_words

OPEN_FOR = timedelta(days=14)
"""How long after its last verdict a story takes votes: what is said later is said of another time."""


CLOSED = f"This alert is more than {OPEN_FOR.days} days old: votes on it are closed."
NOT_A_READER = "Only those who read here can vote."


async def vote_pressed(context: BotContext, ask: Ask, pressed: Vote) -> str:
    """Count the vote, or take it back; returns what the person is told. What is no story of ours is stored nowhere."""
    if ask.user_id is None or (ask.kind is Kind.PRIVATE and ask.user_id != ask.chat_id):
        return NOT_A_READER
    alert = await read_judged(context.store, pressed.story)
    if alert is None:
        return "I know no such story any more, so nothing was counted."
    if ask.now - alert.judged > OPEN_FOR:
        return CLOSED
    counted = await vote(context.store, alert.story.id, ask.user_id, pressed.mark, ask.chat_id, ask.now)
    return _told(counted)


def _told(counted: Counted) -> str:
    so_far = tally_words(counted.tally) or "no votes"
    if counted.full:
        return f"Enough people have voted on this one: {so_far}."
    if counted.mark is None:
        return f"Taken back. Now: {so_far}."
    return f"Counted: {counted.mark.words}. Now: {so_far}."
