"""Headlines as the language pipeline reads them, for cases in which what it sees decides."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipelines.events import Reading
from pipelines.language.reader import Reader
from pipelines.milestones import follow
from pipelines.stories.acts import OpenAct, act_of
from pipelines.stories.changes import begin
from rules.story import Story
from tests.stories.headlines import reading

_DATA = Path(__file__).parent / "data"


def rows(name: str) -> list[dict[str, Any]]:
    """The cases of a file of ``data/``."""
    return [json.loads(line) for line in (_DATA / name).read_text("utf-8").splitlines()]


def told(reader: Reader, title: str, *, days: float = 0, name: str = "", publisher: str = "Reuters") -> Reading:
    """This headline as it is read, published so many days after ``START``."""
    plain = reading(title, name=name, hours=24 * days, publisher=publisher)
    (report,) = reader.read([plain.entry])
    return replace(plain, report=report)


def begun(reader: Reader, title: str, story: str = "1y4k0x9ab") -> Story:
    """The story that begins with this headline."""
    first = told(reader, title, name=f"first of {story}")
    return follow(begin(first, story, first.entry.first_seen), first.report)


def opened_act(reader: Reader, title: str, story: str = "1y4k0x9ab") -> OpenAct | None:
    """What is compared of that story later on."""
    return act_of(begun(reader, title, story))
