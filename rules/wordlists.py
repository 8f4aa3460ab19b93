"""Named lists of words: given once under ``lists:``, asked for as ``$name`` wherever a rule takes words. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import yaml

from rules.page import Page, nearest

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\Z")
_REFERENCE = re.compile(r"\$[a-z][a-z0-9-]*\Z")  # "$5 fee" and "$TRUMP" are words
MOST_WORDS = 2000
"""Words that a list or a question may come to, so that lists of lists cannot grow without bound."""
_DEEPEST = 20

Words = tuple[str, ...]
Lists = Mapping[str, Words]


@dataclass(frozen=True, slots=True)
class _Given:
    """A list as written: where, its items, and the list of the same name beneath it."""

    page: Page
    node: yaml.Node
    items: Words
    beneath: _Given | None


def read_lists(layers: Sequence[Sequence[tuple[Page, yaml.Node]]]) -> Lists:
    """The lists of all layers, each layer over those before it, as plain words.

    A list may hold others as ``$name``. Its own name stands for the list of that name beneath it, so that an admin adds
    to a shipped list without writing it out again.
    """
    given: dict[str, _Given] = {}
    for layer in layers:
        said: dict[str, str] = {}
        for page, node in layer:
            for name, part in page.mapping(node, "`lists`").items():
                place = f"{page.file}:{part.start_mark.line + 1}"
                if not NAME.match(name):
                    page.fault(page.key_of(part), f"`{name}` is no name of a list", "use small letters and hyphens")
                elif name in said:
                    page.fault(page.key_of(part), f"a second list `{name}`; the first is at {said[name]}", "join them")
                else:
                    said[name] = place
                    given[name] = _Given(page, part, page.texts(part, f"the list `{name}`"), given.get(name))
    flat = dict[str, Words]()
    for name in given:
        _flatten(name, given, flat, ())
    return flat


def words_of(page: Page, node: yaml.Node, what: str, lists: Lists) -> Words:
    """One word or a list of them, each ``$name`` replaced by the words of that list; faults for unknown names."""
    found = dict[str, None]()
    for text in page.texts(node, what):
        if not _REFERENCE.match(text):
            found[text] = None
        elif text[1:] in lists:
            found.update(dict.fromkeys(lists[text[1:]]))
        else:
            _unknown(page, node, text[1:], lists)
    if len(found) > MOST_WORDS:
        page.fault(node, f"{what} comes to more than {MOST_WORDS:,} words", "use any of two lists")
    return tuple(found)[:MOST_WORDS]


def _flatten(name: str, given: Mapping[str, _Given], flat: dict[str, Words], path: Words) -> Words:
    if name not in flat:
        words = _words(name, given[name], given, flat, (*path, name))
        if len(words) > MOST_WORDS:
            one = given[name]
            one.page.fault(one.node, f"the list `{name}` comes to more than {MOST_WORDS:,} words", "split it")
        flat[name] = words[:MOST_WORDS]
    return flat[name]


def _words(name: str, one: _Given, given: Mapping[str, _Given], flat: dict[str, Words], path: Words) -> Words:
    found = dict[str, None]()
    for item in one.items:
        other = item[1:]
        if not _REFERENCE.match(item):
            found[item] = None
        elif other == name and one.beneath is not None:
            found.update(dict.fromkeys(_words(name, one.beneath, given, flat, path)))
        elif other in path:
            one.page.fault(one.node, f"the list `{name}` holds itself by way of `{item}`", "take one of them out")
        elif other not in given:
            _unknown(one.page, one.node, other, given)
        elif len(path) > _DEEPEST:
            one.page.fault(one.node, f"lists within lists, deeper than {_DEEPEST}", "write out the words")
        else:
            found.update(dict.fromkeys(_flatten(other, given, flat, path)))
    return tuple(found)


def _unknown(page: Page, node: yaml.Node, name: str, known: Mapping[str, object]) -> None:
    page.fault(node, f"there is no list `{name}`", nearest(name, known) if known else f"add `{name}` under `lists:`")
