"""An evaluation as one self-contained page: nothing is fetched, no script runs, and all text is escaped. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from bot.document import as_document, read_style
from bot.evaluation import plots
from bot.evaluation.result import Evaluation, changed, headline_figures
from bot.text import shown
from pipelines.language.figures import RECALL, Accuracy, Score, Scored


def as_page(found: Evaluation) -> str:
    """The page."""
    body = f"<main>\n{chr(10).join(_body(found))}\n</main>"
    return as_document(f"Lodestone evaluated: {shown(found.name, 80)}", read_style("bot.evaluation"), body)


def _body(found: Evaluation) -> Iterator[str]:
    figures = found.figures
    yield f"<header><h1>How well Lodestone reads</h1><p>{escape(shown(found.heading, 120))}</p></header>"
    tiles = "".join(
        f'<div class="tile"><b>{value:.3f}</b><span>{escape(name)}</span></div>'
        for name, value in headline_figures(figures)
    )
    yield f'<div class="tiles">{tiles}</div>'
    yield _scores(found)
    if figures.curve:
        structural = next(each for each in figures.scores if each.name == "structural")
        curve = plots.precision_recall(figures.curve, (structural.recall, structural.precision), RECALL)
        yield '<div class="pair">'
        yield _section(
            "Calibration",
            "On the dashed line a probability means what it says; larger dots hold more headlines. "
            f"Error {figures.calibration_error:.3f}, Brier score {figures.brier:.3f}.",
            plots.calibration(figures.bins),
        )
        yield _section(
            "Precision against recall",
            f"Of structural, as the cut moves. At recall {RECALL} (dashed) the precision is {figures.at_recall:.3f}.",
            curve,
        )
        yield "</div>"
    shaded = "Each cell is shaded by its share of its row; blue is right, red is wrong."
    yield _section("Stages", shaded, plots.heat(figures.stages, turned=False), wide=True)
    yield _section("Events", shaded, plots.heat(figures.events, turned=True), wide=True)
    if found.mistakes:
        yield _mistakes(found)
    yield f"<footer>Reader {escape(found.reader)}, rules {escape(found.rules)}.</footer>"


def _section(title: str, words: str, body: str, *, wide: bool = False) -> str:
    inside = f'<div class="wide">{body}</div>' if wide else body
    return f"<section><h2>{escape(title)}</h2><p>{escape(words)}</p>{inside}</section>"


def _scores(found: Evaluation) -> str:
    head = (
        '<tr><th></th><th class="n">wanted</th><th class="n">precision</th><th class="n">recall</th>'
        '<th class="n">F1</th><th class="bars"></th><th>95 % of F1</th></tr>'
    )
    rows = "".join(map(_score, (*found.figures.scores, found.figures.core)))
    fields = "".join(map(_accuracy, found.figures.accuracies))
    return _section(
        "Labels",
        "Core topics are the first three as one. Structural is the language's word, verdict the rules'.",
        f"<table>{head}{rows}</table>"
        '<table style="margin-top:1.2rem"><tr><th></th><th class="n">right</th><th class="n">acts</th>'
        f'<th class="n">right on acts</th><th class="bars"></th><th class="n">macro F1</th></tr>{fields}</table>',
        wide=True,
    )


def _score(each: Score) -> str:
    interval = "" if each.low is None or each.high is None else f"{each.low:.3f} to {each.high:.3f}"
    return (
        f'<tr><td>{escape(each.name)}</td><td class="n">{each.wanted:,}</td><td class="n">{each.precision:.3f}</td>'
        f'<td class="n">{each.recall:.3f}</td><td class="n"><b>{each.f1:.3f}</b></td>'
        f'<td class="bars">{plots.bar(each.f1, each.low, each.high)}</td><td class="interval">{interval}</td></tr>'
    )


def _accuracy(each: Accuracy) -> str:
    return (
        f'<tr><td>{escape(each.name)}</td><td class="n">{each.all:.3f}</td><td class="n">{each.act_count:,}</td>'
        f'<td class="n"><b>{each.acts:.3f}</b></td><td class="bars">{plots.bar(each.acts, None, None)}</td>'
        f'<td class="n">{each.macro_f1:.3f}</td></tr>'
    )


def _mistakes(found: Evaluation) -> str:
    head = '<tr><th class="n">p</th><th></th><th>headline</th><th>event</th><th>stage</th></tr>'
    return _section(
        f"The {len(found.mistakes)} most confident mistakes",
        "Structural was wrong. An arrow leads from what was wanted to what was got.",
        f"<table>{head}{''.join(map(_mistake, found.mistakes))}</table>",
        wide=True,
    )


def _mistake(each: Scored) -> str:
    kind, word = ("missed", "missed") if each.wanted.structural else ("false", "false alarm")
    chance = "" if each.got.p_structural is None else f"{each.got.p_structural:.3f}"
    return (
        f'<tr><td class="n">{chance}</td><td><span class="tag {kind}">{word}</span></td>'
        f'<td class="titles">{escape(shown(each.title, 240))}<div class="soft">{escape(shown(each.id, 40))}</div></td>'
        f'<td class="soft">{escape(changed(each.wanted.event, each.got.event))}</td>'
        f'<td class="soft">{escape(changed(each.wanted.stage, each.got.stage))}</td></tr>'
    )
