"""/lang: in which language this chat is written to."""

from __future__ import annotations

from dataclasses import replace

from bot.boards import render_board, render_unspoken
from bot.commands.context import Ask, BotContext, settle
from bot.languages.catalogues import LANGUAGES
from bot.languages.names import find_language
from bot.markup import Message
from bot.replies import say
from bot.text import shown


async def lang(context: BotContext, ask: Ask) -> Message:
    """Speak the language that was named, from this answer on; with none named, offer the choice."""
    chat = await context.chats.get(ask.chat_id) or ask.newcomer(context).off("never started")
    if not ask.text.strip():
        return render_board(chat, "language", ask.now, ask.tr)
    meant = find_language(ask.text)
    if not meant.language:
        return render_unspoken(shown(ask.text, 40), meant.near, chat, ask.tr)
    chat = await settle(context, ask, lambda chat: replace(chat, language=meant.language))
    tr = ask.after(context, chat).tr
    return say(tr("Alerts and answers here come in {language} from now on.", language=LANGUAGES[meant.language]))
