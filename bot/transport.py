"""HTTP to Telegram over aiohttp, below python-telegram-bot's own objects.

The library's httpx looks through all connections at each request, which ends at 117 calls a second with 64 in flight.
A Bot API address holds the token, so no failure told from here carries an address.
"""

from __future__ import annotations

import json
import ssl
from typing import Any

import aiohttp
import certifi
import httpx
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

MOST_BYTES = 20 * 2**20
"""Of an answer, unpacked; Telegram gives no larger file to a bot."""
_IDLE_SECONDS = 5.0
"""How long an unused connection is kept: one that the server is about to close costs a doubt."""
_CHUNK = 64 * 1024
_JSON = {"Content-Type": "application/json"}
_NEVER_LEFT = (
    *(aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL),
    *(httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol),
)


class NotOpenError(Exception):
    """The connections were closed for good, so nothing was asked."""


class CutOffError(Exception):
    """The call may have arrived, and its answer was not read; the text names what broke, without an address."""


def never_left(error: BaseException | None) -> bool:
    """Whether this cause of a failure means that the request surely was not sent: nobody was reached, or nobody asked.

    Knows the classes of aiohttp and of httpx. All else, a silence among it, may have arrived.
    """
    return isinstance(error, (*_NEVER_LEFT, NotOpenError))


class AiohttpRequest(BaseRequest):
    """One session with at most ``connections``; the rest waits in line. Opens with the first call.

    ``read``: seconds that Telegram has for each part of its answer once it is asked; the other phases have theirs, and
    a call may set its own. No proxy of the environment, no cookies, no redirects.

    Failures are the library's ``TimedOut`` and ``NetworkError``; their cause is what ``never_left`` tells apart.
    """

    __slots__ = ("_closed", "_connections", "_phases", "_session", "_tls")

    def __init__(
        self,
        connections: int,
        *,
        connect: float = 10,
        read: float = 20,
        write: float = 10,
        write_files: float = 20,
        wait: float = 30,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._connections = connections
        self._phases = {"connect": connect, "read": read, "write": write, "files": write_files, "wait": wait}
        self._tls = tls
        self._session: aiohttp.ClientSession | None = None
        self._closed = False

    @property
    def read_timeout(self) -> float:
        """Seconds, where a call sets none."""
        return self._phases["read"]

    async def initialize(self) -> None:
        """Allow calls, also after a ``shutdown``."""
        self._closed = False

    async def shutdown(self) -> None:
        """Close the connections; a call after this fails at once."""
        self._closed = True
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Status and body of one call, which is written at most once."""
        files = request_data.multipart_data if request_data else None
        timeout = self._timeout(read_timeout, write_timeout, connect_timeout, pool_timeout, files=bool(files))
        try:
            # aiohttp repeats only what may be repeated (GET), never a POST; a test holds it to that.
            async with self._opened().request(
                method, url, **_body(request_data, files), timeout=timeout, allow_redirects=False
            ) as answer:
                return answer.status, await _read(answer)
        except (aiohttp.ClientError, OSError, NotOpenError, CutOffError) as error:
            told, cause = _told(error)
        # Outside the block: its error holds the address, and must not hang on to what is told as its context.
        raise told from cause

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """The answer as JSON.

        Raises ``TelegramError`` for what is none, as the library's own does, which also logs a trace and all of what
        came: the page of a proxy, at each of the calls that it answers.
        """
        try:
            found: dict[str, Any] = json.loads(payload.decode("utf-8", "replace"))
        except ValueError as error:
            raise TelegramError("Invalid server response") from error
        return found

    def _opened(self) -> aiohttp.ClientSession:
        if self._closed:
            raise NotOpenError("the connections to Telegram are closed")
        if self._session is None:
            connector = aiohttp.TCPConnector(
                limit=self._connections, keepalive_timeout=_IDLE_SECONDS, ssl=self._tls or True
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": self.USER_AGENT},
                trust_env=False,
            )
        return self._session

    def _timeout(self, read: Any, write: Any, connect: Any, wait: Any, *, files: bool) -> aiohttp.ClientTimeout:
        """Each phase's limit; writing has none of its own in aiohttp, so all phases together bound it."""
        given = {"read": read, "files" if files else "write": write, "connect": connect, "wait": wait}
        phases = self._phases | {n: v for n, v in given.items() if v is not BaseRequest.DEFAULT_NONE}
        reading, connecting, waiting = phases["read"], phases["connect"], phases["wait"]
        writing = phases["files" if files else "write"]
        limits = (reading, connecting, waiting, writing)
        return aiohttp.ClientTimeout(
            total=None if None in limits else sum(limits),
            connect=None if None in (connecting, waiting) else connecting + waiting,
            sock_connect=connecting,
            sock_read=reading,
        )


def tls_context() -> ssl.SSLContext:
    """The usual checks against the certificates of the pinned bundle, whatever the machine has."""
    return ssl.create_default_context(cafile=certifi.where())


def _body(request_data: RequestData | None, files: Any) -> dict[str, Any]:
    """As JSON, which is quicker written than a form; files need a form."""
    fields = request_data.json_parameters if request_data else {}
    if not files:
        return {"data": json.dumps(fields).encode(), "headers": _JSON} if fields else {}
    form = aiohttp.FormData(fields)
    for name, (filename, content, sort) in files.items():
        form.add_field(name, content, filename=filename, content_type=sort)
    return {"data": form}


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    parts, size = list[bytes](), 0
    async for part in answer.content.iter_chunked(_CHUNK):
        size += len(part)
        if size > MOST_BYTES:
            raise CutOffError(f"an answer of more than {MOST_BYTES} bytes")
        parts.append(part)
    return b"".join(parts)


def _told(error: Exception) -> tuple[NetworkError, Exception]:
    """What the library's users are told, and its cause, both without the address."""
    name = type(error).__name__
    if isinstance(error, aiohttp.ClientConnectorError):
        # Its text names host, port and the system's reason, and no more of the address.
        return NetworkError(f"{name}: {error}"), error
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return TimedOut("No connection in time; nothing was sent"), aiohttp.ConnectionTimeoutError(name)
    if isinstance(error, aiohttp.InvalidURL):
        return NetworkError("The address of the Bot API is not valid"), aiohttp.InvalidURL("[hidden]")
    if isinstance(error, (NotOpenError, CutOffError)):
        return NetworkError(str(error)), error
    if isinstance(error, TimeoutError):
        return TimedOut(), CutOffError(name)
    return NetworkError(f"{name} while Telegram was asked"), CutOffError(name)
