"""/search through the real Application: what is found, in which order, and that nothing typed does harm."""

from __future__ import annotations

# ruff: noqa: RUF001 - other scripts are what some of this is about
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from bot.markup import line as line_of
from bot.searched import MOST_FOUND, render_found, render_hint, topic_names
from bot.timeline import rows_of
from pipelines import keys
from rules.story import Change, Entity, Move, Tag, Topic
from rules.verdict import Label
from tests.chats.hostile import TITLES, whole
from tests.chats.make import NOW, alert, report
from tests.languages.made_up import MADE_UP, english_left
from tests.telegram.conftest import GROUP, OTHER, PERSON, Line
from tests.telegram.html import parse
from tests.telegram.test_commands import judged, text_of

CHIPS = (Tag(Topic.SEMICONDUCTOR, 0.9),)


def told(number: int, title: str, label: Label = Label.STRUCTURAL, **changes: Any) -> Any:
    """A story of one report, the later the higher its number."""
    made = alert(report(number, title=title, **changes), label=label)
    return replace(made, judged=NOW + timedelta(seconds=number))


async def titles(line: Line, words: str) -> list[str]:
    """The titles that a search tells, in order."""
    lines = (await text_of(line, f"/search {words}")).split("\n")
    return [each.partition(". ")[2] for each in lines if each[:1].isdigit()]


async def test_every_kept_story_is_found_and_labelled_and_a_button_tells_it(line: Line, store: Redis) -> None:
    ban, talk, noise = (
        told(1, "Ministry bans gallium exports"),
        told(2, "Ministry weighs a gallium levy", Label.WATCH),
        told(3, "Gallium: five stocks to watch <b>now</b>", Label.NOISE, tags=CHIPS),
    )
    await judged(store, ban, talk, noise, told(4, "Chile opens a lithium plant"))
    assert await text_of(line, "/search Gallium") == (
        "Found for “Gallium”\n"
        "\n"
        "1. Gallium: five stocks to watch <b>now</b>\n"
        "· Noise · Chips · 4 min ago\n"
        "\n"
        "2. Ministry weighs a gallium levy\n"
        "◇ Watch · Rare earths, policy · 4 min ago\n"
        "\n"
        "3. Ministry bans gallium exports\n"
        "◆ Structural · Rare earths, policy · 4 min ago\n"
        "\n"
        "Educational, never financial advice."
    )
    assert list(line.buttons()) == ["1", "2", "3"]
    _, (call,) = await line.tap(line.buttons()["3"], line.message()["message_id"])
    assert "Ministry bans gallium exports" in call.text
    assert "Why" in line.buttons()
    assert await titles(line, ban.story.lead.link) == ["Ministry bans gallium exports"]


ROWS: tuple[tuple[str, list[str]], ...] = (
    ("tariff", ["New tariffs on magnets"]),
    ("tariffs magnet", ["New tariffs on magnets"]),
    ("dysprosium", ["New tariffs on magnets"]),
    ("northfield mining", ["A mine reopens"]),
    # A short word is no beginning of a longer one.
    ("min", []),
    ("chips", ["Chips are subsidised", "A fab is delayed"]),
    ("semiconductor", ["A fab is delayed", "Chips are subsidised"]),
    ("rare earth", ["A mine reopens", "New tariffs on magnets"]),
    ("chips delayed", ["A fab is delayed"]),
    # No story has all of these.
    ("fab delayed bananas", ["A fab is delayed"]),
    ("bananas oranges fab", []),
    ("镓出口", ["中国禁止镓出口"]),
    ("پاکستان", ["\u2068پاکستان نے برآمد روک دی\u2069"]),
    ("پاكستان نے", ["\u2068پاکستان نے برآمد روک دی\u2069"]),
    ("the of and", []),
    ("👍", []),
    ("https://news.example.org/unknown", []),
)


async def test_by_any_reports_title_by_names_and_by_topics(line: Line, store: Redis) -> None:
    other = replace(alert(report(1, title="New tariffs on magnets"), report(11, title="Levy hits dysprosium")))
    mine = told(2, "A mine reopens", entities=(Entity("company:x", "Northfield Mining", "company", 0, 1),))
    await judged(
        store,
        other,
        mine,
        told(3, "Chips are subsidised", tags=CHIPS),
        told(4, "A fab is delayed", tags=CHIPS, summary=""),
        told(5, "中国禁止镓出口", tags=()),
        told(6, "پاکستان نے برآمد روک دی", tags=()),
    )
    for words, expected in ROWS:
        assert await titles(line, words) == expected, words
    assert "these have most of them" in await text_of(line, "/search fab delayed bananas")
    assert "these have most" not in await text_of(line, "/search chips delayed")
    assert "I keep no story about “👍”. Try fewer words" in await text_of(line, "/search 👍")


async def test_without_words_it_says_how(line: Line) -> None:
    for command in ("/search", "/search   ", "/search \u200b\u2060"):
        assert "/search gallium exports" in await text_of(line, command)


async def test_more_than_a_screen_is_counted(line: Line, store: Redis) -> None:
    await judged(store, *(told(number, f"Gallium notice {number}", tags=CHIPS) for number in range(1, 13)))
    text = await text_of(line, "/search gallium")
    assert "1. Gallium notice 12\n" in text
    assert "8. Gallium notice 5\n" in text
    assert "and 4 more; another word narrows them down" in text
    assert list(line.buttons()) == [str(number) for number in range(1, MOST_FOUND + 1)]


async def test_what_went_on_elsewhere_is_told_once_and_what_is_gone_not_at_all(line: Line, store: Redis) -> None:
    second = told(2, "Gallium ban in force")
    first = told(1, "Gallium ban announced")
    first = replace(first, story=replace(first.story, merged=second.story.id))
    old = told(3, "Gallium of long ago", published=NOW - timedelta(days=30))
    await judged(store, first, second, old)
    assert await titles(line, "gallium ban") == ["Gallium ban in force"]
    await store.unlink(keys.judged(old.story.first_seen))
    assert await titles(line, "gallium ago") == []
    withdrawn = replace(second.story, changes=(Change(2, Move.RETRACTION, NOW, "", "a hoax"),))
    await judged(store, replace(second, story=withdrawn))
    assert "✖ Alert withdrawn · ◆ Structural" in await text_of(line, "/search in force")


async def test_anyone_in_a_group_may_ask(line: Line, store: Redis) -> None:
    await judged(store, told(1, "Ministry bans gallium exports"))
    (call,) = await line.say("/search gallium", GROUP, OTHER, message_thread_id=9, is_topic_message=True)
    assert (call.thread, call.status) == (9, 200)
    assert "Ministry bans gallium exports" in call.text
    _, (again,) = await line.tap(line.buttons(GROUP)["1"], line.message(GROUP)["message_id"], GROUP, PERSON)
    assert again.status == 200


async def test_what_is_typed_stays_text(line: Line, store: Redis) -> None:
    """Signs of patterns, of markup and of other scripts, far more words than are looked for, and signs that hide."""
    await judged(store, told(1, "Ministry bans gallium exports"))
    for words in (
        ".*",
        "(gallium|x)+$ [a-z",
        "<b>gallium & <a href='tg://x'>",
        "gallium \u202eseirdne\u202c",
        "gallium " + " ".join(f"w{number}" for number in range(200)),
        "\t\x07*?\\ \\E",
        "e\u0301" * 150,
        "👨‍👩‍👧‍👦" * 20,
    ):
        (call,) = await line.say(f"/search {words}")
        assert call.status == 200, words
        parse(call.text)
    assert await titles(line, "<b>gallium</b>") == ["Ministry bans gallium exports"]


def test_nothing_of_it_is_left_in_english() -> None:
    found = [alert(report(1, title="稀土")), alert(report(2, title="出口", tags=()), label=Label.WATCH)]
    for more in (0, 1, 2):
        made = render_found(found, "稀土", NOW, more=more, whole=False, tr=MADE_UP)
        assert english_left(made) == []
    assert english_left(render_found((), "稀土", NOW, tr=MADE_UP)) == []
    assert english_left(render_hint(MADE_UP)) == []
    assert topic_names(MADE_UP)["Ｃｈｉｐｓ"] is Topic.SEMICONDUCTOR


@pytest.mark.parametrize("title", [title for title, _ in TITLES.values()])
def test_hostile_titles_fit_the_screen(title: str) -> None:
    found = [alert(report(number, title=title, tags=tuple(Tag(t, 0.9) for t in Topic))) for number in range(8)]
    message = render_found(found, title, NOW, more=99, whole=False)
    text, _ = whole(message)
    assert rows_of([line_of(each) for each in text.split("\n")]) <= 34


@settings(max_examples=30, deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=300))
def test_any_words_make_a_message(words: str) -> None:
    whole(render_found([], words, NOW))
    whole(render_found([alert()], words, NOW, more=1))
