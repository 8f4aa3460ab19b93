"""``rules compare``, ``replay`` and ``shadow`` and ``explain``: what they print, write and return."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bot.cli import lodestone
from bot.comparison.page import MOST, as_page
from bot.comparison.sides import Side
from bot.imagined import Told
from pipelines.events import Alert
from pipelines.judged import write_judged
from pipelines.kept_rules import keep_rule_set
from pipelines.language.reader import load_reader
from pipelines.rule_news import note_shadow
from pipelines.rulebook import load_rulebook, load_rules
from pipelines.shadow import write_shadow
from pipelines.store import connect
from rules.compare import compare
from rules.judge import judge
from rules.verdict import Label, Severity, Verdict
from tests.rules.stories import story

NOW = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5)
TITLES = (
    "China bans gallium exports",
    "US adds 20 Chinese chip firms to entity list",
    "Bakery <b>wins</b> prize for gallium bread",
    "Oil slips 2% as inventories rise",
)
NEW = """
disable: [chips-act, chips-trade-limits, policy-trade-act, policy-terms-of-trade]
rules:
  - name: any-gallium
    when: {words: [gallium]}
    then: structural
    because: Gallium & co.
    status: stable
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Rules that gain the bakery and lose the entity list."""
    new = tmp_path / "new"
    new.mkdir()
    (new / "r.yaml").write_text(NEW)
    return new


@pytest.fixture
def headlines(tmp_path: Path) -> Path:
    file = tmp_path / "headlines.jsonl"
    rows = ({"id": str(number), "title": title, "date": "2026-11-20"} for number, title in enumerate(TITLES))
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def call(*words: str, **env: str) -> Result:
    return CliRunner().invoke(
        lodestone, list(words), env={f"LODESTONE_{name.upper()}": text for name, text in env.items()}
    )


def test_what_is_gained_and_lost_is_told_with_both_reasons(folder: Path, headlines: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    said = call("rules", "compare", "shipped", str(folder), "--file", str(headlines), "--html", str(page))
    assert said.exit_code == 0, said.output
    lines = said.stdout.splitlines()
    assert lines[0] == "4 stories: 1 gained, 1 lost, 0 changed, 2 unchanged"
    assert "  semiconductor   +0  -1  ~0" in lines
    gained = lines.index("Gained: structural by the new rules only")
    assert lines[gained + 1].endswith("Bakery <b>wins</b> prize for gallium bread")
    assert "was noise" in lines[gained + 2]
    assert "now structural" in lines[gained + 3]
    assert "Gallium & co. [any-gallium]" in lines[gained + 3]
    html = page.read_text()
    assert "Bakery &lt;b&gt;wins&lt;/b&gt; prize" in html
    assert "Gallium &amp; co." in html
    assert "<b>wins" not in html
    assert no_address_in(html)


STRICTER = """
disable: [chips-act]
rules:
  - name: chips-trade-limits
    when: {topics: semiconductor, words: [wafer]}
    unless: {words: [firms]}
    then: structural
    because: Wafers.
    status: stable
  - name: any-gallium
    when: {words: [gallium]}
    then: structural
    because: Gallium.
    status: test
"""


def test_the_page_shows_what_each_side_found_and_missed(folder: Path, headlines: Path, tmp_path: Path) -> None:
    other, page = tmp_path / "other", tmp_path / "page.html"
    other.mkdir()
    (other / "r.yaml").write_text(STRICTER)
    call("rules", "compare", str(folder), str(other), "--file", str(headlines), "--html", str(page))
    html = page.read_text()
    assert '<i>✓</i> the title holds gallium <span class="soft">· &quot;gallium&quot;</span>' in html
    assert "<code>any-gallium</code> is test" in html
    call("rules", "compare", "shipped", str(other), "--file", str(headlines), "--html", str(page))
    html = page.read_text()
    assert "<code>chips-act</code> is disabled" in html
    assert "<code>chips-trade-limits</code> did not fire" in html
    assert '<i>✗</i> the title holds wafer <span class="soft">· nothing</span>' in html
    assert "but unless" in html
    call("rules", "compare", "shipped", str(folder), "--file", str(headlines), "--html", str(page))
    assert "<code>any-gallium</code> is not among these rules" in page.read_text()


def test_a_page_of_very_many_is_cut_and_says_so() -> None:
    old, new = (Verdict(label=label, severity=Severity.LOW, score=1) for label in (Label.NOISE, Label.STRUCTURAL))
    at = [NOW, NOW - timedelta(days=5000)]
    found = compare((story(title=f"Title {number}"), at[number % 2], old, new) for number in range(MOST + 2))
    html = as_page(found, Side("one", {}), Side("two", {}))
    assert html.count("<article>") == MOST
    assert f"The first {MOST} of {MOST + 2}; --json tells all." in html
    # Both days have their bar, however far apart.
    assert html.count('<rect class="gained"') == 2


def no_address_in(html: str) -> bool:
    """Whether a page fetches nothing: no source, no link, no script."""
    found: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.extend([tag] if tag in ("script", "link", "img", "iframe") else [])
            found.extend(name for name, _ in attrs if name in ("src", "href"))

    Reader().feed(html)
    return not found


@pytest.mark.parametrize(("limit", "code"), [("--max-lost=0", 1), ("--max-lost=1", 0), ("--max-gained=0", 1)])
def test_a_pull_request_is_guarded(folder: Path, headlines: Path, limit: str, code: int) -> None:
    said = call("rules", "compare", "shipped", str(folder), "--file", str(headlines), limit, "--json")
    assert said.exit_code == code
    rows = [json.loads(row) for row in said.stdout.splitlines()]
    assert {row["kind"]: row["title"] for row in rows} == {"gained": TITLES[2], "lost": TITLES[1]}
    assert rows[0]["old"]["label"] != rows[0]["new"]["label"]


def test_mistakes_are_told(folder: Path, headlines: Path, tmp_path: Path) -> None:
    (folder / "r.yaml").write_text("rulez: []\n")
    said = call("rules", "compare", "shipped", str(folder), "--file", str(headlines))
    assert said.exit_code == 1
    assert f"{folder}/r.yaml:1:1: the file has no field `rulez`; did you mean `rules`?" in said.stderr
    assert "is no folder of rules" in call("rules", "compare", "shipped", str(tmp_path / "none")).stderr
    headlines.write_text('{"id": "1"}\n')
    said = call("rules", "compare", "shipped", "shipped", "--file", str(headlines))
    assert f"{headlines}:1: 'title' is missing" in said.stderr
    headlines.write_text('{"id": "1", "title": "Chips \\ud83d", "date": "2026-11-20"}\n')
    said = call("rules", "compare", "shipped", "shipped", "--file", str(headlines))
    assert f"{headlines}:1: half of a character" in said.stderr
    said = call("rules", "compare", "shipped", "shipped", "--file", str(headlines), "--from", "2026-11-01")
    assert (said.exit_code, "leave out --from and --to" in said.stderr) == (2, True)
    assert "swap the two" in call("rules", "replay", "--from", "2026-11-02", "--to", "2026-11-01").stderr


def test_a_guard_that_looked_at_nothing_does_not_pass(tmp_path: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_text("")
    words = ["rules", "compare", "shipped", "shipped", "--file", str(empty)]
    for limit, code in (([], 0), (["--max-lost=3"], 1), (["--max-gained=0"], 1)):
        said = call(*words, *limit)
        assert said.exit_code == code
        assert "no story to compare on; fill the file" in said.stderr


@pytest.fixture
def records(store_url: str) -> str:
    """A store with the headlines as judged by the shipped rules."""

    async def work() -> None:
        store: Any = connect(store_url)
        await store.flushall()
        rulebook = load_rulebook(None)
        rules = rulebook.rules
        await keep_rule_set(store, rulebook, NOW)
        for number, title in enumerate(TITLES):
            told = Told(headline=title)
            at = NOW - timedelta(days=number)
            entry = told.entry(at)
            own = told.story(entry, load_reader().read([entry])[0], at)
            for command in write_judged(Alert(own, judge(own, rules, at), at, at)):
                await store.execute_command(*command)
        await store.aclose()

    asyncio.run(work())
    return store_url


def test_what_was_judged_is_judged_again(records: str, folder: Path, tmp_path: Path) -> None:
    env = {"redis_url": records, "data": str(tmp_path / "data")}
    said = call("rules", "replay", **env)
    assert (said.exit_code, said.stdout) == (0, "4 stories: 0 gained, 0 lost, 0 changed, 4 unchanged\n")
    said = call("rules", "replay", "--rules", str(folder), **env)
    assert said.stdout.startswith("4 stories: 1 gained, 1 lost, 0 changed, 2 unchanged\n")
    day = f"{NOW - timedelta(days=1):%Y-%m-%d}"
    said = call("rules", "replay", "--rules", str(folder), "--from", day, "--to", day, **env)
    assert said.stdout.startswith("1 story: 0 gained, 1 lost, 0 changed, 0 unchanged\n")
    said = call("rules", "replay", "--from", "2020-01-01", "--to", "2020-01-02", **env)
    assert "nothing was judged on these days" in said.stderr
    said = call("rules", "compare", "shipped", str(folder), **env)
    assert said.stdout.startswith("4 stories: 1 gained, 1 lost, 0 changed, 2 unchanged\n")
    page = tmp_path / "page.html"
    assert call("rules", "replay", "--rules", str(folder), "--html", str(page), **env).exit_code == 0
    # The rules of then are read from the store: what they found is shown, not only that they spoke.
    assert page.read_text().count("<i>✓</i> structural as read") == 2


def test_the_shadow_is_empty_where_nothing_ran(records: str, tmp_path: Path) -> None:
    env = {"redis_url": records, "data": str(tmp_path / "data")}
    assert call("rules", "shadow", **env).stdout == "the candidate rules differ nowhere yet\n"
    assert call("rules", "shadow", "--json", **env).stdout == ""
    assert call("rules", "shadow", "--clear", **env).stdout == "forgotten\n"


def test_explain_shows_clauses_words_flips_and_what_nearly_fired(tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text(NEW.replace("status: stable", "status: test"))
    words = [
        "explain",
        "US weighs gallium ban",
        "--publishers",
        "3",
        "--tier",
        "wire",
        "--all",
        "--rules",
        str(tmp_path),
    ]
    said = call(*words).stdout
    for expected in (
        "  watch-minerals → watch  packs/rare-earths-and-minerals.yaml:",
        "    ✓ stage is",
        "It would be structural by minerals-act if it were read as structural (p 0.",
        "Silent, but would have fired\n  any-gallium → structural (test)",
        '    ✓ the title holds gallium  "gallium"',
        "3 independent publishers say so.",
    ):
        assert expected in said
    row = json.loads(call(*words, "--json").stdout)
    assert row["trace"]["fired"][0]["rule"] == "watch-minerals"
    assert {flip["label"] for flip in row["trace"]["flips"]} == {"structural", "noise"}


def test_the_shadow_tells_each_candidate_by_itself(records: str, folder: Path, tmp_path: Path) -> None:
    """Counts of the one that judges now are not mixed with those of one that was changed since."""
    live, now, before = load_rules(None), load_rules(folder), load_rules(None)
    env = {"redis_url": records, "data": str(tmp_path / "d")}

    told = Told(headline=TITLES[2])
    entry = told.entry(NOW)
    story = told.story(entry, load_reader().read([entry])[0], NOW)

    async def fill() -> None:
        store: Any = connect(records)
        for command in write_shadow(story, judge(story, live, NOW), judge(story, now, NOW), NOW):
            await store.execute_command(*command)
        await note_shadow(store, before.hash, "c.yaml:1:1: bad; mend it")
        await store.aclose()

    asyncio.run(fill())
    said = call("rules", "shadow", **env)
    first, second, *rest = said.stdout.splitlines()
    assert first == f"candidate {before.hash[:8]}, which judges now: differs nowhere yet"
    assert second == f"candidate {now.hash[:8]}, no longer in use: 1 gained, 0 lost, 0 changed"
    assert "wins" in rest[0]
    assert live.hash[:8] in rest[1]
    assert "Gallium & co. [any-gallium]" in rest[2]
    assert "refused: c.yaml:1:1: bad; mend it" in said.stderr
    (row,) = map(json.loads, call("rules", "shadow", "--json", **env).stdout.splitlines())
    assert (row["kind"], row["rules"], row["live_rules"]) == ("gained", now.hash, live.hash)
    assert call("rules", "shadow", "--clear", **env).exit_code == 0
    assert call("rules", "shadow", "--json", **env).stdout == ""
