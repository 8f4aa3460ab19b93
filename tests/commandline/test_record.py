"""``lodestone record``: lines for people, one object for machines, and a page that stands by itself."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from bot.app import utc_now
from bot.record.asked import Asked
from bot.record.page import MOST, as_page
from pipelines.judged import write_judged
from pipelines.record.read import Memo, read_record
from pipelines.record.tables import load_tables
from pipelines.record.turns import Record, Strand, Told, gather
from rules.story import Direction, Entity, Topic
from rules.verdict import Label
from tests.chats.make import alert, report
from tests.commandline.test_commands import call, with_own_store
from tests.commandline.test_evaluate import NASTY, Page
from tests.record.test_turns import turn
from tests.telegram.test_record import MINE, PAKISTAN

TABLES = load_tables()
TODAY = date(2026, 11, 27)
JAPAN = Entity("state:jp", "Japan", "state", 0, 5)


async def fill(store: Any) -> None:
    now = utc_now()
    for number, (entity, label) in enumerate(
        [(PAKISTAN, Label.STRUCTURAL), (JAPAN, Label.STRUCTURAL), (PAKISTAN, Label.NOISE)], 1
    ):
        title = f"{entity.name} opens mine {number}"
        told = report(number, title=title, act=MINE, entities=(entity,), published=now - timedelta(hours=number))
        for command in write_judged(alert(told, label=label)):
            await store.execute_command(*command)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    with_own_store(folder, fill)
    return folder


def test_it_tells_a_country(data: Path) -> None:
    told = call("record", "--country", "Pakistan", "--months", "1", data=data)
    assert told.exit_code == 0
    assert "Mining  ▼1" in told.stdout
    assert "Pakistan opens mine 1" in told.stdout
    assert "Japan" not in told.stdout


def test_json_is_one_object_of_a_fixed_shape(data: Path) -> None:
    row: dict[str, Any] = json.loads(call("record", "--json", "--topic", "rare earths", data=data).stdout)
    assert list(row) == ["topic", "country", "since", "stories", "months", "countries", "turns"]
    assert (row["topic"], row["country"], row["stories"]) == ("rare-earth", None, 2)
    assert [set(month) for month in row["months"]] == [{"month", "tightens", "eases", "unclear"}] * 6
    assert [each["country"] for each in row["countries"]] == ["US", "PK", "JP"]
    assert row["countries"][1]["eases"] == row["countries"][1]["strands"]["mining"]["eases"] == 1
    assert list(row["countries"][1]["strands"]) == list(Strand)
    keys = "story at month direction strands topics by on title link publisher".split()
    assert [list(each) for each in row["turns"]] == [keys, keys]
    assert [(each["by"], each["on"]) for each in row["turns"]] == [([], ["JP"]), (["PK"], [])]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--topic", "chipz"), "did you mean Chips?"),
        (("--country", "Pakstan"), "did you mean Pakistan?"),
        (("--country", "chips"), "no country 'chips'"),
        (("--topic", "pakistan"), "no topic 'pakistan'"),
        (("--months", "0"), "0 is not in the range"),
    ],
)
def test_what_is_not_known_is_refused_before_the_store_is_opened(
    tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    result = call("record", *words, data=tmp_path)
    assert result.exit_code == 2
    assert said in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_page_is_written_and_one_that_cannot_be_is_named(data: Path, tmp_path: Path) -> None:
    page = tmp_path / "record.html"
    assert call("record", "--html", str(page), data=data).exit_code == 0
    assert "Pakistan opens mine 1" in page.read_text(encoding="utf-8")
    gone = call("record", "--html", str(tmp_path / "no" / "record.html"), data=data)
    assert gone.exit_code == 1
    assert "cannot be written" in gone.stderr


def of(*turns: Any) -> Record:
    return gather(Told(each.story, 1, (each,)) for each in turns)


HOSTILE = of(
    turn(
        "1aaaaaaaa",
        datetime(2026, 11, 3, tzinfo=UTC),
        title=NASTY,
        publisher=NASTY,
        link='https://x.example/"><script>',
    ),
    turn("1bbbbbbbb", datetime(2026, 10, 3, tzinfo=UTC), title="", link="javascript:alert(1)", by=(), on=()),
    turn("1cccccccc", datetime(2026, 10, 4, tzinfo=UTC), Direction.EASES, link="https://news.example.org/a?b=1&c=2"),
    turn("1dddddddd", datetime(2026, 10, 5, tzinfo=UTC), Direction.UNKNOWN, topics=()),
)


def test_the_page_stands_by_itself_and_hostile_titles_stay_text() -> None:
    text = as_page(HOSTILE, Asked(), TABLES, TODAY, 13)
    page = Page(text)
    assert page.open == []
    assert not page.tags & {"script", "img", "iframe", "link", "object", "form"}
    assert set(page.loads) == {"href"}
    assert set(re.findall(r'href="([^"]*)"', text)) == {
        "https://news.example.org/a?b=1&amp;c=2",
        "https://news.example.org/1",
    }
    assert "default-src 'none'" in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "&lt;script&gt;" in text


@pytest.mark.parametrize("asked", [Asked(), Asked(country="PK"), Asked(country="JP"), Asked(topic=Topic.CRYPTO)])
def test_an_empty_page_still_has_its_rows(asked: Asked) -> None:
    text = as_page(Record(), asked, TABLES, TODAY, 6)
    assert Page(text).open == []
    assert "Nothing on record yet" in text
    assert text.count('class="void"') == 6


def test_the_chart_says_what_it_counts() -> None:
    text = as_page(HOSTILE, Asked(), TABLES, TODAY, 2)
    assert "<title>Nov 2026, rare earths: 1 tighten</title>" in text
    assert "<title>Oct 2026, rare earths: 1 ease</title>" in text
    assert 'class="void"' not in text


def test_a_long_list_is_cut_and_says_so() -> None:
    many = of(*(turn(f"{number:09d}", datetime(2026, 11, 3, tzinfo=UTC)) for number in range(MOST + 7)))
    text = as_page(many, Asked(), TABLES, TODAY, 6)
    assert f"The newest {MOST} of {MOST + 7}; --json tells all." in text


async def test_what_was_read_once_is_not_opened_again_and_noise_is_never_read(store: Redis) -> None:
    await fill(store)
    memo = Memo()
    first = await read_record(store, utc_now().date(), memo)
    assert first.stories == 2
    assert len(memo.told) == 2
    kept = dict(memo.told)
    assert await read_record(store, utc_now().date(), memo) == first
    assert all(memo.told[name] is kept[name] for name in kept)
    assert (await read_record(store, utc_now().date() - timedelta(days=3))).turns == ()
