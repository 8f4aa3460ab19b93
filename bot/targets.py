"""What a mute or a follow may be about, and the names under which people know it. Pure.

A target is one string: a topic's own word ("rare-earth"), an id of the gazetteer ("state:cn"), or "source:", "rule:",
"story:" or "word:" and what it names. A button and a stored mute carry just that.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from rules.story import Topic

LONGEST_NAME = 60
_WORDS = re.compile(r"(?:(?<!\S)[-\u2212]+)?\d+[a-z]*|[^\W\d_]+")
"""A minus belongs to the number behind it ("-1h"), so that nobody gets the length that it takes away."""
_AROUND = re.compile(r"^[^\w\u2212-]+|\W+$")
_WHAT = re.compile(r"[a-z][a-z-]{0,20}:[^\s:][^\n\r]{0,79}")
_KEYWORDS: Mapping[str, tuple[str, ...]] = {
    "source": ("source", "publisher", "feed"),
    "rule": ("rule",),
    "story": ("story",),
    "word": ("word", "words", "phrase", "keyword"),
    "entity": (
        *("country", "state", "entity", "company", "firm", "element", "metal", "mineral", "bank", "agency"),
        *("mine", "plant", "product", "region"),
    ),
}


@dataclass(frozen=True, slots=True)
class Target:
    """What is meant (``what``) and how it is called in a sentence; a topic has its name from ``words``."""

    what: str
    name: str = ""

    @property
    def topic(self) -> Topic | None:
        """The topic, where it is one."""
        return Topic(self.what) if self.what in set(Topic) else None

    @property
    def kind(self) -> str:
        """One of "topic", "entity", "source", "rule", "story" and "word"."""
        if self.what in set(Topic):
            return "topic"
        kind = self.what.partition(":")[0]
        return kind if kind in ("source", "rule", "story", "word") else "entity"

    @property
    def value(self) -> str:
        """What stands behind the kind: the source's family, the rule's name, the story's id, the word."""
        return self.what.partition(":")[2]


Names = Mapping[str, Target]
"""Spoken names as ``spoken`` writes them -> what they name."""
NO_NAMES: Names = MappingProxyType({})


def words_of(text: str) -> list[str]:
    """The words and numbers of what was typed, in lower case and without accents."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text[:300]).lower())
    return _WORDS.findall("".join(char for char in folded if unicodedata.category(char) != "Mn"))


def spoken(name: str) -> str:
    """A name as it is looked up."""
    return " ".join(words_of(name))


def as_typed(text: str, phrase: str) -> str:
    """The words of a text that are a phrase as it is looked up, without signs around; the phrase where none are."""
    words, meant = text[:300].split(), spoken(phrase)
    runs = (" ".join(words[at:end]) for at in range(len(words)) for end in range(len(words), at, -1))
    return next((_AROUND.sub("", run) for run in runs if spoken(run) == meant), phrase)


def name_all(entries: Iterable[tuple[str, str, Iterable[str]]]) -> Names:
    """A book of names from ids, each with its name and other ways to write it; of two that share one, the first.

    A thing's own name goes before another's alias.
    """
    listed = list(entries)
    book = dict[str, Target]()
    for what, name, _ in listed:
        book.setdefault(spoken(name), Target(what, name[:LONGEST_NAME]))
    for what, name, others in listed:
        for other in others:
            book.setdefault(spoken(other), Target(what, name[:LONGEST_NAME]))
    book.pop("", None)
    return book


def keyword(word: str) -> str:
    """Which kind of target a word announces ("country" an entity); "" for any other word."""
    return next((kind for kind, words in _KEYWORDS.items() if word in words), "")


def is_target(what: str) -> bool:
    """Whether a button or a settings file may name this."""
    if _WHAT.fullmatch(what) is None:
        return what in set(Topic)
    return what.partition(":")[0] not in set(Topic)
