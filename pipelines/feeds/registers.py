"""JSON beside XML: the Federal Register's two lists (documents, public inspection) and JSON Feed. Runs in the child."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.feeds.items import RawItem
from pipelines.feeds.trouble import FeedTrouble, Reason


def read_json(body: bytes, kind: str) -> list[RawItem]:
    """The items of a JSON body; raises ``FeedTrouble`` when it is not what ``kind`` says."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise FeedTrouble(Reason.NOT_A_FEED, "not JSON") from None
    if not isinstance(data, dict):
        raise FeedTrouble(Reason.NOT_A_FEED, "JSON, but no list of items")
    if kind == "federal-register":
        return [_document(row) for row in _rows(data, "results", empty_if_counted=True)]
    if not str(data.get("version", "")).startswith("https://jsonfeed.org/version/"):
        raise FeedTrouble(Reason.NOT_A_FEED, "JSON, but no JSON Feed")
    return [_entry(row) for row in _rows(data, "items")]


def _rows(data: Mapping[str, Any], name: str, *, empty_if_counted: bool = False) -> Sequence[Mapping[str, Any]]:
    rows = data.get(name)
    # The register leaves "results" out when there are none, and says so in "count".
    if rows is None and empty_if_counted and data.get("count") == 0:
        return ()
    if not isinstance(rows, list):
        raise FeedTrouble(Reason.NOT_A_FEED, f"JSON without {name!r}")
    return [row for row in rows if isinstance(row, dict)]


def _document(row: Mapping[str, Any]) -> RawItem:
    """A document of the Federal Register. On public inspection it is dated by its filing, days before it is printed."""
    names = row.get("agency_names")
    if not isinstance(names, list):
        agencies = row.get("agencies")
        names = [one.get("name") for one in agencies if isinstance(one, dict)] if isinstance(agencies, list) else []
    agencies_text = ", ".join(str(name) for name in names if name)
    about = [agencies_text, _text(row, "type"), _text(row, "abstract") or _text(row, "excerpts")]
    return RawItem(
        guid=_text(row, "document_number"),
        link=_text(row, "html_url"),
        title=_text(row, "title"),
        summary=". ".join(part for part in about if part),
        published=_text(row, "filed_at") or _text(row, "publication_date"),
    )


def _entry(row: Mapping[str, Any]) -> RawItem:
    return RawItem(
        guid=_text(row, "id"),
        link=_text(row, "url") or _text(row, "external_url"),
        title=_text(row, "title"),
        summary=_text(row, "summary") or _text(row, "content_text") or _text(row, "content_html"),
        published=_text(row, "date_published"),
        updated=_text(row, "date_modified"),
    )


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
