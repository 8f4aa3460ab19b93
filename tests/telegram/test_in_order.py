"""Updates of one chat keep their order; those of others do not wait for them."""

from __future__ import annotations

import asyncio

import telegram

from bot.commands.in_order import InOrder


def update(number: int, chat: int) -> telegram.Update:
    message = telegram.Message(number, date=None, chat=telegram.Chat(chat, "private"))  # type: ignore[arg-type]
    return telegram.Update(number, message=message)


async def test_one_chat_in_order_others_beside_it() -> None:
    processor, done, gate = InOrder(4), list[str](), asyncio.Event()

    async def work(name: str, wait: bool) -> None:
        if wait:
            await gate.wait()
        done.append(name)

    tasks = [
        asyncio.create_task(processor.process_update(update(number, chat), work(name, wait)))
        for number, (chat, name, wait) in enumerate(
            [(1, "a1", True), (1, "a2", False), (2, "b1", False), (1, "a3", False)]
        )
    ]
    await tasks[2]
    assert done == ["b1"]
    gate.set()
    await asyncio.gather(*tasks)
    assert done == ["b1", "a1", "a2", "a3"]
    assert processor._last == {}


async def test_a_failure_lets_the_next_one_through() -> None:
    processor, done = InOrder(2), list[str]()

    async def work(name: str) -> None:
        done.append(name)
        if name == "bad":
            raise ValueError(name)

    tasks = [
        asyncio.create_task(processor.process_update(update(number, 1), work(name)))
        for number, name in enumerate(("bad", "good"))
    ]
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(results[0], ValueError)
    assert done == ["bad", "good"]
