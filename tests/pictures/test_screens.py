"""The screens as pages: what stands in them, and the command that writes them. Nothing here needs Chromium."""

from __future__ import annotations

import json
import re
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.markup import Button, Message
from bot.shade import Shade
from tests.pictures.__main__ import README, pictures
from tests.pictures.phone import HEIGHT, WIDTH, Post, Screen, as_index, as_page, as_strip, typed
from tests.pictures.test_lines import Reader

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
URDU = (
    "<b>◆ ڈھانچہ جاتی، نہایت اہم</b> · نایاب زمینی دھاتیں\n"
    '<a href="https://news.example.org/1"><b>China adds yttrium to export licence list</b></a>\n'
    "\n"
    "<b>وجہ:</b> برآمدی پابندی نافذ (China)\n"
    "<b>BTC</b> $91,480 · +1.8%\n"
    "\n"
    "<i>یہ معلومات ہیں، مالی مشورہ نہیں</i>"
)
NAMES = {
    "start", "start-amount", "start-coins", "start-done", "alert", "edited", "reply", "digest", "settings",
    "settings-topics", "settings-amount", "settings-digest", "alert-ur",
}  # fmt: skip


def screen(*posts: Post) -> Screen:
    return Screen(name="one", title="One & only", at=AT + timedelta(hours=1), posts=posts)


def message(text: str = "text", *rows: tuple[Button, ...]) -> Message:
    return Message(text, text, rows)


def test_a_screen_has_its_posts_in_order_with_their_marks() -> None:
    before = message("<b>First</b> &amp; more\nsecond line")
    page = as_page(
        screen(
            typed("/start <b>", AT),
            Post(at=AT, message=before, edited=True),
            Post(at=AT + timedelta(minutes=5), message=message("Moved"), quoted=before),
        )
    )
    body = page.partition("<body>")[2]
    posts = re.split(r'<div class="post', body)[1:]
    assert len(posts) == 3
    assert posts[0].startswith(" mine")
    assert "&lt;b&gt;" in posts[0]
    assert '<span class="time">edited 09:30</span>' in posts[1]
    assert '<span dir="auto">First &amp; more second line</span>' in posts[2]
    assert '<span class="time">09:35</span>' in posts[2]
    assert "<span>10:30</span>" in body, "the clock of the phone is that of the one who looks"
    assert "<title>Lodestone: One &amp; only</title>" in page


def test_buttons_keep_their_rows_and_one_that_leads_out_is_marked() -> None:
    rows = ((Button("Why", data="w"), Button("<Source>", url="https://x.example")), (Button("وجہ", data="v"),))
    page = as_page(screen(Post(at=AT, message=message("text", *rows))))
    assert re.findall(r'<div class="keys">(.*?)</div>', page) == [
        '<span><span dir="auto">Why</span></span><span class="out"><span dir="auto">&lt;Source&gt;</span></span>',
        '<span><span dir="auto">وجہ</span></span>',
    ]


def test_each_line_runs_its_own_way_and_the_time_keeps_clear_of_a_turned_one() -> None:
    page = as_page(screen(Post(at=AT, message=message(URDU))))
    assert page.count('<div dir="auto">') == URDU.count("\n") + 1
    assert '<div class="bubble own">' in page
    assert 'class="room"' not in page
    latin = as_page(screen(Post(at=AT, message=message("وجہ\nBTC"))))
    assert '<div dir="auto">BTC<span class="room"' in latin


def test_pages_load_nothing_and_run_nothing() -> None:
    shown = screen(Post(at=AT, message=message(URDU, (Button("Source", url="https://x.example/a.png"),))))
    for page in (as_page(shown), as_index([shown, shown]), as_strip([shown])):
        assert "default-src 'none'" in page
        assert not re.search(r"<(script|img|link|iframe|object)\b|url\(|@import|\bsrc=", page)
        assert {"a", "header", "footer"} <= Reader(re.sub(r"<meta[^>]*>|<br>|<!doctype html>", "", page)).seen


@pytest.mark.parametrize("count", [1, 3])
def test_a_strip_and_the_index_show_both_shades(count: int) -> None:
    shown = [screen(Post(at=AT, message=message()))] * count
    for page in (as_strip(shown), as_index(shown)):
        assert re.findall(r'<article class="phone (\w+)"', page) == list(Shade) * count
    assert ".phone { width: 360px; height: 640px; }" in as_strip(shown, (360, 640))
    assert '<article class="phone "' in as_page(shown[0]), "alone it follows the device"


def test_the_command_writes_every_screen_from_the_packaged_day(tmp_path: Path) -> None:
    out = tmp_path / "new" / "pages"
    told = CliRunner().invoke(pictures, ["--out", str(out), "--json"])
    assert told.exit_code == 0, told.output
    rows = [json.loads(line) for line in told.stdout.splitlines()]
    assert {row["screen"] for row in rows} == NAMES
    assert {Path(row["page"]) for row in rows} == set(out.iterdir()) - {out / "index.html"}
    index = (out / "index.html").read_text()
    assert index.count('<article class="phone') == 2 * len(NAMES)
    assert "China adds yttrium and scandium magnets" in (out / "alert.html").read_text()
    assert '<div class="quote">' in (out / "reply.html").read_text()
    assert '<span class="time">edited ' in (out / "edited.html").read_text()
    assert set(README) <= NAMES


def test_without_a_browser_pictures_are_refused_with_the_remedy(tmp_path: Path) -> None:
    told = CliRunner(env={"PATH": str(tmp_path)}).invoke(pictures, ["--out", str(tmp_path), "--png"])
    assert told.exit_code == 1
    assert told.stderr == "Error: no Chromium on the PATH; install the package chromium, or leave out --png\n"


@pytest.mark.parametrize("name", sorted(README))
def test_the_pictures_of_the_readme_are_whole_phones_and_small(name: str) -> None:
    png = (Path(__file__).parent / f"{name}.png").read_bytes()
    assert struct.unpack(">II", png[16:24]) == (WIDTH * 2, HEIGHT * 2)
    assert len(png) < 120_000
