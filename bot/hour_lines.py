"""What a chat is told of its quiet hours, digest, budget and time zone. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.chats import MORNING, Chat
from bot.markup import BLANK, Button, Line, Message, bold, code, compose, line
from bot.quiet import EVERY_DAY, Quiet, here

_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SETS = {EVERY_DAY: "every day", (0, 1, 2, 3, 4): "on weekdays", (5, 6): "on weekends"}
_FEWEST_IN_A_RUN = 3


def render_quiet(chat: Chat, now: datetime) -> Message:
    """The quiet hours that hold here, and what becomes of news meanwhile."""
    if chat.quiet is None:
        return compose([line("No quiet hours here. Example: ", code("/quiet 22:00-07:00 weekdays"))])
    lines = [
        line(bold(quiet_words(chat.quiet).capitalize()), "."),
        line(
            f"What comes meanwhile is told in one message at {clock_words(chat.quiet.end)}; only critical news rings."
        ),
        *_overnight(chat.quiet),
        *_zone_lines(chat, now),
        line("To end them: ", code("/quiet off")),
    ]
    return compose(lines)


def render_digest_hours(chat: Chat, now: datetime) -> Message:
    """When the digest comes here, and what is in it."""
    due = chat.next_digest(now)
    if due is None:
        return compose(
            [line("No digest here. Examples: ", code("/digest daily 08:00"), " or ", code("/digest mon 09:00"))]
        )
    lines = [
        line(bold(f"Digest {digest_words(chat)}"), "."),
        line("It tells in one message what is below this chat's level or beyond its budget."),
        line(f"The next one: {_moment(chat, due)}."),
        *_zone_lines(chat, now),
        line("To end it: ", code("/digest off")),
    ]
    return compose(lines)


def render_budget(chat: Chat, spent: int, now: datetime) -> Message:
    """How many messages a day come here at most, how many came today, and where the rest goes."""
    if chat.budget is None:
        return compose([line("Any number of messages a day comes here. Example: ", code("/budget 5"))])
    rest = "in the digest" if chat.digest else f"in one message at {clock_words(MORNING)} the next morning"
    lines = [
        line(bold(f"{budget_words(chat.budget)}."), f" Today: {spent}."),
        line(f"The rest comes {rest}. Critical news always comes at once, and counts; edits and digests do not count."),
        *_zone_lines(chat, now),
        line("To end it: ", code("/budget off")),
    ]
    return compose(lines)


def render_zone(chat: Chat, now: datetime) -> Message:
    """The time zone of this chat, with its clock as a proof."""
    lines = [
        _zone_line(chat, now),
        *([line(f"Quiet hours: {quiet_words(chat.quiet).removeprefix('quiet ')}.")] if chat.quiet else ()),
        *([line(f"The next digest: {_moment(chat, due)}.")] if (due := chat.next_digest(now)) else ()),
        line("To change it: ", code("/zone Lahore"), ", ", code("/zone UTC+5"), " or send me your location."),
    ]
    return compose(lines)


def render_zone_unknown(text: str, choices: Sequence[tuple[str, str, str]], now: datetime) -> Message:
    """A question about a zone that was not understood, with a button for each that may have been meant.

    A choice is a name, its zone and what its button sends; the zone's clock tells those of one country apart.
    """
    lines = [line(f"I do not know the time zone “{text}”.")]
    if not choices:
        lines.append(line("Name a big city near you, as in ", code("/zone Lahore"), ", or send me your location."))
        return compose(lines)
    buttons = [Button(f"{name} · {here(zone, now):%H:%M}", data=data) for name, zone, data in choices]
    lines.append(line("Did you mean one of these? Each shows its clock."))
    return compose(lines, buttons=tuple(tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2)))


def render_example(text: str, *examples: str) -> Message:
    """A plain sentence, and each of some things to type on a line of its own."""
    return compose([line(text), BLANK, *(line(code(example)) for example in examples)])


def setting_lines(chat: Chat) -> tuple[Line, ...]:
    """What of all this is set, a line each, for an overview of the chat."""
    return (
        *([line(f"Quiet: {quiet_words(chat.quiet).removeprefix('quiet ')}")] if chat.quiet else ()),
        *([line(f"Digest: {digest_words(chat)}")] if chat.digest else ()),
        *([line(f"Budget: {budget_words(chat.budget).lower()}")] if chat.budget is not None else ()),
        *([line(f"Time zone: {chat.zone}")] if chat.zone != "UTC" or chat.quiet or chat.digest else ()),
    )


def quiet_words(quiet: Quiet) -> str:
    """Quiet hours as "quiet from 22:00 to 07:00 on weekdays"."""
    return f"quiet from {clock_words(quiet.start)} to {clock_words(quiet.end)} {days_words(quiet.days)}"


def digest_words(chat: Chat) -> str:
    """When the digest comes, as "at 08:00 and 20:00 every day"."""
    times = [clock_words(minute) for minute in sorted(chat.digest)]
    return f"at {_and(times)} {days_words(chat.digest_days)}"


def budget_words(budget: int) -> str:
    """A budget as "At most 5 messages a day"."""
    return f"At most {budget} {'message' if budget == 1 else 'messages'} a day" if budget else "No messages but digests"


def days_words(days: Sequence[int]) -> str:
    """Days of the week as "every day", "on weekdays", "Mon to Thu", "Mon and Thu"."""
    chosen = tuple(sorted(set(days)))
    if chosen in _SETS:
        return _SETS[chosen]
    if len(chosen) >= _FEWEST_IN_A_RUN and chosen[-1] - chosen[0] == len(chosen) - 1:
        return f"{_NAMES[chosen[0]]} to {_NAMES[chosen[-1]]}"
    return f"on {_and([_NAMES[day] for day in chosen])}"


def clock_words(minute: int) -> str:
    """A minute of the day as the clock shows it."""
    return f"{minute // 60:02}:{minute % 60:02}"


def _overnight(quiet: Quiet) -> tuple[Line, ...]:
    """Which nights are meant, where that is not plain."""
    if quiet.days == EVERY_DAY or quiet.end > quiet.start:
        return ()
    return (line(f"The days are those on which they begin: {_NAMES[quiet.days[-1]]}'s end the morning after."),)


def _zone_lines(chat: Chat, now: datetime) -> tuple[Line, ...]:
    """The clock that holds; who has never named one is told how."""
    ask = (line("Not your clock? ", code("/zone Lahore")),) if chat.zone == "UTC" else ()
    return (_zone_line(chat, now), *ask)


def _zone_line(chat: Chat, now: datetime) -> Line:
    return line(f"Time zone: {chat.zone}, where it is {here(chat.zone, now):%H:%M} now.")


def _moment(chat: Chat, at: datetime) -> str:
    local = here(chat.zone, at)
    return f"{_NAMES[local.weekday()]} {local.day} {local:%b %H:%M}"


def _and(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
