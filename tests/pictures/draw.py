"""Draws ``alert.png``: a story of the packaged day, read, judged and written by the real code, as a phone shows it.

Run by hand when messages change: ``.venv/bin/python -m tests.pictures.draw``. Needs Chromium on the PATH.
"""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib import resources
from pathlib import Path

from bot.chats import Chat, Kind
from bot.markup import Button, Message
from bot.messages import render_alert
from pipelines.events import Alert, Entry, Reading
from pipelines.language.reader import load_reader
from pipelines.prices.quote import Quote
from pipelines.rulebook import load_rules
from pipelines.stories.changes import advance, begin
from rules.judge import judge
from rules.story import Source, Tier

PICTURE = Path(__file__).parent / "alert.png"
STORY = "china-yttrium"
WIDTH = 420
STYLE = """
  * { box-sizing: border-box; margin: 0; }
  body { width: 420px; padding: 20px 16px; background: #dfe8dc; font: 15.5px/1.38 "Inter", system-ui, sans-serif;
         color: #17212b; -webkit-font-smoothing: antialiased; }
  .bubble { background: #fff; border-radius: 14px; padding: 10px 14px 8px; box-shadow: 0 1px 2px #0002; }
  .from { color: #3a7bb8; font-weight: 600; font-size: 14.5px; margin-bottom: 3px; }
  .time { text-align: right; color: #8a96a0; font-size: 12px; margin-top: -2px; }
  a { color: #1f6fb2; text-decoration: none; }
  i { color: #5c6a75; }
  .row { display: flex; gap: 5px; margin-top: 5px; }
  .row span { flex: 1; text-align: center; background: #6f8f6ccc; color: #fff; font-weight: 500; font-size: 14px;
              border-radius: 9px; padding: 8px 4px; white-space: nowrap; }
"""


def alert() -> Alert:
    """The story as the line makes it of the packaged rows; the wires' tier is given, since no feed was polled."""
    folder = resources.files("bot.demo")
    wanted = json.loads((folder / "expected.json").read_text(encoding="utf-8"))["structural"][STORY]
    rows = [json.loads(line) for line in (folder / "day.jsonl").read_text(encoding="utf-8").splitlines()]
    entries = [entry(row) for row in rows if row["id"] in wanted]
    first, *others = map(Reading, entries, load_reader().read(entries))
    story = begin(first, STORY, first.entry.published)
    for reading in others:
        story = advance(story, reading, reading.entry.published)
    last = entries[-1].published
    return Alert(story, judge(story, load_rules(None), last), last, last)


def entry(row: dict[str, str]) -> Entry:
    """One row of the day as a feed would have brought it."""
    at = datetime.fromisoformat(row["date"])
    source = Source(feed="day", publisher=row["publisher"], family=row["publisher"].lower(), tier=Tier.WIRE)
    return Entry(
        feed="day",
        id=row["id"],
        url=row["link"],
        title=row["title"],
        summary=row.get("summary", ""),
        source=source,
        published=at,
        first_seen=at,
    )


def quotes(now: datetime) -> tuple[Quote, ...]:
    """Prices as fresh as the keeper has them."""
    at = now - timedelta(seconds=12)
    return (
        Quote("BTC", Decimal(91_480), Decimal("1.8"), at, ("kraken",)),
        Quote("ETH", Decimal("3034.50"), Decimal("2.4"), at, ("kraken",)),
        Quote("USDC", Decimal("0.9999"), Decimal("0.0"), at, ("kraken",)),
    )


def page(message: Message, at: datetime) -> str:
    """The message as a chat shows it. Its text is Telegram HTML, which a browser reads as it stands."""
    rows = "".join(f'<div class="row">{"".join(map(button, row))}</div>' for row in message.buttons)
    text = message.text.replace("\n", "<br>")
    return (
        f'<!doctype html><meta charset="utf-8"><style>{STYLE}</style><body><div class="bubble">'
        f'<div class="from">Lodestone</div>{text}<div class="time">{at:%H:%M}</div></div>{rows}'
        "<script>document.title = document.body.offsetHeight</script>"
    )


def button(each: Button) -> str:
    """A button under the message."""
    return f"<span>{html.escape(each.text)}</span>"


def shoot(content: str, picture: Path) -> None:
    """Photograph the page at twice its size, as high as it turns out."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        sys.exit("no Chromium on the PATH: install the package chromium, then run this again")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "page.html"
        source.write_text(content, encoding="utf-8")
        base = [
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            f"--user-data-dir={folder}",
        ]
        dom = subprocess.run([*base, "--dump-dom", str(source)], capture_output=True, text=True, check=True, timeout=60)
        height = re.search(r"<title>(\d+)", dom.stdout)
        if height is None:
            sys.exit("Chromium did not say how high the page is")
        size = f"--window-size={WIDTH},{height[1]}"
        shot = [*base, size, "--force-device-scale-factor=2", f"--screenshot={picture}", str(source)]
        subprocess.run(shot, capture_output=True, check=True, timeout=60)


def main() -> None:
    """Draw the picture again."""
    told = alert()
    now = told.judged.replace(tzinfo=UTC)
    chat = Chat(id=1, kind=Kind.PRIVATE, created=now)
    shoot(page(render_alert(told, quotes(now), chat, now), now), PICTURE)
    print(PICTURE)


if __name__ == "__main__":
    main()
