"""Publisher families: owner groups and editions, the unit in which independence is counted.

What carries other people's reports (Google News, MSN, Yahoo) is transport: it has no family of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

import yaml

_SECOND_LEVEL = frozenset({"co", "com", "org", "net", "gov", "ac", "edu", "or", "ne", "go", "gob", "gouv"})
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9-]+)+")
_ADDENDUM = re.compile(
    r"\s*(?:\\?\((?:subscription|blog|registration|press release|press-release)\\?\)|\s\|\s.*|\s-\sEnglish"
    r"|\sblog|\snews\sagency)$",
    re.IGNORECASE,
)
"""What stands after a publisher's name without being part of it."""
_CARRIERS = re.compile(r"(?:yahoo|msn|aol|newsbreak|pr newswire|google news)\b", re.IGNORECASE)
"""Whose every edition is what the bare name is."""
_GENERIC = frozenset(
    {"news", "english", "world", "times", "business", "post", "today", "press", "media", "daily", "online", "nation"}
    | {"standard", "herald", "star", "sun", "guardian", "express", "mirror", "observer", "tribune", "report", "blog"}
)
"""First labels of hosts that many publishers share."""


@dataclass(frozen=True, slots=True)
class Families:
    """The table: bare names and domains to a family; an empty family is transport.

    ``written`` has for each bare name how it is first written.
    """

    names: Mapping[str, str]
    domains: Mapping[str, str]
    written: Mapping[str, str]


def family_of(publisher: str, url: str = "") -> str:
    """The family of a publisher as a feed names it, by its name, else by the domain of ``url``.

    An unknown publisher is its own family. Nothing ("") where only the transport is known.
    """
    by_name = _look_up(publisher)
    if by_name:
        return by_name
    host = _host(url)
    by_url = _look_up(host)
    if by_url:
        return by_url
    own = _own(publisher) if by_name is None else ""
    return own or (_named(registrable(host)) if by_url is None and host else "")


def is_publisher(name: str) -> bool:
    """Whether the table knows this name, be it of a publisher or of transport."""
    return _look_up(name) is not None


def registrable(host: str) -> str:
    """The part of a host name that is registered: "www.bbc.co.uk" -> "bbc.co.uk". A good guess without a list."""
    labels = host.casefold().strip(".").split(".")
    keep = 3 if len(labels) > 2 and labels[-2] in _SECOND_LEVEL and len(labels[-1]) == 2 else 2
    return ".".join(labels[-keep:])


@lru_cache(maxsize=8192)
def bare(name: str) -> str:
    """A publisher's name without case, article, spaces, punctuation, ".com" and what only names a section."""
    name = _ADDENDUM.sub("", name.strip()).casefold().removeprefix("the ").removesuffix(".com")
    return re.sub(r"[\W_]", "", name)


def _host(url: str) -> str:
    """The host of a web address; nothing for anything else, for feeds are hostile."""
    try:
        return (urlsplit(url).hostname or "") if url.startswith(("http://", "https://")) else ""
    except ValueError:
        return ""


@lru_cache(maxsize=8192)  # a few hundred publishers write nearly all headlines
def _look_up(publisher: str) -> str | None:
    """The family, "" for transport, None where the table does not know the name."""
    table = load_families()
    found = table.names.get(bare(publisher))
    if found is not None:
        return found
    carrier = _CARRIERS.match(publisher.strip())
    if carrier is not None:
        return table.names.get(bare(carrier[0]))
    host = publisher.casefold().strip()
    if not _HOST.fullmatch(host):
        return None
    labels = host.split(".")
    return next((table.domains[tail] for tail in _tails(labels) if tail in table.domains), None)


def _tails(labels: list[str]) -> list[str]:
    return [".".join(labels[start:]) for start in range(len(labels) - 1)]


def _own(publisher: str) -> str:
    """The family of a publisher that the table does not know: one whether a feed gives its name or its host."""
    host = publisher.casefold().strip()
    return _named(registrable(host)) if _HOST.fullmatch(host) else bare(publisher)


def _named(host: str) -> str:
    """The name in a host: "industrialcyber.co" is "Industrial Cyber"; the whole host where many share that label."""
    label = host.partition(".")[0]
    return host if len(label) < 5 or label in _GENERIC else bare(label)


@cache
def load_families() -> Families:
    """The shipped table, read once."""
    raw: Any = yaml.safe_load(files("pipelines.stories").joinpath("families.yaml").read_text("utf-8"))
    names: dict[str, str] = {}
    domains: dict[str, str] = {}
    written: dict[str, str] = {}
    for family, publishers in (*raw["families"].items(), ("", raw["transport"])):
        for publisher in publishers:
            names.setdefault(bare(publisher), family)
            written.setdefault(bare(publisher), publisher)
            if _HOST.fullmatch(publisher.casefold()):
                domains[publisher.casefold()] = family
    return Families(names, domains, written)
