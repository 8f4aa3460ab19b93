"""How Babel finds the sentences of the shipped rules: each ``because`` of a pack is a text to be translated."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import IO, Any

import yaml


def sentences(
    file: IO[bytes],
    keywords: object,  # noqa: ARG001  Babel's signature
    comment_tags: Collection[str],  # noqa: ARG001
    options: object,  # noqa: ARG001
) -> Iterator[tuple[int, str, str, list[str]]]:
    """Line, function, text and comments of each sentence, as Babel asks of an extraction method."""
    root = yaml.compose(file.read(), Loader=yaml.CSafeLoader)
    yield from ((line, "", text, []) for line, text in _because(root))


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
