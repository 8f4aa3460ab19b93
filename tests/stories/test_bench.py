"""What the benchmark of grouping counts with, and the pairs that it shows to a reader."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import pytest

from tests.bench.grouping import main
from tests.bench.grouping_load import Row, invented, repeated
from tests.bench.grouping_pairs import merged_pairs
from tests.bench.grouping_run import pairs

STORIES = {"a1": "a", "b1": "b", "a2": "a", "c1": "c", "a3": "a", "b2": "b"}


def test_merged_pairs_are_each_drawn_once_and_all_where_there_are_fewer() -> None:
    every = merged_pairs(STORIES, 10, seed=1)
    assert sorted(every) == [("a1", "a2"), ("a1", "a3"), ("a2", "a3"), ("b1", "b2")]
    assert merged_pairs(STORIES, 2, seed=5) == merged_pairs(STORIES, 2, seed=5)
    drawn = {pair for seed in range(50) for pair in merged_pairs(STORIES, 1, seed)}
    assert drawn == set(every)
    assert merged_pairs({"x": "1", "y": "2"}, 3, seed=1) == []


def test_pair_figures() -> None:
    known, found = ["a", "a", "a", "b", "b"], ["1", "1", "2", "2", "3"]
    assert pairs(known, found) == {"precision": 0.5, "recall": 0.25, "f1": 2 / 6}
    assert pairs(known, known)["f1"] == 1.0
    assert pairs(["a", "b"], ["1", "2"])["f1"] == 0.0


def test_a_copy_of_the_load_has_other_words_for_the_rare_ones_and_keeps_its_stories_apart() -> None:
    common = " ".join("".join(chr(97 + int(digit)) for digit in str(n)) * 2 for n in range(100, 200))
    words = ["quartz", "basalt", "gneiss", "schist", "marble", "slate"]
    rows = [Row(f"{n}", f"{common} {word.upper()}", "", "s", "") for n, word in enumerate(words)]
    first, second = (list(islice(repeated(rows, 12), start, start + 6)) for start in (0, 6))
    assert [row.title for row in first] == [row.title for row in rows]
    assert sorted(row.title.split()[-1] for row in second) == sorted(word.upper() for word in words)
    assert [row.title for row in second] != [row.title for row in rows]
    assert all(row.title.startswith(common) for row in second)
    assert {row.story for row in first} != {row.story for row in second}
    assert len({row.id for row in first + second}) == 12
    assert list(invented(40)) == list(invented(40))


def test_pairs_are_shown_oldest_first_with_their_publishers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        {"id": "late", "title": "Oman bans chromite exports", "date": "2026-11-24T09:00:00", "publisher": "Dawn"},
        {"id": "early", "title": "Oman bans exports of chromite", "date": "2026-11-24T08:00:00"},
        {"id": "alone", "title": "Ghana opens refinery", "date": "2026-11-24T08:00:00", "publisher": "BBC"},
    ]
    file, grouped = tmp_path / "rows.jsonl", tmp_path / "grouped.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)))
    stories = [{"id": row["id"], "story": "x" if row["id"] != "alone" else "y"} for row in rows]
    grouped.write_text("\n".join(map(json.dumps, stories)))
    main(["--pairs", "9", str(file), str(grouped)])
    assert capsys.readouterr().out.splitlines() == [
        "1. x",
        "   2026-11-24T08:00  Oman bans exports of chromite  [-; early]",
        "   2026-11-24T09:00  Oman bans chromite exports  [Dawn; late]",
    ]
    grouped.write_text('{"id": "strange", "story": "x"}\n')
    with pytest.raises(SystemExit, match="1 grouped ids are not in the file, first strange"):
        main(["--pairs", "9", str(file), str(grouped)])


def test_two_papers_are_shown_as_two_voices(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    titles = {
        "Reuters": "Oman bans chromite ore exports from Sohar",
        "Investing.com": "Oman bans chromite ore exports from Sohar By Reuters",
        "Dawn": "Oman prohibits all exports of chromite ore from Sohar port, says ministry",
    }
    rows = [
        {"id": name, "title": title, "date": f"2026-11-24T{8 + 3 * n:02}:00:00", "publisher": name}
        for n, (name, title) in enumerate(titles.items())
    ]
    file = tmp_path / "rows.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)))
    main(["--corroboration", "9", str(file)])
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "3 headlines, 1 stories, 1 with two families or more, 1 pairs"
    assert [line.split(":")[0].strip() for line in said[2:]] == ["thomson-reuters", "dawn"]
