"""The store's files: a torn end is cut off, kept and told; whatever else is wrong is named and left alone."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines import aof
from pipelines.redis_server import EmbeddedServer, NoServerError
from pipelines.store import connect

BASE, GROWING = "appendonly.aof.1.base.aof", "appendonly.aof.1.incr.aof"
MANIFEST = "appendonly.aof.manifest"


def record(*words: bytes) -> bytes:
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)


def files(folder: Path, growing: bytes, base: bytes = b"") -> Path:
    (folder / aof.FOLDER).mkdir(parents=True)
    (folder / aof.FOLDER / MANIFEST).write_text(f"file {BASE} seq 1 type b\nfile {GROWING} seq 1 type i\n")
    (folder / aof.FOLDER / BASE).write_bytes(base)
    (folder / aof.FOLDER / GROWING).write_bytes(growing)
    return folder


WORDS = st.lists(st.binary(max_size=40), min_size=1, max_size=5)


@given(st.lists(WORDS, min_size=1, max_size=6), st.data())
def test_a_file_that_ends_anywhere_keeps_its_whole_records(commands: list[list[bytes]], data: st.DataObject) -> None:
    records = [record(b"x", *words) for words in commands]
    whole = b"".join(records)
    end = data.draw(st.integers(0, len(whole)))
    borders = [sum(map(len, records[:n])) for n in range(len(records) + 1)]
    with TemporaryDirectory() as name:
        folder = files(Path(name) / "store", whole[:end])
        torn = aof.examine(folder)
        if end in borders:
            assert torn is None
            return
        assert torn is not None
        assert (torn.whole, torn.size) == (max(border for border in borders if border < end), end)
        kept = aof.cut(torn, folder / "torn")
        assert torn.path.read_bytes() + kept.read_bytes() == whole[:end]
        assert aof.examine(folder) is None


ONE, TWO = record(b"SET", b"a", b"1" * 90), record(b"SET", b"b", b"2" * 90)
TRANSACTION = record(b"MULTI") + ONE + TWO + record(b"EXEC")


@pytest.mark.parametrize(
    ("growing", "whole"),
    [
        (ONE + TWO[:-1], len(ONE)),
        (ONE + TWO[:3], len(ONE)),
        (ONE + bytes(500), len(ONE)),
        (ONE + TWO[:20] + bytes(4096), len(ONE)),
        (ONE + TRANSACTION[:-1], len(ONE)),
        (TRANSACTION[:-20], 0),
        (ONE + TRANSACTION[: -len(record(b"EXEC"))], len(ONE)),
        (b"#TS:1795796128\r\n" + ONE + TWO[:-2], len(ONE) + 16),
    ],
    ids=["value", "header", "zeros", "zeros-in-it", "exec", "transaction", "no-exec", "time-stamp"],
)
def test_what_counts_as_a_torn_end(tmp_path: Path, growing: bytes, whole: int) -> None:
    torn = aof.examine(files(tmp_path / "store", growing, base=ONE))
    assert torn is not None
    assert (torn.path.name, torn.whole, torn.size) == (GROWING, whole, len(growing))


@pytest.mark.parametrize(
    ("growing", "base"),
    [
        (ONE + TWO.replace(b"$90", b"$99999") + ONE, b""),
        (ONE + bytes(30) + TWO, b""),
        (ONE + TWO.replace(b"$90", b"$80") + ONE, b""),
        (ONE + TWO.replace(b"*3", b"*x"), b""),
        (ONE + b"-" * 9000, b""),
        (ONE, TWO[:-1]),
        (ONE[:-1], TWO[:-1]),
    ],
    ids=["long-value", "zeros-before-more", "short-value", "no-count", "nonsense", "base", "both"],
)
def test_what_is_broken_is_named_and_left_alone(tmp_path: Path, growing: bytes, base: bytes) -> None:
    folder = files(tmp_path / "store", growing, base)
    before = {path.name: path.read_bytes() for path in (folder / aof.FOLDER).iterdir()}
    with pytest.raises(aof.BrokenFilesError, match=r"appendonly\.aof\.1\.(base|incr)\.aof is broken at byte \d+ of"):
        aof.examine(folder)
    assert {path.name: path.read_bytes() for path in (folder / aof.FOLDER).iterdir()} == before


def without(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / aof.FOLDER / name).unlink()


def shorter(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / aof.FOLDER / name).write_bytes(ONE)


def manifest(text: str) -> Callable[[Path], object]:
    return lambda folder: (folder / aof.FOLDER / MANIFEST).write_text(text)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (without(BASE), "base.aof is gone"),
        (without(GROWING), "incr.aof is gone"),
        (without(MANIFEST), "manifest is gone, and the files that it named are there"),
        (shorter(BASE), "base.aof holds .* bytes and once held"),
        (lambda folder: shutil.rmtree(folder / aof.FOLDER), "is gone or empty"),
        (manifest(""), "names no file"),
        (manifest("file ../../x seq 1 type b\n"), "names no file"),
        (manifest("file x\n"), "is no manifest"),
    ],
)
async def test_a_gap_is_refused_at_each_start_and_nothing_is_changed(
    tmp_path: Path, harm: Callable[[Path], object], said: str
) -> None:
    folder = files(tmp_path / "store", ONE + TWO, base=ONE + TWO)
    aof.note_sizes(folder, aof.sizes(folder))
    harm(folder)
    before = sorted(path.name for path in folder.rglob("*.aof*"))
    for _ in range(2):
        server = EmbeddedServer(folder, reserve_mb=0)
        with pytest.raises(NoServerError, match=rf"{said}.*nothing was changed.*lodestone restore FILE"):
            await server.open()
        await server.close()
    assert sorted(path.name for path in folder.rglob("*.aof*")) == before


async def held(folder: Path) -> list[Any]:
    """The keys of a server that is started on the folder and stopped again."""
    server = EmbeddedServer(folder, reserve_mb=0)
    try:
        await server.open()
        client = connect(server.url)
        found = sorted(await client.keys())
        await client.aclose()
        return found
    finally:
        await server.close()


async def test_a_torn_end_is_told_once_and_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = files(tmp_path / "store", ONE + TWO[:-7])
    assert await held(folder) == [b"a"]
    (line,) = [each.getMessage() for each in caplog.records if each.levelno == logging.ERROR]
    assert line.startswith(f"store.torn lost_bytes={len(TWO) - 7} kept={folder / 'torn' / GROWING}.from-{len(ONE)} ")
    assert "before it was acknowledged" in line
    caplog.clear()
    assert await held(folder) == [b"a"]
    assert "store.torn" not in caplog.text


def test_an_end_that_was_kept_is_never_written_over(tmp_path: Path) -> None:
    folder, kept = files(tmp_path / "store", ONE), list[Path]()
    for end in (TWO[:-7], TWO[:9]):
        with (folder / aof.FOLDER / GROWING).open("ab") as file:
            file.write(end)
        torn = aof.examine(folder)
        assert torn is not None
        kept.append(aof.cut(torn, folder / "torn"))
    assert [path.read_bytes() for path in kept] == [TWO[:-7], TWO[:9]]


async def test_rows_that_were_on_the_disk_and_are_gone_are_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = files(tmp_path / "store", ONE + TWO)
    assert await held(folder) == [b"a", b"b"]
    (folder / aof.FOLDER / GROWING).write_bytes(ONE)  # whole, and yet too short
    assert await held(folder) == [b"a"]
    (line,) = [each.getMessage() for each in caplog.records if each.levelno == logging.ERROR]
    assert line.startswith(f"store.torn lost_bytes={len(TWO)} kept=nothing means=what had been on the disk is gone")
    caplog.clear()
    assert await held(folder) == [b"a"]
    assert "store.torn" not in caplog.text


async def test_a_base_file_without_its_end_is_refused_at_the_second_start_too(tmp_path: Path) -> None:
    folder = files(tmp_path / "store", ONE, base=ONE + TWO[:-7])
    for _ in range(2):
        with pytest.raises(NoServerError, match=rf"base\.aof is broken at byte {len(ONE)} of {len(ONE + TWO) - 7}"):
            await held(folder)
    assert (folder / aof.FOLDER / BASE).read_bytes() == ONE + TWO[:-7]
