"""A round over 1,000 feeds of 30 items, a tenth of them with two new ones: Lodestone beside the package ``reader``.

Both poll the same feed server, each in a fresh process. CPU seconds count the process and its children: parsers and the
embedded store for Lodestone; ``reader`` has none. Its store is SQLite on disk, as it comes.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from typing import Any

from tests.bench.feed_farm import NEW, ROUNDS


def main(argv: list[str] | None = None) -> int:
    """Print the figures of both; the exit status says whether the bar is met."""
    parser = argparse.ArgumentParser(prog="polling", description=__doc__)
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=1, help="reader's threads; more of them made it slower")
    options = parser.parse_args(argv)
    farm = subprocess.Popen([sys.executable, "-m", "tests.bench.feed_farm"], stdin=-1, stdout=-1, text=True)
    try:
        assert farm.stdout is not None
        port = farm.stdout.readline().strip()
        found = {side: _run(side, port, options) for side in ("lodestone", "reader")}
    finally:
        farm.terminate()
    return _show(found, options.feeds)


def _run(side: str, port: str, options: argparse.Namespace) -> dict[str, Any]:
    command = [sys.executable, "-m", f"tests.bench.polling_{side}", port, str(options.feeds), str(options.workers)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def _show(found: dict[str, dict[str, Any]], feeds: int) -> int:
    print(f"{feeds} feeds x 30 items; median of {ROUNDS} rounds with a tenth changed, {NEW} new items each\n")
    print(f"{'':22}{'feeds/CPU s':>12}{'feeds/s':>10}{'CPU s':>8}{'wall s':>8}{'new items':>11}")
    for side, result in found.items():
        for name in ("first", "changed"):
            row = result[name]
            per_cpu, per_s = feeds / row["cpu"], feeds / row["wall"]
            label = f"{side}, {'first round' if name == 'first' else 'a tenth new'}"
            print(f"{label:22}{per_cpu:>12.0f}{per_s:>10.0f}{row['cpu']:>8.2f}{row['wall']:>8.2f}{row['new']:>11}")
    ours, theirs = found["lodestone"], found["reader"]
    times = theirs["changed"]["cpu"] / ours["changed"]["cpu"]
    parts = ", ".join(f"{name} {seconds:.2f}" for name, seconds in ours["changed"]["parts"].items())
    lag = {name: ours[name]["lag"] for name in ("first", "changed")}
    print(f"\nCPU seconds of Lodestone's round: {parts}")
    for name, (p99, most) in lag.items():
        print(f"loop lag, {name}: p99 {p99 * 1000:.1f} ms, maximum {most * 1000:.1f} ms")
    met = times >= 1.5 and lag["changed"][0] < 0.1
    bars = "bars of 1.5 times and a lag p99 under 100 ms"
    print(f"{times:.2f} times the feeds per CPU second of reader; {bars}: {'met' if met else 'MISSED'}")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
