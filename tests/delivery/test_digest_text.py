"""How a digest reads: every story in it, whatever the titles and links are."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.digests import MOST_LINES, render_digest
from bot.markup import MAX_UNITS
from bot.text import units
from pipelines.events import Alert
from rules.story import Tag, Topic
from rules.verdict import Label
from tests.chats.make import NOW, alert, report
from tests.telegram.html import parse


def stories(*titles: str, **changes: Any) -> list[Alert]:
    return [alert(report(number, title=title, **changes)) for number, title in enumerate(titles, 1)]


def test_a_digest_reads_well_on_a_phone() -> None:
    told = [
        *stories("Ministry puts export licences on terbium into force"),
        alert(
            report(2, title="Regulator weighs a rule for stablecoins", tags=(Tag(Topic.CRYPTO, 0.9),)),
            label=Label.WATCH,
        ),
    ]
    message = render_digest(told, NOW, more=3, doubtful={told[1].story.id})
    assert parse(message.text)[0] == (
        "Digest · 2 stories\n"
        "\n"
        "1. Ministry puts export licences on terbium into force\n"
        "◆ Structural · Rare earths, policy · 4 min ago\n"
        "\n"
        "2. Regulator weighs a rule for stablecoins\n"
        "◇ Watch · Crypto · 4 min ago · ↻ may be a repeat\n"
        "\n"
        "3 more follow in the next message.\n"
        "\n"
        "Educational, never financial advice."
    )
    assert [[button.text for button in row] for row in message.buttons] == [["Why 1", "Why 2"]]


def test_a_digest_that_may_be_a_repeat_says_so_first() -> None:
    message = render_digest(stories("One"), NOW, repeat=True)
    assert parse(message.text)[0].startswith("↻ Repeat: you may have had this already.\nDigest · 1 story\n\n1. One\n")


anything = st.text(st.characters(codec=None, categories=None), min_size=1, max_size=300)
links = st.integers(0, 1960).map(lambda size: f"https://news.example.org/{'a' * size}")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(anything, links), min_size=1, max_size=MOST_LINES), st.booleans())
def test_no_story_of_a_digest_is_cut_off(given_: list[tuple[str, str]], repeat: bool) -> None:
    told = [
        alert(report(n, title=title, link=link, tags=tuple(Tag(t, 0.9) for t in Topic)))
        for n, (title, link) in enumerate(given_)
    ]
    message = render_digest(told, NOW, more=99, doubtful={each.story.id for each in told}, repeat=repeat)
    text, _ = parse(message.text)
    assert units(message.plain) <= MAX_UNITS
    assert text.count("may be a repeat") == len(told)
    assert text.endswith("99 more follow in the next message.\n\nEducational, never financial advice.")
    assert sum(map(len, message.buttons)) == len(told)


def test_short_links_are_kept_where_there_is_room() -> None:
    told = [
        alert(report(n, link=f"https://news.example.org/{'a' * size}")) for n, size in enumerate((1900, 20, 900, 30))
    ]
    _, found = parse(render_digest(told, NOW).text)
    assert [len(each.url) for each in found if each.url] == [25 + 20, 25 + 900, 25 + 30]
