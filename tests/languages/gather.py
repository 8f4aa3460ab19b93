"""Gathers every text that the bot may say, and brings the catalogues up to date: ``make catalogues``.

New texts come in without a translation, and those that are said no longer go; what is translated stays.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from bot.languages.catalogues import LANGUAGES

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "bot" / "languages"
_METHODS = [
    ("bot/**.py", "bot.languages.extract:calls"),
    ("rules/packs/*.yaml", "bot.languages.extract:sentences"),
    ("rules/phrases.py", "bot.languages.extract:words"),
]
_ONE: dict[str, Any] = dict.fromkeys(("tr", "N_", "parts", "figure"))
_KEYWORDS = _ONE | {"plural": (1, 2), "within": ((1, "c"), 2)}
_HEADER = """\
msgid ""
msgstr ""
"Language: {language}\\n"
"Plural-Forms: {plurals}\\n"
"Content-Type: text/plain; charset=utf-8\\n"

"""


def gather() -> Catalog:
    """All texts, none translated."""
    texts = Catalog(charset="utf-8")
    for _, _, text, _, context in extract_from_dir(ROOT, _METHODS, keywords=_KEYWORDS):
        texts.add(text, context=context)
    return texts


def read(language: str) -> Catalog:
    """The catalogue of a language as it is kept."""
    with (FOLDER / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def update(language: str, texts: Catalog) -> int:
    """Bring a catalogue up to date; returns how many of its texts have no translation yet."""
    kept = read(language)
    kept.update(texts, no_fuzzy_matching=True)
    kept.obsolete.clear()
    for message in kept:
        message.auto_comments, message.flags = [], set()
    body = BytesIO()
    write_po(body, kept, width=120, no_location=True, omit_header=True, sort_output=True)
    head = f"# {LANGUAGES[language]}: what the bot says. `make catalogues` brings it up to date.\n"
    head += _HEADER.format(language=language, plurals=kept.plural_forms)
    (FOLDER / f"{language}.po").write_bytes(head.encode() + body.getvalue())
    return sum(not all(strings(message)) for message in kept if message.id)


def strings(message: Message) -> tuple[str, ...]:
    """What a text is translated to: one form, or one a plural."""
    return tuple(message.string) if isinstance(message.string, (tuple, list)) else (str(message.string or ""),)


if __name__ == "__main__":
    said = gather()
    for code in LANGUAGES:
        if code != "en":
            print(f"{code}: {len(said)} texts, {update(code, said)} without a translation")
