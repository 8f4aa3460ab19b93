"""Where a report comes from: who published it, and whether it is another's text. Pure.

Ten copies of one wire report are one voice. What carries other people's reports has no voice at all.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from difflib import SequenceMatcher

from pipelines.stories.families import bare, family_of, is_publisher
from pipelines.stories.text import credit_of, marks, tail_of
from rules.story import Report, Tier

SYNDICATED = timedelta(minutes=60)
"""Headlines that share three quarters of their words within this time are one text."""
ALIKE = 0.75
LEAST_WORDS = 4
"""A headline of fewer words may be written twice by chance."""
PASSED_ON = timedelta(hours=36)
LONG_RUN, RUN_SHARE, PART, PARTS_SHARE = 6, 0.6, 3, 0.75
"""So many words in the very same order, and that share of the shorter headline, are one text with another beginning.

Or in parts of three words and more, if these make up so much of it.
"""
WIRES = frozenset(
    {"thomson-reuters", "bloomberg", "associated-press", "afp", "dpa", "upi", "xinhua", "kyodo", "yonhap", "pti", "ani"}
    | {"anadolu", "tass", "ukrinform", "interfax-ukraine", "app-pakistan", "canadian-press"}
)
"""Those whose name at the end of another's headline says whose report it is."""


def publisher_family(report: Report) -> str:
    """The family that published the report; nothing where only the transport is known.

    For transport, the publisher is the name at the end of the title; else the address says who it is; else the feed.
    """
    family = family_of(report.source.publisher, report.link)
    if not family and is_publisher(tail := tail_of(report.title)):
        family = family_of(tail)
    if not family or family == bare(report.source.publisher):
        return report.source.family or family
    return family


def origin_of(report: Report) -> str:
    """The family whose word this is: the wire that the text credits, else the publisher."""
    credit = credit_of(report.title) or credit_of(report.summary[-400:]) or credit_of(report.summary[:200])
    credited = family_of(credit) if credit else ""
    if not credited and is_publisher(tail := tail_of(report.title)) and family_of(tail) in WIRES:
        credited = family_of(tail)
    return credited or publisher_family(report)


def is_direct(report: Report) -> bool:
    """Whether the report's own publisher is known and its link leads there, rather than to one who passes it on."""
    if report.source.tier is Tier.AGGREGATOR or not publisher_family(report):
        return False
    return not report.link or bool(family_of("", report.link))


def copies(report: Report, earlier: Iterable[Report]) -> bool:
    """Whether the headline repeats an earlier one: the same words at any time, most of them within an hour.

    Or a long run of them within a day and a half: a wire's text under another beginning.
    """
    ours = marks(report.title, report.source.publisher)
    for other in earlier:
        theirs = marks(other.title, other.source.publisher)
        common = len(ours.words & theirs.words)
        if common < LEAST_WORDS:
            continue
        alike = common / len(ours.words | theirs.words)
        apart = abs(report.published - other.published)
        if alike == 1 or (alike >= ALIKE and apart <= SYNDICATED):
            return True
        if apart <= PASSED_ON and _run(ours.order, theirs.order):
            return True
    return False


def _run(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether two headlines share a long run of words."""
    if min(len(one), len(other)) < LONG_RUN or len({*one} & {*other}) < LONG_RUN:
        return False
    sizes = [block.size for block in SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()]
    shorter, parts = min(len(one), len(other)), sum(size for size in sizes if size >= PART)
    return max(sizes) >= max(LONG_RUN, RUN_SHARE * shorter) or parts >= max(LONG_RUN, PARTS_SHARE * shorter)


def independent(report: Report, earlier: Iterable[Report], families: tuple[str, ...]) -> str:
    """The family that this report adds as an independent voice, else nothing."""
    origin = origin_of(report)
    if not origin or origin in families:
        return ""
    voices = [other for other in earlier if origin_of(other)]
    return "" if copies(report, voices) else origin
