"""What one evaluation found, and its form for machines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pipelines.language.figures import Figures, Scored, distance


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The figures of a file's part, with the mistakes that may be read; ``reader`` and ``rules`` are versions."""

    name: str
    part: str
    reader: str
    rules: str
    figures: Figures
    mistakes: tuple[Scored, ...]

    @property
    def heading(self) -> str:
        """What was measured, in one line."""
        part = "" if self.part == "all" else f", part {self.part}"
        return f"{self.figures.count:,} headlines of {self.name}{part}"


def as_row(found: Evaluation) -> dict[str, Any]:
    """The evaluation as one JSON object."""
    row = asdict(found)
    row["mistakes"] = [
        {
            "id": each.id,
            "title": each.title,
            "p_structural": each.got.p_structural,
            "distance": round(distance(each), 3),
            **{
                field: {"wanted": getattr(each.wanted, field), "got": getattr(each.got, field)}
                for field in ("structural", "event", "stage", "topics")
            },
        }
        for each in found.mistakes
    ]
    return _rounded(row)  # type: ignore[no-any-return]


def changed(wanted: str, got: str) -> str:
    """One word where both are alike, else what was wanted and what was got."""
    return wanted if wanted == got else f"{wanted} → {got}"


def headline_figures(figures: Figures) -> Iterator[tuple[str, float]]:
    """The five figures that say most, each with its name."""
    by_name = {each.name: each for each in figures.scores}
    event, stage = figures.accuracies
    yield "structural F1", by_name["structural"].f1
    if figures.at_recall is not None:
        yield "precision at recall 0.75", figures.at_recall
    yield "core topics F1", figures.core.f1
    yield "event right, on acts", event.acts
    yield "stage right, on acts", stage.acts


def used(counts: Sequence[Sequence[int]]) -> int:
    """The largest count of a confusion."""
    return max((count for row in counts for count in row), default=0)


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    return [_rounded(each) for each in value] if isinstance(value, (list, tuple)) else value
