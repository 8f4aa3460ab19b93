"""The catalogues that are shipped, one a language, read when a language is first spoken."""

from __future__ import annotations

from collections.abc import Mapping
from gettext import GNUTranslations
from importlib.resources import files
from io import BytesIO

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bot.languages.translator import ENGLISH, Translator

LANGUAGES: Mapping[str, str] = {"en": "English", "es": "Español", "ur": "اردو", "zh": "中文"}
"""What can be chosen, each by its own name."""
FOLDER = files(__package__)


class Languages:
    """The translators of all shipped languages, and of ``others``; each catalogue is read once."""

    def __init__(self, *others: Translator) -> None:
        self._read = {each.language: each for each in (ENGLISH, *others)}

    def of(self, language: str) -> Translator:
        """Who speaks that language; English where it is not shipped."""
        if language not in self._read:
            if language not in LANGUAGES:
                return ENGLISH
            self._read[language] = Translator(language, _catalogue(language))
        return self._read[language]

    def every(self) -> tuple[Translator, ...]:
        """Who speaks each language. Reading the catalogues takes a moment: the start does it, not the first alert."""
        return tuple(map(self.of, LANGUAGES))


def nearest(code: str | None) -> str:
    """The shipped language that a tag of IETF's kind ("es-AR", "zh-hans") comes nearest to; English for any other."""
    first = (code or "").lower().replace("_", "-").partition("-")[0]
    return first if first in LANGUAGES else "en"


class _Catalogue(GNUTranslations):
    """Says nothing for nothing: gettext keeps what it knows of the catalogue itself under the empty text."""

    def gettext(self, message: str) -> str:
        return super().gettext(message) if message else ""


def _catalogue(language: str) -> GNUTranslations:
    """What gettext reads, made from the text that translators write."""
    with (FOLDER / f"{language}.po").open("rb") as file:
        compiled = BytesIO()
        write_mo(compiled, read_po(file, locale=language, abort_invalid=True))
    compiled.seek(0)
    return _Catalogue(compiled)
