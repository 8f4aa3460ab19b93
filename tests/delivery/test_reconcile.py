"""The soak's comparison of ledger and server sees each way in which the two may differ."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.chats import Delivery, DeliveryState
from tests.bench.reconcile import Told, reconcile, told_by

NOW = datetime(2026, 11, 27, tzinfo=UTC)


def row(state: DeliveryState, message: int | None = None, chat: int = 1) -> Delivery:
    return Delivery(story="a", chat=chat, version=1, state=state, at=NOW, message_id=message)


def alert(message: int, *, marked: bool = False) -> Told:
    return Told(1, message, ("a",), digest=False, marked=marked)


def digest(message: int) -> Told:
    return Told(1, message, ("a", "b"), digest=True, marked=False)


@pytest.mark.parametrize(
    ("rows", "told", "wrong"),
    [
        ([row(DeliveryState.SENT, 7)], [alert(7)], {}),
        ([row(DeliveryState.SENT, 8)], [alert(7), alert(8, marked=True)], {}),
        ([row(DeliveryState.SENT, 8)], [alert(7), alert(8)], {"repeated without a mark": 1}),
        ([row(DeliveryState.SENT, 8)], [alert(7)], {"sent, with 0 delivered calls of its number": 1}),
        ([row(DeliveryState.SENT, 7)], [], {"sent, with 0 delivered calls of its number": 1}),
        ([], [alert(7)], {"delivered without a row": 1}),
        ([row(DeliveryState.LISTED)], [digest(7)], {"delivered without a row": 1}),
        ([row(DeliveryState.LISTED)], [], {"told in a digest that was not delivered": 1}),
        ([row(DeliveryState.PENDING)], [], {"left pending": 1}),
        ([row(DeliveryState.SENDING)], [], {"left sending": 1}),
        ([row(DeliveryState.FAILED)], [], {"failed, in a chat that never refused": 1}),
        ([row(DeliveryState.FAILED, chat=2)], [], {}),
        ([row(DeliveryState.HELD)], [], {"held, with no digest to come": 1}),
        ([row(DeliveryState.UNKNOWN, chat=3)], [], {}),
    ],
)
def test_what_does_not_fit_is_counted(rows: list[Delivery], told: list[Told], wrong: dict[str, int]) -> None:
    found = reconcile(rows, told, blocked={2}, due={3})
    assert dict(found.wrong) == wrong


def call(text: str, data: str, *, delivered: bool = True) -> dict[str, Any]:
    markup = {"inline_keyboard": [[{"text": "Why", "callback_data": data}, {"text": "Open", "url": "https://a.b"}]]}
    return {"chat": 1, "message_id": 7, "delivered": delivered, "text": text, "params": {"reply_markup": markup}}


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (call("x", "w:a"), Told(1, 7, ("a",), digest=False, marked=False)),
        (call("<i>↻ Repeat: you may</i>", "w:a"), Told(1, 7, ("a",), digest=False, marked=True)),
        (call("<b>Digest · 1 story</b>", "w:a"), Told(1, 7, ("a",), digest=True, marked=False)),
        (call("x", "w:a", delivered=False), None),
        (call("Welcome", "s:topics"), None),
    ],
)
def test_calls_are_read_by_the_stories_under_their_buttons(made: dict[str, Any], told: Told | None) -> None:
    assert told_by(made) == told
