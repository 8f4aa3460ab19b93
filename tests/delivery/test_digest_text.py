"""How a digest reads: every story in it, whatever the titles and links are."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.digests import MOST_LINES, render_digest
from bot.markup import MAX_UNITS, Message
from bot.text import units
from pipelines.events import Alert
from rules.story import Tag, Topic
from rules.verdict import Label
from tests.chats.make import NOW, alert, chat, report
from tests.languages.made_up import MADE_UP, english_left
from tests.telegram.html import parse


def stories(*titles: str, **changes: Any) -> list[Alert]:
    return [alert(report(number, title=title, **changes)) for number, title in enumerate(titles, 1)]


CRYPTO, CHIPS = (Tag(Topic.CRYPTO, 0.9),), (Tag(Topic.SEMICONDUCTOR, 0.9), Tag(Topic.CRYPTO, 0.8))


def whys(message: Message) -> list[str]:
    """What the buttons explain, by their numbers."""
    return [f"{button.text}: {button.data}" for row in message.buttons for button in row]


def test_a_digest_reads_well_on_a_phone() -> None:
    """By topic, those with structural news first; in a topic what is structural, then what is to be watched."""
    weighed = alert(report(1, title="Regulator weighs a rule for stablecoins", tags=CRYPTO), label=Label.WATCH)
    early = alert(report(2, title="Ministry weighs a levy on magnets"), label=Label.WATCH)
    fab = alert(report(3, title="A fab mines coins", tags=CHIPS), label=Label.WATCH)
    bare = alert(report(4, title="Something happened", tags=()), label=Label.WATCH)
    force = alert(report(5, title="Ministry puts export licences on terbium into force"))
    again = alert(report(6, title="Ministry bans gallium exports"))
    message = render_digest([weighed, early, fab, bare, force, again], chat(), NOW, more=3, doubtful={early.story.id})
    assert parse(message.text)[0] == (
        "Digest · 6 stories\n"
        "◆ Structural: 2 · ◇ Watch: 4\n"
        "\n"
        "Rare earths\n"
        "1. ◆ Ministry puts export licences on terbium into force · 4 min ago\n"
        "2. ◆ Ministry bans gallium exports · 4 min ago\n"
        "3. ◇ Ministry weighs a levy on magnets · 4 min ago · ↻ may be a repeat\n"
        "\n"
        "Chips\n"
        "4. ◇ A fab mines coins · 4 min ago\n"
        "\n"
        "Crypto\n"
        "5. ◇ Regulator weighs a rule for stablecoins · 4 min ago\n"
        "\n"
        "Other news\n"
        "6. ◇ Something happened · 4 min ago\n"
        "\n"
        "3 more follow in the next message.\n"
        "\n"
        "Educational, never financial advice."
    )
    told = (force, again, early, fab, weighed, bare)
    assert whys(message) == [f"Why {number}: w:{each.story.id}" for number, each in enumerate(told, 1)]
    assert [len(row) for row in message.buttons] == [3, 3]


def test_a_story_stands_under_a_topic_that_the_chat_hears() -> None:
    """A topic that is muted here would look as if the mute did not hold; a means is no field."""
    fab = [alert(report(1, title="A fab mines coins", tags=CHIPS))]
    means = [alert(report(2, title="A port is closed", tags=(Tag(Topic.GEOPOLITICS, 0.9), Tag(Topic.ENERGY, 0.8))))]
    muted = chat().muted(Topic.SEMICONDUCTOR, None, NOW)
    for told, reader, heading in ((fab, chat(), "Chips"), (fab, muted, "Crypto"), (means, chat(), "Energy")):
        assert parse(render_digest(told, reader, NOW).text)[0].split("\n")[3] == heading


def test_a_digest_that_may_be_a_repeat_says_so_first() -> None:
    message = render_digest(stories("One"), chat(), NOW, repeat=True)
    assert parse(message.text)[0].startswith(
        "↻ Repeat: you may have had this already.\nDigest · 1 story\n◆ Structural: 1\n\nRare earths\n1. ◆ One · "
    )


@given(
    st.lists(st.tuples(st.sampled_from(Label), st.lists(st.sampled_from(Topic), max_size=3, unique=True)), min_size=1)
)
def test_each_story_has_one_line_and_the_button_of_its_number(given_: list[tuple[Label, list[Topic]]]) -> None:
    told = [
        alert(report(number, title=f"t{number}.", tags=tuple(Tag(topic, 0.9) for topic in topics)), label=label)
        for number, (label, topics) in enumerate(given_[:MOST_LINES])
    ]
    message = render_digest(told, chat(), NOW)
    ids = {each.story.lead.title: each.story.id for each in told}
    lines = [each.split(" ") for each in parse(message.text)[0].split("\n") if each[:1].isdigit()]
    assert whys(message) == [f"Why {number[:-1]}: w:{ids[title]}" for number, _, title, *_ in lines]
    assert len(lines) == len(told)


def test_nothing_of_it_is_left_in_english() -> None:
    told = [alert(report(1, title="稀土")), alert(report(2, title="出口", tags=()), label=Label.WATCH)]
    for repeat, more in ((True, 1), (False, 2)):
        doubtful = {told[0].story.id}
        made = render_digest(told, chat(), NOW, more=more, doubtful=doubtful, repeat=repeat, tr=MADE_UP)
        assert english_left(made) == []


anything = st.text(st.characters(codec=None, categories=None), min_size=1, max_size=300)
links = st.integers(0, 1960).map(lambda size: f"https://news.example.org/{'a' * size}")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(anything, links), min_size=1, max_size=MOST_LINES), st.booleans())
def test_no_story_of_a_digest_is_cut_off(given_: list[tuple[str, str]], repeat: bool) -> None:
    told = [
        alert(report(n, title=title, link=link, tags=tuple(Tag(t, 0.9) for t in Topic)))
        for n, (title, link) in enumerate(given_)
    ]
    message = render_digest(told, chat(), NOW, more=99, doubtful={each.story.id for each in told}, repeat=repeat)
    text, _ = parse(message.text)
    assert units(message.plain) <= MAX_UNITS
    assert text.count("may be a repeat") == len(told)
    assert text.endswith("99 more follow in the next message.\n\nEducational, never financial advice.")
    assert sum(map(len, message.buttons)) == len(told)


def test_short_links_are_kept_where_there_is_room() -> None:
    told = [
        alert(report(n, link=f"https://news.example.org/{'a' * size}")) for n, size in enumerate((1900, 20, 900, 30))
    ]
    _, found = parse(render_digest(told, chat(), NOW).text)
    assert [len(each.url) for each in found if each.url] == [25 + 20, 25 + 900, 25 + 30]
