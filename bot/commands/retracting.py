"""/retract: an operator takes a wrong alert back, and every message about it says so."""

from __future__ import annotations

import secrets
from typing import Any

from bot.chats import Kind
from bot.commands.authority import OUTSIDE, note_done, note_refused
from bot.commands.context import Ask, BotContext
from bot.delivery.ledger import Ledger
from bot.markup import BLANK, Button, Message, bold, compose, line
from bot.messages import headline
from bot.replies import say
from bot.signing import LIFE, NONCE_BYTES, Action, Order
from bot.text import clean, cut, shown
from pipelines import keys
from pipelines.events import Notice
from pipelines.judged import read_judged
from pipelines.stories.ids import is_story_id
from pipelines.streams import add
from rules.story import Move

LONGEST_REASON = 200


async def retract(context: BotContext, ask: Ask) -> Message:
    """Ask whether an alert, named by its id or by replying to it, is to be taken back for this reason."""
    if ask.kind is not Kind.PRIVATE:
        await note_refused(context, ask, "/retract", OUTSIDE)
        return say(ask.tr("I do that in our private chat only."))
    tr = ask.tr
    first, _, rest = ask.text.partition(" ")
    story, reason = (first.lower(), rest) if is_story_id(first.lower()) else (ask.story, ask.text)
    reason = cut(clean(reason), LONGEST_REASON)
    await note_done(context, ask, f"/retract asked {story}".strip())
    alert = await read_judged(context.store, story) if story else None
    if not story or not reason:
        asked = tr(
            "Which alert, and why? Reply to it with {command} and the reason, or name its id. Readers see the reason.",
            command="/retract",
        )
        return say(asked, "/retract 1y4k0x9ab the ministry denied it")
    if alert is None:
        return say(tr("I know no such story. /latest lists the newest."))
    if alert.story.retracted is not None:
        return say(tr("That alert has been taken back already."))
    nonce = secrets.token_bytes(NONCE_BYTES)
    await context.store.set(keys.reason(nonce.hex()), reason, ex=int(LIFE.total_seconds()) + 60)
    told = await Ledger(context.store).rows(story)
    assert ask.user_id is not None  # an operator is a person
    yes, no = (
        Button(text, data=context.signer.sign(action, story, ask.user_id, nonce, ask.now))
        for text, action in ((tr("Take it back"), Action.RETRACT), (tr("Leave it"), Action.LEAVE))
    )
    whom = tr("Nobody has been told of it yet.")
    if told:
        whom = tr.plural("{count} chat has it.", "{count} chats have it.", told)
    lines = [line(bold(tr("Take this alert back?"))), line(headline(alert.story, 200, tr)), BLANK, line(whom)]
    will_say = tr("Its message will say: {reason}", reason=shown(reason, LONGEST_REASON))
    return compose([*lines, line(will_say)], buttons=((yes, no),))


async def take_back(context: BotContext, ask: Ask, order: Order) -> Message:
    """Do what the button says: the story is noted as taken back, and its messages follow."""
    store: Any = context.store
    stored = await store.get(keys.reason(order.nonce.hex()))
    if stored is None:
        return say(ask.tr("I no longer know the reason. Ask again with {command}.", command="/retract"))
    reason = stored.decode()
    await store.execute_command(*add(keys.READINGS, Notice(order.argument, Move.RETRACTION, ask.now, reason)))
    await note_done(context, ask, f"/retract {order.argument}: {reason}")
    return say(ask.tr("Withdrawn. The messages about it are being edited; where that cannot be, a reply says so."))
