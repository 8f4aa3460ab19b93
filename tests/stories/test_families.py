"""Publisher families, and which report adds an independent voice."""

import pytest

from pipelines.stories.changes import advance, begin
from pipelines.stories.families import family_of, is_publisher, load_families, registrable
from pipelines.stories.origins import origin_of
from rules.story import Tier
from tests.stories.headlines import START, reading


@pytest.mark.parametrize(
    ("publisher", "url", "family"),
    [
        ("Reuters", "", "thomson-reuters"),
        ("reuters.com", "", "thomson-reuters"),
        ("uk.reuters.com", "", "thomson-reuters"),
        ("THE WALL STREET JOURNAL", "", "news-corp"),
        ("WSJ", "", "news-corp"),
        ("Wall Street Journal (blog)", "", "news-corp"),
        ("MarketWatch", "", "news-corp"),
        ("Financial Times", "", "nikkei"),
        ("asia.nikkei.com", "", "nikkei"),
        ("Montreal Gazette", "", "postmedia"),
        ("The Economic Times", "", "times-of-india"),
        ("tribune.com.pk", "", "lakson"),
        ("The Express Tribune", "", "lakson"),
        ("조선일보", "", "chosun"),
        ("Google News", "https://www.bbc.co.uk/news/1", "bbc"),
        ("Google News", "https://news.google.com/rss/articles/1", ""),
        ("MSN", "", ""),
        ("", "https://www.dawn.com/news/1", "dawn"),
        ("", "", ""),
        ("The Gangwon Ilbo", "", "gangwonilbo"),
        ("Gangwon Ilbo", "https://gangwon.example.co.kr/1", "gangwonilbo"),
        ("www.gangwon.co.kr", "", "gangwon"),
        ("", "https://news.gangwon.co.kr/1", "gangwon"),
        ("Industrial Cyber", "", "industrialcyber"),
        ("industrialcyber.co", "", "industrialcyber"),
        ("news.az", "", "news.az"),
        ("Dark Reading | Security", "", "informa-techtarget"),
        ("Yahoo News Australia", "", ""),
        ("PR Newswire Asia", "", "cision"),
        ("The Sun Malaysia", "", "sunmalaysia"),
        ("The New Indian Express", "", "newindianexpress"),
        ("", "http://[broken", ""),
    ],
)
def test_family(publisher: str, url: str, family: str) -> None:
    assert family_of(publisher, url) == family


def test_the_table_is_wide_and_names_each_publisher_once() -> None:
    table = load_families()
    assert len({family for family in table.names.values() if family}) >= 120
    assert is_publisher("Bloomberg")
    assert not is_publisher("Gangwon Ilbo")
    assert registrable("a.b.example.org") == "example.org"


@pytest.mark.parametrize(
    ("fields", "origin"),
    [
        ({"publisher": "Dawn", "summary": "KARACHI (Reuters) Copper ore"}, "thomson-reuters"),
        ({"publisher": "Dawn", "summary": "Copper ore is shipped"}, "dawn"),
        ({"publisher": "Google News", "title": "Copper ore is shipped from Gwadar - CNBC"}, "versant"),
        ({"publisher": "MSN"}, ""),
        ({"publisher": "Investing.com", "title": "Copper ore is shipped from Gwadar By Reuters"}, "thomson-reuters"),
    ],
)
def test_origin(fields: dict[str, str], origin: str) -> None:
    title = fields.pop("title", "Copper ore is shipped from Gwadar")
    assert origin_of(reading(title, **fields).report) == origin  # type: ignore[arg-type]


OWN_WORDS = (
    "Pakistan ships first copper ore from Gwadar",
    "First Pakistani copper cargo leaves Gwadar port for China",
    "Gwadar sees off its first shipload of Reko Diq copper",
)


@pytest.mark.parametrize(
    ("reports", "families"),
    [
        # two who wrote their own words
        ([("Dawn", OWN_WORDS[0], 0), ("Reuters", OWN_WORDS[1], 2)], ("dawn", "thomson-reuters")),
        # one owner, two editions
        ([("Financial Times", OWN_WORDS[0], 0), ("Nikkei Asia", OWN_WORDS[1], 2)], ("nikkei",)),
        # the same words hours later, and most of them minutes later
        ([("Reuters", OWN_WORDS[0], 0), ("Dawn", OWN_WORDS[0], 9)], ("thomson-reuters",)),
        ([("Reuters", OWN_WORDS[0], 0), ("Dawn", OWN_WORDS[0] + " today at last", 0.3)], ("thomson-reuters",)),
        # a relay has no voice, and does not silence the one who speaks after it
        ([("MSN", OWN_WORDS[0], 0), ("Reuters", OWN_WORDS[0], 1)], ("thomson-reuters",)),
        ([("MSN", OWN_WORDS[0], 0), ("Yahoo", OWN_WORDS[1], 1)], ()),
        # the wire that a paper credits counts once
        ([("Reuters", OWN_WORDS[0], 0), ("Dawn", OWN_WORDS[1] + " By Reuters", 3)], ("thomson-reuters",)),
        (
            [("Dawn", OWN_WORDS[0], 0), ("Reuters", OWN_WORDS[1], 1), ("CNBC", OWN_WORDS[2], 2)],
            ("dawn", "thomson-reuters", "versant"),
        ),
    ],
)
def test_independent_voices(reports: list[tuple[str, str, float]], families: tuple[str, ...]) -> None:
    readings = [reading(title, publisher=who, hours=hours, tier=Tier.TRADE) for who, title, hours in reports]
    story = begin(readings[0], "2pp000000", START)
    for one in readings[1:]:
        story = advance(story, one, START)
    assert story.families == families
    assert story.report_count == len(reports)
