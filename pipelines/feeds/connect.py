"""Opens connections only to addresses that passed the guard: names are resolved here, and what was checked is dialled.

So no second look-up can answer differently (DNS rebinding), and the connected peer is checked once more. Each request
has a connection of its own: a pool over a thousand hosts costs more than it saves, since httpcore walks all of it at
every request.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpcore
import httpx

from pipelines.feeds.guard import Guard
from pipelines.feeds.trouble import FeedTrouble, Reason

Resolve = Callable[[str], Awaitable[Sequence[str]]]
"""A host name to its addresses, as text."""
LookUp = Callable[[str], Sequence[str]]
"""The same for a thread, which it may hold for as long as it likes; an ``OSError`` says that there is none."""

_LOOKUP_SECONDS = 8.0
_THREADS = 128
"""Look-ups at the same time. The system may hold a thread for 30 s after we have stopped waiting for it: enough for all
hands that fetch, and for what a quarter as many leave behind by asking names that failed before, so that no good name
ever stands in line behind a bad one. They are started one by one as they are needed."""
_DIAL_SECONDS = 5.0
_DIALS = 3


class Resolver:
    """Asks the system, on threads of its own: a slow name must not keep other work from the loop's few threads."""

    def __init__(self, threads: int = _THREADS, look_up: LookUp | None = None) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="dns")
        self._look_up = look_up or _look_up

    async def __call__(self, host: str) -> Sequence[str]:
        """The addresses of ``host``; raises ``FeedTrouble`` when it has none or the look-up takes too long."""
        try:
            return [str(ipaddress.ip_address(host))]
        except ValueError:
            pass
        try:
            async with asyncio.timeout(_LOOKUP_SECONDS):
                rows = await asyncio.get_running_loop().run_in_executor(self._threads, self._look_up, host)
        except TimeoutError:
            raise FeedTrouble(Reason.DNS, "no answer in time") from None
        except (OSError, UnicodeError) as error:
            raise FeedTrouble(Reason.DNS, getattr(error, "strerror", None) or type(error).__name__) from None
        return list(dict.fromkeys(rows))

    def close(self) -> None:
        """Let the threads go, without waiting for look-ups that hang."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _look_up(host: str) -> list[str]:
    return [str(row[4][0]) for row in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]


class GuardedTransport(httpx.AsyncBaseTransport):
    """An httpx transport whose every connection has passed the guard. Knows no proxy and reads no environment."""

    def __init__(self, guard: Guard, resolve: Resolve) -> None:
        self._backend = _GuardedBackend(guard, resolve)
        self._tls: ssl.SSLContext | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request over one new connection, which closes with the response."""
        url = request.url
        origin = httpcore.Origin(url.raw_scheme, url.raw_host, _port(url))
        if url.scheme == "https" and self._tls is None:
            # Reading the trust store takes some 40 ms, so it is read once.
            self._tls = httpx.create_ssl_context(trust_env=False)
        connection = httpcore.AsyncHTTPConnection(
            origin=origin, ssl_context=self._tls, keepalive_expiry=0.0, network_backend=self._backend
        )
        target = httpcore.URL(scheme=origin.scheme, host=origin.host, port=origin.port, target=url.raw_path)
        try:
            answer = await connection.handle_async_request(
                httpcore.Request(request.method, target, headers=request.headers.raw)
            )
        except BaseException:
            await connection.aclose()
            raise
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer, connection))


def _port(url: httpx.URL) -> int:
    return url.port if url.port is not None else 443 if url.scheme == "https" else 80


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: httpcore.Response, connection: httpcore.AsyncHTTPConnection) -> None:
        self._answer = answer
        self._connection = connection

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._answer.aiter_stream():
            yield chunk

    async def aclose(self) -> None:
        await self._answer.aclose()
        await self._connection.aclose()


class _GuardedBackend(httpcore.AsyncNetworkBackend):
    def __init__(self, guard: Guard, resolve: Resolve) -> None:
        self._guard = guard
        self._resolve = resolve

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109  httpcore's signature
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        name = host.strip("[]").rstrip(".").lower()
        addresses = await self._resolve(name)
        # One refused answer refuses the name: a public address beside a private one is how rebinding begins.
        for address in addresses:
            self._guard.check_address(name, address)
            self._guard.check_port(name, address, port)
        failure = "no address"
        for address in addresses[:_DIALS]:
            try:
                async with asyncio.timeout(_DIAL_SECONDS):
                    reader, writer = await asyncio.open_connection(address, port)
            except TimeoutError:
                failure = "no answer in time"
            except OSError as error:
                failure = error.strerror or type(error).__name__
            else:
                stream = _Stream(reader, writer)
                try:
                    self._guard.check_address(name, writer.get_extra_info("peername")[0])
                except BaseException:
                    await stream.aclose()
                    raise
                return stream
        raise FeedTrouble(Reason.CONNECT, failure)


class _Stream(httpcore.AsyncNetworkStream):
    """An asyncio connection as httpcore wants it. Time limits are the fetcher's, over all of a fetch."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002, ASYNC109
        try:
            return await self._reader.read(max_bytes)
        except OSError as error:
            raise httpcore.ReadError(str(error)) from None

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002, ASYNC109
        try:
            self._writer.write(buffer)
            await self._writer.drain()
        except OSError as error:
            raise httpcore.WriteError(str(error)) from None

    async def aclose(self) -> None:
        # Nothing is owed to a feed server that will not say goodbye: what is open is cut.
        self._writer.transport.abort()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        try:
            await self._writer.start_tls(ssl_context, server_hostname=server_hostname)
        except (OSError, ssl.CertificateError) as error:
            with contextlib.suppress(OSError):
                await self.aclose()
            why = getattr(error, "verify_message", "") or getattr(error, "reason", "") or type(error).__name__
            raise FeedTrouble(Reason.TLS, str(why)) from None
        return self

    def get_extra_info(self, info: str) -> Any:
        names = {"server_addr": "peername", "client_addr": "sockname"}
        return self._writer.get_extra_info(names.get(info, info))
