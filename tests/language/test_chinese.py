"""Chinese headlines: figures on a part that nobody tuned on, other scripts left alone, any text survived."""

# ruff: noqa: RUF001  # wide punctuation is what Chinese headlines have

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.language.chinese.facts import chinese_amounts, chinese_dates
from pipelines.language.chinese.text import is_chinese
from pipelines.language.reader import Reader
from pipelines.language.text import clean
from rules.story import Direction, Event, Form, Report, Stage, Topic
from tests.language.entries import AT, entry

DATA = Path(__file__).parent / "data"
QUIET = (DATA / "quiet_chinese.txt").read_text(encoding="utf-8").splitlines()
SCRIPTS = [json.loads(line) for line in (DATA / "scripts.jsonl").read_text(encoding="utf-8").splitlines()]
ROWS = [
    json.loads(line)
    for line in (files("pipelines.language") / "corpus" / "chinese.jsonl").read_text(encoding="utf-8").splitlines()
]
PIECES = st.sampled_from(
    "商务部 公告 2026年第1号 公布 对 镓 实施 出口管制 的决定 将 拟 或 不会 取消 暂停 关税 加征 "
    "《 》 「 」 ： ， 。 ？ （ ） 、 関 の 한 Ж US TSMC "
    "臺積電 關稅 宣布 受 影響 後 5月1日起 100億美元 % &amp; \u200b \ud800".split(" ")
)


def read(reader: Reader, title: str, **more: Any) -> Report:
    (report,) = reader.read([entry(title, **more)])
    return report


def f1(pairs: Sequence[tuple[bool, bool]]) -> float:
    hits = sum(wanted and got for wanted, got in pairs)
    return 2 * hits / max(1, sum(wanted for wanted, _ in pairs) + sum(got for _, got in pairs))


@pytest.mark.parametrize(
    ("part", "floors"),
    [
        ("tune", {"topics": 0.97, "structural": 0.96, "event": 0.96, "stage": 0.94}),
        ("test", {"topics": 0.92, "structural": 0.86, "event": 0.82, "stage": 0.78}),
    ],
)
def test_the_figures_on_headlines_of_our_own_hold(reader: Reader, part: str, floors: Mapping[str, float]) -> None:
    rows = [row for row in ROWS if row["part"] == part]
    pairs = list(zip(rows, reader.read([entry(row["title"], name=row["id"]) for row in rows]), strict=True))
    acts = [(row, report) for row, report in pairs if row["stage"] != "none" and Event(row["event"]).leans_structural]
    figures = {
        "topics": f1([(topic in row["topics"], topic in report.topics) for row, report in pairs for topic in Topic]),
        "structural": f1([(row["structural"], report.structural) for row, report in pairs]),
        "event": sum(row["event"] == report.act.event for row, report in acts) / len(acts),
        "stage": sum(row["stage"] == report.act.stage for row, report in acts) / len(acts),
    }
    assert {name: figure for name, figure in figures.items() if figure < floors[name]} == {}


def test_the_corpus_has_all_events_and_stages() -> None:
    assert len({row["id"] for row in ROWS}) == len({row["title"] for row in ROWS}) == len(ROWS) == 200
    assert {row["stage"] for row in ROWS} == set(Stage)
    assert {row["event"] for row in ROWS} >= {event for event in Event if event.leans_structural}
    assert {topic for row in ROWS for topic in row["topics"]} == set(Topic)


@pytest.mark.parametrize("title", QUIET)
def test_talk_prices_and_other_news_are_noise(reader: Reader, title: str) -> None:
    assert not read(reader, title).structural


@pytest.mark.parametrize("case", SCRIPTS, ids=[case["t"] for case in SCRIPTS])
def test_a_script_is_told_from_another(reader: Reader, case: Mapping[str, Any]) -> None:
    assert is_chinese(clean(case["t"]).text) == (case["language"] == "zh")
    if case["language"] not in ("zh", "en"):
        report = read(reader, case["t"])
        assert (report.tags, report.act.stage, report.structural) == ((), Stage.NONE, False)


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=60).map("".join), st.lists(PIECES).map(" ".join)))
def test_no_text_makes_it_raise_and_offsets_lie_within_the_title(reader: Reader, title: str) -> None:
    report = read(reader, title)
    assert report.title == title
    assert 0 <= report.p_structural <= 1
    assert all(0 <= entity.start < entity.end <= len(title) for entity in report.entities)
    assert [tag.probability for tag in report.tags] == sorted((tag.probability for tag in report.tags), reverse=True)


@pytest.mark.parametrize("piece", ["中国", "《", "将", "公布2026年第", "镓、", "中国中国1,", "（2026）", "网_"])
def test_ten_thousand_characters_are_no_act(reader: Reader, piece: str) -> None:
    report = read(reader, piece * (10_000 // len(piece)))
    assert report.act.stage is Stage.NONE
    assert not report.structural


def test_both_scripts_are_read_alike(reader: Reader) -> None:
    simple, traditional = read(reader, "美国取消对镓征收的关税"), read(reader, "美國取消對鎵徵收的關稅")
    assert (simple.act, simple.tags, simple.entities) == (traditional.act, traditional.tags, traditional.entities)
    assert simple.act.stage is Stage.REVERSED


def test_entities_share_their_ids_with_english_and_point_into_the_title(reader: Reader) -> None:
    title = "「快訊」臺灣&amp;中國：台積電 TSMC 向 ASML 採購 EUV 曝光機 - 經濟日報"
    found = {entity.id: title[entity.start : entity.end] for entity in read(reader, title).entities}
    assert found["chip-firm:asml"] == "ASML"
    assert found["state:cn"] == "中國"
    assert found["product:euv"] == "EUV"


def test_the_act_says_who_what_where_when_and_how_much(reader: Reader) -> None:
    act = read(reader, "商务部：自2026年5月1日起对日本实施镓出口管制 涉及100亿元").act
    assert [(actor.name, actor.authority) for actor in act.actors] == [("MOFCOM", "A2")]
    assert act.direction is Direction.TIGHTENS
    assert act.places == ("Japan",)
    assert act.dates == (date(2026, 5, 1),)
    assert [(quantity.value, quantity.unit) for quantity in act.amounts] == [(1e10, "CNY")]


@pytest.mark.parametrize(
    ("title", "stage", "structural"),
    [
        ("商务部对镓实施出口管制", Stage.IN_FORCE, True),
        ("商务部将于下月对镓实施出口管制", Stage.ANNOUNCED, True),
        ("商务部考虑对镓实施出口管制", Stage.RUMOUR, False),
        ("商务部或对镓实施出口管制", Stage.RUMOUR, False),
        ("消息人士称商务部对镓实施出口管制", Stage.RUMOUR, False),
        ("商务部否认对镓实施出口管制", Stage.NONE, False),
        ("商务部就对镓实施出口管制公开征求意见", Stage.PROPOSED, True),
        ("商务部取消对镓的出口管制", Stage.REVERSED, True),
        ("稀土股大涨 商务部对镓实施出口管制", Stage.NONE, False),
        ("商务部对镓实施出口管制意味着什么？", Stage.NONE, False),
    ],
)
def test_one_act_at_every_stage(reader: Reader, title: str, stage: Stage, structural: bool) -> None:
    report = read(reader, title)
    assert (report.act.stage, report.structural) == (stage, structural)


def test_a_summary_adds_topics_but_no_act(reader: Reader) -> None:
    report = read(reader, "有关部门负责人介绍情况", summary="商务部公布对稀土、镓、锗相关物项实施出口管制的决定")
    assert Topic.RARE_EARTH in report.topics
    assert report.act.stage is Stage.NONE
    assert report.form is Form.REPORT


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("斥资1.5万亿日元", [(1.5e12, "JPY")]),
        ("160亿美元和25%", [(1.6e10, "USD"), (25, "%")]),
        ("下调25个基点", [(25, "bp")]),
        ("7,000吨钴", [(7000, "t")]),
        ("增产13.7万桶/日", [(137_000, "bbl/d")]),
        ("6吉瓦", [(6, "GW")]),
        ("2026年", []),
    ],
)
def test_amounts(text: str, wanted: list[tuple[float, str]]) -> None:
    assert [(quantity.value, quantity.unit) for quantity in chinese_amounts(text)] == wanted


@pytest.mark.parametrize(
    ("text", "wanted"), [("5月1日起", [date(2026, 5, 1)]), ("2027年12月31日", [date(2027, 12, 31)]), ("2月30日", [])]
)
def test_dates(text: str, wanted: list[date]) -> None:
    assert list(chinese_dates(text, AT)) == wanted
