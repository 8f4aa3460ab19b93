"""One reader for the cases that are told as headlines."""

from __future__ import annotations

import pytest

from pipelines.language.reader import Reader, load_reader


@pytest.fixture(scope="session")
def reader() -> Reader:
    return load_reader()
