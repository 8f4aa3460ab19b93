"""Saying a text in a language: values in their places, plurals, lines that begin at the right."""

from __future__ import annotations

from gettext import NullTranslations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.languages.catalogues import LANGUAGES, Languages, nearest
from bot.languages.direction import apart, begins_at_the_right
from bot.languages.translator import ENGLISH, Translator
from bot.markup import Span, bold, code, compose, line
from bot.words import fitting


class _Told(NullTranslations):
    def __init__(self, **told: str) -> None:
        super().__init__()
        self.told = told

    def gettext(self, message: str) -> str:
        return self.told.get(message, message)


def test_values_stand_in_their_places() -> None:
    assert ENGLISH("{what} until {when}.", what="Chips {when}", when="8 h") == "Chips {when} until 8 h."
    assert ENGLISH("Braces {stay} without values") == "Braces {stay} without values"
    assert ENGLISH("{known} and {unknown}", known=1) == "1 and {unknown}"
    assert ENGLISH.parts("Try {one}.", one=bold("/x")) == ("Try ", bold("/x"), ".")


def test_a_translation_may_order_its_values_anew() -> None:
    spanish = Translator("es", _Told(**{"{count} of {total}": "de {total}, {count}"}))
    assert spanish("{count} of {total}", count=1234567, total=2) == "de 2, 1.234.567"


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", ("A", "A and B", "A, B and C")),
        ("es", ("A", "A y B", "A, B y C")),
        ("zh", ("A", "A和B", "A、B和C")),
    ],
)
def test_a_list_is_told_as_the_language_tells_it(language: str, told: tuple[str, ...]) -> None:
    tr = Languages().of(language)
    assert tuple(tr.listed("ABC"[:length]) for length in (1, 2, 3)) == told


@pytest.mark.parametrize(("count", "said"), [(1, "1 story"), (0, "0 stories"), (1200, "1,200 stories")])
def test_a_count_has_its_form(count: int, said: str) -> None:
    assert ENGLISH.plural("{count} story", "{count} stories", count) == said


@pytest.mark.parametrize(
    ("tag", "language"),
    [("ur", "ur"), ("es-AR", "es"), ("zh-hans", "zh"), ("ZH_TW", "zh"), ("de", "en"), ("", "en"), (None, "en")],
)
def test_the_nearest_language_is_spoken(tag: str | None, language: str) -> None:
    assert nearest(tag) == language


def test_a_language_that_is_not_shipped_falls_back() -> None:
    assert Languages().of("tlh") is ENGLISH
    assert [tr.language for tr in Languages().every()] == list(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_no_text_nothing_is_said(language: str) -> None:
    """Such as the reason of a rule that gives none."""
    tr = Languages().of(language)
    assert (tr(""), tr.parts("")) == ("", ())


def test_latin_names_keep_their_order_inside_urdu() -> None:
    urdu = Translator("ur", _Told(**{"by {name}": "از {name}"}))
    assert urdu("by {name}", name="MP Materials (US)") == "از \u2068MP Materials (US)\u2069"
    assert urdu("by {name}", name="وزارت") == "از وزارت"
    assert urdu.joined(["BTC +0.4%", "", "وزارت", "ETH"]) == "\u2068BTC +0.4%\u2069, وزارت, \u2068ETH\u2069"
    title = "\u2068عنوان\u2069"  # noqa: RUF001
    message = compose([line(bold("BTC"), " ۲۴ گھنٹے"), line("BTC $1"), line(f"1. {title}")])
    assert message.plain.split("\n") == ["\u200fBTC ۲۴ گھنٹے", "BTC $1", f"1. {title}"]


def test_wide_marks_bring_their_own_gap() -> None:
    message = compose([line(bold("理由："), " 出口管制已生效 （EU和Canada）。", " ", code("/mutes"))])  # noqa: RUF001
    assert message.plain == "理由：出口管制已生效（EU和Canada）。/mutes"  # noqa: RUF001


def test_what_points_or_is_typed_fits_a_line_from_the_right() -> None:
    urdu = Translator("ur", NullTranslations())
    assert (urdu.pointing("Next →"), ENGLISH.pointing("Next →")) == ("Next ←", "Next →")
    message = compose([line("/start - شروع"), line("دیس ", code("/mutes"), " ", Span("الف", link="https://a.b/c"))])
    assert message.text.split("\n") == [
        "\u200f\u200e/start - شروع",
        '\u200fدیس \u200e<code>/mutes</code> <a href="https://a.b/c">الف</a>',
    ]


@pytest.mark.parametrize(
    ("limit", "told"), [(90, "تردید: \u2068$5 → $6 by AP\u2069"), (18, "تردید: \u2068$5 → $6…\u2069"), (8, "تردید…")]
)
def test_our_own_words_keep_what_they_isolate(limit: int, told: str) -> None:
    urdu = Translator("ur", NullTranslations())
    assert fitting("تردید: \u2068$5 → $6 by AP\u2069", limit, urdu) == told


@given(st.text())
def test_apart_adds_nothing_but_its_marks(text: str) -> None:
    made = apart(text)
    assert made in (text, f"\u2068{text}\u2069")
    assert not begins_at_the_right(apart(f"{text}\u2069")) or any(char >= "\u0590" for char in text)
