"""backup and restore: one moment of a deployment at work, back in an empty folder."""

from __future__ import annotations

import asyncio
import json
import stat
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from pipelines import aof, keys
from pipelines.events import Poll
from pipelines.feeds.changes import FeedChanges, read_changes
from pipelines.folder_lock import alone
from pipelines.redis_server import EmbeddedServer
from pipelines.stage import Done
from pipelines.store import connect
from pipelines.streams import Delivered, Streams, add
from tests.commandline.backups import LISTED, OWN, OWN_FEED, SETTINGS, call, deployment, names
from tests.line.product import lodestone as product


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Such a deployment."""
    return deployment(tmp_path / "data")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of another one, which nobody changes."""
    folder = tmp_path_factory.mktemp("backup")
    assert call(deployment(folder / "data"), "backup", str(folder / "b.tgz")).exit_code == 0
    return folder / "b.tgz"


def test_a_backup_comes_back_into_an_empty_folder(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "b.tgz"
    assert call(data, "backup", str(file)).exit_code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with tarfile.open(file) as archive:
        assert archive.getnames() == [
            *("manifest.json", "store.aof", "lodestone.yaml"),
            *("feeds.yaml", "feeds-added.yaml", "feeds-removed.txt", "rules/mine.yaml"),
        ]
    new = tmp_path / "new"
    said = call(new, "restore", str(file))
    assert said.exit_code == 0, said.stderr
    assert "3 chats, 0 delivery rows" in said.stdout
    assert call(new, "chats", "--json").stdout == call(data, "chats", "--json").stdout
    assert (new / "rules" / "mine.yaml").read_text() == OWN
    assert (new / "lodestone.yaml").read_text() == SETTINGS
    assert read_changes(new) == FeedChanges((OWN_FEED,), frozenset({LISTED.id}))
    assert (new / "feeds.yaml").read_bytes() == (data / "feeds.yaml").read_bytes()
    assert not (new / "telegram-token").exists()
    assert [path.name for path in new.iterdir() if path.name.startswith(".backup")] == []
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_machines_read_what_was_done(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "b.tgz"
    made = json.loads(call(data, "backup", "--json", str(file)).stdout)
    assert (made["chats"], made["rows"], made["bytes"], made["format"]) == (3, 0, file.stat().st_size, 1)
    back = json.loads(call(tmp_path / "new", "restore", "--json", str(file)).stdout)
    assert back["found"] == {"keys": made["keys"], "chats": 3, "rows": 0}
    assert (back["kept"], back["created"]) == ([], made["created"])


def test_what_is_already_there_is_kept_and_named(file: Path, tmp_path: Path) -> None:
    new = tmp_path / "new"
    (new / "rules").mkdir(parents=True)
    (new / "rules" / "mine.yaml").write_text("weights: {}\n")
    (new / "lodestone.yaml").write_text(SETTINGS)
    (new / "feeds-removed.txt").write_text("another\n")
    said = call(new, "restore", str(file))
    assert said.exit_code == 0, said.stderr
    assert (new / "rules" / "mine.yaml").read_text() == "weights: {}\n"
    assert read_changes(new) == FeedChanges((OWN_FEED,), frozenset({"another"}))
    assert f"{new / 'feeds-removed.txt'} was there already and was kept" in said.stdout
    assert f"{new / 'rules' / 'mine.yaml'} was there already and was kept" in said.stdout
    assert "lodestone.yaml" not in said.stdout


def test_a_file_is_replaced_only_when_told_so(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "b.tgz"
    file.write_bytes(before := b"somebody's file")
    said = call(data, "backup", str(file))
    assert (said.exit_code, file.read_bytes()) == (1, before)
    assert "say --force" in said.stderr
    assert call(data, "backup", "--force", str(file)).exit_code == 0
    assert file.read_bytes() != before


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_a_store_that_is_not_ours_is_left_to_its_own_means(file: Path, tmp_path: Path, command: str) -> None:
    said = call(tmp_path / "new", command, str(tmp_path / "other.tgz"), REDIS_URL="redis://127.0.0.1:9")
    assert said.exit_code == 1
    assert "with that server's own means" in said.stderr
    assert not (tmp_path / "new").exists()


def test_where_there_is_no_store_there_is_nothing_to_back_up(tmp_path: Path) -> None:
    said = call(tmp_path / "new", "backup", str(tmp_path / "b.tgz"))
    assert said.exit_code == 1
    assert "nothing to back up" in said.stderr
    assert names(tmp_path) == []


def test_a_store_that_is_there_is_never_written_over(data: Path, file: Path) -> None:
    before = names(data)
    said = call(data, "restore", str(file))
    assert said.exit_code == 1
    assert f"keep it aside (mv {data / 'store'} {data / 'store'}.old)" in said.stderr
    assert names(data) == before


@pytest.mark.parametrize("lock", ["owner", "lock"])
def test_a_folder_with_a_server_at_work_is_left_alone(file: Path, tmp_path: Path, lock: str) -> None:
    store = tmp_path / "new" / "store"
    store.mkdir(parents=True)
    with alone(store, lock):
        said = call(tmp_path / "new", "restore", str(file))
    assert said.exit_code == 1
    assert f"{store / lock} is locked: somebody is at work there: stop what runs" in said.stderr
    assert not aof.holds_store(store)


def test_a_restore_that_fails_at_its_last_step_leaves_nothing(file: Path, tmp_path: Path) -> None:
    in_the_way = tmp_path / "new" / "store" / aof.FOLDER
    in_the_way.parent.mkdir(parents=True)
    in_the_way.write_text("a file where a folder belongs")
    said = call(tmp_path / "new", "restore", str(file))
    assert isinstance(said.exception, OSError)
    assert names(tmp_path / "new") == ["backup.lock", "store", f"store/{aof.FOLDER}", "store/lock", "store/owner"]


@pytest.mark.parametrize("name", ["rules/notes.yaml", "feeds-removed.txt"])
def test_what_holds_a_token_is_not_copied(data: Path, tmp_path: Path, name: str) -> None:
    (data / name).write_text("# 123456789:AAfake_fake-fake_fake-fake_fake-fake\n")
    said = call(data, "backup", str(tmp_path / "b.tgz"))
    assert said.exit_code == 1
    assert f"{name} holds what looks like a secret" in said.stderr
    assert "AAfake" not in said.output
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


async def test_a_backup_of_a_store_at_work_has_each_entry_once(tmp_path: Path) -> None:
    entries, data = 400, tmp_path / "data"
    server = EmbeddedServer(data / "store", reserve_mb=0)
    await server.open()
    store = connect(server.url)
    streams = Streams(store, "mover")
    await streams.create((keys.POLLS, keys.ENTRIES))
    await streams.publish(keys.POLLS, *(Poll(str(n)) for n in range(entries // 2)))
    await streams.publish(keys.ENTRIES, *(Poll(str(n)) for n in range(entries // 2, entries)))
    stop, moved = asyncio.Event(), 0

    async def move() -> None:
        nonlocal moved
        while not stop.is_set():
            for source, target in ((keys.POLLS, keys.ENTRIES), (keys.ENTRIES, keys.POLLS)):
                read: Sequence[Delivered] = await streams.read(source, 3, None)
                done = [(each.id, Done(writes=(add(target, Poll(name_of(each.data))),)).writes) for each in read]
                moved += sum(await streams.hand_over(source, done))

    mover = asyncio.create_task(move())
    before = moved
    async with product(data, "backup", str(tmp_path / "b.tgz")) as backup:
        assert await backup.ends() == 0, backup.err
    assert moved > before + 10
    stop.set()
    await mover
    await store.aclose()
    await server.close()
    async with product(tmp_path / "new", "restore", str(tmp_path / "b.tgz")) as back:
        assert await back.ends() == 0, back.err
    server = EmbeddedServer(tmp_path / "new" / "store", reserve_mb=0)
    await server.open()
    store = connect(server.url)
    found = [await names_on(store, name) for name in (keys.POLLS, keys.ENTRIES)]
    await store.aclose()
    await server.close()
    assert sorted(found[0] + found[1], key=int) == [str(n) for n in range(entries)]
    assert found[0]
    assert found[1]


def name_of(data: bytes) -> str:
    return data.partition(b'"feed":"')[2].partition(b'"')[0].decode()


async def names_on(store: Any, stream: str) -> list[str]:
    return [name_of(fields[b"e"]) for _, fields in await store.xrange(keys.stream(stream))]
