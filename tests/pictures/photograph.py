"""Photographs a screen with headless Chromium at twice its size, and measures whether its newest message fits.

It looks as on a phone where Roboto, Noto Naskh Arabic, Noto Sans CJK and Noto Color Emoji are installed (Debian's
fonts-roboto, fonts-noto-core, fonts-noto-cjk, fonts-noto-color-emoji). DejaVu has no Chinese and lacks letters of Urdu.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from io import BytesIO
from pathlib import Path

from PIL import Image

from bot.shade import Shade
from tests.pictures.phone import HEIGHT, WIDTH, Screen, as_strip

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SMALL = (360, 640)
"""The phone of somebody who bought a cheap one."""
_SCALE, _COLOURS = 2, 256
_MEASURE = """<script>
const measured = [...document.querySelectorAll(".phone.light")].map(phone => ({
  room: phone.querySelector(".chat").clientHeight,
  newest: [...phone.querySelectorAll(".post")].pop().offsetHeight,
  cut: [...phone.querySelectorAll(".keys span span")].filter(key => key.scrollWidth > key.clientWidth + 1)
    .map(key => key.textContent),
}));
document.title = JSON.stringify(measured);
</script>"""


class NoBrowserError(Exception):
    """There is no Chromium, or it did not do its work."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How much of the chat's height, in CSS pixels, the newest message takes with its buttons, and labels cut short."""

    room: int
    newest: int
    cut: tuple[str, ...]


def find_browser() -> str:
    """The browser's path."""
    found = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if found is None:
        raise NoBrowserError("no Chromium on the PATH; install the package chromium, or leave out --png")
    return found


def measure(browser: str, screens: Sequence[Screen], size: tuple[int, int] = (WIDTH, HEIGHT)) -> list[Fit]:
    """How each screen's newest message fits; by a script, which may run on this page alone."""
    page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", as_strip(screens, size))
    dom = _run(browser, page.replace("</body>", f"{_MEASURE}</body>"), "--dump-dom").decode()
    told = re.search(r"<title>(\[.*?\])</title>", dom)
    if told is None:
        raise NoBrowserError(f"{browser} did not say how high the messages are; open index.html in it and look")
    return [Fit(each["room"], each["newest"], tuple(each["cut"])) for each in json.loads(unescape(told[1]))]


def photograph(browser: str, screen: Screen) -> Mapping[Shade, bytes]:
    """The screen in both shades as PNG of few colours, which text on plain grounds does not miss."""
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "raw.png"
        _run(browser, as_strip([screen]), f"--screenshot={raw}", f"--force-device-scale-factor={_SCALE}")
        image = Image.open(BytesIO(raw.read_bytes())).convert("RGB")
    wide, high = WIDTH * _SCALE, HEIGHT * _SCALE
    return {shade: _png(image.crop((wide * at, 0, wide * (at + 1), high))) for at, shade in enumerate(Shade)}


def _png(image: Image.Image) -> bytes:
    kept = BytesIO()
    image.quantize(_COLOURS, dither=Image.Dither.NONE).save(kept, "PNG", optimize=True)
    return kept.getvalue()


def _run(browser: str, page: str, *wanted: str) -> bytes:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        source = Path(folder) / "page.html"
        source.write_text(page, encoding="utf-8")
        call = [
            *(browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
            *(f"--user-data-dir={folder}", f"--window-size={WIDTH * len(Shade)},{HEIGHT + 100}"),
            *wanted,
            source.as_uri(),
        ]
        try:
            return subprocess.run(call, capture_output=True, check=True, timeout=60).stdout
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            raise NoBrowserError(f"{browser} failed: {error}") from None
