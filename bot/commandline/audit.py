"""``lodestone audit``: what operators did in chats, and what was refused to whom."""

from __future__ import annotations

import click

from bot.commandline.options import JSON
from bot.commandline.stored import with_store
from bot.json_rows import json_row
from bot.text import shown
from pipelines.audit import AuditRow, read_audit


@click.command()
@JSON
def audit(*, as_json: bool) -> None:
    """List what operators did in chats and what was refused, oldest first."""
    rows = with_store(read_audit)
    for row in rows:
        print(json_row(_row(row)) if as_json else _line(row))
    if not rows and not as_json:
        print("none: no operator has done anything in a chat, and nothing was refused")


def _row(row: AuditRow) -> dict[str, object]:
    return {
        "at": row.at.isoformat(),
        "user": row.user,
        "chat": row.chat,
        "what": row.what,
        "outcome": row.outcome,
    }


def _line(row: AuditRow) -> str:
    user = "nobody named" if row.user is None else f"user {row.user}"
    return f"{row.at:%Y-%m-%d %H:%M:%S}Z  {user}, chat {row.chat}: {shown(row.what, 60)}  {row.outcome}"
