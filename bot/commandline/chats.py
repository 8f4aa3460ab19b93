"""``lodestone chats``: who is subscribed, and what each chat wishes."""

from __future__ import annotations

import json

import click
from redis.asyncio import Redis

from bot.app import utc_now
from bot.chat_store import ChatStore
from bot.chats import Chat
from bot.commandline.options import JSON
from bot.commandline.stored import with_store
from bot.text import shown


@click.command()
@click.option("--off", is_flag=True, help="only those that are switched off, with the reason")
@JSON
def chats(*, off: bool, as_json: bool) -> None:
    """List the chats and what they wish."""

    async def read(store: Redis) -> tuple[Chat, ...]:
        return await ChatStore(store).all()

    found = [chat for chat in with_store(read) if not (off and chat.active)]
    for chat in found:
        print(json.dumps(_row(chat)) if as_json else _line(chat))
    if not found and not as_json:
        print("none is switched off" if off else "no chats yet: someone has to send /start to the bot")


def _row(chat: Chat) -> dict[str, object]:
    return {
        "id": chat.id,
        "kind": chat.kind,
        "title": chat.title,
        "active": chat.active,
        "why_off": chat.why_off,
        "topics": list(chat.topics),
        "muted": [mute.what for mute in chat.mutes_at(utc_now())],
        "coins": list(chat.coins),
        "level": chat.level,
        "sound": chat.sound,
        "zone": chat.zone,
        "quiet": [chat.quiet.start, chat.quiet.end] if chat.quiet else None,
        "digest": list(chat.digest),
        "created": chat.created.isoformat(),
    }


def _line(chat: Chat) -> str:
    state = "on" if chat.active else f"off ({shown(chat.why_off, 60)})"
    muted = ", ".join(mute.what for mute in chat.mutes_at(utc_now()))
    silence = f", muted: {muted}" if muted else ""
    return f"{chat.id:>16}  {chat.kind:<10}  {state}  {shown(chat.title, 40)}  {len(chat.topics)} topics{silence}"
