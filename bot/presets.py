"""What a chat's settings may be set to by a tap or a link, as pure functions on ``Chat``. No I/O, no clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.chats import Chat
from bot.languages.catalogues import LANGUAGES
from bot.languages.translator import N_
from bot.quiet import EVERY_DAY, Quiet
from bot.sound import Sound
from pipelines.prices.coins import COINS, Find, find_coin
from rules.story import Topic
from rules.verdict import Label, Severity

MOST_COINS = 10
"""Each coin is a line of every alert, and an alert is to fit one phone screen."""
TOO_MANY_COINS = N_("{count} coins are the most: each is a line of every alert.")
MORNING = (480,)
"""A digest at eight, where somebody wants one and names no hour."""
MUTED_FOR = timedelta(hours=24)
QUIET: Mapping[str, Quiet | None] = {
    "off": None,
    "2200-0700": Quiet(1320, 420),
    "2300-0800": Quiet(1380, 480),
    "0000-0900": Quiet(0, 540),
}
DIGEST: Mapping[str, tuple[int, ...]] = {"off": (), "0800": MORNING, "1800": (1080,), "0800-1800": (480, 1080)}
BUDGET: Mapping[str, int | None] = {"off": None, "3": 3, "5": 5, "10": 10, "20": 20}
ZONES: Mapping[str, str] = {
    "utc": "UTC",
    "losangeles": "America/Los_Angeles",
    "newyork": "America/New_York",
    "saopaulo": "America/Sao_Paulo",
    "london": "Europe/London",
    "berlin": "Europe/Berlin",
    "dubai": "Asia/Dubai",
    "karachi": "Asia/Karachi",
    "kolkata": "Asia/Kolkata",
    "shanghai": "Asia/Shanghai",
    "tokyo": "Asia/Tokyo",
    "sydney": "Australia/Sydney",
}
"""A clock for most readers within a tap; any other is named."""


class Amount(StrEnum):
    """How much reaches a chat: structural news alone, what is to be watched in the digest, or that at once too."""

    STRUCTURAL = "structural"
    DIGEST = "digest"
    WATCH = "watch"


def amount(chat: Chat) -> Amount:
    """How much reaches the chat now."""
    if chat.overlay.least is Label.STRUCTURAL:
        return Amount.STRUCTURAL
    return Amount.DIGEST if chat.watch_in_digest else Amount.WATCH


def with_amount(chat: Chat, wanted: Amount) -> Chat:
    """The chat with that much reaching it; one that wants a digest gets one in the morning where it has none."""
    least = Label.STRUCTURAL if wanted is Amount.STRUCTURAL else Label.WATCH
    held = wanted is Amount.DIGEST
    digest = chat.digest or MORNING if held else chat.digest
    days = chat.digest_days if digest == chat.digest else EVERY_DAY
    return replace(
        chat, overlay=replace(chat.overlay, least=least), watch_in_digest=held, digest=digest, digest_days=days
    )


def with_digest(chat: Chat, minutes: tuple[int, ...]) -> Chat:
    """The chat with its digests at these minutes; without any, what came only in them comes no more."""
    chat = replace(chat, digest=minutes, digest_days=EVERY_DAY)
    return chat if minutes or amount(chat) is not Amount.DIGEST else with_amount(chat, Amount.STRUCTURAL)


def with_coin(chat: Chat, symbol: str, *, wanted: bool) -> Chat:
    """The chat with the coin's price under its alerts or not; what is new comes last."""
    kept = tuple(each for each in chat.coins if each != symbol)
    return replace(chat, coins=chat.coins if wanted and symbol in chat.coins else (*kept, *([symbol] * wanted)))


def muted_topics(chat: Chat, now: datetime) -> tuple[Topic, ...]:
    """The topics that are silent now."""
    heard = replace(chat, topics=tuple(Topic)).heard(tuple(Topic), now)
    return tuple(topic for topic in Topic if topic not in heard)


def apply(chat: Chat, page: str, value: str, now: datetime) -> Chat | str:  # noqa: C901, PLR0911, PLR0912  one line a setting
    """The chat after a tap on this value of that page; else what the person is told, "" for what no button carries."""
    name, on = value[:-1], value.endswith("+")
    either = value.endswith(("+", "-"))
    match page:
        case "alerts" if value in ("on", "off"):
            return chat.on() if value == "on" else chat.off("stopped")
        case "topics" if either and name in set(Topic):
            return chat.with_topic(Topic(name), wanted=on)
        case "level" if value in set(Amount):
            return with_amount(chat, Amount(value))
        case "level" if value in set(Severity):
            return replace(chat, level=Severity(value))
        case "coins" if either and (name in chat.coins or any(coin.symbol == name for coin in COINS)):
            full = on and name not in chat.coins and len(chat.coins) >= MOST_COINS
            return TOO_MANY_COINS if full else with_coin(chat, name, wanted=on)
        case "sound" if value in set(Sound):
            return replace(chat, sound=Sound(value))
        case "quiet" if value in QUIET:
            return replace(chat, quiet=QUIET[value])
        case "digest" if value in DIGEST:
            return with_digest(chat, DIGEST[value])
        case "budget" if value in BUDGET:
            return replace(chat, budget=BUDGET[value])
        case "zone" if value in ZONES:
            return replace(chat, zone=ZONES[value])
        case "mutes" if either and name in set(Topic):
            topic = Topic(name)
            return chat.muted(topic, now + MUTED_FOR, now) if on else chat.unmuted((topic,), now)
        case "language" if value in LANGUAGES:
            return replace(chat, language=value)
        case _:
            return ""


def read_coins(text: str, find: Find = find_coin) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The coins in "btc, ether and bitcoin cash" by their symbols, and the words that name none; "none" names none.

    ``find`` knows the coins: the table's alone, or those that venues list too.
    """
    words = [word for word in text.replace(",", " ").split() if word.lower() not in ("and", "none", "off")]
    coins, unknown, at = list[str](), list[str](), 0
    while at < len(words):
        for span in (5, 4, 3, 2, 1):
            coin = find(" ".join(words[at : at + span])) if at + span <= len(words) else None
            if coin is not None:
                coins.append(coin.symbol)
                break
        else:
            unknown.append(words[at])
            span = 1
        at += span
    return tuple(dict.fromkeys(coins)), tuple(dict.fromkeys(unknown))


@dataclass(frozen=True, slots=True)
class Linked:
    """What a link asks for. ``unknown`` are its words that mean nothing here."""

    topics: tuple[Topic, ...] = ()
    coins: tuple[str, ...] = ()
    amount: Amount | None = None
    unknown: tuple[str, ...] = ()

    def on(self, chat: Chat, *, fresh: bool) -> Chat:
        """The chat as the link wants it. A ``fresh`` chat gets the link's topics alone; another loses nothing by it."""
        if self.topics:
            wanted = set(self.topics) | (set() if fresh else set(chat.topics))
            chat = replace(chat, topics=tuple(topic for topic in Topic if topic in wanted))
        if self.coins:
            coins = dict.fromkeys((*(() if fresh else chat.coins), *self.coins))
            chat = replace(chat, coins=tuple(coins)[:MOST_COINS])
        if self.amount is not None and (fresh or amount(chat) is Amount.STRUCTURAL):
            chat = with_amount(chat, self.amount)
        return chat


_TOPIC_WORDS: Mapping[str, Topic] = {
    **{topic.value.replace("-", ""): topic for topic in Topic},
    "rare": Topic.RARE_EARTH,
    "rareearths": Topic.RARE_EARTH,
    "earths": Topic.RARE_EARTH,
    "minerals": Topic.RARE_EARTH,
    "chip": Topic.SEMICONDUCTOR,
    "chips": Topic.SEMICONDUCTOR,
    "semiconductors": Topic.SEMICONDUCTOR,
}
_AMOUNT_WORDS: Mapping[str, Amount] = {"structural": Amount.STRUCTURAL, "watch": Amount.DIGEST}


def read_link(payload: str) -> Linked:
    """What ``chips-energy-watch-btc`` asks for; "rare-earths" is one word to a reader, and so it is here."""
    words = [word for word in payload.lower().replace("_", "-").split("-") if word]
    topics, coins, unknown = list[Topic](), list[str](), list[str]()
    wanted: Amount | None = None
    at = 0
    while at < len(words):
        pair = "".join(words[at : at + 2]) if at + 1 < len(words) else ""
        word = pair if pair in _TOPIC_WORDS else words[at]
        at += 2 if word == pair else 1
        if word in _TOPIC_WORDS:
            topics.append(_TOPIC_WORDS[word])
        elif word in _AMOUNT_WORDS:
            wanted = _AMOUNT_WORDS[word]
        elif (coin := find_coin(word)) is not None:
            coins.append(coin.symbol)
        else:
            unknown.append(word)
    return Linked(_once(topics), tuple(dict.fromkeys(coins)), wanted, tuple(dict.fromkeys(unknown)))


def _once(topics: Sequence[Topic]) -> tuple[Topic, ...]:
    return tuple(topic for topic in Topic if topic in topics)
