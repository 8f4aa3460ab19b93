"""The ledger beside the Bot API server's log, row by row: each says what the other says, or it is counted here."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.chats import Delivery, DeliveryState
from bot.delivery.ledger import head_key, ledger_key, read_row
from pipelines import keys

_STORY = re.compile(r"w:(\S+)")
Pair = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Told:
    """A delivered message that tells stories: an alert, or a digest of several; ``marked`` as a repeat."""

    chat: int
    message: int
    stories: tuple[str, ...]
    digest: bool
    marked: bool


def told_by(call: dict[str, Any]) -> Told | None:
    """What a call of the server's log told; None where nothing was delivered, or it was an answer to a command."""
    if not call["delivered"]:
        return None
    rows = (call["params"].get("reply_markup") or {}).get("inline_keyboard", [])
    stories = tuple(
        found[1] for row in rows for each in row if (found := _STORY.fullmatch(each.get("callback_data") or ""))
    )
    if not stories:
        return None
    text = call["text"]
    return Told(call["chat"], call["message_id"], stories, "Digest ·" in text, "↻ Repeat:" in text)


async def read_ledger(store: Any) -> list[Delivery]:
    """Every row of every story."""
    found = list[Delivery]()
    for raw in await store.zrange(keys.LEDGERS, 0, -1):
        story = raw.decode()
        parts = int(await store.hget(head_key(story), "parts") or 1)
        for part in range(parts):
            rows = await store.hgetall(ledger_key(story, part, parts))
            found += [read_row(story, int(chat), row) for chat, row in rows.items()]
    return found


@dataclass
class Reconciled:
    """What the two say together; everything in ``wrong`` should be nothing."""

    states: Counter[str] = field(default_factory=Counter)
    alerts: int = 0
    digests: int = 0
    marked: int = 0
    wrong: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    def blame(self, what: str, pair: Pair) -> None:
        """Count something that does not fit."""
        self.wrong[what] += 1
        if len(self.examples) < 10:
            self.examples.append(f"{what}: story {pair[0]} chat {pair[1]}")


def reconcile(rows: Sequence[Delivery], told: Iterable[Told], blocked: set[int], due: set[int]) -> Reconciled:
    """Compare; ``blocked`` are the chats that refused a message, ``due`` those for which a digest is still to come."""
    found = Reconciled()
    alerts, lines = defaultdict[Pair, list[Told]](list), defaultdict[Pair, list[Told]](list)
    for each in told:
        found.digests += each.digest
        found.alerts += not each.digest
        for story in each.stories:
            (lines if each.digest else alerts)[story, each.chat].append(each)
    by_pair = {(row.story, row.chat): row for row in rows}
    for pair in {*alerts, *lines} - set(by_pair):
        found.blame("delivered without a row", pair)
    for pair, copies in (*alerts.items(), *lines.items()):
        marked = sum(each.marked for each in copies)
        found.marked += min(marked, len(copies) - 1)
        if len(copies) - 1 > marked:
            found.blame("repeated without a mark", pair)
    for pair, row in by_pair.items():
        found.states[row.state] += 1
        if wrong := _wrong(row, alerts.get(pair, []), lines.get(pair, []), blocked, due):
            found.blame(wrong, pair)
    return found


def _wrong(row: Delivery, alerts: list[Told], lines: list[Told], blocked: set[int], due: set[int]) -> str:
    match row.state:
        case DeliveryState.SENT:
            same = sum(each.message == row.message_id for each in alerts)
            return "" if same == 1 else f"sent, with {same} delivered calls of its number"
        case DeliveryState.LISTED:
            return "" if lines else "told in a digest that was not delivered"
        case DeliveryState.FAILED:
            return "" if row.chat in blocked else "failed, in a chat that never refused"
        case DeliveryState.HELD | DeliveryState.UNKNOWN:
            return "" if row.chat in due else f"{row.state}, with no digest to come"
        case _:
            return f"left {row.state}"
