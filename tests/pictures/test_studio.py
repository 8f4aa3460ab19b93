"""Pictures drawn by the real child: their size, what is kept, and what happens when it goes wrong."""

from __future__ import annotations

import asyncio
import struct
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.pictures.outline import read_sketch
from bot.pictures.sketch import sketch
from bot.pictures.story import draw_story
from bot.pictures.studio import NoPictureError, Studio
from bot.pictures.theme import THEMES
from bot.shade import Shade
from pipelines.events import Alert
from rules.story import Change, Move
from tests.chats.hostile import FAMILY
from tests.chats.make import NOW, alert, report
from tests.chats.threads import CHANGES, followed

PNG = b"\x89PNG\r\n\x1a\n"


def size_of(png: bytes) -> tuple[int, int]:
    assert png[:8] == PNG
    width, height = struct.unpack(">II", png[16:24])
    return width, height


async def test_both_shades_are_drawn_at_once_and_kept_for_a_while() -> None:
    studio, told = Studio(), followed()
    light = await studio.picture(told, Shade.LIGHT, NOW)
    dark = await studio.picture(told, Shade.DARK, NOW)
    assert size_of(light) == size_of(dark) == (1080, 810)
    assert light != dark
    assert len(light) < 200_000
    soon, later = NOW + timedelta(minutes=9), NOW + timedelta(minutes=10)
    assert await studio.picture(told, Shade.LIGHT, soon) is light
    assert await studio.picture(told, Shade.LIGHT, later) is not light
    further = replace(told, story=replace(told.story, version=11))
    assert await studio.picture(further, Shade.DARK, later) is not dark


async def test_those_who_wait_for_the_same_get_the_same() -> None:
    studio, told = Studio(), followed()
    first, second = await asyncio.gather(*(studio.picture(told, Shade.DARK, NOW) for _ in range(2)))
    assert first is second


async def test_only_so_many_wait_and_a_place_is_free_again_afterwards() -> None:
    studio, told = Studio(waiting=1), followed()
    answers = await asyncio.gather(*(studio.picture(told, Shade.DARK, NOW) for _ in range(3)), return_exceptions=True)
    assert [isinstance(each, bytes) for each in answers] == [True, False, False]
    assert all(isinstance(each, NoPictureError) for each in answers[1:])
    assert await studio.picture(followed(report_count=20, version=11), Shade.DARK, NOW)


async def test_a_child_that_takes_too_long_is_ended() -> None:
    before = asyncio.all_tasks()
    studio = Studio(seconds=0.05)
    for _ in range(2):
        with pytest.raises(NoPictureError, match="too long"):
            await studio.picture(followed(), Shade.DARK, NOW)
    assert asyncio.all_tasks() == before


async def test_one_who_gives_up_leaves_the_place_to_others() -> None:
    studio, told = Studio(), followed()
    asked = asyncio.create_task(studio.picture(told, Shade.DARK, NOW))
    await asyncio.sleep(0)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert size_of(await studio.picture(told, Shade.DARK, NOW)) == (1080, 810)


MANY = tuple(Change(n, Move.AMOUNT, NOW - timedelta(hours=n), "", "x") for n in range(1, 41))


@pytest.mark.parametrize(
    "told",
    [
        alert(report(1, title="商务部对稀土实施出口管制")),
        alert(report(1, title="پاکستان میں نایاب معدنیات کی برآمد پر نئی پابندیاں نافذ")),
        alert(report(1, title="$x^2$ \\frac{1}{2} <b>&amp; " + FAMILY + "W" * 400)),
        alert(report(1, title="")),
        alert(report(1), changes=MANY, stages=()),
        followed(changes=(*CHANGES, Change(11, Move.RETRACTION, NOW, "", "稀土 " * 80))),
    ],
    ids=["chinese", "urdu", "signs", "no title", "forty changes", "retracted"],
)
def test_nothing_that_a_feed_writes_stops_the_drawing(told: Alert) -> None:
    """Drawn here as the child does: to start one each time would take most of the time."""
    outline = sketch(told, NOW).to_json()
    assert size_of(draw_story(read_sketch(outline), THEMES[Shade.LIGHT])) == (1080, 810)


def test_the_program_never_loads_the_library_itself() -> None:
    """It would take a quarter of the memory of the rest."""
    script = "import sys, bot.main_job, bot.telegram_wiring; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], timeout=60, check=False).returncode == 0
