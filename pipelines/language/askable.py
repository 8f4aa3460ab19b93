"""What the reader can find in a headline at all: a rule that asks for anything else asks for nothing."""

from __future__ import annotations

from pipelines.language.amounts import UNITS
from pipelines.language.chinese.lexicon import load_chinese
from pipelines.language.gazetteer import PLACES
from pipelines.language.lexicon_file import load_lexicon
from rules.lint import Known


def askable() -> Known:
    """The ids, places and units that the shipped lexicons and the readers know; loads no model.

    The Chinese lexicon knows bodies and firms that the other one lacks.
    """
    lexicon = load_lexicon()
    entities = (*lexicon.entities.values(), *load_chinese(lexicon).entities.values())
    return Known(
        entities=frozenset(each.id for each in entities),
        places=frozenset(each.name for each in entities if each.kind in PLACES),
        units=UNITS,
    )
