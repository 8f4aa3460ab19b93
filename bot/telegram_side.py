"""The Telegram side: one python-telegram-bot application inside this program's own event loop.

A wrong token or a dead network is one line, and the rest of Lodestone goes on; the queue keeps what waits.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import warnings
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

from telegram import Update
from telegram.error import Conflict, InvalidToken, NetworkError, TelegramError
from telegram.ext import Application, ApplicationBuilder, BaseHandler, ExtBot
from telegram.request import HTTPXRequest
from telegram.warnings import PTBDeprecationWarning

from bot.chats import Chat
from bot.commands.in_order import InOrder
from bot.delivery.answers import Outgoing, Retry, Sent
from bot.delivery.telegram import TelegramSender
from bot.markup import Message

log = logging.getLogger(__name__)

Alone = Callable[[Callable[[asyncio.Event], Awaitable[None]], asyncio.Event], Awaitable[None]]
"""Does some work until the event is set, as long as no other process does it."""

_RETRY_SECONDS = 30.0
_POLL_SECONDS = 20
_NOTICE_TRIES = 3


def build_bot(token: str, base_url: str, parallel: int, read_seconds: float = 20) -> ExtBot[None]:
    """A bot with small pools: httpcore scans every connection at each request, and a poll needs its own."""
    # The library warns about its own future at each flood wait; both forms of the figure are read already.
    warnings.filterwarnings("ignore", category=PTBDeprecationWarning)

    def pool(size: int, read: float) -> HTTPXRequest:
        return HTTPXRequest(
            connection_pool_size=size,
            connect_timeout=10,
            read_timeout=read,
            write_timeout=10,
            pool_timeout=30,
            httpx_kwargs={"trust_env": False},
        )

    return _PatientBot(
        token=token,
        base_url=base_url,
        request=pool(parallel + 4, read_seconds),
        get_updates_request=pool(4, _POLL_SECONDS + 10),
    )


class _PatientBot(ExtBot[None]):
    """A bot whose polling survives a refused token: it may be a rotation, and the library's loop would end for ever.

    Nor does it show its token, as the library's own does in every ``repr``, the application's among them.
    """

    def __repr__(self) -> str:
        return f"{type(self).__name__}[id={self.token.partition(':')[0]}]"

    async def get_updates(self, *args: Any, **kwargs: Any) -> tuple[Update, ...]:
        try:
            return await super().get_updates(*args, **kwargs)
        except InvalidToken as error:
            raise TelegramError(error.message) from error

    async def delete_webhook(self, *args: Any, **kwargs: Any) -> bool:
        try:
            return await super().delete_webhook(*args, **kwargs)
        except InvalidToken as error:
            raise TelegramError(error.message) from error


class TelegramSide:
    """Starts, keeps and stops the application; ``sender`` works as soon as Telegram does."""

    def __init__(
        self,
        bot: ExtBot[None],
        handlers: Sequence[BaseHandler[Any, Any, Any]],
        on_error: Any,
        updates: Sequence[str],
        on_ready: Callable[[ExtBot[None]], Awaitable[None]],
        *,
        paid: bool = False,
    ) -> None:
        self._bot = bot
        self._updates = tuple(updates)
        self._on_ready = on_ready
        self.sender = TelegramSender(bot, paid=paid)
        self.polling = False
        """Whether this is the process, of many that send, that people talk to."""
        self._application: Application[Any, Any, Any, Any, Any, Any] = (
            ApplicationBuilder().bot(bot).concurrent_updates(InOrder(8)).build()
        )
        self._application.add_handlers(list(handlers))
        self._application.add_error_handler(on_error)

    async def run(self, stop: asyncio.Event, alone: Alone) -> None:
        """Reach Telegram, then poll for updates until ``stop``; of many processes that send, one at a time polls."""
        if await self._begin(stop):
            await alone(self._poll, stop)

    async def _poll(self, stop: asyncio.Event) -> None:
        """``on_ready`` is awaited at each beginning."""
        application, updater = self._application, self._application.updater
        assert updater is not None
        try:
            await application.start()
            await updater.start_polling(
                timeout=_POLL_SECONDS,
                allowed_updates=self._updates,
                bootstrap_retries=-1,
                error_callback=_Complaints(),
            )
            self.polling = True
            log.info("telegram.ready bot=@%s", self._bot.username)
            with contextlib.suppress(TelegramError):
                await self._on_ready(self._bot)
            await stop.wait()
        finally:
            self.polling = False
            with contextlib.suppress(TelegramError, RuntimeError, TimeoutError):
                async with asyncio.timeout(5):
                    await updater.stop()
                    await application.stop()

    async def tell(self, chats: Iterable[Chat], message: Message) -> None:
        """Write to these chats beside the queue: a word to the operators, worth a few tries and no ledger."""
        for chat in chats:
            out = Outgoing(story="notice", chat=chat, message=message)
            answer = await self.sender.send(out)
            for _ in range(_NOTICE_TRIES - 1):
                if not isinstance(answer, Retry):
                    break
                await asyncio.sleep(min(answer.after or 1.0, 5.0))
                answer = await self.sender.send(out)
            if not isinstance(answer, Sent):
                log.warning("admin.untold chat=%d why=%s", chat.id, answer)

    async def close(self) -> None:
        """Close the connections. Only once nothing is being sent: a call that is cut off may have arrived."""
        with contextlib.suppress(TelegramError, RuntimeError, TimeoutError):
            async with asyncio.timeout(2):
                await self._application.shutdown()

    async def _begin(self, stop: asyncio.Event) -> bool:
        """Reach Telegram, however long that takes; False when told to stop first."""
        complaints = _Complaints()
        while not stop.is_set():
            try:
                await self._application.initialize()
                return True
            except TelegramError as error:
                complaints(error)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_RETRY_SECONDS):
                    await stop.wait()
        return False


class _Complaints:
    """Says each kind of trouble with Telegram once, with its remedy, until another kind comes."""

    def __init__(self) -> None:
        self._last = ""

    def __call__(self, error: TelegramError) -> None:
        match error.__cause__ if isinstance(error.__cause__, InvalidToken) else error:
            case InvalidToken():
                word, remedy = "telegram.token_refused", "set the token that @BotFather shows; sending waits"
            case Conflict():
                word, remedy = "telegram.second_poller", "another program uses this token; stop it"
            case NetworkError():
                word, remedy = "telegram.unreachable", "sending waits until it can be reached"
            case _:
                word, remedy = "telegram.trouble", "sending goes on where it can"
        if word != self._last:
            log.error("%s why=%s remedy=%s", word, error.message, remedy)
        self._last = word
