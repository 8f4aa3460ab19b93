"""The names under which people know what can be muted or followed: read once, when somebody first asks."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache

from bot.languages.translator import ENGLISH, Translator
from bot.targets import LONGEST_NAME, NO_NAMES, Names, Target, name_all, spoken
from bot.words import topic_names
from pipelines.feeds.feed import Feed
from pipelines.language.lexicon_file import load_gazetteer
from pipelines.stories.families import bare, load_families
from rules.ruleset import RuleSet

_WORDS = frozenset({"y", "la"})
"""Symbols of elements that are words in Spanish: yttrium and lanthanum have their names."""


class Sources:
    """Feeds and publishers by name; what only differs in case, article, spaces or ".com" is the same name."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def find(self, name: str) -> Target | None:
        """The source of this name; None for one that nobody knows. "reuters.com" may come as two words."""
        return self._names.get(bare(name)) or self._names.get(bare(name.removesuffix(" com")))

    def near(self, name: str, like: float = 0.75) -> tuple[Target, ...]:
        """Those that a name may be a slip of, at most three, the nearest first; ``like`` is 1 for no slip at all."""
        close = get_close_matches(bare(name), self._names, n=4, cutoff=like)
        return tuple(dict.fromkeys(self._names[each] for each in close))[:3]


class Naming:
    """The names of the gazetteer and of publishers. Reading takes some tenths of a second: it is done in a thread."""

    def __init__(self) -> None:
        self._names: Names = NO_NAMES
        self._publishers: Names = NO_NAMES
        self._by_id: Mapping[str, Target] = {}

    async def names(self, tr: Translator = ENGLISH) -> Names:
        """Every entity by each of its names; topics and countries also as the chat's language calls them."""
        if not self._names:
            self._names, self._by_id = await asyncio.to_thread(read_names)
        if tr is ENGLISH:
            return self._names
        return {
            **own_names(tr, self._by_id),
            **{name: what for name, what in self._names.items() if name not in _WORDS},
        }

    async def sources(self, feeds: Iterable[Feed] = ()) -> Sources:
        """The publishers of the table of families, and these feeds."""
        if not self._publishers:
            self._publishers = await asyncio.to_thread(read_publishers)
        return Sources({**self._publishers, **_named(feed.name for feed in feeds)})

    async def target(self, what: str) -> Target | None:
        """The target that a button carries, with its name; None for an entity that nobody knows."""
        target = Target(what)
        if target.kind == "entity":
            await self.names()
            return self._by_id.get(what)
        known = (await self.sources()).find(target.value) if target.kind == "source" else None
        return Target(what, known.name) if known is not None else target


def rule_names(rules: RuleSet) -> Names:
    """The rules that a chat may leave out, by name."""
    return {spoken(rule.name): Target(f"rule:{rule.name}") for rule in rules.label_rules}


@cache
def read_names() -> tuple[Names, Mapping[str, Target]]:
    """Every entity of the gazetteer by each of its names, and by its id."""
    known = load_gazetteer()
    names = name_all(
        (each.id, each.name, [alias.phrase for alias in sorted(aliases, key=lambda alias: bool(alias.context))])
        for each, aliases in known
    )
    return names, {each.id: Target(each.id, each.name) for each, _ in known}


def own_names(tr: Translator, known: Mapping[str, Target]) -> Names:
    """Topics as their buttons are called in a language, and the countries among ``known`` by their names in it."""
    countries = {what: tr.locale.territories.get(what.removeprefix("state:").upper()) for what in known}
    named = {spoken(name): known[what] for what, name in countries.items() if name and what.startswith("state:")}
    return {**named, **topic_names(tr)}


@cache
def read_publishers() -> Names:
    """Every publisher of the table of families, by its bare name and by that of the words that people type."""
    return _named(load_families().written.values())


def _named(publishers: Iterable[str]) -> Names:
    """A source muted by name is one whose bare name or family is so called."""
    found = dict[str, Target]()
    for name in publishers:
        value = name.lower() if "." in name else spoken(name)
        target = Target(f"source:{value[:LONGEST_NAME]}", name[:LONGEST_NAME])
        for key in (bare(name), bare(spoken(name))):
            if key and value:
                found.setdefault(key, target)
    return found
