"""The buttons that only their operator may press: signed, bound to the person, good for ten minutes, used once.

What a button carries is readable but cannot be made up: its last 16 signs are 96 bits of an HMAC-SHA256 over all that
stands before them. The key is derived from the bot's token, one way, so that another bot's buttons are forged here.
Pure: time and chance come in as arguments. That a button is used once is for the store to see to, by its nonce.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from struct import Struct

LIFE = timedelta(minutes=10)
NONCE_BYTES = 6
LONGEST_ARGUMENT = 16

_MARK = "!"
_DOMAIN = b"lodestone: key of operators' buttons, 1"
_MAC_BYTES = 12
_MAC_SIGNS = 16
_FIXED = Struct(f">cQI{NONCE_BYTES}s")
"""Action, person, expiry in Unix seconds, nonce; the argument fills what is left."""


class Action(StrEnum):
    """What a button does; one sign each, since 64 bytes are few."""

    RETRY = "r"
    DROP = "d"
    DROP_FOR_GOOD = "D"
    KEEP = "k"
    RESUME = "p"
    RETRACT = "x"
    LEAVE = "l"
    ADD_FEED = "a"
    REMOVE_FEED = "m"
    BROADCAST = "b"
    STOP = "s"


class Refusal(StrEnum):
    """Why a button is not obeyed."""

    FORGED = "forged button"
    FOREIGN = "another user's button"
    LATE = "button out of time"
    USED = "button used before"


@dataclass(frozen=True, slots=True)
class Order:
    """What a button says: do this, for that person, until then, once."""

    action: Action
    argument: str
    user: int
    until: datetime
    nonce: bytes


@dataclass(frozen=True, slots=True)
class Signer:
    """Makes and reads the buttons of one bot. It holds the derived key, never the token, and shows neither."""

    _key: bytes = field(repr=False)

    def sign(self, action: Action, argument: str, user: int, nonce: bytes, now: datetime) -> str:
        """The data of a button for this person, at most 64 bytes.

        Raises ``ValueError`` for an argument that is not ASCII or longer than 16, a nonce that has not six bytes, or
        a person whose id is no positive number of 64 bits.
        """
        if len(argument) > LONGEST_ARGUMENT or not argument.isascii():
            raise ValueError(f"a button's argument is at most {LONGEST_ARGUMENT} ASCII signs")
        if len(nonce) != NONCE_BYTES or not 0 < user < 2**64:
            raise ValueError(f"a button needs {NONCE_BYTES} bytes of nonce and a person's id")
        until = int((now + LIFE).timestamp())
        fixed = _FIXED.pack(action.value.encode(), user, until, nonce)
        body = _MARK + urlsafe_b64encode(fixed + argument.encode()).decode().rstrip("=")
        return body + self._mac(body.encode())

    def verify(self, data: str, user: int | None, now: datetime) -> Order | Refusal:
        """What the button orders, if it was made here, for this person, at most ten minutes ago."""
        raw = data.encode("utf-8", "surrogatepass")
        body, mac = raw[:-_MAC_SIGNS], raw[-_MAC_SIGNS:]
        # Signs are compared, not what they decode to: of the latter there is more than one spelling.
        if not hmac.compare_digest(mac, self._mac(body).encode()):
            return Refusal.FORGED
        try:
            order = _read(body.decode())
        except ValueError:  # signed by another version of this program
            return Refusal.FORGED
        if user != order.user:
            return Refusal.FOREIGN
        # No later than its end, and no earlier than it can have been made: a clock set back lengthens no life.
        if not timedelta() <= order.until - now <= LIFE + timedelta(minutes=1):
            return Refusal.LATE
        return order

    def _mac(self, body: bytes) -> str:
        return urlsafe_b64encode(hmac.digest(self._key, body, "sha256")[:_MAC_BYTES]).decode()


def signer_for(token: str) -> Signer:
    """The signer of the bot with this token; the token cannot be found out from it or from what it signs."""
    return Signer(hmac.digest(token.encode(), _DOMAIN, sha256))


def is_signed(data: str) -> bool:
    """Whether the data claims to be a button of this kind."""
    return data.startswith(_MARK)


def _read(body: str) -> Order:
    packed = urlsafe_b64decode(body.removeprefix(_MARK) + "==")
    if len(packed) < _FIXED.size:
        raise ValueError("too short")
    action, user, until, nonce = _FIXED.unpack(packed[: _FIXED.size])
    argument = packed[_FIXED.size :].decode("ascii")
    return Order(Action(action.decode("ascii")), argument, user, datetime.fromtimestamp(until, UTC), nonce)
