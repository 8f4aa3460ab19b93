"""A language that is English in full-width letters: what a message still says in plain ones was never translated."""

from __future__ import annotations

import re
from gettext import NullTranslations

from bot.languages.translator import Translator
from bot.markup import Message

_WIDE = {code: code + 0xFEE0 for code in (*range(0x41, 0x5B), *range(0x61, 0x7B))}
_PLACE = re.compile(r"(\{\w+\}|/[a-z]+)")
_TYPED = re.compile(
    r"<code>.*?</code>|</?[a-z][^>]*>|&\w+;|(?<!\w)/[a-z]+(?:@\w+)?|\b[A-Z]\w+(?:/\w+)+|https?://\S+", re.DOTALL
)
"""Code, tags, entities, commands, zones and links: none is a word of a language."""
_WORD = re.compile(r"[A-Za-z]{2,}")


class _Widened(NullTranslations):
    def gettext(self, message: str) -> str:
        pieces = _PLACE.split(message)
        return "".join(piece if at % 2 else piece.translate(_WIDE) for at, piece in enumerate(pieces))

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)

    def pgettext(self, context: str, message: str) -> str:
        return self.gettext(message)


MADE_UP = Translator("en_001", _Widened())
"""Its chats have the language ``en_001``; numbers and dates are as in English."""


def english_left(message: Message | str, *known: str) -> list[str]:
    """Words in plain latin letters that a message shows, buttons too, without what is typed and ``known``."""
    text = message if isinstance(message, str) else _all_text(message)
    for each in sorted(known, key=len, reverse=True):
        text = text.replace(each, " ")
    return _WORD.findall(_TYPED.sub(" ", text))


def _all_text(message: Message) -> str:
    return "\n".join([message.text, *(button.text for row in message.buttons for button in row)])
