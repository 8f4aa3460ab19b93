"""Which chats of a private bot hear of an alert: those that its settings let in, under whichever id."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis

from bot.access import Access
from bot.address import Address
from bot.chat_store import ChatStore
from bot.chats import Chat, Kind
from pipelines.stage import Done
from tests.conftest import Clock
from tests.delivery.stories import make_alert


@pytest.mark.parametrize(("allowed", "hears"), [(-1001, True), (-5, True), (-6, False)])
async def test_a_private_bot_writes_to_groups_on_its_list_and_to_what_became_of_them(
    store: Redis, clock: Clock, allowed: int, hears: bool
) -> None:
    await ChatStore(store).put(Chat(id=-1001, kind=Kind.SUPERGROUP, created=clock(), former=-5))
    access = Access(mode="private", allowed_chats=frozenset({allowed}), admins=frozenset({7}))
    (outcome,) = await Address(store, clock, access).handle([make_alert("a", clock())])
    assert isinstance(outcome, Done)
    assert bool(outcome.writes) == hears
