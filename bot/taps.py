"""What a tap asks for: a noun for each kind of button. Which bytes carry it is said in ``buttons``."""

from __future__ import annotations

from dataclasses import dataclass

from bot.quiet import EVERY_DAY
from bot.shade import Shade
from bot.sound import Sound
from bot.stretch import Stretch
from rules.marks import Mark
from rules.story import Topic


@dataclass(frozen=True, slots=True)
class Why:
    """Explain a story."""

    story: str


@dataclass(frozen=True, slots=True)
class Story:
    """Tell a story's timeline."""

    story: str


@dataclass(frozen=True, slots=True)
class Reacted:
    """Tell what prices did after a story."""

    story: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Draw a story's timeline."""

    story: str
    shade: Shade


@dataclass(frozen=True, slots=True)
class Chart:
    """Draw a coin's price."""

    coin: str
    stretch: Stretch
    shade: Shade


@dataclass(frozen=True, slots=True)
class AlertChart:
    """Draw a coin's price around a story's alert; an empty coin is the chat's first."""

    story: str
    coin: str
    shade: Shade


@dataclass(frozen=True, slots=True)
class Week:
    """Draw the week over the price of the chat's first coin."""

    shade: Shade


@dataclass(frozen=True, slots=True)
class SetMute:
    """Mute a target for a duration as a person would write it ("24h"), empty for ever."""

    what: str
    duration: str


@dataclass(frozen=True, slots=True)
class Unmute:
    """Hear a target again."""

    what: str


@dataclass(frozen=True, slots=True)
class SetFollow:
    """Follow a word, or no longer."""

    word: str
    wanted: bool


@dataclass(frozen=True, slots=True)
class SetTopic:
    """Want a topic or not."""

    topic: Topic
    wanted: bool


@dataclass(frozen=True, slots=True)
class SetSound:
    """What is to ring here."""

    sound: Sound


@dataclass(frozen=True, slots=True)
class Show:
    """Show one of ``SHOWN``."""

    what: str


@dataclass(frozen=True, slots=True)
class Vote:
    """Say what an alert was worth."""

    story: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class AskMute:
    """Ask what of a story to mute."""

    story: str


@dataclass(frozen=True, slots=True)
class Turn:
    """Turn to a page of the settings, or of the beginning (``flow`` "b" or "s"), and set what it has to this value.

    An empty value only turns.
    """

    flow: str
    page: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class SetZone:
    """Go by the clock of this zone, and have the hours that were named with it: quiet ones, a digest, or neither.

    Where ``hours`` names one of ``HOURS``, ``times`` are its minutes of a day, none where it is not wanted, on
    ``days`` of the week.
    """

    zone: str
    hours: str = ""
    times: tuple[int, ...] = ()
    days: tuple[int, ...] = EVERY_DAY


@dataclass(frozen=True, slots=True)
class Forget:
    """Erase all about the chat, or keep it."""

    sure: bool


Pressed = (
    Why
    | Story
    | Reacted
    | Picture
    | Chart
    | AlertChart
    | Week
    | Vote
    | AskMute
    | SetMute
    | Unmute
    | SetFollow
    | SetTopic
    | SetSound
    | SetZone
    | Show
    | Turn
    | Forget
)
