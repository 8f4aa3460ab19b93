"""What became of the rules while running: which set is in force, when it was last reloaded or refused, and why."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from redis.asyncio import Redis

from pipelines import keys
from pipelines.rulebook import Rulebook
from rules.errors import RuleError

_FAULT = 500

# Every process that judges or answers looks at the folder; the first to see a change counts it.
_NOTE = """
if redis.call('HGET', KEYS[1], 'state') == ARGV[2] then return 0 end
redis.call('HINCRBY', KEYS[1], ARGV[1], 1)
redis.call('HSET', KEYS[1], 'state', unpack(ARGV, 2))
return 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleNews:
    """``fault`` is the first fault of the newest refusal, "" once a sound set has been read since.

    ``rules`` is the hash of the set in force; ``shadow`` that of the candidate that judges beside it, "" where none
    does, and ``shadow_fault`` what keeps a changed candidate from it.
    """

    reloads: int = 0
    refusals: int = 0
    reloaded: datetime | None = None
    refused: datetime | None = None
    fault: str = ""
    rules: str = ""
    shadow: str = ""
    shadow_fault: str = ""


async def note_begun(store: Redis, rulebook: Rulebook) -> None:
    """A process began with this set: a refusal from before has been mended, or it could not have begun."""
    client: Any = store
    facts = {"state": _state(rulebook), "rules": rulebook.rules.hash, "fault": ""}
    await client.hset(keys.RULE_NEWS, mapping=facts)


async def note_reload(store: Redis, rulebook: Rulebook, now: datetime) -> None:
    """Another set is in force. Counted once, however many processes say so."""
    facts = {"reloaded": now.isoformat(), "rules": rulebook.rules.hash, "fault": ""}
    await _note(store, "reloads", _state(rulebook), facts)


async def note_refusal(store: Redis, faults: Sequence[RuleError], now: datetime) -> None:
    """A changed folder was refused. Counted once, however many processes say so."""
    state = "refused " + hashlib.sha256("\n".join(map(str, faults)).encode("utf-8", "replace")).hexdigest()[:16]
    await _note(store, "refusals", state, {"refused": now.isoformat(), "fault": str(faults[0])[:_FAULT]})


async def note_shadow(store: Redis, rules: str, fault: str = "") -> None:
    """Which candidate judges in the shadow, by its hash, "" for none; and the fault of one that does not."""
    client: Any = store
    await client.hset(keys.RULE_NEWS, mapping={"shadow": rules, "shadow_fault": fault[:_FAULT]})


async def read_rule_news(store: Redis) -> RuleNews:
    """What has been noted."""
    client: Any = store
    found = {name.decode(): value.decode() for name, value in (await client.hgetall(keys.RULE_NEWS)).items()}
    return RuleNews(
        reloads=int(found.get("reloads", 0)),
        refusals=int(found.get("refusals", 0)),
        reloaded=_moment(found.get("reloaded")),
        refused=_moment(found.get("refused")),
        fault=found.get("fault", ""),
        rules=found.get("rules", ""),
        shadow=found.get("shadow", ""),
        shadow_fault=found.get("shadow_fault", ""),
    )


async def _note(store: Redis, count: str, state: str, facts: dict[str, str]) -> None:
    client: Any = store
    pairs = [part for pair in facts.items() for part in pair]
    await client.eval(_NOTE, 1, keys.RULE_NEWS, count, state, *pairs)


def _state(rulebook: Rulebook) -> str:
    texts = json.dumps(rulebook.layers, sort_keys=True).encode()
    return "in force " + hashlib.sha256(texts).hexdigest()[:16]


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
