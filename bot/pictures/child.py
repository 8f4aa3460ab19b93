"""The process that draws: reads a sketch from stdin, writes the picture in each shade to stdout, and ends.

What a chart library needs in memory and loads from files is needed here, for a second or two, and nowhere else.
"""

from __future__ import annotations

import contextlib
import resource
import struct
import sys

from bot.pictures.outline import read_sketch
from bot.pictures.theme import THEMES

FRAME = struct.Struct(">I")
_MEMORY, _SECONDS = 2 << 30, 20


def main() -> None:
    """Draw once."""
    _bound()
    sketch = read_sketch(sys.stdin.buffer.read())
    from bot.pictures.story import draw_story  # noqa: PLC0415  only once the bounds are set

    for theme in THEMES.values():
        picture = draw_story(sketch, theme)
        sys.stdout.buffer.write(FRAME.pack(len(picture)) + picture)
    sys.stdout.buffer.flush()


def _bound() -> None:
    # macOS knows the limit of memory but does not let it be set.
    for what, most in ((resource.RLIMIT_AS, _MEMORY), (resource.RLIMIT_CPU, _SECONDS), (resource.RLIMIT_CORE, 0)):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (most, resource.getrlimit(what)[1]))


if __name__ == "__main__":
    main()
