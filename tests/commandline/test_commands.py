"""The commands as a person calls them: what they print, what they refuse, and their exit codes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from click.testing import CliRunner, Result
from redis.asyncio import Redis

from bot.app import utc_now
from bot.chat_store import ChatStore
from bot.chats import Chat, DeliveryState, Kind
from bot.cli import lodestone
from bot.delivery.lining import enqueue
from bot.delivery.queue import Outbox, Receipt
from pipelines.audit import AuditRow, note
from pipelines.redis_server import EmbeddedServer
from pipelines.store import connect
from pipelines.streams import bury

ROWS = (
    {
        "id": "a",
        "title": "Japan's government bans gallium exports to China",
        "date": "2026-05-01T08:00:00",
        "publisher": "A",
    },
    {"id": "b", "title": "Bakery wins prize at river festival", "date": "2026-05-01T08:01:00", "publisher": "B"},
    {
        "id": "c",
        "title": "Japan's government bans gallium exports to China - C",
        "date": "2026-05-01T08:02:00",
        "publisher": "C",
    },
    {"id": "d", "title": "Gallium shares soar after Japan ban", "date": "2026-05-01T08:03:00", "publisher": "D"},
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return path


def call(*words: str, data: Path | None = None, text: str | None = None) -> Result:
    env = {"LODESTONE_DATA": str(data)} if data else {}
    return CliRunner().invoke(lodestone, list(words), env=env, input=text)


def with_own_store(data: Path, fill: Callable[[Redis], Awaitable[None]]) -> None:
    """Write into the store of that data folder, as the program would find it."""

    async def run() -> None:
        server = EmbeddedServer(data / "store", reserve_mb=0)
        await server.open()
        store = connect(server.url)
        await fill(store)
        await store.aclose()
        await server.close()

    asyncio.run(run())


def rows(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_simulate_sends_each_structural_story_once(file: Path) -> None:
    result = call("simulate", str(file))
    (sent,) = rows(result)
    assert (sent["at"], sent["kind"], sent["ids"]) == ("2026-05-01T08:00:00+00:00", "send", ["a"])
    assert set(sent) == {"at", "kind", "story", "severity", "ids", "text"}
    assert "4 headlines, 1 messages" in result.stderr


def test_simulate_twice_is_the_same(file: Path) -> None:
    assert call("simulate", str(file)).stdout == call("simulate", str(file)).stdout


def test_label_writes_one_row_a_row_in_order(file: Path) -> None:
    found = rows(call("label", str(file)))
    assert [row["id"] for row in found] == ["a", "b", "c", "d"]
    assert [row["verdict"] for row in found] == ["structural", "noise", "structural", "noise"]
    assert {"topics", "structural", "p_structural", "event", "stage"} < set(found[0])


def test_group_puts_copies_together(file: Path) -> None:
    story = {row["id"]: row["story"] for row in rows(call("group", str(file)))}
    assert story["a"] == story["c"]
    assert len(set(story.values())) >= 2


@pytest.mark.parametrize("command", ["simulate", "label", "group"])
@pytest.mark.parametrize(
    "line",
    [
        "not json",
        "[1]",
        '{"id": "x"}',
        '{"id": "x", "title": "t", "date": "yesterday"}',
        '{"id": 1, "title": "t", "date": "2026-05-01"}',
    ],
)
def test_a_bad_row_is_named_by_file_and_line(command: str, line: str) -> None:
    result = call(command, "-", text=json.dumps(ROWS[0]) + "\n" + line + "\n")
    assert result.exit_code != 0
    assert ":2:" in result.stderr
    assert "Traceback" not in result.stderr


def test_explain_says_label_rules_and_reading() -> None:
    said = call("explain", "China suspends rare earth export controls until November 2026").stdout
    assert "The rules that spoke" in said
    assert "rare earths" in said.lower()
    (row,) = rows(call("explain", "--json", "Nvidia shares fall after export ban"))
    assert (row["label"], row["form"]) == ("noise", "price-move")


@pytest.mark.parametrize(
    ("age", "said"), [("2h", "2 hours old"), ("90 min", "2 hours old"), ("3 days", "72 hours old")]
)
def test_explain_takes_ages_as_rules_write_them(age: str, said: str) -> None:
    lines = call("explain", "China bans gallium exports", "--age", age, "--publisher", "Harbour Wire").stdout
    assert said in lines
    assert "1 independent publisher says so: Harbour Wire." in lines


@pytest.mark.parametrize("age", ["soon", "-1h", "9000 days"])
def test_explain_refuses_what_is_no_age(age: str) -> None:
    result = call("explain", "x", "--age", age)
    assert result.exit_code == 2
    assert "write it like 90 min, 12 h or 3 days" in result.stderr


def test_explain_tells_machines_the_score_and_the_sources() -> None:
    row = json.loads(call("explain", "--json", "China bans gallium exports", "--publisher", "Harbour Wire").stdout)
    product = 100.0
    for part in row["trace"]["weighed"]:
        product *= part["factor"]
    assert row["score"] == pytest.approx(product, abs=0.1)
    assert row["trace"]["sources"] == [{"publisher": "Harbour Wire", "counts": True, "why": ""}]


@pytest.mark.parametrize("command", ["label", "group", "simulate", "evaluate"])
def test_a_file_that_is_not_utf_8_is_told(tmp_path: Path, command: str) -> None:
    bad = tmp_path / "latin.jsonl"
    bad.write_bytes(b'{"id": "1", "title": "\xe9t\xe9", "date": "2026-05-01"}\n')
    result = call(command, str(bad))
    assert result.exit_code == 1
    assert f"{bad}: byte 22 is not UTF-8; save the file as UTF-8" in result.stderr


def test_a_new_deployment_has_no_chats_and_no_dead_letters(tmp_path: Path) -> None:
    assert "/start" in call("chats", data=tmp_path).stdout
    assert "none" in call("dead", "list", data=tmp_path).stdout
    assert call("dead", "retry", "all", data=tmp_path).stdout.strip() == "0 sent again"


def test_the_status_of_a_new_deployment_is_that_nothing_waits(tmp_path: Path) -> None:
    (row,) = rows(call("status", "--json", data=tmp_path))
    assert (row["chats"], row["dead"], row["errors"], row["held_until"]) == (0, 0, [], None)
    assert "To send: nothing" in call("status", data=tmp_path).stdout


def test_the_status_tells_people_and_machines_what_waits_since_when_and_what_went_wrong(tmp_path: Path) -> None:
    now = utc_now()
    hour = timedelta(hours=1)

    async def fill(store: Any) -> None:
        chats, outbox = ChatStore(store), Outbox(store, "one", 1000)
        for number in range(1, 8):
            await chats.put(Chat(id=number, kind=Kind.PRIVATE, created=now))
        for number, why in {1: "blocked", 2: "blocked", 3: "/stop"}.items():
            await chats.switch_off(number, why)
        for command in (
            *enqueue("a", [4], 1, "urgent", now - hour, parts=1),
            *enqueue("b", [5], 1, "normal", now - 2.5 * hour, parts=1),
            *enqueue("b", [6], 1, "normal", now - hour, parts=1),
            *enqueue("c", [5], 1, "normal", now, parts=1),
            bury("fetch", "polls", b"", "surprise"),
        ):
            await store.execute_command(*command)
        (taken,), _ = await outbox.take(now)
        late = Receipt(state=DeliveryState.PENDING, pause=3600, again=True, why="Bad Gateway: no <b>luck</b>")
        await outbox.settle([(taken, late)], now)
        await outbox.take(now)
        await outbox.hold(now + hour, now)
        await outbox.pause_all(1800, now)

    with_own_store(tmp_path, fill)
    (row,) = rows(call("status", "--json", data=tmp_path))
    lanes = cast("dict[str, dict[str, Any]]", row["lanes"])
    assert {lane: each["waiting"] for lane, each in lanes.items()} == {"urgent": 1, "normal": 3, "digest": 0, "edit": 0}
    assert 3600 <= lanes["urgent"]["oldest_seconds"] < 3900
    assert 3600 <= lanes["normal"]["oldest_seconds"] < 3900, "what is being called waits no more"
    assert lanes["digest"]["oldest_seconds"] is None
    assert (row["calling"], row["dead"], row["chats"], row["off"]) == (1, 1, 7, {"blocked": 2, "/stop": 1})
    assert row["counts"] == {"later": 1}
    assert datetime.fromisoformat(str(row["held_until"])) - now - hour < timedelta(seconds=1)
    assert datetime.fromisoformat(str(row["paused_until"])) - now - hour / 2 < timedelta(seconds=1)
    (error,) = cast("list[dict[str, Any]]", row["errors"])
    assert (error["chat"], error["why"]) == (4, "Bad Gateway: no <b>luck</b>")
    said = call("status", data=tmp_path).stdout
    for part in (
        "Held by an operator until ",
        "Telegram asked for a pause until ",
        "normal 3 (oldest 6",
        "· calling 1",
        "So far: 1 put off",
        "Dead letters: 1; /dead shows them",
        "Chats: 7, 4 with alerts on; off: blocked 2, /stop 1",
        "chat 4 · Bad Gateway: no <b>luck</b>",
    ):
        assert part in said


def test_the_audit_tells_people_and_machines_the_same(tmp_path: Path) -> None:
    assert "nothing was refused" in call("audit", data=tmp_path).stdout
    assert rows(call("audit", "--json", data=tmp_path)) == []
    at = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)

    async def fill(store: Redis) -> None:
        await note(store, AuditRow(at=at, user=7, chat=-5, what="/pause 30m", refused="no operator"))
        await note(store, AuditRow(at=at, user=None, chat=-5, what="/dead", refused="no operator"))
        await note(store, AuditRow(at=at, user=9, chat=9, what="/resume"))

    with_own_store(tmp_path, fill)
    assert call("audit", data=tmp_path).stdout.splitlines() == [
        "2026-11-24 09:30:00Z  user 7, chat -5: /pause 30m  refused: no operator",
        "2026-11-24 09:30:00Z  nobody named, chat -5: /dead  refused: no operator",
        "2026-11-24 09:30:00Z  user 9, chat 9: /resume  done",
    ]
    found = rows(call("audit", "--json", data=tmp_path))
    assert [(row["user"], row["outcome"]) for row in found] == [
        (7, "refused: no operator"),
        (None, "refused: no operator"),
        (9, "done"),
    ]
    assert set(found[0]) == {"at", "user", "chat", "what", "outcome"}


def test_dead_letters_are_listed_sent_again_and_dropped(tmp_path: Path) -> None:
    async def fill(store: Any) -> None:
        for data in (b'Poll/1 {"feed": "a"}', b"", b'Poll/1 {"feed": "b"}'):
            await store.execute_command(*bury("fetch", "polls", data, "surprise"))

    with_own_store(tmp_path, fill)
    first, empty, last = rows(call("dead", "list", "--json", data=tmp_path))
    assert (first["stage"], first["stream"], first["why"]) == ("fetch", "polls", "surprise")
    assert call("dead", "retry", str(first["id"]), data=tmp_path).stdout == "1 sent again\n"
    said = call("dead", "retry", "all", data=tmp_path).stdout.splitlines()
    assert said == [
        "1 sent again",
        "1 cannot be sent again and stay: they name no stream or hold no event; drop them",
    ]
    assert [row["id"] for row in rows(call("dead", "list", "--json", data=tmp_path))] == [empty["id"]]
    assert call("dead", "drop", str(empty["id"]), str(last["id"]), data=tmp_path).stdout == "1 dropped\n"


def test_check_names_a_bad_rule_and_fails(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "mine.yaml").write_text("rules:\n  - name: x\n    whn: {topics: [rare-earth]}\n")
    result = call("check", "--rules", str(rules), data=tmp_path)
    assert result.exit_code != 0
    assert "mine.yaml:3" in result.output
    assert "when" in result.output
    assert call("check", data=tmp_path / "other").exit_code == 0


@pytest.mark.parametrize("words", [["demo"], ["simulate", "-"], ["label", "-"], ["group", "-"], ["explain", "x"]])
def test_rules_of_ones_own_are_read_wherever_headlines_are(words: list[str], tmp_path: Path) -> None:
    own = tmp_path / "rules"
    own.mkdir()
    (own / "mine.yaml").write_text("rules:\n  - name: x\n    whn: {topics: [rare-earth]}\n")
    for result in (call(*words, "--rules", str(own), text=""), call(*words, data=tmp_path, text="")):
        assert result.exit_code != 0
        assert "mine.yaml:3" in f"{result.output}{result.exception}"


def test_help_lists_every_command_that_there_is() -> None:
    said = call("--help").stdout
    for name in (
        "run",
        "demo",
        "simulate",
        "label",
        "group",
        "evaluate",
        "explain",
        "check",
        "rules",
        "feeds",
        "chats",
        "audit",
        "dead",
        "backup",
        "restore",
    ):
        assert f"  {name} " in said
        assert call(name, "--help").exit_code == 0
