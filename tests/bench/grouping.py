"""Which story a headline belongs to, and what finding that costs: Lodestone beside MinHash LSH and rapidfuzz.

``make bench ARGS="grouping [FILE]"``: the known stories of FILE are scored set by set; then windows of recent headlines
are filled with its rows, repeated in other words, and more are placed. Without FILE the headlines are of our own words.
Each side has a process of its own. For reading by a person:

    python -m tests.bench.grouping --pairs 200 FILE [GROUPED]    pairs that were merged, GROUPED as `group` wrote it
    python -m tests.bench.grouping --corroboration 200 FILE      pairs that count as independent, with their families
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from tests.bench.grouping_load import BULK, Row, invented, read_sets, repeated, write_rows
from tests.bench.grouping_pairs import show_corroboration, show_pairs
from tests.bench.grouping_run import MEASURED
from tests.bench.grouping_sides import SIDES

WINDOWS = (1_000, 10_000, 20_000, 100_000)
SCORED = 7_000
"""Headlines of a set that are scored at most: rapidfuzz compares each with all before it."""


def main(argv: Sequence[str] | None = None) -> None:
    """Print the figures, or pairs to read."""
    parser = argparse.ArgumentParser(
        prog="grouping", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", nargs="?", type=Path, help="JSON Lines of {id, title, date, publisher, story, set}")
    parser.add_argument("grouped", nargs="?", type=Path, help="what `lodestone group` wrote of FILE; else it is run")
    parser.add_argument("--windows", type=_sizes, default=WINDOWS, metavar="N,N", help="recent headlines")
    parser.add_argument(
        "--sides", type=_sides, default=tuple(SIDES), metavar="NAME;NAME", help=f"of {'; '.join(SIDES)}"
    )
    parser.add_argument("--pairs", type=int, metavar="N", help="print N merged pairs")
    parser.add_argument("--corroboration", type=int, metavar="N", help="print N pairs that count as independent")
    parser.add_argument("--seed", type=int, default=1, help="of the choice of pairs")
    options = parser.parse_args(argv)
    if options.pairs is None and options.corroboration is None:
        _measure(options.file, options.windows, options.sides)
        return
    if options.file is None:
        parser.error("which headlines? name a FILE of {id, title, date, publisher}")
    if options.pairs is not None:
        show_pairs(options.file, options.grouped, options.pairs, options.seed)
    if options.corroboration is not None:
        show_corroboration(options.file, options.corroboration, options.seed)


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(int(word) for word in text.split(","))


def _sides(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(";"))
    if unknown := [name for name in names if name not in SIDES]:
        raise argparse.ArgumentTypeError(f"there is no side {unknown[0]!r}; use one of {'; '.join(SIDES)}")
    return names


def _measure(file: Path | None, windows: Sequence[int], names: Sequence[str]) -> None:
    most = max(windows) + MEASURED
    sets = read_sets(file) if file else {"our own words": list(islice(invented(most), 5_000))}
    if not sets:
        raise SystemExit(f"{file}: no row has a story; add the field `story`, or name no file")
    bulk = BULK if BULK in sets else max(sets, key=lambda name: len(sets[name]))
    load = repeated(sets[bulk], most) if file else invented(most)
    with tempfile.TemporaryDirectory() as folder:
        bars = _score(sets, bulk, names, Path(folder))
        _time(load, f"{bulk}, repeated in other words" if file else bulk, bars, windows, Path(folder))


def _score(sets: dict[str, list[Row]], bulk: str, names: Sequence[str], folder: Path) -> dict[str, float]:
    """Print how well each side finds the known stories; the bar of each that answered, as it is best for the load."""
    bars, missing = dict[str, float](), set[str]()
    print("same story, pairs of headlines; a rival's bar is the best one for these very rows")
    print(f"  {'':24}{'':18}{'precision':>10}{'recall':>8}{'F1':>7}{'bar':>6}", flush=True)
    for name, rows in sets.items():
        write_rows(rows[:SCORED], folder / "known.jsonl")
        label = f"{name}, {min(len(rows), SCORED):,}"
        for side in names:
            found = None if side in missing else _run("quality", side, folder / "known.jsonl")
            if found is None:
                missing.add(side)
                continue
            if name == bulk:
                bars[side] = found["bar"]
            bar = f"{found['bar']:g}" if found["bar"] else ""
            print(
                f"  {label:24}{side:18}{found['precision']:>10.2f}{found['recall']:>8.2f}{found['f1']:>7.2f}{bar:>6}",
                flush=True,
            )
            label = ""
    return bars


def _time(load: Iterator[Row], name: str, bars: dict[str, float], windows: Sequence[int], folder: Path) -> None:
    """Print what each side costs on the load, and whether the product's bar is met."""
    write_rows(load, folder / "load.jsonl")
    print(
        f"\n{MEASURED:,} more headlines into a full window (fewer where a side takes long), by the processor's time"
        f"\nload: {name}"
    )
    print(f"  {'window':>8}  {'':18}{'headlines/s':>12}{'p99 ms':>9}{'window MB':>11}{'process MB':>12}", flush=True)
    ours = dict[int, float]()
    for window in windows:
        label = f"{window:,}"
        for side, bar in bars.items():
            found = _run("speed", side, window, bar, folder / "load.jsonl")
            if found is None:
                continue
            few = f"  (of {found['placed']})" if found["placed"] < MEASURED else ""
            print(
                f"  {label:>8}  {side:18}{found['per_s']:>12,.0f}{found['p99_ms']:>9.2f}{found['window_mb']:>11.1f}"
                f"{found['process_mb']:>12.0f}{few}",
                flush=True,
            )
            label = ""
            if side == "Lodestone":
                ours[window] = found["per_s"]
    if 20_000 in ours:
        met = "aim met" if ours[20_000] >= 3_000 else "floor met, aim missed" if ours[20_000] >= 500 else "FLOOR MISSED"
        print(f"\nagainst 20,000: {ours[20_000]:,.0f} headlines/s (floor 500, aim 3,000): {met}")


def _run(*words: object) -> dict[str, Any] | None:
    """One measurement in a process of its own; None, with a line that says so, where its package is missing."""
    command = [sys.executable, "-m", "tests.bench.grouping_run", *map(str, words)]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    if done.returncode == 3:
        package = done.stderr.split()[-1]
        print(f"  {words[1]}: the package {package} is not installed; `make setup` brings it", flush=True)
        return None
    if done.returncode:
        raise SystemExit(done.stderr)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


if __name__ == "__main__":
    main()
