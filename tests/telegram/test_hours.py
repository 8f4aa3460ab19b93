"""/quiet, /digest, /budget and /zone as a person types them, and a place sent from a phone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.buttons import parse, zone_data
from bot.chats import Chat
from bot.quiet import EVERY_DAY, Quiet
from bot.taps import SetZone
from tests.telegram.conftest import ADMIN, GROUP, PERSON, Line
from tests.telegram.test_commands import text_of

NIGHT = Quiet(22 * 60, 7 * 60)
WORK = (0, 1, 2, 3, 4)


def hours(chat: Chat) -> dict[str, Any]:
    """What of these settings differs from a newcomer's."""
    plain = {"zone": "UTC", "quiet": None, "digest": (), "digest_days": EVERY_DAY, "budget": None}
    return {name: getattr(chat, name) for name, value in plain.items() if getattr(chat, name) != value}


@pytest.mark.parametrize(
    ("said", "answers", "kept"),
    [
        (
            ["/quiet 22:00-07:00 weekdays Asia/Karachi", "/quiet", "/status"],
            [
                (
                    "Quiet from 22:00 to 07:00 on weekdays.\n"
                    "What comes meanwhile is told in one message at 07:00; only critical news rings.\n"
                    "The days are those on which they begin: Fri's end the morning after.\n"
                    "Time zone: Asia/Karachi, where it is 14:30 now.\nTo end them: /quiet off"
                ),
                "Quiet from 22:00 to 07:00 on weekdays.",
                "Quiet: from 22:00 to 07:00 on weekdays\nTime zone: Asia/Karachi",
            ],
            {"quiet": Quiet(22 * 60, 7 * 60, WORK), "zone": "Asia/Karachi"},
        ),
        (
            ["/quiet", "/quiet 10pm to 7am", "/quiet weekends", "/quiet New York", "/quiet 23-6", "/quiet off"],
            [
                "No quiet hours here. Example: /quiet 22:00-07:00 weekdays",
                "Quiet from 22:00 to 07:00 every day.",
                "Quiet from 22:00 to 07:00 on weekends.",
                "Time zone: America/New_York, where it is 04:30 now.",
                "Quiet from 23:00 to 06:00 every day.",
                "No quiet hours here.",
            ],
            {"zone": "America/New_York"},
        ),
        (
            ["/quiet 22", "/quiet weekends", "/quiet 7-7", "/quiet 25:00-7", "/quiet 22-7 Larhore", "/quiet 22-7 <b>x"],
            [
                "Quiet hours go from one time to another:\n\n/quiet 22:00-07:00\n",
                "Quiet hours go from one time to another:",
                "Those hours begin and end at once.",
                "I did not understand “25:00-7”. I understand one span of hours:",
                "I do not know the time zone “larhore”.\nDid you mean one of these? Each shows its clock.",
                (
                    "I do not know the time zone “b x”.\nName a big city near you, as in /zone Lahore, or send me your "
                    "location."
                ),
            ],
            {},
        ),
        (
            ["/digest", "/digest daily 08:00", "/digest 8pm and 8am Lahore", "/digest weekly", "/status"],
            [
                "No digest here. Examples: /digest daily 08:00 or /digest mon 09:00",
                (
                    "Digest at 08:00 every day.\nIt tells in one message what is below this chat's level or beyond its "
                    "budget.\nThe next one: Wed 25 Nov 08:00.\nTime zone: UTC, where it is 09:30 now.\n"
                    "Not your clock? /zone Lahore\nTo end it: /digest off"
                ),
                "Digest at 08:00 and 20:00 every day.",
                "Digest at 08:00 on Mon.",
                "Digest: at 08:00 on Mon\nTime zone: Asia/Karachi",
            ],
            {"digest": (480,), "digest_days": (0,), "zone": "Asia/Karachi"},
        ),
        (
            ["/digest weekly mon 09:00", "/digest soon", "/digest every 6 hours", "/digest 22-7", "/digest off"],
            [
                "Digest at 09:00 on Mon.",
                "A digest needs a time, and days if it is not for every day:",
                "I did not understand “6 hours”. I understand up to 6 times of a day:",
                "I understand up to 6 times of a day:",
                "No digest here.",
            ],
            {},
        ),
        (
            ["/budget", "/budget 5 a day", "/budget lots", "/budget 1", "/budget 0", "/status", "/budget off"],
            [
                "Any number of messages a day comes here. Example: /budget 5",
                (
                    "At most 5 messages a day. Today: 0.\nThe rest comes in one message at 08:00 the next morning. "
                    "Critical news always comes at once, and counts; edits and digests do not count.\n"
                    "Time zone: UTC, where it is 09:30 now.\nNot your clock? /zone Lahore\nTo end it: /budget off"
                ),
                "A budget is one number of messages a day, from 0 to 100:\n\n/budget 5\n/budget off",
                "At most 1 message a day.",
                "Nothing but critical news and digests.",
                "Budget: nothing but critical news and digests",
                "Any number of messages a day comes here.",
            ],
            {},
        ),
        (
            [
                "/zone",
                "/zone Lahore",
                "/zone +5:30",
                "/zone USA",
                "/zone Kathmandu",
                "/quiet 22-7",
                "/zone",
                "/zone utc",
            ],
            [
                "Time zone: UTC, where it is 09:30 now.\nTo change it: /zone Lahore, /zone UTC+5 or send me",
                "Time zone: Asia/Karachi, where it is 14:30 now.",
                "Time zone: UTC+05:30, where it is 15:00 now.",
                "I do not know the time zone “USA”.\nDid you mean one of these? Each shows its clock.",
                "Time zone: Asia/Kathmandu, where it is 15:15 now.",
                "Quiet from 22:00 to 07:00 every day.",
                "Quiet hours: from 22:00 to 07:00 every day.",
                "Time zone: UTC",
            ],
            {"quiet": NIGHT},
        ),
    ],
    ids=["quiet in full", "quiet by parts", "quiet unclear", "digest", "digest unclear", "budget", "zone"],
)
async def test_hours_by_words(line: Line, said: list[str], answers: list[str], kept: dict[str, Any]) -> None:
    await line.say("/start")
    for words, answer in zip(said, answers, strict=True):
        assert answer in await text_of(line, words), words
    assert hours(await line.chat()) == kept


@pytest.mark.parametrize(
    ("said", "button", "data", "kept"),
    [
        ("/zone Karchi", "Karachi · 14:30", "z::Asia/Karachi", {"zone": "Asia/Karachi"}),
        ("/zone USA", "America/Denver · 02:30", "z::America/Denver", {"zone": "America/Denver"}),
        (
            "/quiet 22-7 weekdays Karchi",
            "Karachi · 14:30",
            "z:q.10o.bo.1f:Asia/Karachi",
            {"zone": "Asia/Karachi", "quiet": Quiet(22 * 60, 7 * 60, WORK)},
        ),
        (
            "/quiet off Karchi",
            "Karachi · 14:30",
            "z:q.7f:Asia/Karachi",
            {"zone": "Asia/Karachi"},
        ),
        (
            "/digest 8pm and 8am mon Larhore",
            "Lahore · 14:30",
            "z:d.xc.dc.01:Asia/Karachi",
            {"zone": "Asia/Karachi", "digest": (1200, 480), "digest_days": (0,)},
        ),
    ],
)
async def test_a_zone_is_one_tap_away_with_the_hours_named_beside_it(
    line: Line, said: str, button: str, data: str, kept: dict[str, Any]
) -> None:
    await line.say(said)
    assert await line.chats.get(PERSON) is None, "nothing is set before it is clear"
    assert line.buttons()[button] == data
    for _ in range(2):  # a tap twice does no harm
        toast, (call,) = await line.tap(data, line.message()["message_id"])
        assert toast
        assert call.method == "editMessageText"
        assert hours(await line.chat()) == kept


async def test_only_a_zone_that_was_meant_changes_with_the_quiet_hours_that_are_set(line: Line) -> None:
    await line.say("/quiet 22-7 weekends")
    await line.say("/quiet Karchi")
    await line.tap(line.buttons()["Karachi · 14:30"], line.message()["message_id"])
    assert hours(await line.chat()) == {"zone": "Asia/Karachi", "quiet": Quiet(22 * 60, 7 * 60, (5, 6))}
    before = await line.chat()
    for data in (
        "z::Asia/Atlantis",
        "z::Lahore",
        "z:q.10o.10o.7f:UTC",
        "z:q.10o.7f:UTC",
        "z:d.zzz.7f:UTC",
        "z:q.00:UTC",
    ):
        toast, calls = await line.tap(data, line.message()["message_id"])
        assert (toast.partition(".")[0], calls) == ("This button is out of date", []), data
    assert await line.chat() == before


async def test_in_a_group_a_zone_is_set_by_its_admins(line: Line) -> None:
    await line.say("/zone Karchi", GROUP, ADMIN)
    toast, calls = await line.tap("z::Asia/Karachi", line.message(GROUP)["message_id"], GROUP, PERSON)
    assert (toast, calls) == ("Only admins of this chat can change its settings.", [])
    await line.tap("z::Asia/Karachi", line.message(GROUP)["message_id"], GROUP, ADMIN)
    assert hours(await line.chat(GROUP)) == {"zone": "Asia/Karachi"}


@given(
    st.sampled_from(["", "quiet", "digest"]),
    st.lists(st.integers(0, 1439), min_size=2, max_size=6, unique=True),
    st.sets(st.integers(0, 6), min_size=1),
)
def test_what_a_button_says_is_read_as_it_was_meant(what: str, times: list[int], days: set[int]) -> None:
    meant = tuple(times[: 2 if what == "quiet" else 6]) if what else ()
    wanted = SetZone("America/Indiana/Indianapolis", what, meant, tuple(sorted(days)) if what else EVERY_DAY)
    assert parse(zone_data(wanted.zone, what, wanted.times, wanted.days)) == wanted


async def test_a_place_sent_in_private_sets_the_zone(line: Line) -> None:
    (call,) = await line.say("", location={"latitude": 31.52, "longitude": 74.36})
    assert "Time zone: Asia/Karachi, where it is 14:30 now." in call.text
    chat = await line.chat()
    assert (hours(chat), chat.active) == ({"zone": "Asia/Karachi"}, False), "a setting is no wish for alerts"
    assert await line.say("", GROUP, ADMIN, location={"latitude": 40.7, "longitude": -74.0}) == []
    assert await line.chats.get(GROUP) is None, "in a group people send places to each other"


@pytest.mark.parametrize("north", ["31.5", None, 91, True, [1]])
async def test_a_place_that_is_none_is_left_alone(line: Line, north: Any) -> None:
    calls = await line.say("", location={"latitude": north, "longitude": 74.36})
    assert [call for call in calls if "Time zone" in call.text] == []
    assert await line.chats.get(PERSON) is None


async def test_in_a_group_hours_belong_to_its_admins(line: Line) -> None:
    for words in ("/quiet 22-7", "/digest 8", "/budget 5", "/zone Lahore"):
        (call,) = await line.say(words, GROUP, PERSON)
        assert "Only admins" in call.text
    assert await line.chats.get(GROUP) is None
    await line.say("/quiet 22-7", GROUP, ADMIN)
    assert hours(await line.chat(GROUP)) == {"quiet": NIGHT}
