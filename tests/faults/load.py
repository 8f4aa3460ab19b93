"""The product under load while something is taken from it, and the account of what came through, to the row."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
import zlib
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from bot.chat_store import ChatStore
from bot.chats import Chat, Kind
from pipelines import keys
from pipelines.events import Alert, decode
from pipelines.redis_server import EmbeddedServer
from pipelines.store import STORE_TROUBLE, connect
from rules.story import Story
from rules.verdict import Label
from tests.bench.latency import CHATS, Farm
from tests.line.product import NO_PRICES, Product, lodestone, writing_to
from tests.telegram.remote import RemoteTelegram, telegram_process

_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class Account:
    """What became of what was published.

    ``unread``: entries that no stage grouped. ``lost``: pairs of chat and structural story without a message.
    ``marked`` and ``doubled``: messages beyond the first, with and without the words that mark a repeat.
    """

    published: int
    unread: int
    stories: int
    messages: int
    lost: int
    marked: int
    doubled: int
    dead: int

    def __str__(self) -> str:
        return (
            f"{self.published} entries, {self.unread} unread; {self.stories} structural stories x {CHATS} chats, "
            f"lost {self.lost}, marked repeats {self.marked}, unmarked {self.doubled}; dead letters {self.dead}"
        )


@dataclass
class Load:
    """Feeds that bring entries, the Bot API server, the product, and where it writes."""

    farm: Farm
    telegram: RemoteTelegram
    product: Product
    data: Path
    store_folder: Path

    def begin(self) -> None:
        """Let entries come."""
        self.farm.begun, self.farm.open = time.monotonic(), True

    def server(self) -> psutil.Process:
        """The store's server, a child of the product."""
        children = psutil.Process(self.product.process.pid).children(recursive=True)
        (server,) = (each for each in children if "valkey" in each.name() or "redis" in each.name())
        return server

    async def sent(self) -> list[dict[str, Any]]:
        """The messages delivered so far."""
        return [call for call in await self.telegram.calls(method="sendMessage") if call["delivered"]]

    async def next_message(self, seconds: float) -> float:
        """How many seconds pass until another message is delivered."""
        begun, before = time.monotonic(), len(await self.sent())
        async with asyncio.timeout(seconds):
            while len(await self.sent()) == before:
                await asyncio.sleep(0.05)
        return time.monotonic() - begun

    async def quiet(self, seconds: float = 120) -> None:
        """Let no more entries come, and wait until all that came is through: grouped, and no message for four seconds.

        On a crowded machine a feed may be put off for five minutes; the account then says that it was unread.
        """
        self.farm.open = False
        await self._grouped(time.monotonic() + seconds / 2)
        count, since, until = -1, time.monotonic(), time.monotonic() + seconds
        while time.monotonic() < min(since + 4, until):
            if (now := len(await self.sent())) != count:
                count, since = now, time.monotonic()
            await asyncio.sleep(0.2)

    async def _grouped(self, until: float) -> None:
        store: Any = connect(f"unix://{(self.store_folder / 'socket').read_text().strip()}")
        while time.monotonic() < until:
            with contextlib.suppress(*STORE_TROUBLE):
                if await store.zcard(keys.RECENT) >= self.farm.published.total():
                    break
            await asyncio.sleep(0.2)
        await store.aclose()

    async def end(self) -> Account:
        """Wait until all is through, stop the product cleanly, and count."""
        await self.quiet()
        sent = await self.sent()
        assert await self.product.stop() == 0, "\n".join(self.product.err[-20:])
        return await self.account(sent)

    async def account(self, sent: Sequence[dict[str, Any]]) -> Account:
        """Compare what was published, judged and delivered; the product has ended."""
        async with opened(self.store_folder) as store:
            read, dead = await store.zcard(keys.RECENT), await store.xlen(keys.DEAD)
            told = await structural(store)
        published = self.farm.published.total()
        if published > read:
            print("\n".join(line for line in self.product.err if " feed." in line or " ERROR " in line))
        return tally(sent, told, published=published, unread=published - read, dead=dead)


@contextlib.asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Any]:
    """The store of this folder while no product has it."""
    server = EmbeddedServer(folder, reserve_mb=0)
    await server.open()
    store = connect(server.url)
    try:
        yield store
    finally:
        await store.aclose()
        await server.close()


async def structural(store: Any) -> list[Story]:
    """All structural stories as last judged."""
    found = list[Story]()
    async for key in store.scan_iter(match=f"{keys.TAG}:judged:*"):
        for record in (await store.hgetall(key)).values():
            alert = decode(zlib.decompress(record))
            if isinstance(alert, Alert) and alert.verdict.label is Label.STRUCTURAL:
                found.append(alert.story)
    return found


def tally(sent: Sequence[dict[str, Any]], told: Sequence[Story], *, published: int, unread: int, dead: int) -> Account:
    """Find each story's messages by the titles of its reports."""
    texts = defaultdict[int, list[str]](list)
    for call in sent:
        texts[call["chat"]].append(call["text"])
    lost = marked = doubled = 0
    for chat in range(1, CHATS + 1):
        lines = [{part.strip() for part in _TAG.sub("\n", text).split("\n")} for text in texts[chat]]
        for story in told:
            titles = {report.title for report in story.reports}
            lost += not any(titles & each for each in lines)
        marked += sum("Repeat" in text for text in texts[chat])
        doubled += sum(count - 1 for count in Counter(texts[chat]).values())
    return Account(published, unread, len(told), len(sent), lost, marked, doubled, dead)


async def seat(store: Any) -> None:
    """Private chats 1 to ``CHATS``."""
    for chat in range(1, CHATS + 1):
        await ChatStore(store).put(Chat(id=chat, kind=Kind.PRIVATE, created=datetime.now(UTC), coins=()))


def settings_for(telegram: RemoteTelegram, catalogue: Path, **more: str) -> dict[str, str]:
    """A product that polls these feeds each second, asks for no prices and sends as fast as it can."""
    return {
        **writing_to(telegram),
        **NO_PRICES,
        "feeds": str(catalogue),
        "allow_private_hosts": "127.0.0.0/8",
        "poll_interval": "1",
        "send_rate": "1000",
        "chat_rate": "50",
        **more,
    }


@contextlib.asynccontextmanager
async def under_load(
    folder: Path,
    *,
    rate: float,
    qualify: float,
    store_folder: Path | None = None,
    born: Callable[[], AbstractContextManager[None]] = contextlib.nullcontext,
    **more: str,
) -> AsyncIterator[Load]:
    """The product with its feeds still quiet. ``store_folder``: where a store lies that is not the product's own;
    ``born``: in which block it is started.
    """
    data, farm = folder / "data", Farm(rate, qualify)
    where = store_folder or data / "store"
    if store_folder is None:
        async with opened(where) as store:
            await seat(store)
    async with farm.running(), telegram_process("--any-chat") as telegram:
        settings = settings_for(telegram, farm.catalogue(folder / "feeds.json"), **more)
        async with contextlib.AsyncExitStack() as stack:
            with born():
                product = await stack.enter_async_context(lodestone(data, "run", **settings))
            await product.says("telegram.ready")
            await product.says("run.polled")
            yield Load(farm, telegram, product, data, where)


def figure(product: Product, word: str, name: str) -> float:
    """A figure in the product's last log line of this word."""
    found = re.search(rf"\b{name}=(-?[\d.]+)", [line for line in product.err if f" {word} " in line][-1])
    assert found is not None
    return float(found[1])
