"""backup and restore: one moment of a deployment at work, back in an empty folder; hostile files change nothing."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import io
import json
import re
import stat
import tarfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.archive import ArchiveError, unpack
from bot.cli import lodestone
from pipelines import aof, keys
from pipelines.events import Poll
from pipelines.feeds.catalogue import write_catalogue
from pipelines.feeds.changes import FeedChanges, add_feed, read_changes, remove_feed
from pipelines.feeds.feed import Feed
from pipelines.folder_lock import alone
from pipelines.redis_server import EmbeddedServer
from pipelines.stage import Done
from pipelines.store import connect
from pipelines.streams import Delivered, Streams, add
from rules.story import Tier
from tests.faults.deliveries import fill
from tests.line.product import lodestone as product
from tests.line.test_aof import record

OWN = "weights:\n  levels:\n    high: 61\n"
SETTINGS = "log_level: WARNING\n"
LISTED = Feed(id="listed", url="https://listed.example/feed", name="Listed", tier=Tier.TRADE)
OWN_FEED = Feed(id="own", url="https://own.example/feed", name="Own", family="own", tier=Tier.TRADE)


def call(data: Path, *words: str, **env: str) -> Result:
    return CliRunner().invoke(lodestone, list(words), env={"LODESTONE_DATA": str(data), "REDIS_URL": "", **env})


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def deployment(data: Path) -> Path:
    """A deployment at rest: three chats, two alerts that wait; rules, settings and changed feeds of its own."""
    asyncio.run(fill(data, chats=3, alerts=2))
    (data / "rules").mkdir()
    (data / "rules" / "mine.yaml").write_text(OWN)
    (data / "lodestone.yaml").write_text(SETTINGS)
    assert add_feed(data, (LISTED,), OWN_FEED) is not None
    assert remove_feed(data, (LISTED,), LISTED.id)
    (data / "feeds.yaml").write_bytes(write_catalogue((LISTED,)))
    (data / "telegram-token").write_text("not for a backup")
    return data


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


# What follows is about files that are not what they should be.

Members = list[tuple[tarfile.TarInfo, bytes]]


def taken_apart(file: Path) -> tuple[dict[str, Any], Members]:
    with tarfile.open(file) as archive:
        members = [(info, archive.extractfile(info).read()) for info in archive]  # type: ignore[union-attr]
    return json.loads(members[0][1]), members[1:]


def put_together(path: Path, manifest: Mapping[str, Any] | bytes, members: Members) -> None:
    text = manifest if isinstance(manifest, bytes) else json.dumps(manifest).encode()
    with tarfile.open(path, "w:gz") as archive:
        head = tarfile.TarInfo("manifest.json")
        head.size = len(text)
        archive.addfile(head, io.BytesIO(text))
        for info, body in members:
            archive.addfile(info, io.BytesIO(body))


def member(name: str, body: bytes = b"x", **fields: Any) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(body)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, body


def listed(manifest: dict[str, Any], name: str, body: bytes = b"x", size: int | None = None) -> None:
    manifest["members"].append(
        {"name": name, "size": len(body) if size is None else size, "sha256": hashlib.sha256(body).hexdigest()}
    )


Forge = Callable[[dict[str, Any], Members], object]


def named(name: str) -> Forge:
    """A further file of this name, rightly listed."""

    def forge(manifest: dict[str, Any], members: Members) -> None:
        listed(manifest, name)
        members.append(member(name))

    return forge


def kind(letter: bytes, **fields: Any) -> Forge:
    """A member of another kind than a plain file in the place of the settings file."""

    def forge(manifest: dict[str, Any], members: Members) -> None:
        members[1] = member("lodestone.yaml", b"", type=letter, **fields)

    return forge


def with_command(*words: bytes) -> Forge:
    """One more command in the store's file, rightly listed."""

    def forge(manifest: dict[str, Any], members: Members) -> None:
        body = members[0][1] + record(*words)
        members[0] = member("store.aof", body)
        manifest["members"][0] |= {"size": len(body), "sha256": hashlib.sha256(body).hexdigest()}

    return forge


def says(**fields: Any) -> Forge:
    return lambda manifest, members: manifest.update(fields)


def counts(**fields: Any) -> Forge:
    return lambda manifest, members: manifest["counts"].update(fields)


def body_changed(manifest: dict[str, Any], members: Members) -> None:
    members[-1] = member("rules/mine.yaml", OWN.replace("61", "62").encode())


def large_feeds(manifest: dict[str, Any], members: Members) -> None:
    manifest["members"][3]["size"] = 6 << 20


CASES: dict[str, tuple[Forge, str]] = {
    "absolute": (named("/etc/cron.d/x"), "refused because of the member '/etc/cron.d/x'"),
    "parent": (named("rules/../../x.yaml"), "refused because of the member"),
    "parent-alone": (named("rules/.."), "refused because of the member"),
    "deep": (named("rules/a/b.yaml"), "refused because of the member"),
    "backslash": (named("rules/..\\x"), "refused because of the member"),
    "control": (named("rules/a\x1b[2J"), "refused because of the member"),
    "unknown": (named("telegram-token"), "refused because of the member"),
    "twice": (named("rules/mine.yaml"), "its list of members"),
    "not-listed": (lambda _, members: members.append(member("rules/x.yaml")), "more than its manifest says"),
    "listed-only": (lambda manifest, _: listed(manifest, "rules/x.yaml"), "cut off or no backup"),
    "other-order": (lambda _, members: members.reverse(), "does not hold store.aof where"),
    "symbolic-link": (kind(tarfile.SYMTYPE, linkname="/etc/passwd"), "'lodestone.yaml': it is no plain file"),
    "hard-link": (kind(tarfile.LNKTYPE, linkname="store.aof"), "'lodestone.yaml': it is no plain file"),
    "feeds-in-a-folder": (named("feeds/feeds-added.yaml"), "refused because of the member"),
    "large-feeds": (large_feeds, "refused because of the member 'feeds-added.yaml'"),
    "device": (kind(tarfile.CHRTYPE, devmajor=1, devminor=3), "'lodestone.yaml': it is no plain file"),
    "pipe": (kind(tarfile.FIFOTYPE), "'lodestone.yaml': it is no plain file"),
    "folder": (kind(tarfile.DIRTYPE), "'lodestone.yaml': it is no plain file"),
    "long-name": (named("rules/" + "x" * 300 + ".yaml"), "refused because of the member"),
    "large-rules": (lambda m, _: listed(m, "rules/x.yaml", size=6 << 20), "refused because of the member"),
    "negative": (lambda m, _: listed(m, "rules/x.yaml", size=-1), "refused because of the member"),
    "huge-store": (lambda m, _: m["members"][0].update(size=1 << 50), "refused because of the member"),
    "no-room": (lambda m, _: m["members"][0].update(size=60 << 30), "(MB left and this needs|does not hold)"),
    "wrong-hash": (body_changed, "rules/mine.yaml is not what was backed up"),
    "no-store": (lambda m, _: m["members"].pop(0), "its list of members"),
    "newer-format": (says(format=2), "has format 2, and this is Lodestone .*, which reads format 1"),
    "newer-version": (says(version="9.4.1"), "was made by Lodestone 9.4.1, .*: update before you restore"),
    "no-version": (says(version=None), "manifest.json cannot be read"),
    "no-zone": (says(created="2026-11-27T10:00:00"), "manifest.json cannot be read"),
    "more-chats": (counts(chats=4), "does not hold what it says: .* 4 chats .* are noted, .* 3 chats"),
    "more-keys": (counts(keys=99), "does not hold what it says: 99 keys"),
    "foreign-command": (with_command(b"MODULE", b"LOAD", b"/tmp/x.so"), "holds the command b'MODULE'"),
    "script": (with_command(b"EVAL", b"return 1", b"0"), "holds the command b'EVAL'"),
    "other-database": (with_command(b"SELECT", b"1"), "holds the command b'SELECT'"),
    "half-a-command": (with_command(b"SET", b"a"), "stopped at once"),
}


@pytest.mark.parametrize(("forge", "said"), CASES.values(), ids=CASES)
def test_a_hostile_or_broken_backup_changes_nothing(file: Path, tmp_path: Path, forge: Forge, said: str) -> None:
    manifest, members = taken_apart(file)
    forge(manifest, members)
    put_together(tmp_path / "bad.tgz", manifest, members)
    refused(tmp_path / "bad.tgz", tmp_path / "new", said)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "cut off or no backup"),
        (b"no gzip at all", "cut off or no backup"),
        (gzip.compress(b""), "cut off or no backup"),
        (gzip.compress(b"x" * 2000), "cut off or no backup"),
        (gzip.compress(bytes(4 << 20)), "cut off or no backup"),
        (gzip.compress(member("other")[0].tobuf() + b"x"), "does not begin with manifest.json"),
        (gzip.compress(member("manifest.json", bytes(5 << 20))[0].tobuf() + bytes(5 << 20)), "does not begin with"),
        (gzip.compress(member("manifest.json", b"{}")[0].tobuf() + b"{}"), "manifest.json cannot be read"),
    ],
    ids=["empty", "text", "nothing", "letters", "zeros", "other", "bomb", "blank"],
)
def test_what_is_no_backup_is_told(tmp_path: Path, body: bytes, said: str) -> None:
    (tmp_path / "bad.tgz").write_bytes(body)
    refused(tmp_path / "bad.tgz", tmp_path / "new", said)


def refused(bad: Path, new: Path, said: str) -> None:
    result = call(new, "restore", str(bad))
    assert result.exit_code == 1, result.output
    assert re.search(said, result.stderr), result.stderr
    left = set(names(new)) if new.exists() else set()
    assert left <= {"backup.lock", "store", "store/lock", "store/owner"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(st.data())
def test_a_backup_with_any_byte_changed_or_cut_is_refused_or_the_same(small: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(small) - 1))
    body = bytearray(small[:at] if data.draw(st.booleans()) else small)
    if at < len(body):
        body[at] ^= data.draw(st.integers(1, 255))
    with TemporaryDirectory() as name:
        path, folder = Path(name) / "b.tgz", Path(name) / "new"
        path.write_bytes(body)
        try:
            manifest = unpack(path, "0.1.0", folder)
        except ArchiveError:
            return
        for each in manifest.members:
            assert hashlib.sha256((folder / each.name).read_bytes()).hexdigest() == each.sha256
        assert (folder / "rules" / "mine.yaml").read_text() == OWN


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A whole backup of a few hundred bytes."""
    body = record(b"SELECT", b"0") + record(b"SET", b"a", b"1")
    manifest: dict[str, Any] = {
        "format": 1, "version": "0.1.0", "created": "2026-11-27T10:00:00Z", "members": [],
        "counts": {"keys": 1, "chats": 0, "rows": 0, "until": 0},
    }  # fmt: skip
    listed(manifest, "store.aof", body)
    listed(manifest, "rules/mine.yaml", OWN.encode())
    path = tmp_path_factory.mktemp("small") / "b.tgz"
    put_together(path, manifest, [member("store.aof", body), member("rules/mine.yaml", OWN.encode())])
    return path.read_bytes()
