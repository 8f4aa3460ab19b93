"""Pictures, drawn by a child process one at a time and kept for a while, in both shades."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256

from bot.languages.translator import ENGLISH, Translator
from bot.pictures.child import FRAME
from bot.pictures.plot import Plot
from bot.pictures.sketch import drawn_in, sketch
from bot.pictures.theme import THEMES
from bot.shade import Shade
from pipelines.events import Alert

log = logging.getLogger(__name__)

_BEHIND = 10
"""How much nicer the child is to all else on this machine than we are: no alert waits for a picture."""
_NOWHERE = "/nonexistent"
"""The child's PATH: it would ask other programs for this machine's letters, which takes longer than to draw."""

Drawn = dict[Shade, bytes]
_Key = tuple[str, str]
"""What is drawn, in which language, and its version: another version takes the place of an older one."""


class NoPictureError(Exception):
    """The picture was not drawn: too many are waited for, it took too long, or the drawing failed; says which."""


class Studio:
    """Draws and remembers. A child has ``seconds``; ``most`` pictures are kept, each for ``kept``.

    While ``waiting`` people wait for theirs nobody else is let in.
    """

    def __init__(
        self, *, seconds: float = 30.0, kept: timedelta = timedelta(minutes=10), most: int = 32, waiting: int = 8
    ) -> None:
        self._seconds, self._kept, self._most, self._places = seconds, kept, most, waiting
        self._drawn: dict[_Key, tuple[datetime, Drawn]] = {}
        self._one = asyncio.Lock()
        self._waiting = 0

    async def picture(self, alert: Alert, shade: Shade, now: datetime, tr: Translator = ENGLISH) -> bytes:
        """The story's picture as a PNG file, at most ``kept`` old; raises ``NoPictureError``."""
        tr, story = drawn_in(tr), alert.story
        key = f"story {story.id} {tr.language}", str(story.version)
        return await self._picture(key, "story", lambda: sketch(alert, now, tr).to_json(), shade, now)

    async def plot(self, name: str, plot: Plot, shade: Shade, now: datetime) -> bytes:
        """This very plot as a PNG file; another one of the same name is forgotten. Raises ``NoPictureError``."""
        outline = plot.to_json()
        return await self._picture((name, sha256(outline).hexdigest()), "plot", lambda: outline, shade, now)

    async def _picture(self, key: _Key, kind: str, outline: Callable[[], bytes], shade: Shade, now: datetime) -> bytes:
        if (known := self._known(key, now)) is not None:
            return known[shade]
        if self._waiting >= self._places:
            raise NoPictureError("too many are waiting for a picture")
        self._waiting += 1
        try:
            async with self._one:
                if (known := self._known(key, now)) is None:
                    known = await self._draw(key[0], kind, outline())
                    self._keep(key, known, now)
        finally:
            self._waiting -= 1
        return known[shade]

    def _known(self, key: _Key, now: datetime) -> Drawn | None:
        at, drawn = self._drawn.get(key, (now, None))
        return drawn if now - at < self._kept else None

    def _keep(self, key: _Key, drawn: Drawn, now: datetime) -> None:
        name, version = key
        for old, (at, _) in tuple(self._drawn.items()):
            if (old[0] == name and old[1] != version) or now - at >= self._kept:
                del self._drawn[old]
        while len(self._drawn) >= self._most:
            del self._drawn[next(iter(self._drawn))]
        self._drawn[key] = now, drawn

    async def _draw(self, name: str, kind: str, outline: bytes) -> Drawn:
        # The library writes the list of letters that it found; that goes when the child has gone.
        with tempfile.TemporaryDirectory(prefix="lodestone-", ignore_cleanup_errors=True) as folder:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot.pictures.child", kind,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
                # No secret of ours goes where a feed's words are drawn.
                env={
                    "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
                    "PATH": _NOWHERE, "MPLCONFIGDIR": folder, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1",
                },
                start_new_session=True,  # Ctrl-C is for the parent, which ends the child
            )  # fmt: skip
            try:
                with contextlib.suppress(ProcessLookupError):
                    os.setpriority(os.PRIO_PROCESS, process.pid, os.getpriority(os.PRIO_PROCESS, 0) + _BEHIND)
                async with asyncio.timeout(self._seconds):
                    answer, _ = await process.communicate(outline)
            except TimeoutError:
                log.warning("picture.late what=%r seconds=%g", name, self._seconds)
                raise NoPictureError("it took too long") from None
            finally:
                if process.returncode is None:
                    process.kill()
                    await asyncio.shield(process.wait())
        pictures = _frames(answer)
        if process.returncode != 0 or len(pictures) != len(THEMES):
            log.warning("picture.failed what=%r code=%s", name, process.returncode)
            raise NoPictureError("the drawing failed")
        return dict(zip(THEMES, pictures, strict=True))


def _frames(data: bytes) -> list[bytes]:
    found = list[bytes]()
    while len(data) >= FRAME.size:
        (size,) = FRAME.unpack_from(data)
        found.append(data[FRAME.size : FRAME.size + size])
        data = data[FRAME.size + size :]
    return found
