"""Names that are also common words: whether the words around one say that the name is meant.

"Arm" is a chip designer beside chips and a limb beside an injury. The gazetteer marks such a name with ``~context``;
``lexicon/contexts.yaml`` says what each context asks for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, fields

NUMBER = "NUMBER"
"""In a list of words: any token that begins with a digit."""
REACH = 12
"""Tokens to either side within which a word counts as near."""


@dataclass(frozen=True, slots=True)
class Context:
    """What decides whether a name is meant, in this order: a word of ``sure`` near it says yes, one of ``never`` no.

    Then, if any of ``near``, ``before``, ``after``, ``kinds`` or ``topics`` is given, one of them must be met.
    ``before`` and ``after`` are the very next words; ``kinds`` and ``topics`` ask for another entity, or a clear word
    of a topic, elsewhere in the text.
    """

    sure: frozenset[str] = frozenset()
    never: frozenset[str] = frozenset()
    never_before: frozenset[str] = frozenset()
    never_after: frozenset[str] = frozenset()
    near: frozenset[str] = frozenset()
    before: frozenset[str] = frozenset()
    after: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()

    @property
    def asks(self) -> bool:
        """Whether the name needs a neighbour; else it stands unless something speaks against it."""
        return bool(self.near or self.before or self.after or self.kinds or self.topics)

    def meant(
        self, low: Sequence[str], start: int, end: int, kinds: AbstractSet[str], topics: AbstractSet[str]
    ) -> bool:
        """Whether tokens ``start`` to ``end`` mean the name; ``kinds`` and ``topics`` are those of the other finds."""
        around = {_token(low, index) for index in range(start - REACH, end + REACH) if not start <= index < end}
        if not self.sure.isdisjoint(around):
            return True
        before, after = _token(low, start - 1), _token(low, end)
        if not self.never.isdisjoint(around) or before in self.never_before or after in self.never_after:
            return False
        return (
            not self.asks
            or not self.near.isdisjoint(around)
            or before in self.before
            or after in self.after
            or not self.kinds.isdisjoint(kinds)
            or not self.topics.isdisjoint(topics)
        )


def read_contexts(raw: Mapping[str, Mapping[str, str]]) -> dict[str, Context]:
    """The contexts of a parsed ``contexts.yaml``. An unknown field raises ``ValueError``."""
    known = {one.name for one in fields(Context)}
    contexts = {}
    for name, entry in raw.items():
        if strange := entry.keys() - known:
            raise ValueError(f"contexts.yaml: {name} has unknown fields {sorted(strange)}; known are {sorted(known)}")
        contexts[name] = Context(**{key: frozenset(words.replace(",", " ").split()) for key, words in entry.items()})
    return contexts


def _token(low: Sequence[str], index: int) -> str:
    if not 0 <= index < len(low):
        return ""
    return NUMBER if low[index][:1].isdigit() else low[index]
