"""An English text said in a reader's language, with its values in place. Pure.

Texts are whole sentences in English with named places, ``tr("Muted until {when}.", when=...)``: the sentence is the
key of its translation, so it is found by reading the code, and where there is no translation it is shown as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from gettext import NullTranslations
from typing import TypeVar

from babel import Locale
from babel.numbers import format_decimal

from bot.languages.direction import apart, turned

T = TypeVar("T")
_PLACE = re.compile(r"\{([a-z_0-9]+)\}")
RIGHT_TO_LEFT = ("ur",)


def N_(text: str) -> str:  # noqa: N802  gettext's own name for this
    """Marks a text that stands in a table as one to be translated where it is shown."""
    return text


@dataclass(frozen=True, slots=True)
class Translator:
    """Says texts in one language. ``language`` is its code as chats keep it, ``catalogue`` what gettext reads."""

    language: str
    catalogue: NullTranslations

    def __call__(self, text: str, /, **values: object) -> str:
        """The text in the language, with each ``{name}`` replaced by that value."""
        return self._filled(self.catalogue.gettext(text), values)

    def plural(self, one: str, many: str, count: int, /, **values: object) -> str:
        """The form of the text that goes with the count, which stands in it as ``{count}``."""
        values = {"count": count, **values}
        return self._filled(self.catalogue.ngettext(one, many, count), values)

    def within(self, context: str, text: str, /, **values: object) -> str:
        """A text that means one thing here and another elsewhere: "All", said of topics or of sounds."""
        return self._filled(self.catalogue.pgettext(context, text), values)

    def figure(self, text: str, /, **values: object) -> str:
        """A text that is signs about a value, "$91,480" or "(EU)": kept in its own order as a whole."""
        cut = _PLACE.sub(lambda found: str(values.get(found[1], found[0])), self.catalogue.gettext(text))
        return apart(cut) if self.right_to_left else cut

    def parts(self, text: str, /, **values: T) -> tuple[str | T, ...]:
        """The text cut at its places, with the values between the pieces: for values that carry a style."""
        return tuple(self._cut(self.catalogue.gettext(text), values))

    def joined(self, items: Iterable[str]) -> str:
        """Several things in a row, as the language puts its commas; latin ones each apart, the first at the right."""
        said = map(apart, items) if self.right_to_left else items
        return self.within("between things in a list", ", ").join(filter(None, said))

    def listed(self, items: Sequence[str], last: str = N_("{some} and {last}")) -> str:
        """One thing or several as a sentence has them, "Mon, Tue and Thu"; ``last`` is how the last one is told."""
        *some, end = items
        return self(last, some=self.joined(some), last=end) if some else end

    def phrases(self, items: Iterable[str]) -> str:
        """Several things in a row that have commas of their own."""
        return self.within("between phrases in a row", "; ").join(filter(None, items))

    def number(self, value: float) -> str:
        """A number with the language's marks for thousands and fractions."""
        return format_decimal(value, locale=self.locale)

    @property
    def locale(self) -> Locale:
        """What Babel knows of the language: its numbers and dates."""
        return Locale.parse(self.language)

    @property
    def right_to_left(self) -> bool:
        """Whether its lines begin at the right."""
        return self.language in RIGHT_TO_LEFT

    def pointing(self, text: str) -> str:
        """A text with arrows, which point on: to the left where lines begin at the right."""
        return turned(text) if self.right_to_left else text

    def _filled(self, said: str, values: Mapping[str, object]) -> str:
        return "".join(map(self._value, self._cut(said, values))) if values else said

    def _value(self, part: object) -> str:
        if isinstance(part, int) and not isinstance(part, bool):
            part = self.number(part)
        return str(part)

    def _cut(self, said: str, values: Mapping[str, T]) -> Iterator[str | T]:
        """The pieces of a text and the values between them; a value that the text does not name is not shown."""
        for at, piece in enumerate(_PLACE.split(said)):
            if at % 2 == 0:
                if piece:
                    yield piece
            elif piece in values:
                value = values[piece]
                yield apart(value) if self.right_to_left and isinstance(value, str) else value
            else:
                yield f"{{{piece}}}"


ENGLISH = Translator("en", NullTranslations())
"""The language in which the texts are written."""
