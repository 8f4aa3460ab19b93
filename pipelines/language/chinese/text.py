"""Chinese as text: which headlines are Chinese, traditional characters folded, the publisher's tail, the segments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
_OTHER = re.compile("[^\\W\\d_A-Za-z\u00c0-\u024f\u3400-\u4dbf\u4e00-\u9fff]")
_JAPANESE = re.compile(
    "[対発経済総変権両円売価検読図県駅歳圏応拠択沢労営観実戦単帯挙撃斉暁栄桜気渋渓満焼猟粛続絵緑縁聴脳蔵薬覚譲転軽"
    "辺逓遅鉱鉄銭録険雑霊頼顕顔駆騒験髄鶏黒黙歯竜児処亜囲壌壊増徳徴恵悩戻払抜拡掲摂査込働畑峠枠姫塩弾獣関]"
)
"""Characters that only Japan writes so; neither script of Chinese has them."""
_JAPAN_ONLY = re.compile(
    "(?<![玉大小糯稻纳納奈厘釐毫微平百千万萬虾蝦])米(?:国|政|軍|中|財務|商務|大統領)|日米|日銀|輸出規制|輸入規制|半導体"
)
"""Words of headlines that Japan writes with characters alone."""
_ENGLISH = re.compile(r"\b(?:the|of|in|to|for|with|and|on|at|by|from|is|are|as|after|over|its|an?)\b", re.IGNORECASE)
_TAIL = re.compile(
    r"(?:\s*[|_—-]+\s*|\s+)[^\s|_—:,;。!?-]{0,10}"
    r"(?:网|網|日报|日報|时报|時報|晚报|晚報|新闻|新聞|新聞網|财经|財經|通讯社|通訊社|电视台|電視台|頭條|头条|周刊|週刊|社|早报|早報|快讯|门户网站|門戶網站)$"
)
_TITLE = re.compile(
    r"(?:公告|令|通知|通告)?[\[\u3014(]?\s?(?:19|20)\d\d\s?[\]\u3015)]?\s?年?\s?第?\s?\d{1,4}\s?号|第\s?\d{1,4}\s?号(?:公告|令)?"
)
_BREAK = re.compile(r"[\s,;:。!?|_…]+|——+")
_QUOTED = re.compile(r"《[^《》]{0,200}》|「[^「」]{0,80}」|\"[^\"]{0,80}\"|『[^『』]{0,80}』")


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch between marks; ``mark`` is what follows it (":" after a speaker, "?" after a question)."""

    start: int
    end: int
    mark: str


def is_chinese(text: str) -> bool:
    """Whether a cleaned text is Chinese: Han for the most part, no kana, no hangul, none of Japan's own spellings.

    Names in Latin letters may stand in it. An English text stays English whatever Chinese it quotes.
    """
    han = len(_HAN.findall(text))
    if han < 4 or _OTHER.search(text) is not None:
        return False
    latin = len(_LATIN.findall(text))
    if latin > han * 4 or (latin > han * 2 and _ENGLISH.search(text) is not None):
        return False
    if latin > han and len(_ENGLISH.findall(text)) >= 2:
        return False
    return _JAPAN_ONLY.search(text) is None and _JAPANESE.search(text) is None


def fold_table(variants: str) -> Mapping[int, str]:
    """From pairs of a traditional and a simplified character: the table that folds both script and case."""
    table = {ord(pair[0]): pair[1] for pair in variants.split()}
    return table | {code: chr(code + 32) for code in range(ord("A"), ord("Z") + 1)}


def body(text: str) -> str:
    """The text without the name of its publisher at the end, which some feeds append."""
    match = _TAIL.search(text[-40:])
    cut = len(text) - len(text[-40:]) + match.start() if match else len(text)
    return text[:cut] if cut >= 8 else text


def without_numbers(folded: str) -> tuple[str, bool]:
    """The text with "announcement no. 12 of 2026" blanked, character for character, and whether there was one."""
    blanked, count = _TITLE.subn(lambda match: " " * len(match.group()), folded)
    return blanked, count > 0


def segments(text: str) -> tuple[Segment, ...]:
    """The stretches between spaces, commas and other marks; what stands in quotation marks is not cut."""
    held = _QUOTED.sub(lambda match: "x" * len(match.group()), text)
    found: list[Segment] = []
    start = 0
    for match in _BREAK.finditer(held):
        if match.start() > start:
            found.append(Segment(start, match.start(), match.group().strip()[:1]))
        start = match.end()
    if start < len(text):
        found.append(Segment(start, len(text), ""))
    return tuple(found)


def quoted(text: str) -> tuple[tuple[int, int], ...]:
    """Where titles and words in quotation marks stand: verbs in them are not the headline's own."""
    return tuple(match.span() for match in _QUOTED.finditer(text))
