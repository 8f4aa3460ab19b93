"""The whole product behind a webhook: a person writes, Telegram calls, and the bot answers; also after a death."""

from __future__ import annotations

import signal
from pathlib import Path

from redis.asyncio import Redis

from tests.line.product import NO_PRICES, lodestone, writing_to
from tests.telegram.faults import Fault
from tests.telegram.server import TelegramServer
from tests.telegram.test_webhook import free_port

SECRET = "a-secret-that-the-log-must-not-have"


async def test_start_comes_by_webhook_and_is_answered_also_when_the_process_dies_over_it(
    tmp_path: Path, store: Redis, store_url: str
) -> None:
    port = free_port()
    async with TelegramServer() as server:
        settings = {
            "redis_url": store_url,
            **writing_to(server),
            **NO_PRICES,
            "webhook_url": f"http://127.0.0.1:{port}/hook",
            "webhook_listen": f"127.0.0.1:{port}",
        }

        def answers(chat: int) -> list[str]:
            return [call.text for call in server.world.sent(chat)]

        async with lodestone(tmp_path, "run", "--stage", "send", **settings, webhook_secret=SECRET) as first:
            await first.says(f"webhook.listening listen=127.0.0.1:{port}")
            await first.says("telegram.ready")
            await server.say(7, "/start")
            await server.until(lambda: bool(answers(7)))
            assert "financial advice" in answers(7)[0]
            assert server.world.secret == SECRET
            # It dies while it answers; Telegram sends the update again, and the next process deals with it.
            server.fault(Fault("silence", chat=8))
            await server.say(8, "/start")
            await server.until(lambda: any(call.chat == 8 for call in server.world.calls))
            assert await first.stop(signal.SIGKILL) == -signal.SIGKILL
        async with lodestone(tmp_path, "run", "--stage", "send", **settings) as second:
            await server.until(lambda: bool(answers(8)), 40)
            await server.until(lambda: server.world.updates == [])
            assert (len(answers(7)), len(answers(8))) == (1, 1)
            derived = server.world.secret
            assert len(derived) == 64
            assert await second.stop() == 0
        assert server.world.webhook["url"].endswith("/hook")
    said = "\n".join(first.err + first.out + second.err + second.out)
    assert not any(secret in said for secret in (SECRET, derived, server.token.partition(":")[2]))
    assert "Traceback" not in said
