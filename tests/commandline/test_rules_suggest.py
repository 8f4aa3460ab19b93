"""``lodestone rules suggest`` on a real store that holds records and votes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bot.cli import lodestone
from pipelines.events import Alert, Entry, Reading
from pipelines.judged import write_judged
from pipelines.language.reader import load_reader
from pipelines.rulebook import load_rules
from pipelines.store import connect
from pipelines.stories.changes import begin
from pipelines.stories.ids import story_id
from pipelines.votes import vote
from rules.judge import judge
from rules.marks import Mark
from rules.story import Source, Tier
from rules.verdict import Label

NOW = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5)
NOISE = (
    "Kazakhstan grants licence for rare earth mine",
    "Kazakhstan grants licence for tungsten mine",
    "Kazakhstan grants licence for lithium mine",
)
USEFUL = (
    "China bans gallium exports",
    "Chile signs lithium law creating state company",
    "US grants licence for rare earth mine in Texas",
)
OTHERS = ("Kazakhstan grants licence for antimony mine", "Japan bans gallium exports to China", "Bakery wins prize")

Vote = tuple[str, int, Mark]


@pytest.fixture(scope="module")
def alerts() -> dict[str, Alert]:
    """Each headline as it is read and judged, an hour apart."""
    titles, rules = (*NOISE, *USEFUL, *OTHERS), load_rules(None)
    entries = [
        Entry(
            feed="f",
            id=title,
            url="",
            title=title,
            summary="",
            source=Source("f", "Harbour Wire", "harbour", Tier.WIRE),
            published=NOW - timedelta(hours=number),
            first_seen=NOW - timedelta(hours=number),
        )
        for number, title in enumerate(titles)
    ]
    found = dict[str, Alert]()
    for entry, report in zip(entries, load_reader().read(entries), strict=True):
        at = entry.first_seen
        story = begin(Reading(entry, report), story_id(entry.id, at), at)
        found[entry.title] = Alert(story, judge(story, rules, at), judged=at, parsed=at)
    labels = {title: alert.verdict.label for title, alert in found.items()}
    assert all(labels[title] is Label.STRUCTURAL for title in (*NOISE, *USEFUL, *OTHERS[:2])), labels
    return found


def fill(url: str, alerts: dict[str, Alert], votes: Sequence[Vote]) -> None:
    """An empty store with these records and votes."""

    async def work() -> None:
        store: Any = connect(url)
        await store.flushall()
        for alert in alerts.values():
            for command in write_judged(alert):
                await store.execute_command(*command)
        for title, voter, mark in votes:
            await vote(store, alerts[title].story.id, voter, mark, voter, NOW)
        await store.aclose()

    asyncio.run(work())


def state(url: str) -> dict[bytes, Any]:
    """Everything in the store."""

    async def work() -> dict[bytes, Any]:
        store: Any = connect(url)
        found = dict[bytes, Any]()
        async for key in store.scan_iter():
            hashed = await store.type(key) == b"hash"
            found[key] = await (store.hgetall(key) if hashed else store.zrange(key, 0, -1, withscores=True))
        await store.aclose()
        return found

    return asyncio.run(work())


def call(url: str, data: Path, *words: str) -> Result:
    env = {"LODESTONE_REDIS_URL": url, "LODESTONE_DATA": str(data)}
    return CliRunner().invoke(lodestone, ["rules", "suggest", *words], env=env)


VOTES: tuple[Vote, ...] = (
    *((title, voter, Mark.NOISE) for title in NOISE for voter in (1, 2)),
    *((title, 1, Mark.USEFUL) for title in USEFUL),
    (NOISE[0], 3, Mark.USEFUL),  # outvoted
    (OTHERS[1], 1, Mark.USEFUL),
    (OTHERS[1], 2, Mark.NOISE),  # divided
)


def test_a_proposal_is_told_written_and_works(store_url: str, alerts: dict[str, Alert], tmp_path: Path) -> None:
    fill(store_url, alerts, VOTES)
    before = state(store_url)
    said = call(store_url, tmp_path, "--days", "30")
    assert said.exit_code == 0, said.output
    for expected in (
        "6 stories bear a mark of their readers: 3 useful, 3 noise. Left out: 1 on which readers are divided.",
        "8 stories that the rules tell (watch or structural) of the last 30 days",
        "Right: 3 of 3 marked noise would fall silent",
        "Wrong: none of 3 marked useful or too late.",
        "of 8 stories would fall silent, 1 that nobody marked: “Kazakhstan grants licence for antimony mine”.",
        "Nothing has been changed",
    ):
        assert expected in said.stdout
    rows = [json.loads(line) for line in call(store_url, tmp_path, "--json").stdout.splitlines()]
    first = rows[0]
    assert first["aim"] == "silenced"
    assert {each["title"] for each in first["marked"]["right"]} == set(NOISE)
    assert first["marked"]["stories"] == {"useful": 3, "noise": 3, "knew": 0, "late": 0}
    assert [each["title"] for each in first["recent"]["unmarked"]] == [OTHERS[0]]

    own = tmp_path / "rules"
    own.mkdir()
    written = call(store_url, tmp_path, "--write", "1", str(own / "quiet.yaml"))
    assert written.exit_code == 0, written.output
    rules = load_rules(own)
    labels = {title: judge(alert.story, rules, alert.judged).label for title, alert in alerts.items()}
    assert {title for title, label in labels.items() if label is Label.STRUCTURAL} == {*USEFUL, OTHERS[1]}
    assert state(store_url) == before, "a question changes nothing"
    # Its examples hold when they are really read, and it is not proposed a second time.
    assert CliRunner().invoke(lodestone, ["rules", "test", "--rules", str(own)]).exit_code == 0
    assert "would fall silent" not in call(store_url, tmp_path).stdout


@pytest.mark.parametrize(
    ("votes", "said"),
    [
        ((), "No story bears a mark of its readers yet. Too few to propose anything"),
        (
            ((NOISE[0], 1, Mark.NOISE), (USEFUL[0], 1, Mark.USEFUL)),
            "Wanted: 1 more marked noise or knew it, or 1 more marked useful",
        ),
        (((USEFUL[0], 1, Mark.USEFUL), (USEFUL[1], 1, Mark.USEFUL)), "Silencing something wants 2 more stories"),
    ],
)
def test_too_few_votes_say_how_many_are_wanted(
    store_url: str, alerts: dict[str, Alert], tmp_path: Path, votes: tuple[Vote, ...], said: str
) -> None:
    fill(store_url, alerts, votes)
    plain, machine = call(store_url, tmp_path), call(store_url, tmp_path, "--json")
    assert said in plain.stdout
    assert (plain.exit_code, machine.exit_code, machine.stdout) == (0, 0, "")
    assert said in machine.stderr


def test_a_vote_on_a_story_whose_record_is_gone_is_counted_apart(
    store_url: str, alerts: dict[str, Alert], tmp_path: Path
) -> None:
    fill(store_url, alerts, VOTES)

    async def drop() -> None:
        store: Any = connect(store_url)
        for command in write_judged(alerts[NOISE[0]]):
            if command[0] == "HSET":
                await store.hdel(command[1], command[2])
        await store.aclose()

    asyncio.run(drop())
    assert "Left out: 1 with votes whose record is gone" in call(store_url, tmp_path).stdout


@pytest.mark.parametrize(
    ("number", "name", "said"),
    [
        ("99", "new.yaml", "there is no proposal 99"),
        ("1", "there.yaml", "exists and is left as it is"),
        ("1", "notes.txt", "a name that ends in .yaml"),
        ("1", "nowhere/new.yaml", "cannot be written"),
    ],
)
def test_what_is_not_written(
    store_url: str, alerts: dict[str, Alert], tmp_path: Path, number: str, name: str, said: str
) -> None:
    fill(store_url, alerts, VOTES)
    (tmp_path / "there.yaml").write_text("rules: []\n")
    result = call(store_url, tmp_path, "--write", number, str(tmp_path / name))
    assert result.exit_code == 1
    assert said in result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["there.yaml"]
    assert (tmp_path / "there.yaml").read_text() == "rules: []\n"


def test_an_entry_that_the_folder_holds_is_to_be_changed_there(
    store_url: str, alerts: dict[str, Alert], tmp_path: Path
) -> None:
    fill(store_url, alerts, [(title, 1, Mark.KNEW) for title in NOISE])
    own = tmp_path / "rules"
    own.mkdir()
    (own / "mine.yaml").write_text("weights:\n  event:\n    permit: 0.81\n")
    rows = [json.loads(line) for line in call(store_url, tmp_path, "--json").stdout.splitlines()]
    (number,) = [row["proposal"] for row in rows if "permit" in row["yaml"]]
    assert f"{number}. Lower the weight of the event permit from 0.81" in (plain := call(store_url, tmp_path).stdout)
    assert "Not as a file of its own: a second weight for event permit" in plain
    result = call(store_url, tmp_path, "--write", str(number), str(own / "new.yaml"))
    assert result.exit_code == 1
    assert "mine.yaml:3; change that entry instead" in result.stderr
    assert not (own / "new.yaml").exists()


def test_a_fault_in_the_rules_comes_first(store_url: str, tmp_path: Path) -> None:
    own = tmp_path / "rules"
    own.mkdir()
    (own / "mine.yaml").write_text("rules:\n  - name: x\n    whn: {topics: [rare-earth]}\n")
    result = call(store_url, tmp_path)
    assert result.exit_code == 1
    assert "mine.yaml:3" in result.stderr
