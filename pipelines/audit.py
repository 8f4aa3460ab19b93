"""The audit: what operators did from chats, and what was refused, kept in the store as its newest 10,000 rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from redis.asyncio import Redis

from pipelines import keys

KEPT = 10_000
MOST_REFUSALS = 20
"""Refusals of one person that are written down in a minute: a flood must not push out what else was noted."""
LONGEST = 60
"""Characters of a text that are kept; what people typed is cleaned by whoever notes it."""
DONE = "done"

_NOTE = """
if KEYS[2] then
  local count = redis.call('INCR', KEYS[2])
  redis.call('EXPIRE', KEYS[2], 120)
  if count > tonumber(ARGV[2]) then return 0 end
end
redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[1], '*', unpack(ARGV, 3))
return 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """One attempt: when, by whom (None where Telegram hides the person), in which chat, what, and what came of it.

    ``refused`` says why, in fixed words; it is empty where the attempt was carried out.
    """

    at: datetime
    user: int | None
    chat: int
    what: str
    refused: str = ""

    @property
    def outcome(self) -> str:
        """In words: done, or refused and why."""
        return f"refused: {self.refused}" if self.refused else DONE


async def note(store: Redis, row: AuditRow) -> bool:
    """Write the row down; False where this person was refused too often in this minute for one more row."""
    client: Any = store
    names = [keys.AUDIT]
    if row.refused:
        who = row.user if row.user is not None else row.chat
        names.append(keys.refusals(who, int(row.at.timestamp()) // 60))
    fields = {
        "at": row.at.isoformat(),
        "user": "" if row.user is None else str(row.user),
        "chat": str(row.chat),
        "what": row.what[:LONGEST],
        "refused": row.refused[:LONGEST],
    }
    words = [word for pair in fields.items() for word in pair]
    return bool(await client.eval(_NOTE, len(names), *names, KEPT, MOST_REFUSALS, *words))


async def read_audit(store: Redis, count: int = KEPT) -> tuple[AuditRow, ...]:
    """The newest ``count`` rows, oldest first; what another version of this program may have written is passed over."""
    client: Any = store
    found: list[tuple[bytes, dict[bytes, bytes]]] = await client.xrevrange(keys.AUDIT, count=count)
    rows = (
        _row({name.decode(): value.decode("utf-8", "replace") for name, value in each.items()}) for _, each in found
    )
    return tuple(row for row in rows if row is not None)[::-1]


def _row(fields: dict[str, str]) -> AuditRow | None:
    try:
        return AuditRow(
            at=datetime.fromisoformat(fields["at"]).astimezone(UTC),
            user=int(fields["user"]) if fields["user"] else None,
            chat=int(fields["chat"]),
            what=fields["what"],
            refused=fields["refused"],
        )
    except (KeyError, ValueError):
        return None
