"""Rules broken a thousand times while the product runs (fault 31): the last good ones go on judging."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.line.news import News
from tests.line.product import lodestone

pytestmark = pytest.mark.faults

GOOD = "rules: [{name: mine, when: {words: [gallium]}, then: structural, because: Mine., status: stable}]\n"
BAD = ("rules: [", "\t", "rules: 1", "a: &a [*a]", GOOD.replace("words", "wordz"), "\x00", "- x", "x" * 1_000_001)


async def test_31_a_thousand_broken_files_restart_nothing_and_lose_no_rule(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "mine.yaml").write_text(GOOD)
    async with News("mining") as news:
        settings = {
            "rules": str(rules),
            "feeds": str(news.catalogue(tmp_path / "feeds.yaml")),
            "allow_private_hosts": "127.0.0.1",
            "poll_interval": "1",
        }
        async with lodestone(tmp_path / "data", "run", **settings) as product:
            await product.says("run.begun")
            noticed = []
            for round_ in range(10):
                for number in range(100):
                    (rules / "mine.yaml").write_text(f"# {round_} {number}\n{BAD[number % len(BAD)]}")
                (rules / "mine.yaml").write_text(f"# {round_}\n{BAD[round_ % 5]}")
                begun, before = time.monotonic(), len(product.err)
                await product.says_more("rules.refused", before)
                noticed.append(time.monotonic() - begun)
                assert product.process.returncode is None
            (rules / "mine.yaml").write_text(GOOD + "# mended\n")
            mended = await product.says("rules.reloaded")
            assert "changed=nothing" in mended
            assert await product.stop() == 0
    print(
        f"\n31: 1,000 broken rule files: no restart, no rule lost; noticed after {max(noticed):.1f} s at most (bar 5 s)"
    )
    assert max(noticed) < 5
