"""What the bot answers about mutes: what was muted, what is, what a mute held back, and that one has ended. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.buttons import mute_data, unmute_data
from bot.chats import Chat
from bot.delivery.kept import Ended
from bot.languages.translator import ENGLISH, Translator
from bot.markup import BLANK, Button, Buttons, Line, Message, bold, code, compose, italic, line
from bot.messages import REPEAT
from bot.mute_words import again_words, all_words, mute_words, name_words, until_words
from bot.mutings import Mute
from bot.replies import say
from bot.targets import Target
from bot.text import shown
from bot.words import topic_words
from rules.story import Topic

QUICK = (("1 h", "1h"), ("8 h", "8h"), ("24 h", "24h"), ("7 days", "7d"))
"""The lengths offered for a mute, and what their buttons carry."""
BY_BUTTON = "24h"
_LONGEST_TITLE = 70
_LONG = 120
"""Minutes from which on a length is easier to read in hours."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a mute has held back so far: how many stories, and the titles of the newest."""

    count: int = 0
    titles: tuple[str, ...] = ()


NOTHING = Held()


def render_muted(
    targets: Sequence[Target],
    until: datetime | None,
    zone: str,
    *,
    said: bool,
    heard: Sequence[Topic] | None = None,
) -> Message:
    """What was just muted, and what of it still comes; where no length was said, lengths are offered.

    ``heard`` are the topics that still let the story through under which the mute was tapped.
    """
    end = f"until {until_words(until, zone)}." if until else "until you /unmute it."
    lines = [line(bold(all_words(targets)), f" muted {end}")]
    topics = [target for target in targets if target.topic is not None]
    if heard:
        lines.append(line(f"A story like this still comes, for it is about {topic_words(heard).lower()} too."))
    elif heard is None and 0 < len(topics) < len(Topic):
        lines.append(line("What is about another topic as well still comes."))
    buttons: Buttons = ()
    if len(targets) == 1:
        lengths = () if said else _lengths(targets[0])
        lines += [line("Or only for:")] if lengths else []
        buttons = (lengths, (_unmute(targets[0]),))
    return compose(lines, buttons=buttons)


def render_mute_lengths(text: str, target: Target) -> Message:
    """A question of how long one target is to be silent, with a button for each usual length."""
    forever = Button("Until I unmute it", data=mute_data(target.what, ""))
    return compose([line(text)], buttons=(_lengths(target), (forever,)))


def render_mute_choice(text: str, targets: Sequence[Target], duration: str, label: str = "") -> Message:
    """A question with one button for each target that may have been meant."""
    suffix = f" {span_words(duration)}" if duration else ""
    buttons = [
        Button(f"{label}{_choice_words(target)}{suffix}", data=mute_data(target.what, duration)) for target in targets
    ]
    return compose([line(text)], buttons=tuple(tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2)))


def span_words(duration: str) -> str:
    """A length as a button carries it, in words where it would be hard to read: "887m" is "14 h 47 min"."""
    minutes = int(duration[:-1]) if duration[-1:] == "m" and duration[:-1].isdecimal() else 0
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= _LONG else duration


def render_mute_under(targets: Sequence[Target]) -> Message:
    """The question under an alert of what of it to mute."""
    if not targets:
        return say("What this is about is silent here already. /mutes shows it.")
    return render_mute_choice("Which of these shall I mute for 24 h?", targets, BY_BUTTON, "Mute ")


def render_mutes(
    chat: Chat, now: datetime, held: Mapping[str, Held] | None = None, tr: Translator = ENGLISH
) -> Message:
    """What is muted, when each ends, what each has held back so far, and a button to end it now."""
    mutes = (*chat.mutes_at(now), *(Mute(f"rule:{rule}") for rule in chat.overlay.muted_rules))
    if not mutes:
        return compose([line("Nothing is muted. Example: ", code("/mute chips 8h"))])
    lines: list[Line] = [line(bold("Muted here"))]
    for mute in mutes:
        so_far = (held or {}).get(mute.what, NOTHING)
        count = f", {_stories(so_far.count)} held back" if so_far.count else ""
        lines.append(line(f"• {mute_words(mute, now)}{count}"))
        lines += [line(italic(f"   {shown(title, _LONGEST_TITLE)}")) for title in so_far.titles]
    return compose(lines, buttons=tuple((_unmute(mute.target),) for mute in mutes))


def render_unmuted(targets: Sequence[Target], held: int = 0) -> Message:
    """What is heard again, and that what was held back comes now."""
    lines = [line(bold(all_words(targets)), " will reach you again.")]
    if held:
        lines.append(
            line(f"{_stories(held).capitalize()} {'was' if held == 1 else 'were'} held back; the list comes now.")
        )
    return compose(lines)


def end_words(mute: Ended) -> str:
    """What stands over the list of what a mute held back."""
    what, count = again_words(mute.target), len(mute.stories)
    if mute.said:
        return f"Held back by the mute on {what} · {_stories(count)}"
    return f"The mute on {what} has ended · {_stories(count)} held back"


def render_mute_ended(mute: Ended, *, repeat: bool = False) -> Message:
    """A mute has ended, and nothing is to be told of what it held back."""
    lines: list[Line] = [line(italic(REPEAT))] if repeat else []
    lines += [line(bold(f"The mute on {again_words(mute.target)} has ended.")), BLANK]
    return compose([*lines, line("Nothing that you would want was held back.")])


def _stories(count: int) -> str:
    return f"{count} {'story' if count == 1 else 'stories'}"


def _choice_words(target: Target) -> str:
    return "this story" if target.kind == "story" else _button_words(target)


def _button_words(target: Target) -> str:
    name = name_words(target)
    match target.kind:
        case "source":
            return f"source {name}"
        case "rule":
            return f"rule {name}"
        case "word":
            return f"“{name}”"
        case _:
            return name


def _unmute(target: Target) -> Button:
    name = name_words(target).lower() if target.kind == "topic" else _button_words(target)
    return Button(f"Unmute {name}", data=unmute_data(target.what))


def _lengths(target: Target) -> tuple[Button, ...]:
    return tuple(Button(text, data=mute_data(target.what, data)) for text, data in QUICK)
