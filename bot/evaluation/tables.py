"""An evaluation as plain text for a terminal or a file. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from bot.evaluation.result import Evaluation, changed
from bot.text import shown
from pipelines.language.figures import RECALL, Accuracy, Bin, Confusion, Score, Scored

_NAME = 16


def as_text(found: Evaluation) -> str:
    """All figures, the confusion of stages, and the mistakes."""
    return "\n".join(_lines(found))


def _lines(found: Evaluation) -> Iterator[str]:
    figures = found.figures
    yield found.heading
    yield ""
    yield f"{'':{_NAME}}{'wanted':>7}{'precision':>11}{'recall':>8}{'F1':>8}   95 % of F1"
    yield from map(_score, figures.scores)
    yield _score(figures.core) + "   rare-earth, semiconductor, policy as one"
    if figures.at_recall is not None:
        yield f"{'structural':{_NAME}}precision at recall {RECALL}: {figures.at_recall:.3f}"
    yield from map(_accuracy, figures.accuracies)
    if figures.bins:
        yield ""
        error, brier = figures.calibration_error, figures.brier
        yield f"How far p_structural can be trusted: error {error:.3f}, Brier score {brier:.3f}"
        yield f"  {'p':<10}{'headlines':>10}{'mean p':>9}{'structural':>12}"
        yield from map(_bin, figures.bins)
    yield ""
    yield "Stages: rows are wanted, columns are got"
    yield from _confusion(figures.stages)
    if found.mistakes:
        yield ""
        yield f"The {len(found.mistakes)} most confident mistakes about structural"
        for each in found.mistakes:
            yield from _mistake(each)


def _score(each: Score) -> str:
    interval = "" if each.low is None or each.high is None else f"   {each.low:.3f} to {each.high:.3f}"
    return f"{each.name:{_NAME}}{each.wanted:7}{each.precision:11.3f}{each.recall:8.3f}{each.f1:8.3f}{interval}"


def _accuracy(each: Accuracy) -> str:
    acts = f"on {each.act_count} acts {each.acts:.3f}"
    return f"{each.name:{_NAME}}right {each.all:.3f}, {acts}, macro F1 {each.macro_f1:.3f}"


def _bin(each: Bin) -> str:
    return f"  {each.low:.1f} to {each.high:.1f}{each.count:>10}{each.mean:>9.2f}{each.share:>12.2f}"


def _confusion(table: Confusion) -> Iterator[str]:
    yield f"  {'':12}" + "".join(f"{label:>11}" for label in table.labels) + f"{'right':>9}"
    for index, (label, counts) in enumerate(zip(table.labels, table.counts, strict=True)):
        cells = "".join(f"{count or '·':>11}" for count in counts)
        total = sum(counts)
        yield f"  {label:12}{cells}{f'{counts[index] / total:.0%}' if total else '-':>9}"


def _mistake(each: Scored) -> Iterator[str]:
    wanted = "structural" if each.wanted.structural else "noise"
    chance = "" if each.got.p_structural is None else f"p {each.got.p_structural:.3f}, "
    yield f"  {chance}wanted {wanted}: {shown(each.title, 160)}"
    yield (
        f"      event {changed(each.wanted.event, each.got.event)}; "
        f"stage {changed(each.wanted.stage, each.got.stage)}; id {shown(each.id, 40)}"
    )
