"""``lodestone group`` on a file."""

import json
from pathlib import Path

from click.testing import CliRunner

from bot.commandline.group import group, place
from pipelines.stories.identity import Index, Item
from pipelines.stories.memory import sketch_of
from rules.story import Event
from tests.stories.headlines import reading

ROWS = (
    {"id": "1", "title": "Oman bans chromite ore exports", "date": "2026-11-24T08:00:00", "publisher": "Reuters"},
    {
        "id": "2",
        "title": "Ghana opens manganese refinery in Takoradi",
        "date": "2026-11-24T08:05:00",
        "publisher": "BBC",
    },
    {"id": "3", "title": "Oman bans exports of chromite ore", "date": "2026-11-24T09:00:00+00:00", "publisher": "Dawn"},
    {
        "id": "2",
        "title": "Ghana opens manganese refinery in Takoradi",
        "date": "2026-11-24T10:00:00",
        "publisher": "BBC",
    },
)


def test_each_row_gets_its_story(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text("\n".join(map(json.dumps, ROWS)) + "\n\n", "utf-8")
    result = CliRunner().invoke(group, [str(file)])
    assert result.exit_code == 0, result.output
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [row["id"] for row in rows] == ["1", "2", "3", "2"]
    assert rows[0]["story"] == rows[2]["story"] != rows[1]["story"] == rows[3]["story"]
    assert "4 headlines, 2 stories" in result.stderr
    again = CliRunner().invoke(group, ["-"], input=file.read_bytes())
    assert again.stdout == result.stdout


def test_stories_that_turn_out_to_be_one_are_noted() -> None:
    titles = (
        "Zimbabwe halts lithium exports from Bikita mine",
        "Bikita lithium held at Beitbridge by order of ministry",
        "Zimbabwe ministry order halts exports of Bikita lithium at Beitbridge",
    )
    readings = [reading(title, publisher=f"Paper {n}", hours=n, event=Event.OTHER) for n, title in enumerate(titles)]
    index, merged = Index(), dict[str, str]()
    for name, before in zip(("1y0aaaaaa", "1y1bbbbbb"), readings, strict=False):
        index.add(Item(before.report.id, name, before.entry.first_seen, sketch_of(before.report)))
    assert list(place(index, [readings[2].entry], [readings[2].report], merged)) == ["1y0aaaaaa"]
    assert merged == {"1y1bbbbbb": "1y0aaaaaa"}
    assert {item.story for item in index} == {"1y0aaaaaa"}


def test_a_bad_row_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps(ROWS[0]) + '\n{"id": "2"}\n', "utf-8")
    result = CliRunner().invoke(group, [str(file)])
    assert result.exit_code == 1
    assert f"{file}:2" in result.output
    assert not result.stdout
