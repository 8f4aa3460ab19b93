"""The names under which people know what can be muted or followed: read once, when somebody first asks."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from bot.targets import NO_NAMES, Names, Target, name_all, spoken
from pipelines.language.lexicon_file import load_gazetteer
from rules.ruleset import RuleSet


class Naming:
    """The gazetteer's names. Reading takes some tenths of a second, so it is done in a thread."""

    def __init__(self) -> None:
        self._names: Names = NO_NAMES
        self._by_id: Mapping[str, Target] = {}

    async def names(self) -> Names:
        """Every entity by each of its names."""
        if not self._names:
            self._names, self._by_id = await asyncio.to_thread(read_names)
        return self._names

    async def target(self, what: str) -> Target | None:
        """The target that a button carries, with its name; None for an entity that nobody knows."""
        target = Target(what)
        if target.kind == "entity":
            await self.names()
            return self._by_id.get(what)
        return target


def rule_names(rules: RuleSet) -> Names:
    """The rules that a chat may leave out, by name."""
    return {spoken(rule.name): Target(f"rule:{rule.name}") for rule in rules.label_rules}


def read_names() -> tuple[Names, Mapping[str, Target]]:
    """Every entity of the gazetteer by each of its names, and by its id."""
    known = load_gazetteer()
    names = name_all(
        (each.id, each.name, [alias.phrase for alias in sorted(aliases, key=lambda alias: bool(alias.context))])
        for each, aliases in known
    )
    return names, {each.id: Target(each.id, each.name) for each, _ in known}
