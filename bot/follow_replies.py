"""What the bot answers about what a chat follows. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.buttons import follow_data
from bot.languages.countries import country_in
from bot.languages.translator import ENGLISH, Translator
from bot.markup import Button, Message, Span, bold, code, compose, line
from bot.replies import say

_MOST_BUTTONS = 20


def render_followed(words: Sequence[str], near: str = "", tr: Translator = ENGLISH, *, known: bool = True) -> Message:
    """What was just followed; ``near`` is what a slip may have been meant for.

    A word that is not ``known`` is looked for in headlines as it stands, and most of those are English.
    """
    told = tr.parts(
        "Followed: {words}. What is to be watched about it comes too. To end it: {example}",
        words=Span(tr.joined(country_in(word, tr) for word in words)),
        example=code(f"/unfollow {words[0]}"),
    )
    buttons = (
        [Button(tr("Follow {word} too", word=country_in(near, tr)), data=follow_data(near, wanted=True))]
        if near
        else []
    )
    lines = [line(*told)]
    if not known and tr.language != ENGLISH.language:
        lines.append(line(tr("Most headlines are in English: follow its English name too.")))
    return compose(lines, buttons=(tuple(buttons), *_ends(words[:1] if len(words) == 1 else (), tr)))


def render_follows(words: Sequence[str], tr: Translator = ENGLISH) -> Message:
    """What is followed, the newest last, with a button to end each."""
    if not words:
        return say(tr("Nothing is followed. What you follow comes one level earlier."), "/follow scandium, Reko Diq")
    lines = [
        line(bold(tr("Followed here:")), f" {tr.joined(country_in(word, tr) for word in words)}"),
        line(tr("It comes already when it is to be watched.")),
    ]
    return compose(lines, buttons=_ends(words[-_MOST_BUTTONS:], tr))


def _ends(words: Sequence[str], tr: Translator) -> tuple[tuple[Button, ...], ...]:
    buttons = [
        Button(tr("Unfollow {word}", word=country_in(word, tr)), data=follow_data(word, wanted=False)) for word in words
    ]
    return tuple(tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2))
