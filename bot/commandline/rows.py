"""Files of headlines as commands take them: what cannot be read is one line with file, place and remedy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from pipelines.rows import BadRowError


@contextmanager
def readable(name: str) -> Iterator[None]:
    """A bad row, or a byte that is not UTF-8, ends the command with one line; ``name`` is the file's."""
    try:
        yield
    except BadRowError as error:
        raise click.ClickException(str(error)) from None
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{name}: byte {error.start} is not UTF-8; save the file as UTF-8") from None
