"""The text of every rule set that ever judged, kept once by its hash, so that any verdict can be rebuilt."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from redis.asyncio import Redis

from pipelines import keys
from pipelines.rulebook import Rulebook
from rules.errors import RuleErrors
from rules.ruleset import RuleSet
from rules.schema import load

KEPT = timedelta(days=400)
"""As long as judged stories are."""


async def keep_rule_set(store: Redis, rulebook: Rulebook, now: datetime) -> None:
    """Keep the texts of the set in force, and say that it was in use now; sets unused for 400 days are dropped."""
    client: Any = store
    # The set before this one judged until now, however long ago that began: it goes 400 days after its last verdict.
    # A second less than now: of two at the same moment the store could not say which came last.
    if before := await client.zrange(keys.RULE_SETS_USED, -1, -1):
        await client.zadd(keys.RULE_SETS_USED, {before[0]: now.timestamp() - 1}, xx=True)
    name = rulebook.rules.hash
    text = await asyncio.to_thread(_packed, rulebook)
    old = await client.zrangebyscore(keys.RULE_SETS_USED, "-inf", (now - KEPT).timestamp())
    async with client.pipeline(transaction=True) as pipe:
        pipe.hset(keys.RULE_SETS, name, text)
        pipe.zadd(keys.RULE_SETS_USED, {name: now.timestamp()})
        if old:
            pipe.hdel(keys.RULE_SETS, *old)
            pipe.zrem(keys.RULE_SETS_USED, *old)
        await pipe.execute()


def _packed(rulebook: Rulebook) -> bytes:
    return zlib.compress(json.dumps(rulebook.layers, ensure_ascii=False).encode(), 9)


async def read_rule_set(store: Redis, name: str) -> RuleSet | None:
    """The set of that hash as it was; None where it is not kept, or where this version reads its texts otherwise."""
    client: Any = store
    found = await client.hget(keys.RULE_SETS, name)
    if found is None:
        return None
    layers: list[Mapping[str, str]] = json.loads(zlib.decompress(found))
    try:
        rules = load(*layers)
    except RuleErrors:
        return None
    return rules if rules.hash == name else None
