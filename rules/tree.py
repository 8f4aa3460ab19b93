"""Nodes out of YAML's events, one at a time: while a large file is read in a thread, the others get their turn. Pure.

PyYAML's own composer is a single call into C that lets nothing else run (100 ms for 500 rules), and would read the file
a second time.
"""

from __future__ import annotations

from typing import Any

import yaml
from yaml.resolver import Resolver


class Tree:
    """Grows by events; ``top`` is the first document's top node, None while there is none."""

    def __init__(self) -> None:
        self.top: yaml.Node | None = None
        self._open: list[yaml.CollectionNode] = []
        self._keys: list[yaml.Node | None] = []
        self._resolver: Any = Resolver()

    def add(self, event: Any) -> None:
        """Take the next event; aliases are passed over."""
        start: Any = event.start_mark
        end: Any = event.end_mark
        match event:
            case yaml.ScalarEvent():
                tag = self._resolver.resolve(yaml.ScalarNode, event.value, event.implicit)
                self._put(yaml.ScalarNode(tag, event.value, start, end, event.style))
            case yaml.MappingStartEvent():
                tag = self._resolver.resolve(yaml.MappingNode, None, event.implicit)
                self._begin(yaml.MappingNode(tag, [], start, None, event.flow_style))
            case yaml.SequenceStartEvent():
                tag = self._resolver.resolve(yaml.SequenceNode, None, event.implicit)
                self._begin(yaml.SequenceNode(tag, [], start, None, event.flow_style))
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                node = self._open.pop()
                self._keys.pop()
                node.end_mark = end

    def _begin(self, node: yaml.CollectionNode) -> None:
        self._put(node)
        self._open.append(node)
        self._keys.append(None)

    def _put(self, node: yaml.Node) -> None:
        if not self._open:
            self.top = node
        elif isinstance(parent := self._open[-1], yaml.SequenceNode):
            parent.value.append(node)
        elif (key := self._keys[-1]) is None:
            self._keys[-1] = node
        else:
            parent.value.append((key, node))
            self._keys[-1] = None
