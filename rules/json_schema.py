"""The JSON Schema of a rule file, for completion in an editor: made from the tables that the reader itself uses. Pure.

It describes shape and words. What needs sense (names that exist, conditions that can hold) only the reader checks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from rules.asked import DURATION, EVENT_GROUPS, QUESTIONS, STEPS, SUM
from rules.conditions import CHANGES
from rules.phrases import AUTHORITIES, PLACEHOLDERS
from rules.ruleset import Status
from rules.schema import PARTS
from rules.story import LADDER, Direction, Driver, Event, Form, Stage, Tier, Topic
from rules.weighed import TABLES
from rules.written import EXAMPLE_FIELDS, FILTER_FIELDS, RULE_FIELDS

_Node = dict[str, Any]


def json_schema() -> _Node:
    """The schema, draft 2020-12."""
    parts = {
        "lists": {"type": "object", "additionalProperties": _words("words, or $name for those of another list")},
        "rules": {"type": "array", "items": {"$ref": "#/$defs/rule"}},
        "filters": {"type": "array", "items": {"$ref": "#/$defs/filter"}},
        "disable": _words("names of rules that are to be silent"),
        "weights": _weights(),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Lodestone rules",
        **_object({name: parts[name] for name in PARTS}),
        "$defs": {
            "conditions": _conditions(),
            "rule": _object(_fields(RULE_FIELDS), ("name", "when", "then", "because", "status")),
            "filter": _object(_fields(FILTER_FIELDS), ("name", "suppresses", "when", "because", "status")),
            "example": _example(),
        },
    }


def _fields(names: Iterable[str]) -> _Node:
    conditions = {"$ref": "#/$defs/conditions"}
    examples = {"type": "array", "items": {"$ref": "#/$defs/example"}}
    known: _Node = {
        "name": {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "description": "as in gallium-quota"},
        "suppresses": _words("names of rules that it keeps quiet"),
        "when": {**conditions, "description": "all of it must hold"},
        "unless": {**conditions, "description": "and this must not"},
        "then": _effect(),
        "because": {
            "description": f"the sentence for the reader; filled in are {', '.join(PLACEHOLDERS)}, each in braces",
            "anyOf": [
                {"type": "string"},
                {"type": "object", "required": ["en"], "additionalProperties": {"type": "string"}},
            ],
        },
        "status": _choice(Status, "only stable speaks"),
        "examples": _object({"must fire": examples, "must stay quiet": examples}),
    }
    return {name: known[name] for name in names}


def _effect() -> _Node:
    return {
        "description": "what the story is at least or at most, or how loud it is",
        "anyOf": [
            {"enum": ["structural", "watch", "noise"]},
            _object({"at most": {"enum": ["watch", "noise"]}}, ("at most",)),
            _object({"points": _number(-100, 100)}, ("points",)),
            _object({"factor": _number(0, 10)}, ("factor",)),
        ],
    }


def _conditions() -> _Node:
    several = {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/conditions"}}
    topics = _some(Topic)
    known: _Node = {
        "structural": _flag("the word of the language model"),
        "stage": {"anyOf": [_some(Stage), _object({"at least": {"enum": list(LADDER)}}, ("at least",))]},
        "event": _some((*Event, *EVENT_GROUPS), "the kind of act"),
        "topics": {"anyOf": [topics, _object({"any": topics, "all": topics, "at least": _number(0, 1)})]},
        "form": _some(Form, "the sort of text"),
        "negated": _flag("denied"),
        "hedge": _flag("in doubt"),
        "p_structural": _range(_number(0, 1), "probability of structural"),
        "step": _some(STEPS, "a finer step of the act"),
        "direction": _some(Direction),
        "driver": _some(Driver, "the channel to crypto"),
        "authority": _some(AUTHORITIES, "; ".join(f"{name} {words}" for name, words in AUTHORITIES.items())),
        "entities": _words("ids as `lodestone explain` shows them, or $list"),
        "places": _words("names as `lodestone explain` shows them, or $list"),
        "amount": _object({"unit": {"type": "string"}, "at least": _sum(), "at most": _sum()}, ("unit",)),
        "tier": _some(Tier, "the nearest source; for points and factors only"),
        "publishers": _range(_number(1, 1000), "independent publishers; for points and factors only"),
        "age": _range({"type": "string", "pattern": _whole(DURATION)}, "for points and factors only, like 6 h"),
        "changed": _some(CHANGES, "what moved the story; for points and factors only"),
        "words": _words("whole words or phrases of the title, in any case, or $list"),
        "pattern": {"type": "string", "maxLength": 200, "description": "a regular expression (RE2)"},
        "not": {"$ref": "#/$defs/conditions"},
        "all": several,
        "any": several,
    }
    return {**_object({name: known[name] for name in QUESTIONS}), "minProperties": 1}


def _example() -> _Node:
    known: _Node = {
        "headline": {"type": "string"},
        "source": {"type": "string", "description": "who publishes it"},
        "tier": _choice(Tier, "how near the source stands to the act"),
        "publishers": {"type": "integer", "minimum": 1, "maximum": 20},
        "age": {"type": "string", "pattern": _whole(DURATION)},
    }
    return {"anyOf": [{"type": "string"}, _object({name: known[name] for name in EXAMPLE_FIELDS}, ("headline",))]}


def _weights() -> _Node:
    bounds = {"levels": (0, 100), "exchange": (0, 1000)}
    tables: _Node = {}
    for name, (_, known, _) in TABLES.items():
        figure = (
            {"type": "string", "pattern": _whole(DURATION)}
            if name == "half-life"
            else _number(*bounds.get(name, (0, 10)))
        )
        tables[name] = _object(dict.fromkeys(known, figure)) if known else _table(figure)
    return _object({**tables, "publishers": _table(_number(0, 10)), "money": _table(_number(0, 10))})


def _whole(pattern: re.Pattern[str]) -> str:
    """The reader's pattern as editors know it."""
    return f"^{pattern.pattern.removesuffix(chr(92) + 'Z')}$"


def _table(figure: _Node) -> _Node:
    return {"type": "object", "additionalProperties": figure}


def _object(properties: _Node, required: Iterable[str] = ()) -> _Node:
    needed = {"required": list(required)} if required else {}
    return {"type": "object", "properties": properties, "additionalProperties": False, **needed}


def _choice(words: Iterable[str], description: str) -> _Node:
    return {"enum": [str(word) for word in words], "description": description}


def _some(words: Iterable[str], description: str = "") -> _Node:
    one = {"enum": [str(word) for word in words]}
    told = {"description": description} if description else {}
    return {"anyOf": [one, {"type": "array", "minItems": 1, "items": one}], **told}


def _words(description: str) -> _Node:
    text = {"type": "string"}
    return {"anyOf": [text, {"type": "array", "minItems": 1, "items": text}], "description": description}


def _flag(description: str) -> _Node:
    return {"type": "boolean", "description": description}


def _number(low: float, high: float) -> _Node:
    return {"type": "number", "minimum": low, "maximum": high}


def _sum() -> _Node:
    return {"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": _whole(SUM)}]}


def _range(bound: _Node, description: str) -> _Node:
    return {**_object({"at least": bound, "at most": bound}), "minProperties": 1, "description": description}
