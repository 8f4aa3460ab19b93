"""Messages: what they say, and that no text whatever can break Telegram's HTML, its limit, or a terminal."""

from __future__ import annotations

# ruff: noqa: RUF001 - other scripts and signs are what this file is about
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chats import Kind, Mute
from bot.languages.catalogues import Languages
from bot.living import render_edit
from bot.markup import MAX_UNITS, Message
from bot.messages import render_alert, render_latest, render_price
from bot.mute_replies import render_mutes
from bot.onboarding import render_done, render_start
from bot.overview import Failure, Overview
from bot.presets import read_link
from bot.replies import render_status
from bot.terminal import to_terminal
from bot.text import clusters, cut
from bot.whys import render_why
from bot.words import DISCLAIMER
from pipelines.events import Alert
from rules.explain import trace
from rules.marks import Mark
from rules.ruleset import RuleSet
from rules.schema import load
from rules.story import Act, Actor, Change, Milestone, Move, Source, Stage, Tag, Tier, Topic
from rules.verdict import Label, Reason, Severity
from rules.weights import Weights
from tests.chats.make import ACT, NOW, alert, chat, quote, report, story
from tests.telegram.html import parse, units

QUOTES = (quote("BTC"), quote("ETH", "3512.4", "-0.44", age=540))
HOSTILE = "<b>&lt;script&gt; \u202egnp.exe\u202c {0.__class__} %s \x1b[31mred\x07 \ud800 \u200b</b>"

anything = st.text(st.characters(codec=None, categories=None), max_size=400) | st.sampled_from(
    [
        HOSTILE,
        "👨‍👩‍👧‍👦" * 300,
        "🇵🇰" * 500,
        "پاکستان " * 200,
        "稀土出口管制" * 200,
        "e\u0301" * 900,
        "&" * 5000,
        "x" * 10_000,
        "",
    ]
)


def whole(message: Message) -> str:
    """What Telegram would show; fails where it would refuse."""
    text, _ = parse(message.text)
    assert text.strip()
    assert units(text) <= MAX_UNITS
    assert units(message.plain) <= MAX_UNITS
    for button in (each for row in message.buttons for each in row):
        assert button.text.strip()
        assert bool(button.data) != bool(button.url)
        assert len(button.data.encode()) <= 64
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066\u2067\ud800-\udfff]", text)
    assert text.count("\u2068") == text.count("\u2069")
    return text


def test_the_reason_is_told_in_the_language_of_the_chat() -> None:
    told = alert()
    reason = replace(told.verdict.reasons[0], translations=(("ur", "برآمدی پابندی نافذ ہے"),))
    told = replace(told, verdict=replace(told.verdict, reasons=(reason, *told.verdict.reasons[1:])))
    reader = Languages()
    for told_in in (
        render_alert(told, (), chat(), NOW, tr=reader.of("ur")),
        render_why(told, NOW, None, reader.of("ur")),
    ):
        assert "برآمدی پابندی نافذ ہے" in told_in.plain
    assert "برآمدی" not in render_alert(told, (), chat(), NOW, tr=reader.of("es")).plain


CONFIRMED = tuple(Change(at, Move.SOURCE if at > 1 else Move.NEW, NOW, f"r{at}") for at in (1, 2, 3))


def test_what_fresh_prices_share_stands_once() -> None:
    two = (quote(), quote("USDC", "0.9998", None, 4))
    text = whole(render_alert(alert(), two, chat(), NOW))
    assert "BTC $70,123 · +1.2%\nETH no price right now\nUSDC $0.9998\nChange in 24 h · 12 s ago\n" in text
    for odd in (quote("USDC", "0.9998", "0", 500), quote("USDC", "NaN", None)):
        assert "BTC $70,123 · +1.2% in 24 h · 12 s ago\n" in whole(render_alert(alert(), (quote(), odd), chat(), NOW))


def test_who_says_something_else_confirms_nothing() -> None:
    announced = report(2, "Trade Daily", act=replace(ACT, stage=Stage.ANNOUNCED))
    text = whole(render_alert(alert(report(), announced, changes=CONFIRMED[:2]), (), chat(), NOW))
    assert "Sources: Harbour Wire, Trade Daily · 4 min ago" in text


def test_what_is_to_hold_from_a_day_says_so() -> None:
    day = (NOW + timedelta(days=97)).date()
    reason = Reason(
        "r", "Export control in force (China): no magnets.", "structural", (), "{event} {stage}{by}: no magnets."
    )
    later = (Milestone(day, Move.EFFECT, "r1"), Milestone(day + timedelta(days=9), Move.EFFECT, "r1"))
    text = whole(render_alert(alert(milestones=later, reasons=(reason,)), (), chat(), NOW))
    assert "Why: Export control in force from 1 Mar 2027 (Ministry of Commerce): no magnets.\n" in text
    assert "Status: in force from 1 Mar 2027 · tightens" in text
    came = (Milestone(NOW.date(), Move.EFFECT, "r1"), Milestone(day, Move.LAPSE, "r1"))
    text = whole(render_alert(alert(milestones=came, reasons=(reason,)), (), chat(), NOW))
    assert "Why: Export control in force (China): no magnets.\nStatus: in force · tightens" in text


def test_an_alert_fits_one_screen_and_says_it_all() -> None:
    told = alert(report(), report(2, "Trade Daily"), report(3, "Ore Review"), changes=CONFIRMED)
    text = whole(render_alert(told, QUOTES, chat(), NOW))
    assert text == (
        "◆ Structural, high · Rare earths, policy\n"
        "Ministry puts export licences on terbium into force\n"
        "\n"
        "Why: A government has put an export control into force.\n"
        "Status: in force · tightens · may reach crypto via chip and mineral supply\n"
        "Sources: Harbour Wire, Trade Daily +1 more · 3 independent · 4 min ago\n"
        "\n"
        "BTC $70,123 · +1.2% in 24 h · 12 s ago\n"
        "ETH $3,512.40 · −0.4% in 24 h · 9 min ago, stale\n"
        "USDC no price right now\n"
        "\n"
        f"{DISCLAIMER}"
    )


def test_an_alert_has_its_buttons() -> None:
    told = alert()
    rows = render_alert(told, (), chat(mutes=(Mute(Topic.POLICY),)), NOW).buttons
    assert [[button.text for button in row] for row in rows] == [
        ["Why", "Story", "Source", "Mute …"],
        ["👍", "👎", "Knew it", "Too late"],
    ]
    assert [button.data for button in rows[1]] == [
        f"v:{word}:{told.story.id}" for word in ("useful", "noise", "knew", "late")
    ]
    assert rows[0][0].data == f"w:{told.story.id}"
    assert rows[0][1].data == f"y:{told.story.id}"
    assert rows[0][2].url == "https://news.example.org/1?a=1&b=2"


def test_a_mute_is_offered_also_where_no_topic_is_heard() -> None:
    """A story that a follow brought may have none, and what it names or who tells it can be silenced all the same."""
    muted = chat(mutes=(Mute(Topic.POLICY), Mute(Topic.RARE_EARTH)))
    for told, here in ((alert(report(tags=())), chat()), (alert(), muted)):
        assert [button.text for button in render_alert(told, (), here, NOW).buttons[0]][-1] == "Mute …"


def test_a_repeat_says_so_first() -> None:
    assert whole(render_alert(alert(), QUOTES, chat(), NOW, repeat=True)).startswith("↻ Repeat")
    assert "Repeat" not in whole(render_alert(alert(), QUOTES, chat(), NOW))


@pytest.mark.parametrize(
    ("language", "detail", "told"),
    [
        ("en", "denied by the ministry", "✖ Denied by the ministry, 24 Nov 09:30 UTC"),
        ("en", "no such decree", "✖ Denied, 24 Nov 09:30 UTC: no such decree"),
        ("es", "denied by the ministry", "✖ Desmentido por el ministerio, 24 nov 09:30 UTC"),
        ("zh", "no such decree", "✖ 遭否认，11月24日 09:30 UTC：no such decree"),
    ],
)
def test_what_was_denied_says_so_once(language: str, detail: str, told: str) -> None:
    changes = (Change(2, Move.DENIAL, NOW, "r1", detail),)
    edit = render_edit(alert(changes=changes), (), chat(), NOW - timedelta(hours=1), Languages().of(language))
    assert whole(edit).split("\n")[0] == told


def test_a_severity_that_is_not_loud_is_not_shown() -> None:
    assert whole(render_alert(alert(severity=Severity.LOW), (), chat(), NOW)).startswith("◆ Structural · Rare earths")


def test_no_coins_no_gap() -> None:
    text = whole(render_alert(alert(), QUOTES, chat(coins=()), NOW))
    assert "\n\n\n" not in text
    assert text.endswith(f"ago\n\n{DISCLAIMER}")


@pytest.mark.parametrize(
    ("price", "change", "said"),
    [
        ("70123.4", "1.23", "$70,123 · +1.2% in 24 h"),
        ("3512.4", "-0.04", "$3,512.40 · 0.0% in 24 h"),
        ("0.99982", None, "$0.9998"),
        ("1.0000", "0", "$1.0000 · 0.0% in 24 h"),
        ("0.00001234", "250", "$0.0000123 · +250.0% in 24 h"),
    ],
)
def test_prices(price: str, change: str | None, said: str) -> None:
    assert whole(render_price(("BTC",), (quote("BTC", price, change),), NOW)).startswith(f"BTC {said} · 12 s ago\n")


@pytest.mark.parametrize("price", ["NaN", "Infinity", "0", "-1"])
def test_a_price_that_is_none_is_not_shown(price: str) -> None:
    assert whole(render_price(("BTC",), (quote("BTC", price),), NOW)).startswith("BTC no price right now")


def test_why_names_every_rule_that_spoke() -> None:
    text = whole(render_why(alert(), NOW, None))
    for expected in (
        "(structural)",
        "The ministry itself published it. (+ 10)",
        "71 of 100",
        "ab12cd34",
        "Ministry of Commerce",
    ):
        assert expected in text


def test_why_shows_the_words_that_fired() -> None:
    (rule,) = load(
        {
            "r.yaml": "rules: [{name: x, when: {words: [terbium, export licences]}, then: structural, "
            "because: Licences., status: stable}]"
        }
    ).rules
    rules = RuleSet((rule,), Weights())
    told = story()
    traced = trace(told, rules, NOW)
    text = whole(render_why(Alert(told, traced.verdict, NOW, NOW), NOW, traced))
    assert '• Licences. (structural) — "export licences", "terbium"\n' in text


def test_latest_of_nothing() -> None:
    assert "No structural news" in whole(render_latest((), NOW))


def test_status_for_admins() -> None:
    overview = Overview(
        streams={"entries": 3, "alerts": 0},
        lanes={"urgent": 0, "normal": 12},
        oldest={"normal": NOW - timedelta(minutes=4)},
        calling=8,
        held=NOW + timedelta(minutes=30),
        counts={"sent": 90, "repeated": 2, "plain": 1},
        failures=[Failure(NOW - timedelta(minutes=2), 77, "Forbidden: <b>\u202e")],
        dead=2,
        chats=5,
        off={"blocked": 1},
        votes={Mark.NOISE: 2, Mark.KNEW: 1},
        voted=2,
    )
    text = whole(render_status(chat(), NOW, NOW - timedelta(hours=3), overview))
    for expected in (
        "Held by an operator until",
        "To send: normal 12 (oldest 4 min) · calling 8",
        "On the way: entries 3",
        "So far: 90 sent, 2 of these repeats, 1 without HTML",
        "Dead letters: 2",
        "Chats: 5, 4 with alerts on; off: blocked 1",
        "2 min ago · chat 77 · Forbidden",
        "3 h ago",
        "2 noise, 1 knew it (alerts: 2)",
    ):
        assert expected in text
    assert "operators" not in whole(render_status(chat(), NOW, None))


def anything_at_all(text: str, link: str) -> Alert:
    """An alert in which everything that comes from outside is ``text``."""
    act = Act(event=ACT.event, stage=ACT.stage, actors=(Actor(text), Actor(text)))
    source = Source("f", text, text, Tier.TRADE)
    tags = tuple(Tag(topic, 0.9) for topic in Topic)
    one = report(title=text, link=link, source=source, tags=tags, act=act, reader=text)
    reasons = tuple(Reason("rule", text, text) for _ in range(30))
    return alert(one, *(report(n, f"{n}{text}") for n in range(2, 9)), reasons=reasons, families=("a", "b"))


links = st.text(max_size=60).map(lambda tail: f"https://news.example.org/{tail}") | st.sampled_from(
    ["https://news.example.org/" + "&" * 1970, 'https://news.example.org/"><b>', "javascript:alert(1)", ""]
)


@settings(max_examples=60, deadline=None)
@given(anything, links)
def test_no_text_breaks_a_message(text: str, link: str) -> None:
    told = anything_at_all(text, link)
    group = chat(kind=Kind.GROUP, id=-5, coins=("BTC", "ETH", "USDC"))
    for message in (
        render_alert(told, QUOTES, group, NOW, repeat=True),
        render_why(told, NOW, None),
        render_latest((told,) * 5, NOW),
        render_start(group, 1, NOW, read_link(text)),
        render_done(group, told, QUOTES, NOW, timedelta(minutes=2), ours=False),
        render_mutes(group.muted(Topic.CRYPTO, NOW + timedelta(hours=5), NOW), NOW),
    ):
        whole(message)
        assert DISCLAIMER in message.plain or message.buttons
        plain = to_terminal(message, colour=False)
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", plain)
        coloured = re.sub(r"\x1b\[[0-9;]*m", "", to_terminal(message, colour=True))
        assert coloured == plain


@given(anything, st.integers(0, 60))
def test_a_cut_is_never_through_a_character(text: str, limit: int) -> None:
    short = cut(text, limit)
    assert units(short) <= limit
    if short != text and short:
        kept = short.removesuffix("…")
        whole_ones = list(clusters(text))
        assert any(kept == "".join(whole_ones[:n]).rstrip(" ,;:-") for n in range(len(whole_ones) + 1))


def test_label_words_differ() -> None:
    heads = {whole(render_why(alert(label=label), NOW, None)).split(" · ")[0] for label in Label}
    assert len(heads) == 3


def test_the_terminal_shows_the_same_words_and_the_link() -> None:
    message = render_alert(alert(), QUOTES, chat(), NOW)
    lines = to_terminal(message, colour=False).split("\n")
    assert lines[2] == "  https://news.example.org/1?a=1&b=2"
    assert "\n".join(lines[:2] + lines[3:]) == parse(message.text)[0]
