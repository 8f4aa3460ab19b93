"""Every key of a deployment, in one place. All share one hash tag, so that one script may touch any of them."""

from __future__ import annotations

from datetime import date

TAG = "{lodestone}"

POLLS, PROBES, ENTRIES, READINGS, STORIES, ALERTS = "polls", "probes", "entries", "readings", "stories", "alerts"
DIGESTS, REACTIONS = "digests", "reactions"
STREAMS = (POLLS, PROBES, ENTRIES, READINGS, STORIES, ALERTS, DIGESTS, REACTIONS)
"""A feed's turn is on ``polls``, or on ``probes`` if its last one failed; a digest that is due is on ``digests``, and a
look at what prices did after a story on ``reactions``."""

DUE = f"{TAG}:due"
"""Sorted set: stable id -> unix time at which it becomes an event."""
DUE_EVENTS = f"{TAG}:due:events"
"""Hash: the same id -> "stream/tries event", what to publish then; "/tries" may be left out."""
DEAD = f"{TAG}:dead"
"""Stream of dead letters: stage, stream, event, why, at."""
AUDIT = f"{TAG}:audit"
"""Stream: what operators did in chats, and what was refused to others; newest 10,000 kept."""
QUOTES = f"{TAG}:quotes"
"""Hash: symbol -> the latest quote as JSON."""
LISTED = f"{TAG}:listed"
"""Hash: symbol of a coin that a venue lists and the table does not have -> what the venues call it, as JSON."""
PRICE_SOURCES = f"{TAG}:quotes:sources"
"""How each price source is, as JSON; written every ten seconds by the process that keeps prices."""
CHATS = f"{TAG}:chats"
"""Hash: chat id -> chat as JSON."""
COINS = f"{TAG}:coins"
"""Set: every coin that some chat has chosen, and perhaps some that it gave up since."""
LEDGERS = f"{TAG}:ledgers"
"""Sorted set: story id -> unix time when its ledger was begun."""
BROADCASTS = f"{TAG}:broadcasts"
"""Sorted set: id of an operators' message to all chats -> unix time when it was begun; the newest few."""
RESTORED = f"{TAG}:restored"
"""Unix time at which this store was brought back from a backup; expires with the news of before it."""
CONSUMERS = f"{TAG}:consumers"
"""Set: every consumer that began and was not yet seen to have ended."""
JOBS = f"{TAG}:jobs"
"""Set: every single-handed job that somebody has held a lease on."""
FEEDS = f"{TAG}:feeds"
"""Hash: feed id -> what is remembered of it, as JSON."""
LATEST = f"{TAG}:latest"
"""Sorted set: story id of judged structural stories -> unix time of the verdict; newest 1,000 kept."""

RULE_SETS = f"{TAG}:rule-sets"
"""Hash: hash of a rule set -> the texts of its folders as compressed JSON."""
RULE_SETS_USED = f"{TAG}:rule-sets:used"
"""Sorted set: the same hash -> unix time when it was last in use; of the one in force, when that began."""
RULE_NEWS = f"{TAG}:rules:news"
"""Hash: how often and when the rules were last reloaded or refused, and the first fault."""
SHADOW = f"{TAG}:shadow"
"""Hash: story id -> where a candidate rule set judges otherwise, as JSON."""
SHADOW_AT = f"{TAG}:shadow:at"
"""Sorted set: the same story id -> unix time of the verdicts."""
TITLES = f"{TAG}:titles"
"""Hash: story id -> "unix time TAB label TAB digests of links TAB title TAB topics TAB other words", of the newest."""
VOTED = f"{TAG}:voted"
"""Sorted set: story id -> unix time of its newest vote."""

RECENT = f"{TAG}:recent"
"""Sorted set: report id of the last seven days -> unix time first seen."""
TRACES = f"{TAG}:recent:traces"
"""Hash: the same report id -> what tells its story again, as JSON."""
ACTS = f"{TAG}:acts"
"""Sorted set: story id of an open act, judged structural or watch -> unix time until which it stays known."""
ACT_TRACES = f"{TAG}:acts:traces"
"""Hash: the same story id -> what is compared of its act, as JSON."""
AHEAD = f"{TAG}:ahead"
"""Sorted set: "act:story:kind:day" of a coming milestone -> unix time at which that day begins in UTC."""
ALIASES = f"{TAG}:aliases"
"""Hash: id of a story that was merged -> "id of the story in which it goes on, unix time"."""


def stream(name: str) -> str:
    """The stream of that name."""
    return f"{TAG}:stream:{name}"


def addressed(story_id: str) -> str:
    """The version of a story up to which its chats have been, or are being, gone through."""
    return f"{TAG}:addressed:{story_id}"


def lease(job: str) -> str:
    """Who holds a single-handed job: "token holder", expiring."""
    return f"{TAG}:lease:{job}"


def fence(job: str) -> str:
    """The last fencing token given out for a job."""
    return f"{TAG}:fence:{job}"


def alive(consumer: str) -> str:
    """A consumer's heartbeat, expiring."""
    return f"{TAG}:alive:{consumer}"


def used_button(nonce: str) -> str:
    """Says that a signed button was pressed, for as long as it could be pressed again; expiring."""
    return f"{TAG}:used:{nonce}"


def managed(user: int) -> str:
    """The channel on which a person's settings in private act just now; expiring."""
    return f"{TAG}:managed:{user}"


def reason(nonce: str) -> str:
    """Why an alert is to be taken back, until the button of this nonce is pressed; expiring."""
    return f"{TAG}:reason:{nonce}"


def wanted(nonce: str) -> str:
    """What a signed button does that does not fit into it, until it is pressed; expiring."""
    return f"{TAG}:wanted:{nonce}"


def broadcast(broadcast_id: str) -> str:
    """Hash of an operators' message to all chats: text, at, by, and done once all chats were gone through."""
    return f"{TAG}:broadcast:{broadcast_id}"


def refusals(who: int, minute: int) -> str:
    """How many refusals of this person or chat were written down in this minute since 1970; expiring."""
    return f"{TAG}:audit:refused:{who}:{minute}"


def seen(feed: str) -> str:
    """Sorted set: entry ids of a feed -> unix time last seen in it."""
    return f"{TAG}:seen:{feed}"


def judged(day: date) -> str:
    """Hash of one day's judged stories: story id -> compressed alert. The day is that of the story's first report."""
    return f"{TAG}:judged:{day:%Y%m%d}"


def judged_noise(day: date) -> str:
    """The same for stories that are noise, apart, because they go first when room is needed."""
    return f"{TAG}:judged-noise:{day:%Y%m%d}"


def votes(story_id: str) -> str:
    """Hash of a story's votes: voter -> "mark unix-time chat"."""
    return f"{TAG}:votes:{story_id}"


def closes(symbol: str, minutes: int, block: int) -> str:
    """A coin's prices at the ends of steps of so many minutes: a block of packed numbers, expiring."""
    return f"{TAG}:closes:{symbol}:{minutes}:{block}"


def told_quotes(story_id: str) -> str:
    """Hash of the quotes shown with a story: "unix minute:symbol" -> quote as JSON."""
    return f"{TAG}:told:{story_id}"


def reaction(story_id: str) -> str:
    """Hash of what prices did after a story: "news", "alert" -> unix time, "minutes:symbol" -> the move; expiring."""
    return f"{TAG}:reaction:{story_id}"


def story(story_id: str) -> str:
    """A story's state as JSON."""
    return f"{TAG}:story:{story_id}"


def update(bot: int, number: int) -> str:
    """Who deals with an update of Telegram, or "done"; expiring. Its numbers are those of one bot."""
    return f"{TAG}:update:{bot}:{number}"
