"""What can go wrong with a feed: a closed set of reasons, into which every library's errors are translated once."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why a poll brought nothing. The words appear in logs, in ``feeds list`` and in ``feeds doctor``."""

    REFUSED_URL = "refused-url"
    REFUSED_ADDRESS = "refused-address"
    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT = "timeout"
    PROTOCOL = "protocol"
    REDIRECTS = "redirects"
    TOO_LARGE = "too-large"
    BAD_ENCODING = "bad-encoding"
    HTTP = "http"
    NOT_A_FEED = "not-a-feed"
    WALLED = "walled"
    UNSAFE_XML = "unsafe-xml"
    PARSE_HANG = "parse-hang"
    PARSE_MEMORY = "parse-memory"
    PARSE_CRASH = "parse-crash"
    SURPRISE = "surprise"


class FeedTrouble(Exception):
    """A feed could not be had. ``retry_after`` is what the server asked for, in seconds; ``status`` its HTTP answer."""

    def __init__(self, reason: Reason, detail: str = "", *, status: int = 0, retry_after: float | None = None) -> None:
        super().__init__(f"{reason.value}: {detail}" if detail else reason.value)
        self.reason = reason
        self.detail = detail
        self.status = status
        self.retry_after = retry_after

    @property
    def word(self) -> str:
        """The reason in one word, with the status of an HTTP answer: ``http-404``."""
        return f"{self.reason.value}-{self.status}" if self.reason is Reason.HTTP else self.reason.value


class BusyError(Exception):
    """Nothing is wrong with the feed: try again in ``seconds``."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"{seconds:.0f} s")
        self.seconds = seconds


class ParsersBusyError(BusyError):
    """No parser became free in time, or this machine had no time for it."""


class HostBusyError(BusyError):
    """The host has its fill of our requests, or asked us to wait."""
