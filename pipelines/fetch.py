"""The first stage: a feed's turn comes, and what is new in it goes on, oldest first.

A failing feed never raises: it costs one log line, and the next try comes later. What is remembered of a feed is
written in the hand-over, together with its new entries and its next turn.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import cast

from redis.asyncio import Redis

from pipelines import keys
from pipelines.events import Entry, Poll
from pipelines.feeds import schedule
from pipelines.feeds.account import Account
from pipelines.feeds.churn import WORTH_TELLING, Sifted, sift
from pipelines.feeds.dates import Age, judge_age
from pipelines.feeds.feed import Feed, FeedState, decode_state, encode_state
from pipelines.feeds.fetcher import Fetched, Fetcher
from pipelines.feeds.items import NEWEST, Item, digest
from pipelines.feeds.parsing import Parsed, Parsers
from pipelines.feeds.publisher import credit
from pipelines.feeds.text import clean
from pipelines.feeds.trouble import BusyError, FeedTrouble, Reason
from pipelines.stage import Command, Done, Outcome
from pipelines.store import is_away
from pipelines.turns import SOON, next_turn

log = logging.getLogger(__name__)

FIRST_AGE = timedelta(hours=24)
"""A first poll takes what is younger and marks the rest as seen."""
KEEP_MARKS, KEEP_DAYS = 8_000, 60
"""Marks of a feed that are kept: so many (four to an item), and all that were met in so many days."""
MOST_MARKS = 100_000
"""But never more than these, about 15 MB: a feed whose items are new at each poll must not fill the store."""
_PARSER_FAULTS = {Reason.PARSE_HANG, Reason.PARSE_MEMORY, Reason.PARSE_CRASH}
_GONE = {Reason.DNS, Reason.REFUSED_ADDRESS, Reason.REFUSED_URL, Reason.NOT_A_FEED, Reason.TLS}
_CHURN_TOLD_EVERY = 86_400.0
Notice = Callable[[Feed, int], Awaitable[None]]
"""Hears that so many known titles of a feed came under new ids or links; it never fails, it only may not arrive."""


async def _nobody(feed: Feed, items: int) -> None:
    """Where only the log hears of it."""


class Fetch:
    """Polls one feed per event."""

    def __init__(
        self,
        feeds: Mapping[str, Feed],
        fetcher: Fetcher,
        parsers: Parsers,
        store: Redis,
        clock: Callable[[], datetime],
        *,
        first_age: timedelta = FIRST_AGE,
        notice: Notice = _nobody,
    ) -> None:
        self._feeds = feeds
        self._fetcher = fetcher
        self._parsers = parsers
        self._store = store
        self._clock = clock
        self._first_age = first_age
        self._notice = notice
        self._polling: set[str] = set()
        self.account = Account(feeds)

    async def handle(self, events: Sequence[Poll]) -> Sequence[Outcome]:
        """For each turn: the new entries, and what is to be remembered."""
        return await asyncio.gather(*(self._turn(event) for event in events))

    async def _turn(self, event: Poll) -> Outcome:
        feed = self._feeds.get(event.feed)
        if feed is None or event.feed in self._polling:
            return Done()  # it left the catalogue, or it is being polled already and its next turn is set there
        self._polling.add(feed.id)
        state = FeedState(url=feed.url)  # what stands if the stored one is a surprise itself
        try:
            state = decode_state(cast("bytes | None", await self._store.hget(keys.FEEDS, feed.id)), feed.url)
            return await self._poll(feed, state)
        except BusyError as busy:
            return self._put_off(feed, state, busy.seconds)
        except Exception as error:
            if is_away(error):
                raise
            return self._surprised(feed, state, error)
        finally:
            self._polling.discard(feed.id)
            self.account.ended(feed.id)

    async def _poll(self, feed: Feed, state: FeedState) -> Outcome:
        begun = self.account.begin()
        try:
            fetched = await self._fetcher.get(
                state.moved or feed.url,
                now=self._clock(),
                headers=dict(feed.headers),
                etag=state.etag,
                modified=state.modified,
            )
            self.account.answered()
            body = blake2b(fetched.body, digest_size=12).hexdigest() if fetched.body is not None else state.body
            if not body:
                raise FeedTrouble(Reason.PROTOCOL, "304 without a condition")  # noqa: TRY301
            if body == state.body:
                return self._unchanged(feed, state, fetched)
            parsed = await self._parsers.parse(
                fetched.body or b"",
                url=fetched.url,
                kind=feed.kind,
                content_type=fetched.content_type,
                known=state.marks,
                links_repeat=state.shared_links,
                suspect=state.hangs > 0,
            )
        except BusyError:
            raise
        except FeedTrouble as trouble:
            return self._failed(feed, state, trouble, begun)
        except Exception as error:  # noqa: BLE001  told apart here: a host's broken connection is not the store's
            return self._surprised(feed, state, error)
        return await self._changed(feed, state, fetched, parsed, body)

    def _put_off(self, feed: Feed, state: FeedState, seconds: float) -> Outcome:
        """Nothing is wrong with the feed, but not now. It is remembered, for a restart must not ask sooner."""
        at = self._clock().timestamp() + seconds
        if seconds > SOON:
            log.info("feed.put_off feed=%s again_in=%ds", feed.id, seconds)
        return Done(writes=(_remember(feed, replace(state, not_before=at)), *next_turn(feed, state, at)))

    def _unchanged(self, feed: Feed, state: FeedState, fetched: Fetched) -> Outcome:
        return self._succeeded(feed, _well(feed, state, fetched, self._clock().timestamp()), fetched)

    async def _changed(self, feed: Feed, state: FeedState, fetched: Fetched, parsed: Parsed, body: str) -> Outcome:
        now = self._clock()
        sifted, trim = await self._sift(feed, parsed.items) if parsed.items else (Sifted((), 0), 0)
        first = not state.last_new  # an answer without items is no first poll: what comes next may be its whole archive
        taken = [
            (item, age)
            for item, age in ((item, self._age(item, now)) for item in sifted.new)
            if self._is_news(age, first, now)
        ]
        self.account.brought(len(taken), len(sifted.new) - len(taken))
        entries = [_entry(feed, item, age, parsed.title, now) for item, age in reversed(taken)]
        entries.sort(key=lambda entry: entry.published)
        if parsed.partial:
            log.warning("feed.partial feed=%s items=%d", feed.id, parsed.total)
        if parsed.total > NEWEST >= state.items:
            log.warning("feed.long feed=%s items=%d read=%d", feed.id, parsed.total, NEWEST)
        at = now.timestamp()
        state = replace(
            _well(feed, state, fetched, at),
            churned=await self._tell_churn(feed, state, sifted.churned, at),
            body=body,
            marks=parsed.marks,
            shared_links=parsed.links_repeat,
            items=parsed.total,
            newest=max(state.newest, parsed.newest) if parsed.newest <= at + 86_400 else state.newest,
            gap=schedule.observed_gap(state, len(entries), at),
            last_new=at if entries or (first and parsed.total) else state.last_new,
        )
        seen = keys.seen(feed.id)
        writes: list[Command] = []
        if parsed.items:
            pairs = [word for item in parsed.items for mark in _marks(item) for word in (at, mark)]
            writes.append(("ZADD", seen, *pairs))
        if trim:
            writes.append(("ZREMRANGEBYRANK", seen, 0, trim - 1))
        done = self._succeeded(feed, state, fetched)
        return Done(outputs=tuple(entries), writes=(*writes, *done.writes))

    async def _sift(self, feed: Feed, items: Sequence[Item]) -> tuple[Sifted, int]:
        """The items that are new, and how many of the oldest marks may go."""
        now, marks = self._clock(), [mark for item in items for mark in _marks(item)]
        async with self._store.pipeline(transaction=False) as pipe:
            pipe.zmscore(keys.seen(feed.id), marks)
            pipe.zcard(keys.seen(feed.id))
            pipe.zcount(keys.seen(feed.id), "-inf", (now - timedelta(days=KEEP_DAYS)).timestamp())
            scores, count, old = await pipe.execute()
        met = {mark for mark, score in zip(marks, scores, strict=True) if score is not None}
        return sift(items, met), max(0, min(count - KEEP_MARKS, old), count - MOST_MARKS)

    async def _tell_churn(self, feed: Feed, state: FeedState, churned: int, now: float) -> float:
        """Say, at most once a day and feed, that known titles came again; when that was last said."""
        if churned < WORTH_TELLING or state.churned <= now < state.churned + _CHURN_TOLD_EVERY:
            return state.churned
        log.warning("feed.churn feed=%s items=%d: known titles came under new ids, links or dates", feed.id, churned)
        await self._notice(feed, churned)
        return now

    def _age(self, item: Item, now: datetime) -> Age:
        stated = None if item.stated is None else _moment(item.stated, now)
        return judge_age(stated, now)

    def _is_news(self, age: Age, first: bool, now: datetime) -> bool:  # noqa: FBT001
        if first:
            return age.known and age.published >= now - self._first_age
        return not age.stale

    def _succeeded(self, feed: Feed, state: FeedState, fetched: Fetched) -> Done:
        self.account.read(feed.id)
        at = schedule.after_success(feed, state, state.polled, fetched.fresh_for)
        return Done(writes=(_remember(feed, state), *next_turn(feed, state, at)))

    def _surprised(self, feed: Feed, state: FeedState, error: Exception) -> Outcome:
        """Whatever it was, the feed keeps its turns."""
        log.error("feed.surprise feed=%s", feed.id, exc_info=error)
        trouble = FeedTrouble(Reason.SURPRISE, type(error).__name__)
        return self._failed(feed, state, trouble, self.account.begin())

    def _failed(self, feed: Feed, state: FeedState, trouble: FeedTrouble, begun: int) -> Outcome:
        now = self._clock().timestamp()
        hangs = state.hangs + 1 if trouble.reason in _PARSER_FAULTS else state.hangs
        # Where a feed moved to and is no more, the way back is to ask at its old address.
        lost = bool(state.moved) and (trouble.reason in _GONE or trouble.status in {404, 410})
        state = replace(
            state,
            polled=now,
            failures=state.failures + 1,
            hangs=hangs,
            reason=trouble.word,
        )
        if lost:
            state = replace(state, moved="", etag="", modified="", body="")
        at = schedule.after_failure(feed, state, now, trouble.retry_after)
        state = replace(state, not_before=at)
        quarantined = hangs >= schedule.HANGS_TO_QUARANTINE
        line = (
            f"feed.{'quarantined' if quarantined else 'failed'} feed={feed.id} reason={trouble.word} "
            f"failures={state.failures} again_in={at - now:.0f}s detail={clean(trouble.detail)[:120]}"
        )
        self.account.failed(feed.id, trouble.reason, line, begun)
        return Done(writes=(_remember(feed, state), *next_turn(feed, state, at)))


def _well(feed: Feed, state: FeedState, fetched: Fetched, now: float) -> FeedState:
    """The state after an answer: validators as the server now gives them, failures forgotten."""
    if state.failures:
        log.info("feed.back feed=%s after=%d", feed.id, state.failures)
    if fetched.moved and fetched.moved != state.moved:
        log.info("feed.moved feed=%s", feed.id)
    kept = fetched.body is None
    return replace(
        state,
        moved=fetched.moved or state.moved,
        etag=fetched.etag or (state.etag if kept else ""),
        modified=fetched.modified or (state.modified if kept else ""),
        polled=now,
        succeeded=now,
        since=state.since or now,
        failures=0,
        hangs=0,
        reason="",
        not_before=0.0,
    )


def _marks(item: Item) -> tuple[str, ...]:
    """What is kept of an item: all by which it is known again, and its title alone."""
    return (*item.marks, item.name)


def _moment(stated: float, now: datetime) -> datetime | None:
    try:
        return datetime.fromtimestamp(stated, now.tzinfo)
    except (ValueError, OverflowError, OSError):
        return None


def _entry(feed: Feed, item: Item, age: Age, channel: str, now: datetime) -> Entry:
    source, title = credit(feed, item, clean(channel))
    return Entry(
        feed=feed.id,
        id=digest(feed.id, item.key),
        url=item.link,
        title=title,
        summary=item.summary,
        source=source,
        published=age.published,
        first_seen=now,
    )


def _remember(feed: Feed, state: FeedState) -> Command:
    return ("HSET", keys.FEEDS, feed.id, encode_state(state))
