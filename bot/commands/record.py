"""/record: what tightened and what eased supply, by month, of a topic or a country or of all."""

from __future__ import annotations

import asyncio

from bot.commands.context import Ask, BotContext
from bot.markup import Message
from bot.record.asked import MONTHS, read_asked
from bot.record.told import render_record
from bot.replies import say
from pipelines.record.read import read_record
from pipelines.record.tables import load_tables


async def record(context: BotContext, ask: Ask) -> Message:
    """The record as far as asked; a word that is no topic and no country is answered with the nearest one."""
    tables = await asyncio.to_thread(load_tables)
    asked = read_asked(ask.text, tables, ask.tr)
    if asked.unclear:
        if asked.nearest:
            told = ask.tr("I know no topic or country “{words}”. Did you mean", words=asked.unclear)
            return say(told, f"/record {asked.nearest.lower()}")
        told = ask.tr("I know no topic or country “{words}”. Try a country, a topic, or both:", words=asked.unclear)
        return say(told, "/record us rare earths")
    found = await read_record(context.store, ask.now.date(), context.record)
    return render_record(found, asked, tables, ask.now.date(), MONTHS, ask.tr)
