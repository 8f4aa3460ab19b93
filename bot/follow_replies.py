"""What the bot answers about what a chat follows. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.buttons import follow_data
from bot.markup import Button, Message, bold, code, compose, line
from bot.replies import say

_MOST_BUTTONS = 20


def render_followed(words: Sequence[str], near: str = "") -> Message:
    """What was just followed; ``near`` is what a slip may have been meant for."""
    said = f"Followed: {', '.join(words)}. What is to be watched about it comes too."
    lines = [line(said, " To end it: ", code(f"/unfollow {words[0]}"))]
    buttons = [Button(f"Follow {near} too", data=follow_data(near, wanted=True))] if near else []
    return compose(lines, buttons=(tuple(buttons), *_ends(words[:1] if len(words) == 1 else ())))


def render_follows(words: Sequence[str]) -> Message:
    """What is followed, the newest last, with a button to end each."""
    if not words:
        return say("Nothing is followed. What you follow comes one level earlier.", "/follow scandium, Reko Diq")
    lines = [line(bold("Followed here: "), f"{', '.join(words)}."), line("It comes already when it is to be watched.")]
    return compose(lines, buttons=_ends(words[-_MOST_BUTTONS:]))


def _ends(words: Sequence[str]) -> tuple[tuple[Button, ...], ...]:
    buttons = [Button(f"Unfollow {word}", data=follow_data(word, wanted=False)) for word in words]
    return tuple(tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2))
