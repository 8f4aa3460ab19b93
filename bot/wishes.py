"""What people mean when they type a wish: "rare earths for 8 hours", "china until 18:00", "forever". Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from difflib import SequenceMatcher, get_close_matches

from bot.durations import LONGEST, Until, duration_at, find_until, short
from bot.targets import LONGEST_NAME, NO_NAMES, Names, Target, keyword, spoken, words_of
from rules.story import Topic

__all__ = ["LONGEST", "Wish", "read_wish", "short"]

_ALIASES: Mapping[Topic, tuple[str, ...]] = {
    Topic.RARE_EARTH: (
        *(
            "rare",
            "rare earth",
            "rare earths",
            "rareearth",
            "rareearths",
            "ree",
            "critical mineral",
            "critical minerals",
        ),
        *("mineral", "minerals", "magnet", "magnets", "mining"),
    ),
    Topic.SEMICONDUCTOR: ("semiconductor", "semiconductors", "semi", "semis", "chip", "chips", "chipmaking"),
    Topic.POLICY: ("policy", "policies", "regulation", "regulations", "trade policy", "tariffs"),
    Topic.CRYPTO: ("crypto", "cryptos", "cryptocurrency", "cryptocurrencies", "bitcoin", "coins"),
    Topic.ENERGY: ("energy", "oil", "gas", "power", "electricity"),
    Topic.LIQUIDITY: ("liquidity", "money", "rates", "interest rates", "fed", "central banks", "monetary"),
    Topic.GEOPOLITICS: ("geopolitics", "geopolitical", "geopolitic", "geo", "war", "conflict", "sanctions"),
}
_EVERYTHING = ("all", "everything", "all topics", "every topic")
_FILLERS = frozenset(
    (
        "and the for topic topics about please news next mute unmute on follow unfollow in this that of from "
        "y durante por para کے کو لیے اور پر 和"
    ).split()
)
_FOREVER = frozenset(
    {"forever", "ever", "always", "permanently", "indefinitely", "siempre", "indefinidamente", "ہمیشہ", "永远", "永久"}
)
_MOST_WORDS = 7
"""Words in the longest name that is looked for."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What was understood: targets in the order named, how long (``None``: not said), and whether for ever was said.

    ``until`` is a moment by the clock instead of a length. ``unclear`` is the first run of words that was not
    understood, ``near`` what it may have meant, ``nearest`` the same where that is a topic.
    """

    topics: tuple[Topic, ...] = ()
    duration: timedelta | None = None
    forever: bool = False
    unclear: str = ""
    nearest: Topic | None = None
    too_long: bool = False
    until: Until | None = None
    others: tuple[Target, ...] = ()
    near: Target | None = None

    @property
    def targets(self) -> tuple[Target, ...]:
        """Everything that was named: topics first."""
        return (*(Target(topic.value) for topic in self.topics), *self.others)

    @property
    def timed(self) -> bool:
        """Whether it was said for how long."""
        return self.duration is not None or self.until is not None or self.forever


def read_wish(text: str, names: Names = NO_NAMES, rules: Names = NO_NAMES, story: str = "") -> Wish:
    """Targets and a duration in any order, with fillers; never raises.

    ``names`` are those of entities, ``rules`` those of rules; ``story`` is the one that "this story" means.
    """
    rest, until, no_time = find_until(text[:300])
    words, topic_names = words_of(rest), _names()
    topics, others, total, said, forever, unclear = list[Topic](), list[Target](), timedelta(), False, False, no_time
    at, open_run = 0, False
    while at < len(words):
        taken, length = duration_at(words, at)
        named, target = _announced(words, at, names, rules, story)
        span, found = (0, ()) if named else _topics_at(words, at, topic_names)
        wider, entity = (0, None) if named else _entity_at(words, at, names)
        if named and target is not None:
            others.append(target)
            span = named
        elif entity is not None and wider > span and not (taken and wider <= taken):
            if entity.topic is not None:
                topics.append(entity.topic)
            else:
                others.append(entity)
            span = wider
        elif span:
            topics += found
        elif taken:
            total, said = min(total + length, LONGEST * 2), True
        elif words[at] in _FOREVER:
            forever = True
        elif words[at] not in _FILLERS and (not unclear or open_run):
            unclear, open_run = f"{unclear} {words[at]}".strip(), True
            at += 1
            continue
        open_run = False
        at += span or taken or 1
    near = _nearest(unclear, topic_names, names) if unclear and not no_time else None
    return Wish(
        topics=tuple(dict.fromkeys(topics)),
        duration=total if said else None,
        forever=forever,
        unclear=unclear,
        nearest=near.topic if near else None,
        too_long=total > LONGEST or (said and total <= timedelta()),
        until=until,
        others=tuple(dict.fromkeys(others)),
        near=near,
    )


def _announced(words: list[str], at: int, names: Names, rules: Names, story: str) -> tuple[int, Target | None]:
    """How many words from here name a target whose kind is said first ("rule noise opinion"), and which."""
    kind = keyword(words[at])
    tail = _tail(words, at + 1)
    if kind == "story":
        # An id is one word or several, since a hyphen parts words; the story replied to needs none.
        return (1, Target(f"story:{story}")) if story else (0, None)
    if not kind or not tail:
        return 0, None
    if kind == "entity":
        span, target = _entity_at(words, at + 1, names)
        return (span + 1, target) if target is not None else (0, None)
    if kind == "rule":
        for span in range(len(tail), 0, -1):
            if (rule := rules.get(" ".join(tail[:span]))) is not None:
                return span + 1, rule
        return 0, None
    phrase = " ".join(tail)[:LONGEST_NAME].strip()
    return len(tail) + 1, Target(f"{kind}:{phrase}", phrase)


def _tail(words: list[str], at: int) -> list[str]:
    """The words from here to where a length begins."""
    end = at
    while end < len(words) and not duration_at(words, end)[0] and words[end] not in (*_FOREVER, "for", "please"):
        end += 1
    return words[at:end]


def _entity_at(words: list[str], at: int, names: Names) -> tuple[int, Target | None]:
    """How many words from here name an entity, the longest name first, and which."""
    for span in range(min(_MOST_WORDS, len(words) - at) if names else 0, 0, -1):
        if (found := names.get(" ".join(words[at : at + span]))) is not None:
            return span, found
    return 0, None


def _names() -> dict[str, tuple[Topic, ...]]:
    """Every name of a topic, and of all of them."""
    own = {alias: (topic,) for topic, aliases in _ALIASES.items() for alias in aliases}
    return own | dict.fromkeys(_EVERYTHING, tuple(Topic))


def _topics_at(words: list[str], at: int, names: Mapping[str, tuple[Topic, ...]]) -> tuple[int, tuple[Topic, ...]]:
    """How many words from here name a topic, the longest name first, and which."""
    for span in (2, 1):
        found = names.get(" ".join(words[at : at + span]))
        if found and at + span <= len(words):
            return span, found
    return 0, ()


def _nearest(unclear: str, topics: Mapping[str, tuple[Topic, ...]], names: Names) -> Target | None:
    """What the words may have meant; a topic goes before a thing that is no nearer."""
    phrase = spoken(unclear)
    known = {name: Target(found[0].value) for name, found in topics.items() if len(found) == 1}
    near = get_close_matches(phrase, known, n=1, cutoff=0.6)
    sure = get_close_matches(phrase, names, n=1, cutoff=0.8) if phrase.replace(" ", "").isalpha() else []
    if sure and (not near or _like(phrase, sure[0]) > _like(phrase, near[0])):
        return names[sure[0]]
    return known[near[0]] if near else None


def _like(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other).ratio()
