"""What a chat reads of its settings, in a made-up language: no English is left, in any branch."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.aiming import aim
from bot.boards import render_board, render_unspoken
from bot.buttons import PAGES
from bot.chats import Chat, Kind
from bot.hour_lines import render_budget, render_digest_hours, render_quiet, render_zone, render_zone_unknown
from bot.languages.catalogues import LANGUAGES
from bot.languages.names import Meant, find_language
from bot.languages.translator import ENGLISH, Translator
from bot.markup import Message
from bot.messages import PRICE_MAX_AGE
from bot.onboarding import render_done, render_start, render_step
from bot.overlay import Overlay
from bot.portable import CARRIED, BadSettings, read_in
from bot.presets import ZONES, Amount, read_link, with_amount
from bot.quiet import Quiet
from bot.replies import (
    render_forget,
    render_forgotten,
    render_hello,
    render_help,
    render_private,
    render_sound,
    render_status,
    render_stopped,
    render_topics,
)
from bot.sample import TITLE, own_sample
from bot.sound import Sound
from pipelines.prices.coins import COINS
from rules.story import Topic
from rules.verdict import Label, Severity
from tests.chats.make import NOW, chat, quote
from tests.languages.made_up import MADE_UP, english_left

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "Nov", "Dec")
KNOWN = (
    *(coin.symbol for coin in COINS),
    *LANGUAGES.values(),
    *_DAYS,
    *(
        "en_001",
        "Lodestone",
        "UTC",
        "Asia/Karachi",
        "Lahore",
        *(zone.rpartition("/")[2].replace("_", " ") for zone in ZONES.values()),
        "São Paulo",
        "Example Gazette",
        "Example Wire",
        "Bodega",
        "chips-act",
        "gallium",
        "PKT",
        "Signals",
    ),
)
"""Names, which stay as they are."""

PLAIN = chat(language="en_001")
GROUP_CHAT = replace(PLAIN, kind=Kind.GROUP, id=-5)
FULL = replace(
    PLAIN.muted(Topic.SEMICONDUCTOR, NOW + timedelta(hours=8), NOW).muted("source:Bodega", None, NOW, "Bodega"),
    topics=tuple(Topic)[:5],
    coins=(),
    level=Severity.HIGH,
    sound=Sound.OFF,
    overlay=Overlay(Label.WATCH, ("chips-act",), ("gallium",)),
    zone="Asia/Karachi",
    quiet=Quiet(1320, 420, (0, 1, 2, 3, 4)),
    digest=(1200, 480),
    digest_days=(0, 3),
    budget=5,
)
FEW = replace(FULL, topics=(Topic.CRYPTO,), mutes=(), digest_days=(0, 1, 2), quiet=Quiet(60, 420, (5, 6)), budget=1)
NONE = replace(PLAIN, topics=(), active=False, budget=0, overlay=Overlay(muted_rules=("chips-act",)))
CHATS = (PLAIN, GROUP_CHAT, FULL, FEW, NONE, with_amount(PLAIN, Amount.DIGEST))


def _board(page: str, chat: Chat, tr: Translator) -> Message:
    return render_board(chat, page, NOW, tr)


def _step(page: str, chat: Chat, tr: Translator) -> Message:
    return render_step(chat, page, tr)


Said = Callable[[Chat, Translator], Message]
RENDERED: dict[str, Said] = {
    **{f"board {page}": partial(_board, page) for page in PAGES},
    **{f"step {page}": partial(_step, page) for page in ("topics", "level", "coins")},
    "start": lambda c, tr: render_start(c, 7, NOW, None, tr),
    "start by a link": lambda c, tr: render_start(c, None, NOW, read_link("chips-energy-btc-watch-42"), tr),
    "start by an odd link": lambda c, tr: render_start(c, 7, NOW, replace(read_link("chips"), unknown=("\u2800",)), tr),
    "done": lambda c, tr: render_done(c, own_sample(NOW, tr(TITLE)), (quote(),), NOW, PRICE_MAX_AGE, ours=True, tr=tr),
    "quiet": lambda c, tr: render_quiet(c, NOW, tr),
    "digest": lambda c, tr: render_digest_hours(c, NOW, tr),
    "budget": lambda c, tr: render_budget(c, 3, NOW, tr),
    "zone": lambda c, tr: render_zone(c, NOW, tr),
    "zone unknown": lambda c, tr: render_zone_unknown("42", (), NOW, tr),
    "zone near": lambda c, tr: render_zone_unknown("42", (("Lahore", "Asia/Karachi", "z"),), NOW, tr),
    "forget": render_forget,
    "topics": render_topics,
    "status": lambda c, tr: render_status(c, NOW, NOW - timedelta(hours=2), tr=tr),
    "private": lambda c, tr: render_private(c, 7, tr),
    "for a channel": lambda c, tr: aim(render_sound(c.sound, tr), -5, "", tr),
    "unspoken": lambda c, tr: render_unspoken("42", (), c, tr),
    "unspoken but near": lambda c, tr: render_unspoken("42", ("ur",), c, tr),
}


@pytest.mark.parametrize("name", RENDERED)
def test_settings_are_said_in_the_chats_language(name: str) -> None:
    for each in CHATS:
        made = RENDERED[name](each, MADE_UP)
        assert english_left(made, *KNOWN) == []
        assert english_left(RENDERED[name](each, ENGLISH), *KNOWN), "the check would see English"


def test_what_needs_no_chat_is_said_in_its_language() -> None:
    told = [
        render_hello(MADE_UP),
        render_help([("start", MADE_UP("get alerts in this chat"))], MADE_UP),
        render_stopped(MADE_UP),
        render_status(None, NOW, None, tr=MADE_UP),
        *(render_sound(each, MADE_UP) for each in Sound),
        *(
            render_forgotten(settings=known, rows=rows, waiting=rows, votes=rows, tr=MADE_UP)
            for known, rows in product((True, False), (0, 1, 2))
        ),
    ]
    assert [english_left(each) for each in told] == [[]] * len(told)


FIELDS = (*CARRIED, "follows", "muted_rules", "what", "until", "title", "start")
WRONG = ("soundd", "zzzzzz", "loud", "bananas", "DOGGO", "Mars/Base", "perhaps", "tlh", "Asia/Karachi")
FAULTS = (
    *("", '{"sound": }', '{"soundd": "off"}', '{"title": "x"}', '{"zzzzzz": 1}', '{"": 1}', '{"sound": "loud"}'),
    *('{"topics": ["bananas"]}', '{"topics": "x"}', '{"coins": ["DOGGO"]}', '{"zone": "Mars/Base"}', '{"quiet": 7}'),
    *('{"quiet": {"start": 60, "end": 60}}', '{"quiet": {"start": "x", "end": 60}}', '{"digest": [1440]}'),
    *('{"digest_days": []}', '{"budget": 1000}', '{"language": "tlh"}', '{"watch_in_digest": "perhaps"}'),
    *('{"mutes": [{"what": "energy", "until": "x"}]}', '{"mutes": [{"what": "no:no"}]}', '{"sound": 5, "coins": 5}'),
    *('{"mutes": [{"what": "energy", "until": "2026-12-01T08:00:00"}]}', '{"overlay": {"follows": [""]}}'),
    *('{"overlay": {"muted_rules": [""]}}', json.dumps({"coins": [coin.symbol for coin in COINS]})),
    json.dumps({"mutes": [{"what": f"word:{number}"} for number in range(101)]}),
)


@pytest.mark.parametrize("document", FAULTS)
def test_a_fault_of_settings_is_said_in_the_chats_language(document: str) -> None:
    with pytest.raises(BadSettings) as error:
        read_in(document, PLAIN, MADE_UP)
    typed = (
        *FIELDS,
        *WRONG,
        *(topic.value for topic in Topic),
        *Sound,
        "true",
        "false",
        "null",
        "state:cn",
        *LANGUAGES,
    )
    assert english_left(str(error.value), *typed) == []


MEANT = (
    *(
        ("ur", "ur"),
        ("اردو", "ur"),
        ("اُردو", "ur"),
        ("Español", "es"),
        ("ESPANOL", "es"),
        ("es-AR", "es"),
        ("中文", "zh"),
    ),
    *(
        ("chinese", "zh"),
        ("zh_TW", "zh"),
        ("to chinese please", "zh"),
        ("西班牙语", "es"),
        ("انگریزی", "en"),
        ("chino", "zh"),
    ),
)


@pytest.mark.parametrize(("said", "language"), MEANT)
def test_a_language_is_found_by_any_of_its_names(said: str, language: str) -> None:
    assert find_language(said) == Meant(language)


@pytest.mark.parametrize(
    ("said", "near"),
    [
        ("urudu", ("ur",)),
        ("chynese", ("zh",)),
        ("english and urdu", ("en", "ur")),
        ("deutsch", ()),
        ("zz", ()),
        ("", ()),
    ],
)
def test_what_comes_near_a_language_is_offered(said: str, near: tuple[str, ...]) -> None:
    assert find_language(said) == Meant(near=near)


@given(st.text(max_size=80))
def test_whatever_is_typed_names_a_language_or_none(text: str) -> None:
    meant = find_language(text)
    assert {meant.language, *meant.near} <= {"", *LANGUAGES}
    assert not (meant.language and meant.near)
