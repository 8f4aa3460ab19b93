"""A self-contained page of HTML: it fetches nothing, runs no script and tells no site where it is read from. Pure."""

from __future__ import annotations

from html import escape
from importlib.resources import files

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def as_document(title: str, style: str, body: str) -> str:
    """The page with this style sheet; ``body`` is HTML, the title is text."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="referrer" content="no-referrer">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title>\n<style>\n{style}</style></head>\n"
        f"<body>{body}</body></html>\n"
    )


def read_style(*packages: str) -> str:
    """The style sheets of these packages, one after the other."""
    return "".join((files(package) / "page.css").read_text(encoding="utf-8") for package in packages)
