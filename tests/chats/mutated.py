"""Headlines broken in every way in which they may come, sent down the real line; what Telegram would say of each."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.markup import MAX_UNITS, Message
from bot.messages import render_alert, render_latest
from bot.replay import replay
from bot.whys import render_why
from pipelines.events import Alert, Entry
from pipelines.feeds.text import plain
from pipelines.language.reader import Reader
from pipelines.language.training.rows import own_corpus
from rules.ruleset import RuleSet
from rules.schema import load
from rules.story import Source, Tier
from tests.chats.hostile import OBEYED, REFUSED_LINKS, TAKEN_LINKS, TITLES, in_a_terminal, public
from tests.chats.make import chat
from tests.telegram.html import BadEntities, parse, units

BEGIN = datetime(2026, 1, 5, tzinfo=UTC)
EVERYTHING = (
    "rules: [{name: all, when: {not: {words: [xyzzy]}}, then: structural, status: stable, "
    "because: 'All pass <here> & now.'}]"
)
_FRAGMENTS = tuple(title[:300] for title, _ in TITLES.values() if title)
# Where a random sign comes from: controls, marks, bidirectional signs, joiners, scripts, private use, emoji, tags.
_RANGES = (
    *((0x00, 0x20), (0x7F, 0xA0), (0x20, 0x7F), (0xA0, 0x250), (0x300, 0x370), (0x370, 0x600), (0x590, 0x780)),
    *((0x600, 0x700), (0x900, 0x980), (0xE00, 0xE80), (0x1100, 0x1200), (0x2000, 0x2070), (0x2066, 0x206A)),
    *((0x20D0, 0x2100), (0x3000, 0x3100), (0x4E00, 0x9FFF), (0xD800, 0xE000), (0xE000, 0xF900), (0xFB50, 0xFE00)),
    *((0xFE00, 0xFE10), (0xFF00, 0xFFF0), (0xFFF9, 0x10000), (0x1F1E6, 0x1F200), (0x1F300, 0x1FB00)),
    *((0x1D400, 0x1D800), (0xE0000, 0xE0080), (0xE0100, 0xE01F0), (0x10FFF0, 0x110000)),
)
_STORM = "\u0301\u0335\u20dd\u0489\u200d\ufe0f\u034f"
_HTML = (
    *("<b>{}</b>", "<b>{}", "{}</b>", "<a href=javascript:alert(1)>{}</a>", '<a href="tg://user?id=1">{}</a>', "<{}>"),
    *(
        "&lt;b&gt;{}",
        "&amp;lt;{}&amp;gt;",
        "<script>{}</script>",
        "<!--{}-->",
        "<![CDATA[{}]]>",
        "{}&",
        "&{};",
        "&#{};",
    ),
    *("<pre><code>{}</pre></code>", '"{}"', "<img src=x onerror={}>", "<tg-spoiler>{}", "<blockquote>{}</blockquote>"),
)


def mutated(title: str, rng: random.Random) -> str:
    """A title broken in one of those ways, or in two of them."""
    for _ in range(rng.choice((1, 1, 2))):
        title = _once(title, rng)
    return title


def _once(title: str, rng: random.Random) -> str:
    at = rng.randrange(len(title) + 1)
    ended = title + rng.choice(_FRAGMENTS) * rng.randrange(1, 20)
    ways = (
        lambda: title[:at] + rng.choice(_FRAGMENTS) + title[at:],
        lambda: ended[: rng.randrange(len(ended) + 1)],
        lambda: "".join(rng.choice((char, char, char, _sign(rng))) for char in title),
        lambda: "".join(_sign(rng) for _ in range(rng.randrange(600))),
        lambda: title[:at] + "".join(rng.choice(_STORM) for _ in range(rng.randrange(400))) + title[at:],
        lambda: title[:at] + rng.choice(_HTML).replace("{}", title[at:]),
        lambda: (title + rng.choice(("", " ", "\n", "\u2028", "\u200b"))) * rng.randrange(1, 200),
    )
    return rng.choice(ways)()


def _sign(rng: random.Random) -> str:
    return chr(rng.randrange(*rng.choice(_RANGES)))


def entries(count: int, seed: int) -> Iterator[Entry]:
    """So many entries an hour apart: every other one as a feed's words become one, the others as they are in a file.

    Half of a character can be in a feed alone: what reads files refuses it.
    """
    rng = random.Random(seed)
    titles = [row.title for row in own_corpus()]
    for number in range(count):
        words = [mutated(rng.choice(titles), rng) for _ in range(3)]
        if number % 2:
            title, summary, name = plain(words[0], 500), plain(words[1], 2_000), plain(words[2], 200)
        else:
            title, summary, name = (word.encode("utf-8", "replace").decode() for word in words)
        link = rng.choice((*REFUSED_LINKS, *TAKEN_LINKS, f"https://news.example.org/{words[1][:40]}"))
        at = BEGIN + timedelta(hours=number)
        yield Entry(
            feed="mutated",
            id=f"m{number}",
            url=link.encode("utf-8", "replace").decode(),
            title=title[:500],
            summary=summary[:2_000],
            source=Source("mutated", name[:200], f"family {number % 50}", rng.choice(list(Tier))),
            published=at,
            first_seen=at,
        )


@dataclass
class Found:
    """What was wrong, by kind, of how many messages about how many headlines."""

    headlines: int = 0
    sent: int = 0
    messages: int = 0
    links: int = 0
    longest: int = 0
    wrong: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)

    def look(self, message: Message) -> None:
        """Hold one message against all that Telegram, a reader or a terminal may ask of it."""
        self.messages += 1
        buttons = [each for row in message.buttons for each in row]
        try:
            text, entities = parse(message.text)
        except BadEntities as error:
            self._note("refused", f"{error}: {message.text!r}")
            return
        size = max(units(text), units(message.plain))
        self.longest = max(self.longest, size)
        links = [url for url in (*(each.url for each in entities), *(each.url for each in buttons)) if url]
        self.links += len(links)
        if size > MAX_UNITS or not text.strip():
            self._note("length", message.text)
        if OBEYED.search(text + message.plain):
            self._note("control", message.plain)
        if any(not 1 <= len(each.data.encode()) <= 64 for each in buttons if not each.url):
            self._note("data", str(buttons))
        try:
            for link in links:
                public(link)
        except (AssertionError, UnicodeError):
            self._note("link", str(links))
        try:
            in_a_terminal(message)
        except AssertionError:
            self._note("terminal", message.text)

    def _note(self, kind: str, what: str) -> None:
        self.wrong[kind] += 1
        self.first.setdefault(kind, ascii(what)[:2_000])

    def __str__(self) -> str:
        wrong = ", ".join(f"{self.wrong[kind]} {kind}" for kind in KINDS)
        return (
            f"{self.headlines} headlines, {self.sent} sent on, {self.messages} messages, {self.links} links, "
            f"longest {self.longest} units; wrong: {wrong}"
        )


KINDS = ("refused", "length", "control", "data", "link", "terminal")


def everything() -> RuleSet:
    """One rule, which lets all through."""
    return load({"all.yaml": EVERYTHING})


async def down_the_line(made: Sequence[Entry], reader: Reader) -> Found:
    """Send the entries through read, group, judge, address and send, and look at each message about each story."""
    found, latest = Found(headlines=len(made)), list[Alert]()
    group = chat(id=-5)
    async for sending in replay(made, reader=reader, rules=everything(), coins=("BTC",)):
        found.sent += 1
        found.look(sending.message)
        alert = sending.alert
        latest = [alert, *latest][:5]
        found.look(render_alert(alert, (), group, sending.at, repeat=True))
        found.look(render_why(alert, sending.at, None))
        found.look(render_latest(latest, sending.at))
    return found
