"""How Babel finds what is said: texts in the code, each ``because`` of a shipped rule and what fills it."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from typing import IO, Any

import yaml

IN_A_REASON = "in a rule's sentence"
"""The context of the words that fill a sentence: "announced" there may be said of any act."""
_FILL = ("_EVENTS", "_STAGES", "AUTHORITIES", "ACT", "IN_FORCE", "RULED_AGAINST")
_WHOLE = ("NOTHING_FOUND", "WEIGHED")


def sentences(
    file: IO[bytes],
    keywords: object,  # noqa: ARG001  Babel's signature
    comment_tags: Collection[str],  # noqa: ARG001
    options: object,  # noqa: ARG001
) -> Iterator[tuple[int, str, str, list[str]]]:
    """Line, function, text and comments of each sentence, as Babel asks of an extraction method."""
    root = yaml.compose(file.read(), Loader=yaml.CSafeLoader)
    yield from ((line, "", text, []) for line, text in _because(root))


def words(
    file: IO[bytes],
    keywords: object,  # noqa: ARG001
    comment_tags: Collection[str],  # noqa: ARG001
    options: object,  # noqa: ARG001
) -> Iterator[tuple[int, str, str | tuple[str, str], list[str]]]:
    """The same of the words in ``rules/phrases.py``, which is where sentences are filled in English."""
    for names, value in _tables(ast.parse(file.read())):
        if not names.isdisjoint(_FILL):
            yield from ((line, "within", (IN_A_REASON, text), []) for line, text in _strings(value))
        elif not names.isdisjoint(_WHOLE):
            yield from ((line, "", text, []) for line, text in _strings(value))


def _because(node: Any) -> Iterator[tuple[int, str]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == "because":
                yield value.start_mark.line + 1, _english(value)
            else:
                yield from _because(value)
    elif isinstance(node, yaml.SequenceNode):
        for each in node.value:
            yield from _because(each)


def _english(node: Any) -> str:
    """The sentence itself, where a rule brings its own translations the English one among them."""
    if isinstance(node, yaml.MappingNode):
        return next(str(value.value) for key, value in node.value if key.value == "en")
    return str(node.value)


def _tables(module: ast.Module) -> Iterator[tuple[set[str], ast.expr]]:
    """What the module gives names to, and the names."""
    for each in module.body:
        if isinstance(each, ast.Assign | ast.AnnAssign) and each.value is not None:
            targets = each.targets if isinstance(each, ast.Assign) else [each.target]
            yield {node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)}, each.value


def _strings(value: ast.expr) -> Iterator[tuple[int, str]]:
    """The texts in a table, without the keys by which they are found."""
    match value:
        case ast.Dict():
            yield from (found for each in value.values for found in _strings(each))
        case ast.Tuple():
            yield from (found for each in value.elts for found in _strings(each))
        case ast.Constant(value=str(text)):
            yield value.lineno, text


def calls(
    file: IO[bytes],
    keywords: Collection[str],
    comment_tags: Collection[str],  # noqa: ARG001
    options: object,  # noqa: ARG001
) -> Iterator[tuple[int, str, tuple[str | None, ...], list[str]]]:
    """The same of Python, calls within f-strings among them, which Babel's own method passes over."""
    for node in ast.walk(ast.parse(file.read())):
        if isinstance(node, ast.Call) and (name := _called(node.func)) in keywords:
            texts = tuple(_text(each) for each in node.args)
            if any(texts):
                yield node.lineno, name, texts, []


def _called(function: ast.expr) -> str:
    match function:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case _:
            return ""


def _text(value: ast.expr) -> str | None:
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None
