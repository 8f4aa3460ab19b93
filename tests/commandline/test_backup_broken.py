"""restore of files that are not what they should be: hostile or broken, they change nothing."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.archive import ArchiveError, unpack
from tests.commandline.backups import OWN, call, deployment, names
from tests.line.test_aof import record


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of another one, which nobody changes."""
    folder = tmp_path_factory.mktemp("backup")
    assert call(deployment(folder / "data"), "backup", str(folder / "b.tgz")).exit_code == 0
    return folder / "b.tgz"


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
