"""The process that draws: reads an outline from stdin, writes the picture in each shade to stdout, and ends.

Its argument says of what: ``story`` or ``plot``.

What a chart library needs in memory and loads from files is needed here, for a second or two, and nowhere else.
"""

from __future__ import annotations

import contextlib
import resource
import struct
import sys
from collections.abc import Callable
from functools import partial

from bot.pictures.outline import read_sketch
from bot.pictures.plot import read_plot
from bot.pictures.theme import THEMES, Theme

FRAME = struct.Struct(">I")
_MEMORY, _SECONDS = 2 << 30, 20


def main() -> None:
    """Draw once."""
    _bound()
    draw = _drawer(sys.argv[1], sys.stdin.buffer.read())
    for theme in THEMES.values():
        picture = draw(theme)
        sys.stdout.buffer.write(FRAME.pack(len(picture)) + picture)
    sys.stdout.buffer.flush()


def _drawer(kind: str, outline: bytes) -> Callable[[Theme], bytes]:
    """Who draws this outline; the library is loaded only once the bounds are set."""
    if kind == "plot":
        from bot.pictures.priced import draw_plot  # noqa: PLC0415

        return partial(draw_plot, read_plot(outline))
    from bot.pictures.story import draw_story  # noqa: PLC0415

    return partial(draw_story, read_sketch(outline))


def _bound() -> None:
    # macOS knows the limit of memory but does not let it be set.
    for what, most in ((resource.RLIMIT_AS, _MEMORY), (resource.RLIMIT_CPU, _SECONDS), (resource.RLIMIT_CORE, 0)):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (most, resource.getrlimit(what)[1]))


if __name__ == "__main__":
    main()
