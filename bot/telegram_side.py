"""The Telegram side: one python-telegram-bot application inside this program's own event loop.

A wrong token or a dead network is one line, and the rest of Lodestone goes on; the queue keeps what waits.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import warnings
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import Any

from telegram import Update
from telegram.error import BadRequest, Conflict, InvalidToken, NetworkError, TelegramError
from telegram.ext import Application, ApplicationBuilder, BaseHandler, ExtBot
from telegram.warnings import PTBDeprecationWarning

from bot.chats import Chat
from bot.commands.in_order import InOrder
from bot.delivery.answers import Outgoing, Retry, Sent
from bot.delivery.telegram import TelegramSender
from bot.markup import Message
from bot.once import Once, Turn
from bot.transport import AiohttpRequest, tls_context
from bot.webhook import Address, Webhook
from pipelines.store import STORE_TROUBLE, is_away
from pipelines.tasks import rest

log = logging.getLogger(__name__)

Alone = Callable[[Callable[[asyncio.Event], Awaitable[None]], asyncio.Event], Awaitable[None]]
"""Does some work until the event is set, as long as no other process does it."""

_RETRY_SECONDS = 30.0
_LISTEN_RETRY_SECONDS = 1.0
_LOOK_AGAIN_SECONDS = 0.25
_POLL_SECONDS = 20
_POLL_LATE_SECONDS = 10
"""How late a poll's answer may be before the poll counts as torn and the next one is made."""
_NOTICE_TRIES = 3


def build_bot(token: str, base_url: str, parallel: int, read_seconds: float = 20) -> _PatientBot:
    """A bot that makes ``parallel`` calls at a time without waiting for a connection; its polls have their own."""
    # The library warns about its own future at each flood wait; both forms of the figure are read already.
    warnings.filterwarnings("ignore", category=PTBDeprecationWarning)
    tls = tls_context() if base_url.startswith("https://") else None
    return _PatientBot(
        token=token,
        base_url=base_url,
        request=AiohttpRequest(parallel + 4, read=read_seconds, tls=tls),
        # The library adds the poll's own seconds to these. One connection would do; a torn poll must not hold it up.
        get_updates_request=AiohttpRequest(4, read=_POLL_LATE_SECONDS, tls=tls),
    )


class _PatientBot(ExtBot[None]):
    """A bot whose polling survives a refused token: it may be a rotation, and the library's loop would end for ever.

    It asks for more only once what it got is dealt with, or ``patience`` seconds later: the next poll is what tells
    Telegram that those updates arrived, and a crash before it loses none. Nor does it show its token, as the library's
    own does in every ``repr``, the application's among them.
    """

    patience = 10.0
    refusal_pause = 60.0
    """Seconds between polls while the token is refused; the library's own come as often as eight times a minute."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest)
        self._dealt_with: Callable[[], Awaitable[None]] | None = None
        self._refused = False

    def wait_before_polls(self, dealt_with: Callable[[], Awaitable[None]]) -> None:
        """Await this before each poll: it returns once no update is in hand."""
        self._dealt_with = dealt_with

    def __repr__(self) -> str:
        return f"{type(self).__name__}[id={self.token.partition(':')[0]}]"

    async def get_updates(self, *args: Any, **kwargs: Any) -> tuple[Update, ...]:
        if self._refused and kwargs.get("timeout"):  # the one without is the library's last, and not waited for
            await asyncio.sleep(self.refusal_pause)
        if self._dealt_with is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.patience):
                    await self._dealt_with()
        try:
            updates = await super().get_updates(*args, **kwargs)
            self._refused = False
            return updates
        except InvalidToken as error:
            self._refused = True
            raise TelegramError(error.message) from error

    async def delete_webhook(self, *args: Any, **kwargs: Any) -> bool:
        try:
            return await super().delete_webhook(*args, **kwargs)
        except InvalidToken as error:
            raise TelegramError(error.message) from error


class _OnceApplication(Application[Any, Any, Any, Any, Any, Any]):
    """Deals with each update once, however often and to whichever process it comes."""

    def __init__(self, once: Once, **rest: Any) -> None:
        super().__init__(**rest)
        self._once = once

    async def process_update(self, update: object) -> None:
        """What polling calls. While the store is away the update is dealt with all the same: some answers need none.

        One that another process has in hand is waited for: that process may be dying, and the next poll confirms it.
        """
        work = partial(super().process_update, update)
        if not isinstance(update, Update):
            await work()
            return
        try:
            while await self._once.run(update.update_id, work) is Turn.ELSEWHERE:
                await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        except STORE_TROUBLE as error:
            if not is_away(error):
                raise
            await work()

    async def receive(self, update: Update) -> Turn:
        """What the webhook calls: the same in the chat's order, and what became of it. Raises the store's errors."""
        turn = Turn.ELSEWHERE

        async def work() -> None:
            nonlocal turn
            turn = await self._once.run(update.update_id, partial(super(_OnceApplication, self).process_update, update))

        await self.update_processor.process_update(update, work())
        return turn


class TelegramSide:
    """Starts, keeps and stops the application; ``sender`` works as soon as Telegram does.

    With ``webhook`` Telegram calls this process for each update, else it is polled.
    """

    def __init__(
        self,
        bot: ExtBot[None],
        handlers: Sequence[BaseHandler[Any, Any, Any]],
        on_error: Any,
        updates: Sequence[str],
        on_ready: Callable[[ExtBot[None]], Awaitable[None]],
        once: Once,
        webhook: Address | None = None,
        *,
        paid: bool = False,
    ) -> None:
        self._bot = bot
        self._updates = tuple(updates)
        self._on_ready = on_ready
        self._address = webhook
        self.sender = TelegramSender(bot, paid=paid)
        self.polling = False
        """Whether this is the process, of many that send, that people talk to."""
        builder = ApplicationBuilder().bot(bot).concurrent_updates(InOrder(8))
        application = builder.application_class(_OnceApplication, {"once": once}).build()
        assert isinstance(application, _OnceApplication)
        self._application = application
        if isinstance(bot, _PatientBot):
            bot.wait_before_polls(application.update_queue.join)
        self._application.add_handlers(list(handlers))
        self._application.add_error_handler(on_error)

    async def run(self, stop: asyncio.Event, alone: Alone) -> None:
        """Reach Telegram, then take updates until ``stop``.

        Of many processes that send, one at a time polls, or tells Telegram of the webhook, which all may serve.
        """
        if not await self._begin(stop):
            return
        if self._address is None:
            await alone(self._poll, stop)
        else:
            await self._serve(self._address, stop, alone)

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
            await self._ready()
            await stop.wait()
        finally:
            self.polling = False
            await _finish(3, updater.stop, application.stop)

    async def _serve(self, address: Address, stop: asyncio.Event, alone: Alone) -> None:
        """Listen, as soon as the port is free, and while doing so keep Telegram told of it."""
        webhook, said = Webhook(address, self._bot, self._application.receive), False
        while not stop.is_set():
            try:
                await webhook.open()
                break
            except OSError as error:
                why = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
                if not said:
                    remedy = "stop what listens there or set LODESTONE_WEBHOOK_LISTEN; sending goes on"
                    log.error("webhook.deaf listen=%s:%d why=%s remedy=%s", address.host, address.port, why, remedy)
                said = True
            await rest(stop, _LISTEN_RETRY_SECONDS)
        if stop.is_set():
            return
        log.info("webhook.listening listen=%s:%d", address.host, address.port)
        try:
            await self._application.start()
            await alone(partial(self._register, address), stop)
        finally:
            self.polling = False
            await _finish(3, webhook.close, self._application.stop)

    async def _register(self, address: Address, stop: asyncio.Event) -> None:
        """Tell Telegram where to call. At the end it is left so: what comes meanwhile waits there, as with polls."""
        complaints = _Complaints()
        while not stop.is_set():
            try:
                await self._bot.set_webhook(
                    address.url,
                    secret_token=address.secret,
                    allowed_updates=self._updates,
                    max_connections=address.connections,
                )
                await self._ready()
                await stop.wait()
            except TelegramError as error:
                complaints(error)
                await rest(stop, _RETRY_SECONDS)
        self.polling = False

    async def _ready(self) -> None:
        self.polling = True
        log.info("telegram.ready bot=@%s", self._bot.username)
        with contextlib.suppress(TelegramError):
            await self._on_ready(self._bot)

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
        await _finish(2, self._application.shutdown)

    async def _begin(self, stop: asyncio.Event) -> bool:
        """Reach Telegram, however long that takes; False when told to stop first."""
        complaints = _Complaints()
        while not stop.is_set():
            try:
                await self._application.initialize()
                return True
            except TelegramError as error:
                complaints(error)
            await rest(stop, _RETRY_SECONDS)
        return False


async def _finish(seconds: float, *ends: Callable[[], Awaitable[object]]) -> None:
    """One after the other, each with its time: an application that was not stopped could not be started again."""
    for end in ends:
        with contextlib.suppress(TelegramError, RuntimeError, TimeoutError):
            async with asyncio.timeout(seconds):
                await end()


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
            case BadRequest():
                word, remedy = (
                    "telegram.refused",
                    "correct what it names, such as LODESTONE_WEBHOOK_URL; sending goes on",
                )
            case NetworkError():
                word, remedy = "telegram.unreachable", "sending waits until it can be reached"
            case _:
                word, remedy = "telegram.trouble", "sending goes on where it can"
        if word != self._last:
            log.error("%s why=%s remedy=%s", word, error.message, remedy)
        self._last = word
