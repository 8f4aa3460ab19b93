"""Hostile feed text to plain text: one line, no markup, no control or hidden characters, capped. Pure."""

from __future__ import annotations

import html
import re
import unicodedata

TITLE_CAP = 500
SUMMARY_CAP = 2_000
LINK_CAP = 2_000
_RAW_CAP = 100_000
"""Markup beyond this many characters is cut before any pattern looks at it."""

_INLINE = "a|abbr|acronym|b|bdi|bdo|big|cite|code|em|font|i|ins|kbd|mark|q|s|small|span|strong|sub|sup|tt|u|var"
_BLOCK = (
    "address|article|aside|audio|blockquote|body|br|button|caption|center|dd|del|details|div|dl|dt|embed|fieldset|figcaption"
    "|figure|footer|form|frame|h[1-6]|head|header|hr|html|iframe|img|input|label|legend|li|link|main|meta|nav|noscript"
    "|object|ol|option|p|param|picture|pre|script|section|select|source|style|summary|svg|table|tbody|td|textarea|tfoot"
    "|th|thead|title|tr|track|ul|video|wbr|[a-z]+:[a-z]+"
)
# Both patterns stop at the next "<", so that they stay linear on any input.
_INLINE_TAG = re.compile(rf"</?(?:{_INLINE})(?=[\s/>])[^<>]*>", re.IGNORECASE)
_BLOCK_TAG = re.compile(rf"</?(?:{_BLOCK})(?=[\s/>])[^<>]*>", re.IGNORECASE)
_OPEN_END = re.compile(rf"</?(?:{_INLINE}|{_BLOCK})(?:[\s/][^<>]*)?$", re.IGNORECASE)
_SILENT = ("script", "style")

_HIDDEN = {
    *range(0x200B, 0x2010),  # zero-width space, joiners, marks of direction
    *range(0x202A, 0x202F),  # embeddings and overrides of direction
    *range(0x2060, 0x2070),  # word joiner, invisible operators, isolates
    0x00AD, 0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180E, 0x3164, 0xFEFF, 0xFFA0, *range(0xFFF9, 0xFFFC),
}  # fmt: skip
_BLANK = (*range(0x20), 0x7F, *range(0x80, 0xA0), 0x2028, 0x2029)
_DROPPED: dict[int, str | None] = {**dict.fromkeys(_HIDDEN), **dict.fromkeys(_BLANK, " ")}


def plain(markup: str, cap: int) -> str:
    """The text of a piece of HTML, unescaped once, on one line and at most ``cap`` characters long."""
    text = _cut_between(markup[:_RAW_CAP], "<!--", "-->")
    if "<" in text:
        text = text.replace("<![CDATA[", "").replace("]]>", "")
        lowered = text.lower()
        for name in _SILENT:
            if f"<{name}" in lowered:
                text = _cut_between(text, f"<{name}", f"</{name}")
        text = _OPEN_END.sub(" ", _BLOCK_TAG.sub(" ", _INLINE_TAG.sub("", text)))
    if "&" in text:
        text = html.unescape(text)
    return shorten(clean(text), cap)


def clean(text: str) -> str:
    """One line without control, hidden, private and unpaired characters. NFC, so that equal looks compare equal."""
    text = text.translate(_DROPPED)
    if not text.isascii():
        text = "".join(c for c in text if unicodedata.category(c) not in {"Cs", "Co", "Cn", "Cc"})
        text = unicodedata.normalize("NFC", text)
    return " ".join(text.split())


def shorten(text: str, cap: int) -> str:
    """The text itself, or as many whole words of it as fit with an ellipsis."""
    if len(text) <= cap:
        return text
    cut = text[: cap - 1]
    head, space, _ = cut.rpartition(" ")
    cut = head if space and len(head) > cap // 2 else cut
    # A sign that belongs to the one before it (an accent, a skin tone) goes with it, and half a flag goes too.
    while cut and (unicodedata.combining(text[len(cut)]) or "\U0001f3fb" <= text[len(cut)] <= "\U0001f3ff"):
        cut = cut[:-1]
    flags = len(cut) - len(cut.rstrip("".join(map(chr, range(0x1F1E6, 0x1F200)))))
    return f"{cut[:-1] if flags % 2 else cut}…"


def _cut_between(text: str, start: str, end: str) -> str:
    """The text without what stands from each ``start`` to its ``end``; an unclosed one takes the rest. Linear."""
    lowered, kept, at = text.lower(), list[str](), 0
    if len(lowered) != len(text):
        lowered = text
    while (begin := lowered.find(start, at)) >= 0:
        kept.append(text[at:begin])
        stop = lowered.find(end, begin + len(start))
        if stop < 0:
            return " ".join(kept)
        at = stop + len(end)
        if not end.endswith(">"):
            close = text.find(">", at)
            at = len(text) if close < 0 else close + 1
    kept.append(text[at:])
    return " ".join(kept)
