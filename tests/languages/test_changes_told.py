"""Whatever a story's change says is understood, and said in another language; what is in no known form stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.changes_told import begun_words, detail_words
from bot.languages.catalogues import Languages
from bot.languages.translator import ENGLISH
from bot.words import day_words, moved_words
from pipelines.milestones import said as day_said
from pipelines.stories.changes import begin
from pipelines.stories.merges import absorb
from pipelines.stories.news import MEANS, SPEAKERS, denial
from pipelines.stories.steps import WORDS, said
from rules.story import Change, Move, Stage, StageReached
from tests.chats.make import NOW, report, story
from tests.languages.made_up import MADE_UP, english_left
from tests.stories.headlines import reading


def test_every_stage_that_a_change_can_name_is_known() -> None:
    ends = {said(stage, rung) for stage in Stage for rung in WORDS} | {"suspended", "delayed"}
    ends |= {f"{word} again" for word in WORDS.values()}
    for before in (*WORDS.values(), "reversed"):
        for after in ends:
            detail = f"{before} → {after}"
            for kind in (Move.STAGE, Move.REVERSAL):
                assert english_left(detail_words(kind, detail, MADE_UP)) == []
                assert english_left(begun_words(kind, detail, MADE_UP)) == []
                assert detail_words(kind, detail) == detail
            assert begun_words(kind, detail, replace(ENGLISH)) == f"{detail[0].upper()}{detail[1:]}"


@pytest.mark.parametrize("who", SPEAKERS)
def test_every_speaker_of_a_denial_is_known(who: str) -> None:
    rumour = begin(reading("Oman weighs ban on chromite ore exports", stage=Stage.RUMOUR), "1aaaaaaa1", NOW)
    told = reading(f"Oman {who} denies ban on chromite ore exports").report
    written = denial(rumour, replace(told, act=replace(told.act, actors=())))
    assert written == f"denied by the {who}"
    assert english_left(moved_words(Change(2, Move.DENIAL, NOW, "r2", written), MADE_UP)) == []


def test_every_means_is_known() -> None:
    names = [name for name, _ in MEANS]
    for new in names:
        for known in names:
            assert english_left(detail_words(Move.INSTRUMENT, f"{new} besides {known}", MADE_UP)) == []


@pytest.mark.parametrize("before", Stage)
@pytest.mark.parametrize("after", Stage)
def test_what_a_merge_and_a_day_write_is_known(before: Stage, after: Stage) -> None:
    older, younger = (
        story(report(number, "通讯社"), stages=() if stage is Stage.NONE else (StageReached(stage, NOW, f"r{number}"),))
        for number, stage in ((1, before), (2, after))
    )
    united, gone = absorb(older, replace(younger, id="2bbbbbbb2"), NOW, told=False)
    for change in (*united.changes, *gone.changes):
        assert english_left(moved_words(change, MADE_UP), older.id, "通讯社") == []
    noted = Change(2, Move.LAPSE, NOW, "", day_said(date(2026, 12, 1)))
    assert english_left(moved_words(noted, MADE_UP), "Dec") == []


@pytest.mark.parametrize(
    "detail",
    [
        *("the ministry says not", "stayed by a court", "corrected", "seven metals to twelve", "a tariff", ""),
        *("31 February 2026", "proposed → gone", "from → until", "quota besides nothing", "on", "20260", "² May 2026"),
    ],
)
@pytest.mark.parametrize("kind", Move)
def test_what_has_no_known_form_is_told_as_it_stands(kind: Move, detail: str) -> None:
    assert detail_words(kind, detail, MADE_UP) == detail
    assert begun_words(kind, detail, MADE_UP) == f"{detail[:1].upper()}{detail[1:]}"


def test_a_day_is_written_as_the_language_writes_it() -> None:
    spanish, day = Languages().of("es"), day_words(date(2026, 12, 1), Languages().of("es"))
    assert detail_words(Move.EFFECT, "1 December 2026", spanish) == day
    assert day in detail_words(Move.DATE, "from 1 December 2026", spanish)
    assert detail_words(Move.DATE, "2027 → 1 December 2026", spanish) == f"2027 → {day}"
