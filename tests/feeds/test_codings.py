"""Compressed bodies: undone once, bounded, and clean errors where they are broken."""

from __future__ import annotations

import gzip
import zlib

import psutil
import pytest

from pipelines.feeds.fetcher import Fetcher
from pipelines.feeds.trouble import Reason
from tests.feeds.conftest import BODY, NOW, trouble
from tests.feeds.servers import answer, serving
from tests.feeds.test_fetcher import endless

PACKED = gzip.compress(BODY)
HEAD, EMPTY_BLOCKS = PACKED[:10], b"\x00\x00\x00\xff\xff" * 10_000


def gzipped(size: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    chunk = b"\0" * 1_000_000
    return b"".join(packer.compress(chunk) for _ in range(size // len(chunk))) + packer.flush()


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("gzip", gzip.compress(BODY)),
        ("x-gzip", gzip.compress(BODY)),
        ("deflate", zlib.compress(BODY)),
        ("deflate", zlib.compress(BODY)[2:-4]),
        ("identity", BODY),
        ("", BODY),
    ],
)
async def test_codings_are_undone(fetcher: Fetcher, coding: str, packed: bytes) -> None:
    async with serving() as server:
        server.pages["/"] = answer(200, packed, content_encoding=coding)
        assert (await fetcher.get(f"{server.url}/", now=NOW)).body == BODY
        assert server.requests[0].headers["accept-encoding"] == "gzip, deflate"


@pytest.mark.parametrize("coding", ["br", "zstd", "compress", "gzip, gzip", "gzip, br", "nonsense"])
async def test_codings_that_were_not_offered_are_refused(fetcher: Fetcher, coding: str) -> None:
    async with serving() as server:
        server.pages["/"] = answer(200, b"\x28\xb5\x2f\xfd" * 100, content_encoding=coding)
        assert (await trouble(fetcher, f"{server.url}/")).reason is Reason.BAD_ENCODING


@pytest.mark.parametrize(
    "packed",
    [
        gzip.compress(BODY)[:-20],
        gzip.compress(BODY)[:30],
        gzip.compress(BODY)[:-4] + b"\x01\x00\x00\x00",
        b"\x1f\x8b\x08\x00" + b"\xff" * 200,
        b"not compressed at all",
    ],
    ids=["truncated", "early", "wrong-length", "corrupt", "plain"],
)
async def test_broken_compression_is_a_clean_error(fetcher: Fetcher, packed: bytes) -> None:
    async with serving() as server:
        server.pages["/"] = answer(200, packed, content_encoding="gzip")
        assert (await trouble(fetcher, f"{server.url}/")).reason is Reason.BAD_ENCODING


async def test_a_bomb_is_cut_at_the_inflated_cap_with_little_memory() -> None:
    fetcher = Fetcher(("127.0.0.1",))
    bomb = gzipped(300_000_000)
    async with serving() as server:
        server.pages["/"] = answer(200, bomb, content_encoding="gzip")
        before = psutil.Process().memory_info().rss
        assert (await trouble(fetcher, f"{server.url}/")).reason is Reason.TOO_LARGE
        assert psutil.Process().memory_info().rss - before < 20_000_000
    await fetcher.aclose()


async def test_after_the_end_of_a_compressed_body_nothing_more_is_read(fetcher: Fetcher) -> None:
    async with serving() as server:
        server.pages["/"] = endless(b"x" * 65_536, "Content-Encoding: gzip", first=PACKED)
        assert (await fetcher.get(f"{server.url}/", now=NOW)).body == BODY


async def test_compressed_bytes_that_inflate_to_nothing_are_counted(small: Fetcher) -> None:
    async with serving() as server:
        server.pages["/"] = endless(EMPTY_BLOCKS, "Content-Encoding: gzip", first=HEAD)
        assert (await trouble(small, f"{server.url}/")).reason is Reason.TOO_LARGE


async def test_a_gzip_inside_a_gzip_is_undone_once(fetcher: Fetcher) -> None:
    async with serving() as server:
        server.pages["/"] = answer(200, gzip.compress(PACKED), content_encoding="gzip")
        assert (await fetcher.get(f"{server.url}/", now=NOW)).body == PACKED
