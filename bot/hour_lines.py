"""What a chat is told of its quiet hours, digest, budget and time zone. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from babel.dates import get_day_names

from bot.chats import MORNING, Chat
from bot.languages.translator import ENGLISH, N_, Translator
from bot.markup import BLANK, Button, Line, Message, bold, code, compose, line
from bot.quiet import EVERY_DAY, Quiet, here
from bot.words import short_day_words

_SETS: Mapping[tuple[int, ...], str] = {
    EVERY_DAY: N_("every day"),
    (0, 1, 2, 3, 4): N_("on weekdays"),
    (5, 6): N_("on weekends"),
}
_FEWEST_IN_A_RUN = 3


def render_quiet(chat: Chat, now: datetime, tr: Translator = ENGLISH) -> Message:
    """The quiet hours that hold here, and what becomes of news meanwhile."""
    if chat.quiet is None:
        example = code("/quiet 22:00-07:00 weekdays")
        return compose([line(*tr.parts("No quiet hours here. Example: {example}", example=example))])
    start, end = minute_words(chat.quiet.start), minute_words(chat.quiet.end)
    days = days_words(chat.quiet.days, tr)
    lines = [
        line(bold(tr("Quiet from {start} to {end} {days}.", start=start, end=end, days=days))),
        line(tr("What comes meanwhile is told in one message at {time}; only critical news rings.", time=end)),
        *_overnight(chat.quiet, tr),
        *_zone_lines(chat, now, tr),
        line(*tr.parts("To end them: {example}", example=code("/quiet off"))),
    ]
    return compose(lines)


def render_digest_hours(chat: Chat, now: datetime, tr: Translator = ENGLISH) -> Message:
    """When the digest comes here, and what is in it."""
    due = chat.next_digest(now)
    if due is None:
        one, other = code("/digest daily 08:00"), code("/digest mon 09:00")
        return compose([line(*tr.parts("No digest here. Examples: {one} or {other}", one=one, other=other))])
    lines = [
        line(bold(tr("Digest {when}.", when=digest_words(chat, tr)))),
        line(tr("It tells in one message what is below this chat's level or beyond its budget.")),
        line(tr("The next one: {moment}.", moment=_moment(chat, due, tr))),
        *_zone_lines(chat, now, tr),
        line(*tr.parts("To end it: {example}", example=code("/digest off"))),
    ]
    return compose(lines)


def render_budget(chat: Chat, spent: int, now: datetime, tr: Translator = ENGLISH) -> Message:
    """How many messages a day come here at most, how many came today, and where the rest goes."""
    if chat.budget is None:
        example = code("/budget 5")
        return compose(
            [line(*tr.parts("Any number of messages a day comes here. Example: {example}", example=example))]
        )
    if chat.budget:
        most = tr.plural("At most {count} message a day.", "At most {count} messages a day.", chat.budget)
    else:
        most = tr("Nothing but critical news and digests.")
    if chat.digest:
        rest = tr("The rest comes in the digest.")
    else:
        rest = tr("The rest comes in one message at {time} the next morning.", time=minute_words(MORNING))
    counted = tr("Critical news always comes at once, and counts; edits and digests do not count.")
    lines = [
        line(bold(most), f" {tr('Today: {count}.', count=spent)}"),
        line(f"{rest} {counted}"),
        *_zone_lines(chat, now, tr),
        line(*tr.parts("To end it: {example}", example=code("/budget off"))),
    ]
    return compose(lines)


def render_zone(chat: Chat, now: datetime, tr: Translator = ENGLISH) -> Message:
    """The time zone of this chat, with its clock as a proof."""
    lines = [_zone_line(chat, now, tr)]
    if chat.quiet:
        lines.append(line(tr("Quiet hours: {hours}.", hours=quiet_words(chat.quiet, tr))))
    if due := chat.next_digest(now):
        lines.append(line(tr("The next digest: {moment}.", moment=_moment(chat, due, tr))))
    one, other = code("/zone Lahore"), code("/zone UTC+5")
    lines.append(line(*tr.parts("To change it: {one}, {other} or send me your location.", one=one, other=other)))
    return compose(lines)


def render_zone_unknown(
    text: str, choices: Sequence[tuple[str, str, str]], now: datetime, tr: Translator = ENGLISH
) -> Message:
    """A question about a zone that was not understood, with a button for each that may have been meant.

    A choice is a name, its zone and what its button sends; the zone's clock tells those of one country apart.
    """
    lines = [line(tr("I do not know the time zone “{name}”.", name=text))]
    if not choices:
        hint = tr.parts(
            "Name a big city near you, as in {example}, or send me your location.", example=code("/zone Lahore")
        )
        return compose([*lines, line(*hint)])
    buttons = [Button(f"{name} · {here(zone, now):%H:%M}", data=data) for name, zone, data in choices]
    lines.append(line(tr("Did you mean one of these? Each shows its clock.")))
    return compose(lines, buttons=tuple(tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2)))


def render_example(text: str, *examples: str) -> Message:
    """A plain sentence, and each of some things to type on a line of its own."""
    return compose([line(text), BLANK, *(line(code(example)) for example in examples)])


def setting_lines(chat: Chat, tr: Translator = ENGLISH) -> tuple[Line, ...]:
    """What of all this is set, a line each, for an overview of the chat."""
    return (
        *([line(tr("Quiet: {hours}", hours=quiet_words(chat.quiet, tr)))] if chat.quiet else ()),
        *([line(tr("Digest: {when}", when=digest_words(chat, tr)))] if chat.digest else ()),
        *([line(tr("Budget: {most}", most=budget_words(chat.budget, tr)))] if chat.budget is not None else ()),
        *([line(tr("Time zone: {zone}", zone=chat.zone))] if chat.zone != "UTC" or chat.quiet or chat.digest else ()),
    )


def quiet_words(quiet: Quiet, tr: Translator = ENGLISH) -> str:
    """Quiet hours as "from 22:00 to 07:00 on weekdays"."""
    start, end = minute_words(quiet.start), minute_words(quiet.end)
    return tr("from {start} to {end} {days}", start=start, end=end, days=days_words(quiet.days, tr))


def digest_words(chat: Chat, tr: Translator = ENGLISH) -> str:
    """When the digest comes, as "at 08:00 and 20:00 every day"."""
    times = [minute_words(minute) for minute in sorted(chat.digest)]
    return tr("at {times} {days}", times=tr.listed(times), days=days_words(chat.digest_days, tr))


def budget_words(budget: int | None, tr: Translator = ENGLISH) -> str:
    """How many messages a day may come, None for any number: "at most 5 messages a day"."""
    if budget is None:
        return tr("any number of messages a day")
    if not budget:
        return tr("nothing but critical news and digests")
    return tr.plural("at most {count} message a day", "at most {count} messages a day", budget)


def days_words(days: Sequence[int], tr: Translator = ENGLISH) -> str:
    """Days of the week as "every day", "on weekdays", "Mon to Thu", "on Mon and Thu"."""
    chosen, names = tuple(sorted(set(days))), get_day_names("abbreviated", locale=tr.locale)
    if chosen in _SETS:
        return tr(_SETS[chosen])
    if len(chosen) >= _FEWEST_IN_A_RUN and chosen[-1] - chosen[0] == len(chosen) - 1:
        return tr("{first} to {last}", first=names[chosen[0]], last=names[chosen[-1]])
    return tr("on {days}", days=tr.listed([names[day] for day in chosen]))


def minute_words(minute: int) -> str:
    """A minute of the day as the clock shows it."""
    return f"{minute // 60:02}:{minute % 60:02}"


def _overnight(quiet: Quiet, tr: Translator) -> tuple[Line, ...]:
    """Which nights are meant, where that is not plain."""
    if quiet.days == EVERY_DAY or quiet.end > quiet.start:
        return ()
    day = get_day_names("abbreviated", locale=tr.locale)[quiet.days[-1]]
    return (line(tr("The days are those on which they begin: {day}'s end the morning after.", day=day)),)


def _zone_lines(chat: Chat, now: datetime, tr: Translator) -> tuple[Line, ...]:
    """The clock that holds; who has never named one is told how."""
    ask = tr.parts("Not your clock? {example}", example=code("/zone Lahore"))
    return (_zone_line(chat, now, tr), *((line(*ask),) if chat.zone == "UTC" else ()))


def _zone_line(chat: Chat, now: datetime, tr: Translator) -> Line:
    time = f"{here(chat.zone, now):%H:%M}"
    return line(tr("Time zone: {zone}, where it is {time} now.", zone=chat.zone, time=time))


def _moment(chat: Chat, at: datetime, tr: Translator) -> str:
    local = here(chat.zone, at)
    weekday, time = get_day_names("abbreviated", locale=tr.locale)[local.weekday()], f"{local:%H:%M}"
    return tr("{weekday} {day} {time}", weekday=weekday, day=short_day_words(local, tr), time=time)
