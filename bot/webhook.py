"""The webhook: Telegram's updates come in over HTTP, one POST each, with a secret that it was told.

Plain HTTP on an address of one's own; TLS ends at the proxy before it. What does not know the secret learns nothing,
and is not even logged. An update is answered with 200 only once it has been dealt with; after any other answer Telegram
sends it again.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from aiohttp import http_exceptions, web
from telegram import Bot, Update

from bot.once import Turn
from pipelines.store import STORE_TROUBLE

log = logging.getLogger(__name__)

HEADER = "X-Telegram-Bot-Api-Secret-Token"
HEALTH = "/health"
MOST_BYTES = 256 * 1024
"""Of an update's body, unpacked. Telegram's own are a few KB."""
_FINISH_SECONDS = 2.5
"""What is in hand at the end has so long; Telegram sends again what was cut off."""
_NUMBERS = 2**63


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where Telegram calls (``url``) and with which secret; where this process listens for it.

    ``connections``: how many updates Telegram may send at a time, and so how many are taken in line.
    """

    url: str
    host: str
    port: int
    secret: str = field(repr=False)
    connections: int = 40


class _Refusal(Exception):
    """An answer other than 200, with its status."""

    def __init__(self, status: int, text: str, **headers: str) -> None:
        super().__init__(text)
        self.status, self.text, self.headers = status, text, headers


class Webhook:
    """The server for one address. ``receive`` deals with an update and says what became of it.

    A body may take ``body_seconds``; an update that takes ``hung_seconds`` means that the process is not well.
    """

    def __init__(
        self,
        address: Address,
        bot: Bot,
        receive: Callable[[Update], Awaitable[Turn]],
        *,
        body_seconds: float = 10,
        hung_seconds: float = 90,
    ) -> None:
        self._address = address
        self._body_seconds = body_seconds
        self._hung_seconds = hung_seconds
        self._bot = bot
        self._receive = receive
        self._path = urlsplit(address.url).path or "/"
        self._begun: list[float] = []
        self._runner: web.ServerRunner | None = None

    async def open(self) -> None:
        """Listen. Raises OSError where that cannot be, such as when the port is taken."""
        # An answer that comes before all of the body was read needs a moment's patience, or the sender never sees it.
        # Nor does the library log: it would repeat what is no HTTP, and that may be half a secret.
        mute = logging.Logger("webhook.http", logging.CRITICAL + 1)
        server = web.Server(self._answer, access_log=None, lingering_time=2, logger=mute)
        runner = web.ServerRunner(server, shutdown_timeout=_FINISH_SECONDS)
        await runner.setup()
        try:
            await web.TCPSite(runner, self._address.host, self._address.port).start()
        except OSError:
            await runner.cleanup()
            raise
        self._runner = runner

    async def close(self) -> None:
        """Listen no more, and finish what is in hand."""
        if self._runner is not None:
            runner, self._runner = self._runner, None
            await runner.cleanup()

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        try:
            return web.Response(text=await self._dispatch(request))
        except _Refusal as refusal:
            names = {name.replace("_", "-"): value for name, value in refusal.headers.items()}
            answer = web.Response(status=refusal.status, text=refusal.text, headers=names)
            if refusal.status in (400, 408):
                answer.force_close()  # whatever comes after such a body
            return answer
        except Exception:
            log.exception("webhook.failed")
            return web.Response(status=500, text="that went wrong")

    async def _dispatch(self, request: web.BaseRequest) -> str:
        if request.rel_url.raw_path == HEALTH and request.method in ("GET", "HEAD"):
            return self._health()
        if request.rel_url.raw_path != self._path:
            raise _Refusal(404, "nothing here")
        if request.method != "POST":
            raise _Refusal(405, "only POST", Allow="POST")
        given = request.headers.get(HEADER, "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, self._address.secret.encode()):
            raise _Refusal(401, "the secret is missing or wrong")
        if len(self._begun) >= self._address.connections:
            raise _Refusal(503, "too many at once", Retry_After="1")
        begun = asyncio.get_running_loop().time()
        self._begun.append(begun)
        try:
            return await self._deal(_update(await _body(request, self._body_seconds), self._bot))
        finally:
            self._begun.remove(begun)

    def _health(self) -> str:
        if self._begun and asyncio.get_running_loop().time() - min(self._begun) > self._hung_seconds:
            raise _Refusal(503, "an update hangs")
        return "ok"

    async def _deal(self, update: Update) -> str:
        try:
            turn = await self._receive(update)
        except STORE_TROUBLE as error:
            log.warning("webhook.put_off update=%d why=%s", update.update_id, type(error).__name__)
            raise _Refusal(503, "not now", Retry_After="5") from None
        match turn:
            case Turn.MINE:
                return "done"
            case Turn.DONE:
                return "known"
            case Turn.ELSEWHERE:
                raise _Refusal(503, "in hand", Retry_After="2")


async def _body(request: web.BaseRequest, seconds: float) -> bytes:
    """All of it, as long as it is neither too much nor too slow; a length that lies helps nobody."""
    if (request.content_length or 0) > MOST_BYTES:
        raise _too_much()
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for part in request.content.iter_any():
                body += part
                if len(body) > MOST_BYTES:
                    raise _too_much()
    except TimeoutError:
        raise _Refusal(408, "too slow") from None
    except (OSError, ValueError, web.RequestPayloadError, http_exceptions.HttpProcessingError):
        raise _Refusal(400, "a broken body") from None
    return bytes(body)


def _too_much() -> _Refusal:
    log.warning("webhook.too_much most_bytes=%d", MOST_BYTES)
    return _Refusal(413, "too much")


def _update(body: bytes, bot: Bot) -> Update:
    """The update that the body is. What the library cannot read is none, whatever it stumbles over."""
    try:
        data = json.loads(body)
        number = data["update_id"]
        if type(number) is int and 0 <= number < _NUMBERS:
            return Update.de_json(data, bot)
        why = "update_id"
    except Exception as error:  # noqa: BLE001  from a wrong type to a date beyond all calendars
        why = type(error).__name__
    log.warning("webhook.no_update why=%s", why)
    raise _Refusal(400, "not an update") from None
