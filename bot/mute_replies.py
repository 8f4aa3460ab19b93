"""What the bot answers about mutes: what was muted, what is, what a mute held back, and that one has ended. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.buttons import mute_data, unmute_data
from bot.chats import Chat
from bot.delivery.kept import Ended
from bot.languages.translator import ENGLISH, N_, Translator
from bot.markup import BLANK, Button, Buttons, Line, Message, Span, bold, code, compose, italic, line
from bot.messages import REPEAT
from bot.mute_words import again_words, all_words, button_words, mute_words, until_words
from bot.mutings import Mute
from bot.replies import say
from bot.targets import Target
from bot.text import shown
from bot.words import topics_within
from rules.story import Topic

QUICK = ((N_("1 h"), "1h"), (N_("8 h"), "8h"), (N_("24 h"), "24h"), (N_("7 days"), "7d"))
"""The lengths offered for a mute, and what their buttons carry."""
BY_BUTTON = "24h"
_LONGEST_TITLE = 70
_LONG = 120
"""Minutes from which on a length is easier to read in hours."""
_SHORT = {"m": N_("{number}m"), "h": N_("{number}h"), "d": N_("{number}d")}
"""A length as it is typed, on a button."""


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
    tr: Translator = ENGLISH,
) -> Message:
    """What was just muted, and what of it still comes; where no length was said, lengths are offered.

    ``heard`` are the topics that still let the story through under which the mute was tapped.
    """
    what = bold(all_words(targets, tr))
    if until is None:
        lines = [line(*tr.parts("{what} muted until you /unmute it.", what=what))]
    else:
        when = Span(until_words(until, zone, tr))
        lines = [line(*tr.parts("{what} muted until {when}.", what=what, when=when))]
    topics = [target for target in targets if target.topic is not None]
    if heard:
        about = topics_within(heard, tr)
        lines.append(line(tr("A story like this still comes, for it is about {topics} too.", topics=about)))
    elif heard is None and 0 < len(topics) < len(Topic):
        lines.append(line(tr("What is about another topic as well still comes.")))
    buttons: Buttons = ()
    if len(targets) == 1:
        lengths = () if said else _lengths(targets[0], tr)
        lines += [line(tr("Or only for:"))] if lengths else []
        buttons = (lengths, (_unmute(targets[0], tr),))
    return compose(lines, buttons=buttons)


def render_mute_lengths(text: str, target: Target, tr: Translator = ENGLISH) -> Message:
    """A question of how long one target is to be silent, with a button for each usual length."""
    forever = Button(tr("Until I unmute it"), data=mute_data(target.what, ""))
    return compose([line(text)], buttons=(_lengths(target, tr), (forever,)))


def render_mute_choice(
    text: str, targets: Sequence[Target], duration: str, tr: Translator = ENGLISH, *, verb: bool = False
) -> Message:
    """A question with one button for each target that may have been meant; ``verb``: each says that it mutes."""
    buttons = [
        Button(_offer(_choice_words(target, tr), duration, tr, verb=verb), data=mute_data(target.what, duration))
        for target in targets
    ]
    return compose([line(text)], buttons=tuple(tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2)))


def length_words(duration: str, tr: Translator = ENGLISH) -> str:
    """A length as a button carries it, in words where it would be hard to read: "887m" is "14 h 47 min"."""
    number, unit = duration[:-1], duration[-1:]
    if not number.isdecimal() or unit not in _SHORT:
        return duration
    if unit == "m" and int(number) >= _LONG:
        return tr("{hours} h {minutes} min", hours=str(int(number) // 60), minutes=int(number) % 60)
    return tr(_SHORT[unit], number=number)


def render_mute_under(targets: Sequence[Target], tr: Translator = ENGLISH) -> Message:
    """The question under an alert of what of it to mute."""
    if not targets:
        return say(tr("What this is about is silent here already. /mutes shows it."))
    return render_mute_choice(tr("Which of these shall I mute for 24 h?"), targets, BY_BUTTON, tr, verb=True)


def render_mutes(
    chat: Chat, now: datetime, held: Mapping[str, Held] | None = None, tr: Translator = ENGLISH
) -> Message:
    """What is muted, when each ends, what each has held back so far, and a button to end it now."""
    mutes = (*chat.mutes_at(now), *(Mute(f"rule:{rule}") for rule in chat.overlay.muted_rules))
    if not mutes:
        return compose([line(*tr.parts("Nothing is muted. Example: {example}", example=code("/mute chips 8h")))])
    lines: list[Line] = [line(bold(tr("Muted here")))]
    for mute in mutes:
        so_far, told = (held or {}).get(mute.what, NOTHING), mute_words(mute, now, tr)
        if so_far.count:
            told = tr.plural(
                "{mute}, {count} story held back", "{mute}, {count} stories held back", so_far.count, mute=told
            )
        lines.append(line(f"• {told}"))
        lines += [line(italic(f"   {shown(title, _LONGEST_TITLE)}")) for title in so_far.titles]
    return compose(lines, buttons=tuple((_unmute(mute.target, tr),) for mute in mutes))


def render_unmuted(targets: Sequence[Target], held: int = 0, tr: Translator = ENGLISH) -> Message:
    """What is heard again, and that what was held back comes now."""
    lines = [line(*tr.parts("{what} will reach you again.", what=bold(all_words(targets, tr))))]
    if held:
        told = tr.plural(
            "{count} story was held back; the list comes now.",
            "{count} stories were held back; the list comes now.",
            held,
        )
        lines.append(line(told))
    return compose(lines)


def end_words(mute: Ended, tr: Translator = ENGLISH) -> str:
    """What stands over the list of what a mute held back."""
    what, count = again_words(mute.target, tr), len(mute.stories)
    if mute.said:
        return tr.plural(
            "Held back by the mute on {what} · {count} story",
            "Held back by the mute on {what} · {count} stories",
            count,
            what=what,
        )
    return tr.plural(
        "The mute on {what} has ended · {count} story held back",
        "The mute on {what} has ended · {count} stories held back",
        count,
        what=what,
    )


def render_mute_ended(mute: Ended, *, repeat: bool = False, tr: Translator = ENGLISH) -> Message:
    """A mute has ended, and nothing is to be told of what it held back."""
    lines: list[Line] = [line(italic(tr(REPEAT)))] if repeat else []
    lines += [line(bold(tr("The mute on {what} has ended.", what=again_words(mute.target, tr)))), BLANK]
    return compose([*lines, line(tr("Nothing that you would want was held back."))])


def _offer(what: str, duration: str, tr: Translator, *, verb: bool) -> str:
    """A button that mutes one thing, for so long where that was said."""
    if not duration:
        return tr("Mute {what}", what=what) if verb else what
    length = length_words(duration, tr)
    if verb:
        return tr("Mute {what} {length}", what=what, length=length)
    return tr("{what} {length}", what=what, length=length)


def _choice_words(target: Target, tr: Translator) -> str:
    return tr("this story") if target.kind == "story" else button_words(target, tr)


def _unmute(target: Target, tr: Translator) -> Button:
    name = again_words(target, tr) if target.kind == "topic" else button_words(target, tr)
    return Button(tr("Unmute {what}", what=name), data=unmute_data(target.what))


def _lengths(target: Target, tr: Translator) -> tuple[Button, ...]:
    return tuple(Button(tr(text), data=mute_data(target.what, data)) for text, data in QUICK)
