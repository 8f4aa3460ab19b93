"""The words of ``lodestone rules suggest``: what a proposal rests on and would do, in counts and titles. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.text import shown
from bot.words import tally_words
from rules.compare import Kind
from rules.edits import Aim
from rules.marks import Mark, Marked
from rules.story import Story
from rules.suggest import Proposal

FEWEST = 2
"""Stories marked alike that a proposal rests on at least."""
_TITLES = 3
_DONE = {
    Aim.SILENCED: ("would fall silent", "would fall silent"),
    Aim.QUIETER: ("would be told more quietly", "would change in severity"),
    Aim.LOUDER: ("would be told louder", "would change in severity"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What there was to go by.

    ``divided`` stories have two marks level, those ``gone`` have votes and no record any more. ``told`` is how many
    stories the rules in force tell in the last ``days``.
    """

    marked: Sequence[Marked]
    divided: int
    gone: int
    told: int
    days: int

    @property
    def marks(self) -> Mapping[Mark, int]:
        """How many stories bear which mark."""
        return Counter(each.mark for each in self.marked)


def too_few(heard: Heard) -> str:
    """What is missing before anything can be proposed; empty where there is enough to begin with."""
    marks = heard.marks
    unwanted, useful = marks.get(Mark.NOISE, 0) + marks.get(Mark.KNEW, 0), marks.get(Mark.USEFUL, 0)
    if unwanted >= FEWEST or useful >= FEWEST:
        return ""
    return (
        f"{_kept(heard)} Too few to propose anything: an edit rests on at least {FEWEST} stories marked alike. "
        f"Wanted: {FEWEST - unwanted} more marked noise or knew it, or {FEWEST - useful} more marked useful, "
        "by the buttons under alerts."
    )


def opening(heard: Heard, proposals: int) -> str:
    """What was heard, and how many proposals came of it."""
    if not proposals:
        marks = heard.marks
        more = FEWEST - marks.get(Mark.NOISE, 0)
        wanted = f" Silencing something wants {more} more stories marked noise." if more > 0 else ""
        return f"{_kept(heard)} No small edit does right by two of them without wronging too many others.{wanted}"
    count = "1 proposal" if proposals == 1 else f"{proposals} proposals"
    return (
        f"{_kept(heard)}\n{count}, tried on these and on the {_count(heard.told)} that the rules tell "
        f"(watch or structural) of the last {heard.days} days:"
    )


def closing(folder: str) -> str:
    """That nothing has happened, and what a person may do."""
    return (
        "Nothing has been changed, and nothing changes by itself. Take at most one at a time, and ask again after it:\n"
        f"paste its lines into a .yaml file of {folder}, or let `lodestone rules suggest --write N FILE` write\n"
        "proposal N as a file and put that there. Then `lodestone check`. To take it back, delete the lines."
    )


def render_proposal(number: int, proposal: Proposal, heard: Heard, folder: str) -> str:
    """One proposal: what it is, the marked stories that it rests on, its effect, and its YAML."""
    edit, marks = proposal.edit, heard.marks
    did, moved_so = _DONE[edit.aim]
    right = {
        Aim.SILENCED: (Mark.NOISE,),
        Aim.QUIETER: (Mark.NOISE, Mark.KNEW),
        Aim.LOUDER: (Mark.USEFUL,),
    }[edit.aim]
    wrong = (Mark.NOISE, Mark.KNEW) if edit.aim is Aim.LOUDER else (Mark.USEFUL, Mark.LATE)
    done = _titles([each.story for each in proposal.hits])
    lines = [
        f"{number}. {edit.what}",
        f"   Right: {len(proposal.hits)} of {_so_marked(right, marks)} {did}: {done}.",
    ]
    if proposal.misses:
        missed = _titles([each.story for each in proposal.misses])
        lines.append(f"   Wrong: {len(proposal.misses)} of {_so_marked(wrong, marks)} would too: {missed}.")
    else:
        lines.append(f"   Wrong: none of {_so_marked(wrong, marks)}.")
    if proposal.knew:
        lines.append(f"   Counted neither way: {len(proposal.knew)} marked knew it {did} too.")
    moved = proposal.lately.differences
    nobody = f", {len(proposal.unmarked)} that nobody marked: {_titles(proposal.unmarked)}" if proposal.unmarked else ""
    lines.append(f"   Last {heard.days} days: {len(moved)} of {_count(heard.told)} {moved_so}{nobody}.")
    if proposal.broad:
        lines.append("   Broad: it moves many stories that nobody marked; look at them first.")
    if proposal.clash:
        lines.append(f"   Not as a file of its own: {shown(proposal.clash, 200)}. Change the entry there instead.")
    lines += [f"   For a .yaml file of {folder}:", "", *(f"     {each}" for each in proposal.text.splitlines()), ""]
    return "\n".join(lines)


def row(number: int, proposal: Proposal, heard: Heard) -> dict[str, Any]:
    """The same for machines."""
    return {
        "proposal": number,
        "aim": proposal.edit.aim.value,
        "what": proposal.edit.what,
        "yaml": proposal.text,
        "marked": {
            "stories": {mark.value: heard.marks.get(mark, 0) for mark in Mark},
            "right": [_marked(each) for each in proposal.hits],
            "wrong": [_marked(each) for each in proposal.misses],
            "knew": [_marked(each) for each in proposal.knew],
        },
        "recent": {
            "days": heard.days,
            "told": heard.told,
            **{kind.value: [_story(each.story) for each in proposal.lately.of(kind)] for kind in Kind},
            "unmarked": [_story(each) for each in proposal.unmarked],
        },
        "broad": proposal.broad,
        "clash": proposal.clash,
    }


def _kept(heard: Heard) -> str:
    marks = tally_words(heard.marks)
    count = len(heard.marked)
    bear = "bears a mark of its readers" if count == 1 else "bear a mark of their readers"
    told = f"{_count(count)} {bear}: {marks}." if count else "No story bears a mark of its readers yet."
    if heard.divided:
        told += f" Left out: {heard.divided} on which readers are divided."
    if heard.gone:
        told += f" Left out: {heard.gone} with votes whose record is gone."
    return told


def _count(stories: int) -> str:
    return "1 story" if stories == 1 else f"{stories:,} stories"


def _so_marked(kinds: tuple[Mark, ...], marks: Mapping[Mark, int]) -> str:
    return f"{sum(marks.get(kind, 0) for kind in kinds)} marked {' or '.join(kind.words for kind in kinds)}"


def _titles(stories: Sequence[Story]) -> str:
    told = ", ".join(f"“{shown(each.lead.title, 100)}”" for each in stories[:_TITLES])
    return f"{told} and {len(stories) - _TITLES} more" if len(stories) > _TITLES else told


def _story(story: Story) -> dict[str, str]:
    return {"story": story.id, "title": story.lead.title}


def _marked(each: Marked) -> dict[str, str]:
    return {**_story(each.story), "mark": each.mark.value}
