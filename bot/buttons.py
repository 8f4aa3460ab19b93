"""What the buttons send back: at most 64 bytes, readable, and carrying no trust: who pressed is checked by the reader.

A button names the state it wants ("chips off"), not a turn ("toggle"), so that an old or a double tap does no harm;
only a vote is taken back by the same tap.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256

from bot.quiet import EVERY_DAY, MINUTES_A_DAY
from bot.shade import Shade
from bot.sound import Sound
from bot.stretch import Stretch
from bot.taps import (
    AlertChart,
    AskMute,
    Chart,
    Forget,
    Picture,
    Pressed,
    Reacted,
    SetFollow,
    SetMute,
    SetSound,
    SetTopic,
    SetZone,
    Show,
    Story,
    Turn,
    Unmute,
    Vote,
    Week,
    Why,
)
from bot.targets import LONGEST_NAME, is_target
from rules.marks import Mark
from rules.story import Topic

PAGES = (
    "home",
    "alerts",
    "topics",
    "level",
    "coins",
    "sound",
    "quiet",
    "digest",
    "budget",
    "zone",
    "mutes",
    "language",
    "done",
)
_VALUE = re.compile(r"[A-Za-z0-9-]{1,24}\+?")
HOURS = {"quiet": "q", "digest": "d"}
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+/-]{1,39}")
_HOURS = re.compile(r"(?P<what>[qd])(?P<times>(?:\.[0-9a-z]{1,3}){0,6})\.(?P<days>[0-9a-f]{2})")
SHOWN = ("topics", "latest", "price")
DIGEST = "~"
_ROOM = 64
_COIN = re.compile(r"[A-Za-z0-9.$_-]{1,20}")
_DURATION = re.compile(r"(\d{1,6}[mhd])?")


def why_data(story: str) -> str:
    """Explain this story."""
    return f"w:{story}"


def story_data(story: str) -> str:
    """Tell this story's timeline."""
    return f"y:{story}"


def reaction_data(story: str) -> str:
    """Tell what prices did after this story."""
    return f"r:{story}"


def picture_data(story: str, shade: Shade) -> str:
    """Draw this story's timeline."""
    return f"p:{shade.value}:{story}"


def chart_data(coin: str, stretch: Stretch, shade: Shade) -> str:
    """Draw this coin's price."""
    return f"c:{shade.value}:{stretch.value}:{coin}"


def alert_chart_data(story: str, shade: Shade, coin: str = "") -> str:
    """Draw this coin's price around the alert of that story."""
    return f"h:{shade.value}:{coin}:{story}"


def week_data(shade: Shade) -> str:
    """Draw the week."""
    return f"k:{shade.value}"


def vote_data(story: str, mark: Mark) -> str:
    """Say this of that story. The one button that is a turn: pressed again, it takes the vote back."""
    return f"v:{mark.value}:{story}"


def ask_mute_data(story: str) -> str:
    """Ask which topic of this story to mute."""
    return f"n:{story}"


def mute_data(what: str, duration: str) -> str:
    """Mute this target for that long; an empty duration is for ever."""
    return f"m:{what}:{duration}"


def unmute_data(what: str) -> str:
    """Hear this target again. A long name goes by its digest."""
    data = f"u:{what}"
    return data if len(data.encode()) <= _ROOM else f"u:{digest_of(what)}"


def digest_of(what: str) -> str:
    """What stands in a button for a target that is too long for it."""
    return f"word:{DIGEST}{sha256(what.encode()).hexdigest()[:16]}"


def follow_data(word: str, *, wanted: bool) -> str:
    """Follow this word, or no longer."""
    return f"{'+' if wanted else '-'}:{word}"


def topic_data(topic: Topic, *, wanted: bool) -> str:
    """Want this topic, or not."""
    return f"t:{topic.value}:{'on' if wanted else 'off'}"


def sound_data(sound: Sound) -> str:
    """Ring for this."""
    return f"o:{sound.value}"


def show_data(what: str) -> str:
    """Show that board."""
    return f"s:{what}"


def turn_data(flow: str, page: str, value: str = "") -> str:
    """Turn to that page of that flow; with a value, set it."""
    return f"g:{flow}:{page}:{value}" if value else f"g:{flow}:{page}"


def zone_data(zone: str, hours: str = "", times: Sequence[int] = (), days: Sequence[int] = EVERY_DAY) -> str:
    """Go by this zone, and have such hours; what does not fit into a button is left out by ``compose``."""
    if not hours:
        return f"z::{zone}"
    written = "".join(f".{_base36(minute)}" for minute in times)
    return f"z:{HOURS[hours]}{written}.{sum(1 << day for day in days):02x}:{zone}"


def forget_data(*, sure: bool) -> str:
    """Erase all, or keep it."""
    return f"f:{'yes' if sure else 'no'}"


def parse(data: str) -> Pressed | None:  # noqa: C901, PLR0911, PLR0912  one line a button
    """What was pressed; ``None`` for anything that no button of ours sends."""
    match data.split(":"):
        case ["w", *rest] if _looks_like_a_story(story := ":".join(rest)):
            return Why(story)
        case ["y", *rest] if _looks_like_a_story(story := ":".join(rest)):
            return Story(story)
        case ["r", *rest] if _looks_like_a_story(story := ":".join(rest)):
            return Reacted(story)
        case ["p", word, *rest] if word in set(Shade) and _looks_like_a_story(story := ":".join(rest)):
            return Picture(story, Shade(word))
        case ["c", word, span, coin] if word in set(Shade) and span in set(Stretch) and _COIN.fullmatch(coin):
            return Chart(coin, Stretch(span), Shade(word))
        case ["h", word, coin, *rest] if word in set(Shade) and _looks_like_a_story(story := ":".join(rest)):
            return AlertChart(story, coin, Shade(word)) if not coin or _COIN.fullmatch(coin) else None
        case ["k", word] if word in set(Shade):
            return Week(Shade(word))
        case ["v", word, *rest] if word in set(Mark) and _looks_like_a_story(story := ":".join(rest)):
            return Vote(story, Mark(word))
        case ["n", *rest] if _looks_like_a_story(story := ":".join(rest)):
            return AskMute(story)
        case ["s", what] if what in SHOWN:
            return Show(what)
        case ["m", *rest, duration] if is_target(what := ":".join(rest)) and _DURATION.fullmatch(duration):
            return SetMute(what, duration)
        case ["u", *rest] if is_target(what := ":".join(rest)):
            return Unmute(what)
        case ["+" | "-" as turn, *rest] if 0 < len(word := ":".join(rest)) <= LONGEST_NAME and word.strip() == word:
            return SetFollow(word, wanted=turn == "+")
        case ["o", word] if word in set(Sound):
            return SetSound(Sound(word))
        case ["g", "b" | "s" as flow, page] if page in PAGES:
            return Turn(flow, page)
        case ["g", "b" | "s" as flow, page, value] if page in PAGES and _VALUE.fullmatch(value):
            return Turn(flow, page, value)
        case ["z", hours, zone] if _ZONE.fullmatch(zone):
            return _zone(zone, hours)
        case ["f", "yes" | "no" as word]:
            return Forget(word == "yes")
        case ["t", name, "on" | "off" as state] if name in set(Topic):
            return SetTopic(Topic(name), wanted=state == "on")
        case _:
            return None


def _zone(zone: str, hours: str) -> SetZone | None:
    if not hours:
        return SetZone(zone)
    found = _HOURS.fullmatch(hours)
    if found is None:
        return None
    what = next(name for name, letter in HOURS.items() if letter == found["what"])
    times = tuple(int(word, 36) for word in found["times"].split(".") if word)
    days = tuple(day for day in EVERY_DAY if int(found["days"], 16) >> day & 1)
    sound = all(minute < MINUTES_A_DAY for minute in times) and days and int(found["days"], 16) < 1 << len(EVERY_DAY)
    whole = what == "digest" or (len(times) == 2 and times[0] != times[1]) or not times
    return SetZone(zone, what, times, days) if sound and whole else None


def _base36(number: int) -> str:
    return (_base36(number // 36) if number >= 36 else "") + "0123456789abcdefghijklmnopqrstuvwxyz"[number % 36]


def _looks_like_a_story(text: str) -> bool:
    return 0 < len(text) <= 62 and text.isascii() and all(char.isalnum() or char in "-_.:" for char in text)
