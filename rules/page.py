"""One YAML file as a page of nodes, read strictly: what YAML would guess or drop in silence is refused with its place.

Rule files use a small part of YAML: mappings, lists, text, plain numbers, ``true`` and ``false``. Faults are gathered,
never raised one by one. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from itertools import takewhile
from typing import Any

import yaml

from rules.errors import Place, RuleError
from rules.tree import Tree

MAX_CHARACTERS = 1_000_000
MAX_DEPTH = 20
MAX_NODES = 80_000
"""Names, values and lists in one file: half as many again as a file of plain rules can hold."""
MAX_ERRORS = 100
"""Faults told per file; who has more starts with these."""

# libyaml's parser where PyYAML was built with it: the same answers, ten times as fast.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLAIN_NUMBER = re.compile(r"[-+]?(0|[1-9]\d*)(\.\d+)?\Z")
_KINDS = {"bool": "true or false", "int": "a number", "float": "a number", "null": "nothing", "timestamp": "a date"}

Fields = Mapping[str, yaml.Node]


class Page:
    """A file being read: its name, its top node and the faults found so far."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.errors: list[RuleError] = []
        self.lists: Mapping[str, tuple[str, ...]] = {}
        """What ``$name`` stands for on this page; given once all pages have been looked through for lists."""
        self._keys: dict[int, yaml.Node] = {}
        self.top = self._compose(text)

    @property
    def full(self) -> bool:
        """Whether no further fault would be told."""
        return len(self.errors) >= MAX_ERRORS

    def place(self, node: yaml.Node) -> Place:
        """Where a node stands."""
        return Place(self.file, node.start_mark.line + 1, node.start_mark.column + 1)

    def fault(self, at: yaml.Node | None, message: str, remedy: str) -> None:
        """Note a fault at a node (None: at the top of the file)."""
        self._fault(at.start_mark if at else None, message, remedy)

    def fault_at(self, line: int, message: str, remedy: str) -> None:
        """Note a fault at a line, counted from 1."""
        if not self.full:
            self.errors.append(RuleError(self.file, line, 1, message, remedy))

    def _fault(self, mark: Any, message: str, remedy: str) -> None:
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        if not self.full:
            self.errors.append(RuleError(self.file, line, column, message, remedy))

    def _compose(self, text: str) -> yaml.Node | None:
        if len(text) > MAX_CHARACTERS:
            self.fault(None, f"the file has more than {MAX_CHARACTERS:,} characters", "split it into several files")
            return None
        try:
            return self._read(text)
        except yaml.reader.ReaderError as error:
            # libyaml counts in bytes here and PyYAML in characters, so only the line is worth telling.
            at = getattr(error, "position", 0)
            line = text.count("\n", 0, at) + 1
            self.errors.append(RuleError(self.file, line, 1, "a character that YAML does not allow", "delete it"))
        except yaml.MarkedYAMLError as error:
            problem = " ".join(str(error.problem or error.context).split())
            mark = error.problem_mark or error.context_mark
            if "end of stream" in problem and error.context_mark:
                mark = error.context_mark  # where the quote was opened says more than where the file ends
            tab = mark is not None and text[mark.index : mark.index + 1] == "\t"
            self._fault(mark, f"not YAML: {problem}", _syntax_remedy(problem, tab=tab))
        except yaml.YAMLError:
            self.fault(None, "not YAML", "compare it with a shipped pack")
        return None

    def _read(self, text: str) -> yaml.Node | None:
        tree, depth, nodes, documents, plain = Tree(), 0, 0, 0, True
        # Event by event: they come without recursion, so depth is known before anything recursive runs.
        for event in yaml.parse(text, Loader=_LOADER):
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._fault(event.start_mark, "a second document", "keep one document per file")
                    return None
            nodes += isinstance(event, yaml.NodeEvent)
            if nodes > MAX_NODES:
                self._fault(
                    event.start_mark, f"more than {MAX_NODES:,} names and values", "split it into several files"
                )
                return None
            plain = self._is_plain(event) and plain
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > MAX_DEPTH:
                    self._fault(event.start_mark, f"nested deeper than {MAX_DEPTH} levels", "make two rules of it")
                    return None
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if plain:
                tree.add(event)
        return tree.top if plain else None

    def _is_plain(self, event: Any) -> bool:
        """Whether an event is no alias and has no anchor and no tag; a fault for each."""
        plain = True
        if isinstance(event, yaml.AliasEvent):
            self._fault(event.start_mark, f"an alias, *{event.anchor}", "write out what it stands for")
            plain = False
        elif isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            self._fault(event.start_mark, f"an anchor, &{event.anchor}", "delete it and write things out")
            plain = False
        tag = getattr(event, "tag", None)
        if tag is not None and tag != "!":
            self._fault(event.start_mark, f"a type tag, {_shown(tag)}", "delete it")
            plain = False
        return plain

    def mapping(
        self, node: yaml.Node, what: str, known: Collection[str] = (), required: Collection[str] = ()
    ) -> Fields:
        """The fields of a mapping; faults for another kind of node, doubled, unknown and missing ones.

        Without ``known`` any key goes. A doubled key keeps its first value.
        """
        if not isinstance(node, yaml.MappingNode):
            self.fault(node, f"{what} is not a mapping", "write it as `name: value` lines")
            return {}
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self.fault(key, "a name that is itself a list or mapping", "use a plain word")
                continue
            name = str(key.value)
            if self.full:
                break
            if name in found:
                self.fault(key, f"`{_shown(name)}` stands twice in {what}", "keep one of the two")
                continue
            if known and name not in known:
                self.fault(key, f"{what} has no field `{_shown(name)}`", nearest(name, known))
                continue
            found[name] = value
            self._keys[id(value)] = key
        for name in required:
            if name not in found:
                self.fault(node, f"{what} lacks `{name}`", f"add `{name}:`")
        return found

    def key_of(self, value: yaml.Node) -> yaml.Node:
        """The name that a value was given under, for faults about the name."""
        return self._keys.get(id(value), value)

    def items(self, node: yaml.Node, what: str) -> Iterator[yaml.Node]:
        """The items of a list; a fault for anything else and for an empty one."""
        if not isinstance(node, yaml.SequenceNode):
            self.fault(node, f"{what} is not a list", "write each item on its own line after `- `")
        elif not node.value:
            self.fault(node, f"{what} is an empty list", "fill it or delete the line")
        else:
            # More faults than are told: the rest need not be looked at.
            yield from takewhile(lambda _: not self.full, node.value)

    def text(self, node: yaml.Node, what: str, longest: int = 300) -> str:
        """A non-empty text on one line; "" and a fault for anything else."""
        kind = _kind(node)
        if kind != "str":
            if isinstance(node, yaml.ScalarNode) and not node.value:
                self.fault(node, f"{what} is empty", "write it, or delete the line")
                return ""
            guess = f"`{_shown(node.value)}`" if isinstance(node, yaml.ScalarNode) else what
            self.fault(node, f"{guess} is {_KINDS.get(kind, 'a ' + kind)}, where a text is wanted", _quote(node))
            return ""
        value = " ".join(str(node.value).split())
        if not value or len(value) > longest:
            fault = f"has {len(value)} characters" if value else "is empty"
            self.fault(node, f"{what} {fault}", f"use 1 to {longest} characters")
            return ""
        return value

    def texts(self, node: yaml.Node, what: str, longest: int = 100) -> tuple[str, ...]:
        """One text or a list of them, without doubles."""
        return tuple(dict.fromkeys(text for _, text in self.texts_at(node, what, longest)))

    def texts_at(self, node: yaml.Node, what: str, longest: int = 100) -> Iterator[tuple[yaml.Node, str]]:
        """One text or a list of them, each with the node that holds it."""
        for item in [node] if isinstance(node, yaml.ScalarNode) else self.items(node, what):
            if text := self.text(item, what, longest):
                yield item, text

    def choice(self, node: yaml.Node, what: str, known: Collection[str]) -> str:
        """One of the known words; "" and a fault for anything else."""
        value = self.text(node, what)
        if value and value not in known:
            self.fault(node, f"`{_shown(value)}` is no {what}", nearest(value, known))
            return ""
        return value

    def number(self, node: yaml.Node, what: str, low: float, high: float) -> float | None:
        """A plain decimal number within bounds; None and a fault for anything else."""
        kind, value = _kind(node), str(node.value)
        if kind not in ("int", "float") or not _PLAIN_NUMBER.match(value):
            shown = f"`{_shown(value)}`" if isinstance(node, yaml.ScalarNode) else f"a {kind}"
            self.fault(node, f"{what} is {shown}, not a plain number", "write it like 12 or 0.5")
            return None
        if not low <= float(value) <= high:
            self.fault(node, f"{what} is {value}", f"use {low:g} to {high:g}")
            return None
        return float(value)

    def yes_or_no(self, node: yaml.Node, what: str) -> bool | None:
        """``true`` or ``false`` in so many letters; None and a fault for anything else."""
        if _kind(node) == "bool" and node.value in ("true", "false"):
            return bool(node.value == "true")
        shown = f"`{_shown(node.value)}`" if isinstance(node, yaml.ScalarNode) else f"a {_kind(node)}"
        self.fault(node, f"{what} is {shown}", "write true or false, without quotes")
        return None


def _kind(node: yaml.Node) -> str:
    if isinstance(node, yaml.MappingNode):
        return "mapping"
    if isinstance(node, yaml.SequenceNode):
        return "list"
    return str(node.tag).rpartition(":")[2]


def _quote(node: yaml.Node) -> str:
    return f'put it in quotes: "{_shown(node.value)}"' if isinstance(node, yaml.ScalarNode) else "write a single text"


def nearest(name: str, known: Collection[str]) -> str:
    """The remedy for a name that is not known: the nearest known one, else all of them (of many, the first few)."""
    near = get_close_matches(name, known, n=1, cutoff=0.6)
    if near:
        return f"did you mean `{near[0]}`?"
    some = list(known)[:30]
    return f"known are {', '.join(some)}{', ...' if len(some) < len(known) else ''}"


def _shown(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 40 else text[:39] + "…"


def _syntax_remedy(problem: str, *, tab: bool) -> str:
    if tab or "tab character" in problem:
        return "indent with spaces"
    if "end of stream" in problem:
        return "close the quote or bracket that opens here"
    if "mapping values are not allowed" in problem:
        return "put a text that holds `: ` in quotes"
    return "check indentation and quotes on this line and the one above"
