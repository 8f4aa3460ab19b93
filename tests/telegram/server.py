"""A Bot API server for tests on loopback: the real methods, strict checks, and faults on order.

In process: ``async with TelegramServer() as telegram``. On its own: ``python -m tests.telegram.server --port 8081``,
then steered over HTTP (``POST /control/...``, ``GET /control/calls``, ``GET /control/counts``);
``tests.telegram.remote`` does that for a test.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Callable
from typing import Any, Self
from urllib.parse import parse_qsl

from aiohttp import web

from tests.telegram.answers import ANSWERS
from tests.telegram.counts import counts
from tests.telegram.faults import BROKEN, Fault, Limits
from tests.telegram.methods import METHODS, SENDS, is_true
from tests.telegram.pushing import Push, Pusher
from tests.telegram.world import Call, Json, Refused, World

TOKEN = "4200000042:TEST-token-of-the-bot-api-server-for-tests"
_STRUCTURED = frozenset(
    {"reply_markup", "commands", "scope", "allowed_updates", "link_preview_options", "reply_parameters", "media"}
)


class TelegramServer:
    """The server and its test side. ``any_chat``: every chat id exists. ``slim``: keep little of each call."""

    def __init__(self, *, token: str = TOKEN, any_chat: bool = False, slim: bool = False, latency: float = 0.0) -> None:
        self.token, self.latency = token, latency
        self.world = World(any_chat=any_chat, slim=slim)
        self.faults: list[Fault] = []
        self.limits = Limits()
        self.port = 0
        self._thawed = asyncio.Event()
        self._thawed.set()
        self._deaf = False
        self.frozen = 0
        """So many sends wait for ``release`` now."""
        self._changed = asyncio.Condition()
        self._poller: asyncio.Future[None] | None = None
        self._tell: asyncio.Future[None] | None = None
        self._runner: web.AppRunner | None = None
        self._polling: asyncio.Transport | None = None
        self.pusher = Pusher(self.world, self._notify)
        self._pushing: asyncio.Task[None] | None = None

    @property
    def base_url(self) -> str:
        """What the bot is given as ``base_url``."""
        return f"http://127.0.0.1:{self.port}/bot"

    async def start(self, port: int = 0) -> None:
        app = web.Application(client_max_size=16 * 2**20)
        app.router.add_route("*", "/bot{token}/{method}", self._handle)
        app.router.add_get("/control/calls", self._control_calls)
        app.router.add_get("/control/counts", self._control_counts)
        app.router.add_post("/control/{order}", self._control)
        # Without handler_cancellation a poller that went away would hold its place and the next one would get 409.
        self._runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self._pushing = asyncio.create_task(self.pusher.run(self._changed))

    async def stop(self) -> None:
        if self._pushing is not None:
            self._pushing.cancel()
        if self._runner is not None:
            await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    # --- the test side

    @property
    def polled(self) -> bool:
        """Whether a bot is waiting for updates."""
        return self._poller is not None

    def fault(self, fault: Fault) -> Fault:
        """Order a fault; the first that takes a call decides."""
        self.faults.append(fault)
        return fault

    def freeze(self, *, delivered: bool = False) -> None:
        """Answer no send until ``release``; ``delivered`` says whether its message is out before that."""
        self._thawed.clear()
        self._deaf = not delivered

    def release(self) -> None:
        """Answer all that wait, and go on as usual."""
        self._thawed.set()

    async def say(self, chat: int, text: str, user: int | None = None, **more: Any) -> None:
        """Someone writes in a chat."""
        self.world.say(chat, text, user, **more)
        await self._notify()

    async def press(self, chat: int, message_id: int, data: str, user: int | None = None) -> None:
        """Someone presses a button."""
        self.world.press(chat, message_id, data, user)
        await self._notify()

    async def member(self, chat: int, status: str, user: int | None = None) -> None:
        """The bot is added to a chat or thrown out of it."""
        self.world.member(chat, status, user)
        await self._notify()

    async def update(self, kind: str, body: Json) -> None:
        """Any update at all."""
        self.world.update(kind, body)
        await self._notify()

    async def push_again(self, number: int, body: Json) -> Push:
        """Send an update to the webhook again, under the number that it had."""
        return await self.pusher.push({"update_id": number} | body)

    async def tear_poll(self) -> None:
        """Break off the poll that waits, once there is one, as a router does that forgets a connection."""
        await self.until(lambda: self.polled and self._polling is not None)
        assert self._polling is not None
        self._polling.abort()
        await self.until(lambda: not self.polled)

    async def until(self, condition: Callable[[], bool], seconds: float = 20) -> None:
        """Wait until a call has made the condition true."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(condition)

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    # --- the bot's side

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        params = await _params(request)
        if request.match_info["token"] != self.token:
            return _json(401, {"ok": False, "error_code": 401, "description": "Unauthorized"})
        if method == "getUpdates" and not any(fault.method in ("*", method) for fault in self.faults):
            self._polling = request.transport
            return await self._get_updates(params)
        call = self._logged(method, params)
        fault = next((each for each in self.faults if each.takes(method, call.chat, params)), None)
        try:
            return await self._answer(request, call, params, fault)
        finally:
            await self._notify()

    async def _answer(self, request: web.Request, call: Call, params: Json, fault: Fault | None) -> web.StreamResponse:
        frozen = call.method in SENDS and not self._thawed.is_set()
        if frozen and self._deaf:
            await self._thaw()
        if fault is not None and fault.kind in ANSWERS:
            call.status, body = fault.answer()
            if fault.page:
                return web.Response(status=call.status, text=fault.page, content_type="text/html")
            return _json(call.status, body)
        if fault is not None and fault.kind in BROKEN:
            return await self._broken(request, call, params, fault)
        if self.latency or fault is not None:
            await asyncio.sleep(self.latency + (fault.seconds if fault else 0.0))
        if call.method == "getUpdates":
            return await self._get_updates(params)
        call.status, body = self._perform(call, params)
        if frozen:
            await self._thaw()
        return _json(call.status, body)

    async def _broken(self, request: web.Request, call: Call, params: Json, fault: Fault) -> web.StreamResponse:
        """No answer that could be read, whether or not the message went out."""
        if fault.delivered:
            call.status, _ = self._perform(call, params)
        await self._notify()
        if fault.kind == "garbled":
            return web.Response(text=fault.description, headers={"Content-Encoding": fault.coding})
        if fault.kind == "silence":
            await asyncio.Event().wait()
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    async def _thaw(self) -> None:
        """Wait for ``release``, unless the caller goes first."""
        self.frozen += 1
        await self._notify()
        try:
            await self._thawed.wait()
        finally:
            self.frozen -= 1

    def _perform(self, call: Call, params: Json) -> tuple[int, Json]:
        try:
            paced = call.method in SENDS and call.chat is not None
            if paced and (wait := self.limits.wait_for(call.chat or 0, paid=call.allow_paid_broadcast)):
                raise Refused(429, f"Too Many Requests: retry after {wait}", retry_after=wait)
            if call.method not in METHODS:
                raise Refused(404, "Not Found: method not found")
            result = METHODS[call.method](self.world, params)
        except Refused as refused:
            body: Json = {"ok": False, "error_code": refused.code, "description": refused.description}
            return refused.code, body | ({"parameters": refused.parameters} if refused.parameters else {})
        if isinstance(result, dict) and "message_id" in result:
            call.message_id, call.delivered = result["message_id"], call.method in SENDS
        return 200, {"ok": True, "result": result}

    def _logged(self, method: str, params: Json) -> Call:
        text, slim = str(params.get("text", "")), self.world.slim
        reply = params.get("reply_parameters")
        call = Call(
            number=len(self.world.calls),
            method=method,
            chat=_number(params.get("chat_id")),
            at=time.time(),
            text=text[:200] if slim else text,
            message_id=_number(params.get("message_id")),
            disable_notification=is_true(params, "disable_notification"),
            allow_paid_broadcast=is_true(params, "allow_paid_broadcast"),
            thread=_number(params.get("message_thread_id")),
            reply_to=_number(reply.get("message_id")) if isinstance(reply, dict) else None,
            params={} if slim else params,
        )
        self.world.calls.append(call)
        return call

    async def _get_updates(self, params: Json) -> web.StreamResponse:
        if self.world.webhook["url"]:
            text = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook first"
            return _json(409, {"ok": False, "error_code": 409, "description": text})
        if "allowed_updates" in params:
            self.world.allowed = frozenset(params["allowed_updates"] or ())
        if self._poller is not None and not self._poller.done():
            self._poller.set_result(None)
        taken = self._poller = asyncio.get_running_loop().create_future()
        await self._notify()
        offset, limit = int(params.get("offset", 0) or 0), int(params.get("limit", 100) or 100)
        self.world.updates = [each for each in self.world.updates if each["update_id"] >= offset]
        waiting = asyncio.ensure_future(self._some_update())
        try:
            seconds = float(params.get("timeout", 0) or 0)
            await asyncio.wait({waiting, taken}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if taken.done():
                return _json(409, Fault("409").answer()[1])
            return _json(200, {"ok": True, "result": self.world.updates[:limit]})
        finally:
            waiting.cancel()
            if self._poller is taken:
                self._poller = None
                self._tell = asyncio.ensure_future(self._notify())

    async def _some_update(self) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: bool(self.world.updates))

    # --- control over HTTP

    async def _control_calls(self, request: web.Request) -> web.Response:
        since, method = int(request.query.get("since", 0)), request.query.get("method")
        rows = [call.row() for call in self.world.calls[since:] if method in (None, call.method)]
        return web.json_response({"next": len(self.world.calls), "calls": rows})

    async def _control_counts(self, request: web.Request) -> web.Response:
        query, calls = request.query, self.world.calls
        methods = query["method"].split(",") if "method" in query else SENDS
        found = counts(call for call in calls[int(query.get("since", 0)) :] if call.method in methods)
        if query.get("chats", "1") == "0":
            del found["chats"]
        return web.json_response({"next": len(calls), "frozen": self.frozen, **found})

    async def _control(self, request: web.Request) -> web.Response:
        order, body = request.match_info["order"], await request.json()
        if order == "fault":
            self.fault(Fault(**body))
        elif order == "limits":
            self.limits = Limits(**body)
        elif order == "clear":
            self.faults.clear()
        elif order == "freeze":
            self.freeze(**body)
        elif order == "release":
            self.release()
        elif order == "chat":
            chat = self.world.chat(body["id"], body.get("type", ""), body.get("title", ""), set(body.get("admins", ())))
            chat.gone = body.get("gone", "")
            chat.threads = set(body["threads"]) if "threads" in body else None
        elif order in ("say", "press", "member", "update"):
            getattr(self.world, order)(**body)
        else:
            return web.json_response({"error": f"unknown order {order}"}, status=404)
        await self._notify()
        return web.json_response({"ok": True})


def _number(value: Any) -> int | None:
    return int(value) if isinstance(value, (str, int)) and str(value).lstrip("-").isdigit() else None


async def _params(request: web.Request) -> Json:
    params: Json = dict(request.query)
    if request.content_type == "application/json":
        params |= await request.json()
    elif request.content_type.startswith("multipart/"):
        params |= dict(await request.post())
    else:
        params |= dict(parse_qsl(await request.text(), keep_blank_values=True))
    return {
        key: json.loads(value) if key in _STRUCTURED and isinstance(value, str) else value
        for key, value in params.items()
    }


def _json(status: int, body: Json) -> web.Response:
    return web.Response(status=status, body=json.dumps(body).encode(), content_type="application/json")


async def _serve(options: argparse.Namespace) -> None:
    server = TelegramServer(token=options.token, any_chat=options.any_chat, slim=options.slim, latency=options.latency)
    await server.start(options.port)
    print(f"listening {server.base_url}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--any-chat", action="store_true", help="every chat id exists")
    parser.add_argument("--slim", action="store_true", help="keep little of each call")
    asyncio.run(_serve(parser.parse_args()))
