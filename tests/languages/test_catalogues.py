"""The catalogues are whole: every text that the bot says has its translation, with the same places in it."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

import pytest
from babel.messages.catalog import Catalog, Message

from bot.commands.handlers import COMMANDS, DESCRIPTION, SHORT_DESCRIPTION, menu
from bot.languages.catalogues import LANGUAGES, Languages
from tests.languages.gather import gather, read, strings

_PLACE = re.compile(r"\{\w+\}")
_COMMAND = re.compile(r"(?<!\w)/[a-z]+")
OTHERS = [language for language in LANGUAGES if language != "en"]
each_language = pytest.mark.parametrize("language", OTHERS)


@cache
def said() -> Catalog:
    return gather()


@cache
def kept(language: str) -> Catalog:
    return read(language)


def test_the_texts_are_found_in_code_and_rules() -> None:
    texts = {message.id for message in said() if message.id}
    assert {DESCRIPTION, "Rare earths", ("in {count} day", "in {count} days")} <= texts
    assert any("possible act" in str(text) or "{event}" in str(text) for text in texts), "sentences of the rules"
    assert {entry.what for entry in COMMANDS} <= texts


@each_language
def test_every_text_has_its_translation(language: str) -> None:
    """`make catalogues` brings in what is new; the rest is a translator's."""
    wanted = {(message.id, message.context) for message in said() if message.id}
    have = {(message.id, message.context) for message in kept(language) if message.id}
    assert wanted - have == set(), "not in the catalogue; run `make catalogues`"
    assert have - wanted == set(), "said nowhere any more; run `make catalogues`"
    assert [each.id for each in kept(language) if each.id and (each.fuzzy or not all(strings(each)))] == []


@each_language
def test_a_translation_keeps_places_commands_and_edges(language: str) -> None:
    wrong = [message.id for message in kept(language) if message.id and not _faithful(message)]
    assert wrong == []


@each_language
def test_what_telegram_limits_fits(language: str) -> None:
    tr = Languages().of(language)
    assert len(tr(DESCRIPTION)) <= 512
    assert len(tr(SHORT_DESCRIPTION)) <= 120
    assert all(1 <= len(what) <= 256 for _, what in menu(tr, whole=True))


def _faithful(message: Message) -> bool:
    """Whether each form names the same places and commands; a form for one thing need not say its number."""
    sources = message.id if isinstance(message.id, (tuple, list)) else (message.id,)
    many = sources[-1]
    for form in strings(message):
        missing = Counter(_PLACE.findall(many)) - Counter(_PLACE.findall(form))
        strange = Counter(_PLACE.findall(form)) - Counter(_PLACE.findall(many))
        if strange or (missing and not (len(sources) > 1 and set(missing) == {"{count}"})):
            return False
        if set(_COMMAND.findall(form)) != set(_COMMAND.findall(many)) or _edges(form) != _edges(many):
            return False
    return True


def _edges(text: str) -> tuple[bool, bool]:
    """Whether a text begins and ends with a space; a comma needs none in Chinese, and is another in Urdu."""
    return text != text.lstrip(), text != text.rstrip() and text.strip() not in {",", "،"}
