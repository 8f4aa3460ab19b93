"""What was judged on a range of days, read back; and the texts of the rule layers."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from pipelines import keys
from pipelines.judged import write_judged
from pipelines.kept import judged_between, rule_layers
from pipelines.rulebook import load_rules
from rules.schema import load
from rules.verdict import Label
from tests.chats.make import NOW, alert, report


async def test_the_days_are_read_both_ends_included_noise_too(store: Redis) -> None:
    client: Any = store
    for ago in range(4):
        told = report(ago, published=NOW - timedelta(days=ago))
        for command in write_judged(alert(told, label=Label.NOISE if ago == 2 else Label.STRUCTURAL)):
            await client.execute_command(*command)
    await client.hset(keys.judged((NOW - timedelta(days=1)).date()), "torn", b"no record")
    days = list[int]()
    found = [
        each.story.lead.id
        async for each in judged_between(store, (NOW - timedelta(days=2)).date(), NOW.date(), days.append)
    ]
    assert found == ["r2", "r1", "r0"]
    assert days == [1, 1, 1]


def test_the_layers_are_those_of_the_rules_in_force(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("disable: [minerals-act]\n")
    (shipped,), layers = rule_layers(None), rule_layers(tmp_path)
    assert layers[0] == shipped
    assert load(*layers).hash == load_rules(tmp_path).hash != load(shipped).hash == load_rules(None).hash
