"""What an answer of Telegram makes of a delivery: the contract in one place. Pure.

Nothing is lost: what surely did not arrive is tried again; what may have arrived is repeated once, marked, where it is
structural, and becomes a line of the next digest otherwise, and where the repeat is not answered either.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from bot.chats import DeliveryState
from bot.delivery.answers import Fixed, Refused, Retry, Sent, Unknown
from bot.delivery.queue import Receipt, Taken

Form = Literal["message", "edit", "reply"]
LONGEST_BACK_OFF = 60.0
MOST_SURPRISES = 5
AFTER_SILENCE = timedelta(minutes=30)
"""How long what was not answered waits for a digest: the network that swallowed it may still be as it was."""


def back_off(taken: Taken) -> float:
    """Seconds to wait after a failure for which Telegram named no time: 1, 2, 4 ... 60."""
    return float(min(2.0 ** min(max(taken.calls - 1, 0), 10), LONGEST_BACK_OFF))


def wait_of(taken: Taken, answer: Retry) -> float:
    """Seconds to wait before it is asked again: what Telegram said, else our own back-off."""
    return back_off(taken) if answer.after is None else answer.after


def receipt_of(  # noqa: PLR0911  one line per answer
    taken: Taken,
    answer: Sent | Retry | Unknown | Refused | Fixed,
    now: datetime,
    *,
    rest: float,
    version: int | None = None,
    structural: bool = True,
    form: Form = "message",
    told: tuple[tuple[str, int], ...] = (),
) -> Receipt:
    """What is written down; ``rest``: in how many seconds the chat may be called again, ``version``: what was told.

    The chat's message stays the one that is kept current: neither an edit nor a reply takes its place, nor has a line
    of a digest one of its own.
    """
    edit = form == "edit"
    match answer:
        case Sent(message_id, plain):
            return Receipt(
                state=DeliveryState.SENT,
                pause=rest,
                version=version,
                shown=None if form == "reply" else version,
                message=message_id if form == "message" else None,
                plain=plain,
                told=told,
            )
        case Fixed(why):
            # What it shows stays as it is; it is not tried again before something new is to be shown.
            return Receipt(state=DeliveryState.SENT, pause=rest, shown=version, why=why)
        case Retry(why):
            return put_off(taken, rest=wait_of(taken, answer), why=why)
        case Unknown(why) if edit:
            return put_off(taken, rest=LONGEST_BACK_OFF, why=why)  # made twice it does no harm
        case Unknown(why):
            if taken.lane != "digest" and structural and taken.before is not DeliveryState.UNKNOWN:
                return Receipt(state=DeliveryState.UNKNOWN, pause=rest, again=True, why=why)
            return Receipt(state=DeliveryState.UNKNOWN, pause=rest, held=now + AFTER_SILENCE, why=why)
        case Refused(why) if edit:
            return Receipt(state=DeliveryState.SENT, pause=rest, shown=version, why=why)
        case Refused(why) if taken.lane == "digest":
            return Receipt(state=DeliveryState.FAILED, pause=rest, held=now + AFTER_SILENCE, why=why)
        case Refused(why):
            state = DeliveryState.SENT if form == "reply" else DeliveryState.FAILED
            return Receipt(state=state, pause=rest, why=why, buried=True)


def put_off(taken: Taken, *, rest: float, why: str = "") -> Receipt:
    """What is written down where nothing was delivered for certain: it stays first in line, as it was."""
    return Receipt(state=taken.waiting, pause=rest, again=True, why=why)


def surprise_of(taken: Taken, why: str, now: datetime, *, rest: float) -> Receipt:
    """What is written down when this program, not Telegram, failed: five times, and then the delivery is given up."""
    if taken.surprises + 1 >= MOST_SURPRISES:
        form: Form = "message" if taken.message is None else "edit" if taken.lane == "edit" else "reply"
        return receipt_of(taken, Refused(why), now, rest=rest, form=form)
    return replace(put_off(taken, rest=2.0**taken.surprises, why=why), surprise=True)


def held_until(taken: Taken, until: datetime) -> Receipt:
    """Not now: a line of the chat's digest, which keeps the doubt that there is; a digest itself waits."""
    told = DeliveryState.SENT if taken.message is not None else DeliveryState.HELD
    doubt = DeliveryState.UNKNOWN if taken.repeat else told
    return Receipt(state=taken.waiting if taken.lane == "digest" else doubt, held=until)


def left_out(taken: Taken) -> Receipt:
    """No longer wanted: muted or turned away from since it was put in line, or told meanwhile."""
    return Receipt(state=DeliveryState.FAILED if taken.message is None else DeliveryState.SENT)


def put_aside(taken: Taken) -> Receipt:
    """A mute holds it back: it waits for that mute's end, and is no line before."""
    return Receipt(state=DeliveryState.HELD if taken.message is None else DeliveryState.SENT)
