"""How long a source that failed is left alone. Pure: chance comes in as an argument."""

from __future__ import annotations

from typing import Final

SHUT_OUT: Final = 3600.0
"""Seconds until a source that shuts this address out (403, 418, 451) is asked again."""
LONGEST_PAUSE: Final = 900.0
_BUSY: Final = 60.0
"""Seconds that a socket is left alone at first after a 429 that names no time."""
SOCKET_FIRST: Final = 0.5
SOCKET_LONGEST: Final = 7.0
"""The seconds between two tries to open a socket, at first and at most.

Seven, less the jitter, is 114 tries in ten minutes, below the 150 that Kraken allows an address; and a venue that is
back is heard again within ten seconds.
"""
_BLOCKED: Final = 30
"""Failures in a row, three minutes, after which a socket is likely to stay shut: then a try a minute is enough."""
_SOCKET_BLOCKED: Final = 60.0
_SHUT: Final = frozenset({"refused", "banned", "restricted-location"})


def poll_pause(reason: str, failures: int, interval: float, retry_after: float | None) -> float:
    """Seconds until a REST source is asked again: doubling, an hour where it shuts us out, longer if it says so.

    ``failures`` are those in a row, this one among them.
    """
    own = SHUT_OUT if reason in _SHUT else min(interval * 2.0 ** min(failures - 1, 16), LONGEST_PAUSE)
    return max(own, retry_after or 0.0)


def socket_pause(reason: str, failures: int, retry_after: float | None, chance: float) -> float:
    """Seconds between the beginning of a socket's last try and its next.

    It doubles with the failures in a row up to ``SOCKET_LONGEST``, and is a minute where sockets seem to be blocked;
    ``chance`` (0 to 1) takes up to half of it away, so that many that lost a venue do not come back together. A venue
    that shuts us out is left alone for an hour, one that is busy for a minute and longer, each longer if it says so.
    """
    doubled = 2.0 ** min(failures - 1, 16)
    if reason in _SHUT:
        own = SHUT_OUT
    elif reason == "too-many-requests":
        own = min(_BUSY * doubled, LONGEST_PAUSE)
    else:
        longest = SOCKET_LONGEST if failures <= _BLOCKED else _SOCKET_BLOCKED
        own = min(SOCKET_FIRST * doubled, longest) * (1.0 - chance / 2)
    return max(own, retry_after or 0.0)
