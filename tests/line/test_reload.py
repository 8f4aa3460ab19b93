"""Rules that change while the product runs: in force within seconds when sound, refused loudly when not."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as StoreConnectionError

from bot.languages.translator import ENGLISH
from bot.markup import Message
from bot.reloads import Said, changes, tell_reloads, tell_shadow
from bot.rulekeeping import Outcome, Refused, Reloaded, RuleKeeper, load_candidate
from pipelines.kept_rules import keep_rule_set, read_rule_set
from pipelines.rule_news import RuleNews, note_begun, note_refusal, read_rule_news
from pipelines.rulebook import Rulebook, load_rulebook
from rules.errors import RuleError, RuleErrors
from rules.ruleset import RuleSet
from tests.conftest import Clock

RULE = "rules: [{name: mine, when: {words: [%s]}, then: structural, because: Mine., status: stable}]\n"


QUIET = "rules: [{name: quiet, when: {words: [dysprosium]}, then: noise, because: Hush., status: stable}]\n"
BAD = (RULE % "gallium").replace("words", "wordz")


class Folder:
    """A folder of rules, its keeper, and what the keeper told."""

    def __init__(self, path: Path, **given: Any) -> None:
        self.path = path
        self.told: list[Outcome] = []
        self.keeper = RuleKeeper(path, load_rulebook(path), self._tell, **given)

    async def _tell(self, outcome: Outcome) -> None:
        self.told.append(outcome)

    def write(self, text: str, name: str = "r.yaml") -> None:
        self.path.mkdir(exist_ok=True)
        (self.path / name).write_text(text)

    async def looks(self, count: int = 2) -> list[Outcome]:
        """So many looks; what was told since the last time."""
        for _ in range(count):
            await self.keeper.look()
        told, self.told = self.told, []
        return told

    @property
    def has_mine(self) -> bool:
        return any(rule.name == "mine" for rule in self.keeper.rules.rules)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "rules")


async def test_a_sound_change_is_in_force_at_the_second_look(folder: Folder) -> None:
    """The first look may see half a file."""
    assert await folder.looks() == []
    folder.write(RULE % "gallium")
    assert await folder.looks(1) == []
    (told,) = await folder.looks(1)
    assert isinstance(told, Reloaded)
    assert folder.has_mine
    assert told.old is not None
    assert told.new.rules.hash == folder.keeper.rules.hash != told.old.hash
    assert await folder.looks(3) == []


async def test_a_file_that_grows_is_not_read_before_it_rests(folder: Folder) -> None:
    text = RULE % "gallium"
    for end in range(10, len(text), 20):
        folder.write(text[:end])
        assert await folder.looks(1) == []
    folder.write(text)
    assert [type(told) for told in await folder.looks()] == [Reloaded]


async def test_a_bad_change_keeps_the_set_and_is_told_once(folder: Folder) -> None:
    folder.write(RULE % "gallium")
    await folder.looks()
    good = folder.keeper.rules.hash
    folder.write(BAD)
    (refused,) = await folder.looks()
    assert isinstance(refused, Refused)
    assert "did you mean `words`?" in str(refused.faults[0])
    os.utime(folder.path / "r.yaml", ns=(10**9, 10**9))  # saved again with the same fault
    assert await folder.looks() == []
    assert folder.keeper.rules.hash == good
    folder.write(RULE % "gallium")
    (mended,) = await folder.looks()
    assert isinstance(mended, Reloaded)
    assert folder.keeper.rules.hash == good


async def test_a_folder_that_goes_leaves_the_shipped_rules(folder: Folder) -> None:
    folder.write(RULE % "gallium")
    await folder.looks()
    (folder.path / "r.yaml").unlink()
    folder.path.rmdir()
    (told,) = await folder.looks()
    assert isinstance(told, Reloaded)
    assert told.gone
    assert not folder.has_mine


async def test_no_bad_file_loses_a_rule(folder: Folder) -> None:
    """The last good set is kept, whatever is written."""
    folder.write(RULE % "gallium")
    await folder.looks()
    good, refusals = folder.keeper.rules.hash, 0
    bad = ("rules: [", "\t", "rules: 1", "a: &a [*a]", RULE % "[", "rules: [{name: mine}]", "\x00", "- x")
    for number in range(40):
        folder.write(f"# {number}\n{bad[number % len(bad)]}")
        refusals += sum(isinstance(told, Refused) for told in await folder.looks())
        assert folder.keeper.rules.hash == good
    assert refusals == 40


async def test_what_is_told_is_logged_counted_and_written_to_admins(
    folder: Folder, store: Redis, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    written: list[Message] = []

    async def notify(said: Said) -> None:
        written.append(said(ENGLISH))

    told = tell_reloads(store, clock, notify)
    folder.write(BAD)
    for outcome in await folder.looks():
        await told(outcome)
    assert "r.yaml:1:" in written[0].plain
    assert "did you mean `words`?" in written[0].plain
    assert any(record.getMessage().startswith("rules.refused file=") for record in caplog.records)
    news = await read_rule_news(store)
    assert (news.refusals, news.reloads, news.refused) == (1, 0, clock())
    assert "r.yaml:1:" in news.fault

    folder.write(RULE % "gallium")
    for outcome in await folder.looks():
        await told(outcome)
    assert "1 added" in written[1].plain
    news = await read_rule_news(store)
    assert (news.refusals, news.reloads, news.fault) == (1, 1, "")


async def test_sets_of_long_ago_are_dropped(folder: Folder, store: Redis, clock: Clock) -> None:
    first = load_rulebook(folder.path)
    await keep_rule_set(store, first, clock())
    folder.write(RULE % "gallium")
    second = load_rulebook(folder.path)
    await keep_rule_set(store, second, clock())
    clock.advance(days=401)
    await keep_rule_set(store, second, clock())
    assert await read_rule_set(store, first.rules.hash) is None


async def test_what_changed_before_the_first_look_is_not_missed(folder: Folder) -> None:
    """Between reading at the start and looking, the store is opened, which takes a while."""
    folder.write(RULE % "gallium")
    (told,) = await folder.looks()
    assert isinstance(told, Reloaded)
    assert folder.has_mine


async def test_a_link_to_nowhere_hides_no_change_of_other_files(folder: Folder) -> None:
    folder.path.mkdir()
    for name in ("a.yaml", "z.yaml"):
        (folder.path / name).symlink_to(folder.path / "nowhere")
    assert await folder.looks() == []
    folder.write(RULE % "gallium")
    assert [type(told) for told in await folder.looks()] == [Reloaded]
    folder.write(RULE % "germanium")
    assert [type(told) for told in await folder.looks()] == [Reloaded]


async def test_a_folder_that_cannot_be_read_is_refused(folder: Folder, tmp_path: Path) -> None:
    """The same as a bad file: nobody's rules go because a disk is away."""
    with pytest.raises(RuleErrors, match="cannot be read: File name too long; mend its permissions"):
        load_rulebook(tmp_path / ("x" * 300))
    link = tmp_path / "rules"
    here = tmp_path / "here"
    here.mkdir()
    (here / "r.yaml").write_text(RULE % "gallium")
    link.symlink_to(here)
    assert [type(told) for told in await folder.looks()] == [Reloaded]
    link.unlink()
    link.symlink_to(tmp_path / ("x" * 300))
    (refused,) = await folder.looks()
    assert isinstance(refused, Refused)
    assert folder.has_mine


async def test_a_file_that_changes_while_it_is_read_is_neither_good_nor_bad(tmp_path: Path) -> None:
    """Its next look and the one after read it again."""
    hands = [BAD, RULE % "gallium"]

    def read(path: Path) -> Rulebook:
        if hands:
            (path / "r.yaml").write_text(hands.pop(0))
        return load_rulebook(path)

    folder = Folder(tmp_path / "rules", read=read)
    folder.write(RULE % "tin")
    assert await folder.looks(4) == []
    assert not folder.has_mine
    assert [type(told) for told in await folder.looks()] == [Reloaded]
    assert folder.has_mine


async def test_no_set_comes_into_force_before_its_text_is_kept(tmp_path: Path) -> None:
    away = [True]

    async def keep(rulebook: Rulebook) -> None:
        if away:
            raise StoreConnectionError("away")

    folder = Folder(tmp_path / "rules", keep=keep)
    folder.write(RULE % "gallium")
    assert await folder.looks(4) == []
    assert not folder.has_mine
    away.clear()
    assert [type(told) for told in await folder.looks(1)] == [Reloaded]
    assert folder.has_mine


async def test_a_surprise_in_reading_keeps_the_set(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def read(path: Path) -> Rulebook:
        if path.is_dir():
            raise RecursionError
        return load_rulebook(path)

    folder = Folder(tmp_path / "rules", read=read)
    await folder.looks()
    good = folder.keeper.rules
    folder.write(RULE % "gallium")
    (refused,) = await folder.looks()
    assert isinstance(refused, Refused)
    assert "nobody foresaw (RecursionError)" in str(refused.faults[0])
    assert "rules.surprise" in caplog.text
    assert folder.keeper.rules is good


FILTER = "filters: [{name: f, suppresses: [mine], when: {form: opinion}, because: F., status: stable}]\n"
TEST = (RULE % "gallium").replace("stable", "test")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("", RULE % "gallium", "rules 1 added"),
        ("", TEST, "rules 1 added"),
        (RULE % "gallium", "", "rules 1 removed"),
        (RULE % "gallium", RULE % "tin", "rules 1 changed"),
        (RULE % "gallium", TEST, "rules 1 changed"),
        (RULE % "gallium", "# why\n" + RULE % "gallium", ""),
        (RULE % "gallium" + FILTER, "# why\n" + RULE % "gallium" + FILTER, ""),
        (RULE % "gallium" + FILTER, RULE % "gallium" + FILTER.replace("opinion", "question"), "filters 1 changed"),
        (RULE % "gallium", RULE % "tin" + FILTER, "rules 1 changed; filters 1 added"),
        ("", "disable: [minerals-act]\n", "rules 1 changed"),
        ("", "weights: {event: {tariff: 1}}\n", "weights changed"),
    ],
)
async def test_what_changed_is_told_in_numbers(tmp_path: Path, before: str, after: str, told: str) -> None:
    """Where a rule stands, and what is written over it, is no change."""
    folder = Folder(tmp_path / "rules")
    folder.write(before)
    old = load_rulebook(folder.path).rules
    folder.write(after)
    assert changes(old, load_rulebook(folder.path).rules) == told


async def test_a_comment_is_no_news_and_a_mended_fault_is(folder: Folder, store: Redis, clock: Clock) -> None:
    written: list[Message] = []

    async def notify(said: Said) -> None:
        written.append(said(ENGLISH))

    told = tell_reloads(store, clock, notify)
    for text in (RULE % "gallium", "# why\n" + RULE % "gallium", BAD, RULE % "gallium"):
        folder.write(text)
        for outcome in await folder.looks():
            await told(outcome)
    added, refused, mended = (message.plain for message in written)
    assert "rules 1 added" in added
    assert "refused" in refused
    assert "sound again" in mended
    news = await read_rule_news(store)
    assert (news.reloads, news.refusals, news.rules) == (2, 1, folder.keeper.rules.hash)


async def test_a_change_that_several_processes_see_is_counted_once(folder: Folder, store: Redis, clock: Clock) -> None:
    async def notify(said: Said) -> None: ...

    processes = [tell_reloads(store, clock, notify) for _ in range(3)]
    for text in (RULE % "gallium", BAD, RULE % "tin", RULE % "gallium"):
        folder.write(text)
        for outcome in await folder.looks():
            for told in processes:
                await told(outcome)
    news = await read_rule_news(store)
    assert (news.reloads, news.refusals, news.fault) == (3, 1, "")


async def test_a_start_with_sound_rules_ends_a_refusal(folder: Folder, store: Redis, clock: Clock) -> None:
    await note_refusal(store, [RuleError("r.yaml", 1, 1, "bad", "mend it")], clock())
    assert (await read_rule_news(store)).fault == "r.yaml:1:1: bad; mend it"
    await note_begun(store, load_rulebook(folder.path))
    news = await read_rule_news(store)
    assert (news.refusals, news.fault, news.rules) == (1, "", folder.keeper.rules.hash)


async def test_a_candidate_judges_once_it_is_sound(
    tmp_path: Path, store: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    """Bad from the start, mended, bad again, and gone: the last sound one judges."""
    path = tmp_path / "candidate"
    keeper = RuleKeeper(path, None, tell_shadow(store), read=load_candidate)

    async def after_looks() -> tuple[RuleSet | None, RuleNews]:
        await keeper.look()
        await keeper.look()
        return keeper.sound, await read_rule_news(store)

    sound, news = await after_looks()
    assert (sound, news.shadow) == (None, "")
    assert "is not a folder" in news.shadow_fault
    path.mkdir()
    (path / "r.yaml").write_text(BAD)
    sound, news = await after_looks()
    assert (sound, news.shadow) == (None, "")
    assert "did you mean `words`?" in news.shadow_fault
    (path / "r.yaml").write_text(RULE % "gallium")
    sound, news = await after_looks()
    assert sound is not None
    assert (news.shadow, news.shadow_fault) == (sound.hash, "")
    (path / "r.yaml").unlink()
    path.rmdir()
    still, news = await after_looks()
    assert still is sound
    assert news.shadow == sound.hash
    assert "is not a folder" in news.shadow_fault
    assert caplog.text.count("shadow.refused") == 3
    assert (news.refusals, news.fault) == (0, "")
