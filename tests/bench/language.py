"""The reader beside a filter of key words and a TF-IDF model, on the same headlines, in one run; then what it costs.

``make bench ARGS="language --extra DIR"``: the rivals learn from what the product learned from (the repository's
corpus and the labelled headlines of DIR), and all three are scored on DIR/dev.jsonl, its parts apart. Without DIR:
learned from nine tenths of the corpus, scored on the tenth that is set aside. A FILE of labelled headlines takes the
place of what is scored.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from bot.commandline.evaluate import score_rows
from pipelines.labelled import Labelled, read_labelled
from pipelines.language import reader as reader_file
from pipelines.language.figures import Figures, Labels, Scored, figures, part_of
from pipelines.language.reader import build_reader
from pipelines.language.training.rows import Row, extra_corpus, own_corpus, without_copies
from pipelines.language.training.train import is_test
from pipelines.rulebook import load_rules
from tests.bench.language_cost import measured
from tests.bench.language_rivals import Example, Rival, keyword_filter, tfidf

CORPUS = Path(reader_file.__file__).parent / "corpus" / "headlines.jsonl"
_BARS = "bars: 500 headlines a second and core, 1 s, 150 MB; aims: 2,000, 0.3 s, 80 MB"


def main(argv: list[str] | None = None) -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="language", description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, help="labelled headlines to score on")
    parser.add_argument("--extra", type=Path, help="folder with train.jsonl, dev.jsonl and days.jsonl")
    options = parser.parse_args(argv)
    rows = without_copies([*(extra_corpus(options.extra) if options.extra else []), *own_corpus()])
    file = options.file or (options.extra / "dev.jsonl" if options.extra else None)
    scored = read(file) if file else [each for each in read(CORPUS) if set_aside(each.entry.id)]
    known = {each.entry.title for each in scored}
    learned = [_example(row) for row in rows if not is_test(row) and row.title not in known]
    print(f"learned from {len(learned):,} headlines, scored on {len(scored):,} others\n", flush=True)
    _compare(learned, scored, parts=bool(options.extra and not options.file))
    _cost(scored, options.extra)


def _example(row: Row) -> Example:
    topics = tuple(topic.value for topic in row.topics)
    return row.title, Labels(topics, row.structural, row.event.value, row.stage.value)


def read(file: Path) -> list[Labelled]:
    """The labelled headlines of a file."""
    with file.open(encoding="utf-8") as lines:
        return list(read_labelled(lines, file.name))


def set_aside(item: str) -> bool:
    """Whether an id of the corpus belongs to the tenth that nothing learns from."""
    return int(hashlib.sha1(item.encode()).hexdigest(), 16) % 10 == 0


def _compare(examples: Sequence[Example], scored: Sequence[Labelled], *, parts: bool) -> None:
    sides = {
        "key words": _scored_by(keyword_filter(examples), scored),
        "TF-IDF": _scored_by(tfidf(examples), scored),
        "Lodestone": list(score_rows(scored, build_reader(), load_rules(None))),
    }
    for part in ("seen", "kept", "all") if parts else ("all",):
        of_part = {
            side: figures([row for row in rows if part in ("all", part_of(row.id))]) for side, rows in sides.items()
        }
        print(f"{part}: {next(iter(of_part.values())).count:,} headlines")
        print(f"  {'':34}" + "".join(f"{side:>12}" for side in of_part))
        columns = [dict(lines(found)) for found in of_part.values()]
        for name in columns[-1]:
            print(f"  {name:34}" + "".join(_cell(column.get(name)) for column in columns))
        print(flush=True)


def _scored_by(rival: Rival, scored: Sequence[Labelled]) -> list[Scored]:
    got: list[Labels] = rival([each.entry.title for each in scored])
    return [
        Scored(each.entry.id, each.entry.title, each.wanted, labels) for each, labels in zip(scored, got, strict=True)
    ]


def lines(found: Figures) -> list[tuple[str, float | None]]:
    """The figures that are compared, each with its name."""
    by_name = {each.name: each for each in found.scores}
    structural, verdict = by_name["structural"], by_name.get("verdict")
    event, stage = found.accuracies
    return [
        ("core topics, micro F1", found.core.f1),
        *((f"{name} F1", each.f1) for name, each in by_name.items() if name not in ("structural", "verdict")),
        ("structural F1", structural.f1),
        ("structural F1 at its best cut", _best_f1(found)),
        ("structural precision", structural.precision),
        ("structural recall", structural.recall),
        ("structural precision at recall 0.75", found.at_recall),
        ("verdict F1, by the rules", verdict.f1 if verdict else None),
        ("event right on acts", event.acts),
        ("event macro F1", event.macro_f1),
        ("stage right on acts", stage.acts),
        ("stage macro F1", stage.macro_f1),
    ]


def _best_f1(found: Figures) -> float | None:
    """What the best cut on these very headlines would give: it flatters, and shows what a cut set elsewhere costs."""
    sums = [(point.precision, point.recall) for point in found.curve if point.precision + point.recall]
    return max((2 * p * r / (p + r) for p, r in sums), default=None)


def _cell(value: float | None) -> str:
    return f"{'-' if value is None else f'{value:.3f}':>12}"


def _cost(scored: Sequence[Labelled], extra: Path | None) -> None:
    mixes = {"what is scored": [each.entry.title for each in scored]}
    days = extra / "days.jsonl" if extra else None
    if days is not None and days.exists():
        with days.open(encoding="utf-8") as rows:
            mixes = {"the mix of nine days": [json.loads(row)["title"] for row in rows], **mixes}
    print(f"cost of the whole reader, one thread, batches of 256, a fresh process each; {_BARS}")
    for name, titles in mixes.items():
        cost = measured(titles)
        print(
            f"  {name}, {cost['headlines']:,} headlines: "
            f"{cost['per_cpu_s']:,.0f} a CPU second, {cost['per_s']:,.0f} a second of the clock\n"
            f"    loaded in {cost['load_s']:.2f} s ({cost['load_cpu_s']:.2f} s CPU), {cost['loaded_mb']:+.0f} MB; "
            f"after the first batch {cost['read_mb']:+.0f} MB",
            flush=True,
        )


if __name__ == "__main__":
    main()
