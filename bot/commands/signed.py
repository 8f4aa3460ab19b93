"""Signed buttons whose order is longer than a button: what it is about waits in the store under the button's nonce."""

from __future__ import annotations

import secrets
from typing import Any

from bot.commands.context import Ask, BotContext
from bot.markup import Button
from bot.signing import LIFE, NONCE_BYTES, Action, Order
from pipelines import keys


async def offer(context: BotContext, ask: Ask, text: str, action: Action, wanted: str) -> Button:
    """A button that does this with what is ``wanted``, once, for the person who asks."""
    (button,) = await offers(context, ask, wanted, (text, action))
    return button


async def offers(context: BotContext, ask: Ask, wanted: str, *choices: tuple[str, Action]) -> tuple[Button, ...]:
    """Buttons of which one can be pressed, once, by the person who asks: each its words and what it does."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    await context.store.set(keys.wanted(nonce.hex()), wanted, ex=int(LIFE.total_seconds()) + 60)
    user = ask.user_id
    assert user is not None  # an operator is a person
    return tuple(Button(text, data=context.signer.sign(action, "", user, nonce, ask.now)) for text, action in choices)


async def wanted_by(context: BotContext, order: Order) -> str | None:
    """What the button's order is about; None where that has been forgotten."""
    store: Any = context.store
    found = await store.get(keys.wanted(order.nonce.hex()))
    return found.decode() if found else None
