"""The pages of the operators' menu: what their buttons carry, and the rows of buttons. Pure.

These buttons only show something, so they carry no trust and do not wear out: who presses is checked each time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b

from bot.languages.translator import ENGLISH, Translator
from bot.markup import Button, Buttons
from pipelines.feeds.feed import Feed

FEEDS_A_PAGE = 8
_DATA = re.compile(r"a:([a-z]{2,8}):(\d{1,4}):([0-9a-f]{12})?")
_A_ROW = 4


class What(StrEnum):
    """The pages. ``CHECK``: the feeds of a page are asked now; ``ASK``: one feed is. ``TAKE`` asks before one goes."""

    HOME = "home"
    FEEDS = "feeds"
    SICK = "sick"
    FEED = "feed"
    ASK = "ask"
    CHECK = "check"
    TAKE = "take"
    RULES = "rules"
    QUEUE = "queue"
    DEAD = "dead"
    ERRORS = "errors"
    OFF = "off"
    CAST = "cast"


@dataclass(frozen=True, slots=True)
class Page:
    """A page, its number where it has several, counted from 0, and the ``mark`` of the feed that it is about."""

    what: What
    number: int = 0
    mark: str = ""


def page_data(page: Page) -> str:
    """What a button carries that shows this page."""
    return f"a:{page.what}:{page.number}:{page.mark}"


def read_page(data: str) -> Page | None:
    """The page that the data names; None for anything else."""
    match = _DATA.fullmatch(data)
    if match is None or match[1] not in set(What):
        return None
    return Page(What(match[1]), int(match[2]), match[3] or "")


def mark_of(feed_id: str) -> str:
    """What stands for a feed's id in a button, which is too small for some ids."""
    return blake2b(feed_id.encode(), digest_size=6).hexdigest()


def go(text: str, what: What, number: int = 0, mark: str = "") -> Button:
    """A button that shows a page."""
    return Button(text, data=page_data(Page(what, number, mark)))


def home_rows(tr: Translator = ENGLISH) -> Buttons:
    """What stands under the first page."""
    return (
        (go(tr("Feeds"), What.FEEDS), go(tr("Rules"), What.RULES)),
        (go(tr("Queue"), What.QUEUE), go(tr("Dead letters"), What.DEAD)),
        (go(tr("Errors"), What.ERRORS), go(tr("Chats off"), What.OFF)),
        (go(tr("Broadcast"), What.CAST), go(tr("Refresh"), What.HOME)),
    )


def back(what: What = What.HOME, number: int = 0, *, again: Page | None = None, tr: Translator = ENGLISH) -> Buttons:
    """The last row of a page: back to another, and perhaps the same page once more."""
    row = [back_button(what, number, tr=tr)]
    return ((*row, Button(tr("Refresh"), data=page_data(again))),) if again else (tuple(row),)


def back_button(what: What, number: int = 0, mark: str = "", tr: Translator = ENGLISH) -> Button:
    """The way back to a page."""
    return go(f"« {tr('Back')}", what, number, mark)


def feed_rows(feeds: Sequence[Feed], page: Page, pages: int, tr: Translator = ENGLISH) -> Buttons:
    """A button for each feed of a page by its number there, then the ways to other pages."""
    first = page.number * FEEDS_A_PAGE
    each = [go(str(first + at), What.FEED, page.number, mark_of(feed.id)) for at, feed in enumerate(feeds, 1)]
    rows = [tuple(each[at : at + _A_ROW]) for at in range(0, len(each), _A_ROW)]
    if pages > 1:
        before, after = (page.number - 1) % pages, (page.number + 1) % pages
        rows.append(
            (
                go("«", page.what, before),
                go(f"{page.number + 1}/{pages}", page.what, page.number),
                go("»", page.what, after),
            )
        )
    if page.what is What.SICK:
        rows.append((go(tr("All feeds"), What.FEEDS),))
    else:
        doctor = go(tr("Doctor for this page"), What.CHECK, page.number)
        rows.append((go(tr("Only sick ones"), What.SICK), doctor))
    return (*rows, *back(tr=tr))
