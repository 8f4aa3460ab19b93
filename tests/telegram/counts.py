"""The log of calls in figures: how many, to whom, how fast. Computed here, so that no benchmark fetches the log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from tests.telegram.world import Call


def counts(calls: Iterable[Call]) -> dict[str, Any]:
    """Figures of these calls, which are in the order of their arrival.

    ``chats`` are the messages delivered, by chat. ``most_in_a_second`` and ``most_delivered_in_a_second`` look at every
    second that begins at an arrival (its end excluded); ``seconds`` are the arrivals by whole second of Unix time.
    """
    arrived, delivered, chats = list[float](), list[float](), Counter[int | None]()
    statuses, seconds = Counter[int](), Counter[int]()
    paid = silent = unanswered = 0
    for call in calls:
        arrived.append(call.at)
        seconds[int(call.at)] += 1
        statuses[call.status] += 1
        unanswered += not call.status
        if call.delivered:
            delivered.append(call.at)
            chats[call.chat] += 1
            paid += call.allow_paid_broadcast
            silent += call.disable_notification
    return {
        "arrived": len(arrived),
        "delivered": len(delivered),
        "paid": paid,
        "silent": silent,
        "unanswered": unanswered,
        "first": arrived[0] if arrived else None,
        "last": arrived[-1] if arrived else None,
        "most_in_a_second": most_within(arrived, 1.0),
        "most_delivered_in_a_second": most_within(delivered, 1.0),
        "statuses": dict(statuses),
        "seconds": dict(seconds),
        "chats": dict(chats),
    }


def most_within(times: Sequence[float], span: float) -> int:
    """The most of these times that lie within any stretch of ``span`` seconds, its end excluded."""
    most, first, ordered = 0, 0, sorted(times)
    for last, at in enumerate(ordered):
        while at - ordered[first] >= span:
            first += 1
        most = max(most, last - first + 1)
    return most
