"""``lodestone label``: one row out per row in, and clear words for bad rows."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from bot.commandline.label import label

ROWS = [
    {
        "id": "a",
        "title": "US imposes 25% tariffs on Canada",
        "date": "2026-03-02T09:00:00",
        "publisher": "Nobody Known",
    },
    {"id": "b", "title": "Village fair opens", "date": "2026-03-01T09:00:00+02:00"},
    {"id": "c", "title": "中国禁止向美国出口镓", "date": "2026-03-03", "summary": "x"},
]


def test_rows_come_out_in_order_from_a_file_and_from_standard_input(tmp_path: Path) -> None:
    text = "".join(json.dumps(row) + "\n" for row in ROWS)
    file = tmp_path / "in.jsonl"
    file.write_text(text, encoding="utf-8")
    named = CliRunner().invoke(label, [str(file)])
    piped = CliRunner().invoke(label, ["-"], input=text)
    assert named.exit_code == piped.exit_code == 0
    assert named.stdout == piped.stdout
    out = [json.loads(line) for line in named.stdout.splitlines()]
    assert [row["id"] for row in out] == ["a", "b", "c"]
    assert set(out[0]) == {"id", "topics", "structural", "p_structural", "event", "stage", "verdict"}
    assert (out[0]["event"], out[0]["structural"], out[0]["verdict"]) == ("tariff", True, "structural")
    assert [row["verdict"] for row in out[1:]] == ["noise", "structural"]
    assert named.stderr == ""


def test_a_bad_row_is_named_by_file_and_line(tmp_path: Path) -> None:
    file = tmp_path / "in.jsonl"
    file.write_text(json.dumps(ROWS[0]) + "\n{oops\n", encoding="utf-8")
    result = CliRunner().invoke(label, [str(file)])
    assert result.exit_code == 1
    assert "in.jsonl:2:" in result.stderr


def test_bytes_that_are_no_text_are_a_clear_error(tmp_path: Path) -> None:
    file = tmp_path / "in.jsonl"
    file.write_bytes(b"\xff\xfe\x00")
    result = CliRunner().invoke(label, [str(file)])
    assert result.exit_code == 1
    assert "UTF-8" in result.stderr
