"""What is read out of a headline's wording."""

import pytest

from pipelines.stories.text import credit_of, fold, load_words, marks, stem, tail_of, without_tail
from pipelines.stories.weights import is_name, load_weights, measure, weight_of


@pytest.mark.parametrize(
    ("title", "publisher", "rest"),
    [
        ("China halts gallium exports - Reuters", "", "China halts gallium exports"),
        ("China halts gallium exports | Bloomberg", "", "China halts gallium exports"),
        ("China halts gallium exports — Gangwon Ilbo", "Gangwon Ilbo", "China halts gallium exports"),
        ("China halts gallium exports - example.com", "", "China halts gallium exports"),
        ("China halts gallium exports By Reuters", "Investing.com", "China halts gallium exports"),
        ("Trump lifts curbs - Markets rally", "Reuters", "Trump lifts curbs - Markets rally"),
        ("Anglo-American bid - what next", "", "Anglo-American bid - what next"),
        (" - Reuters", "Reuters", " - Reuters"),
    ],
)
def test_a_publishers_tail_is_cut(title: str, publisher: str, rest: str) -> None:
    assert without_tail(title, publisher) == rest


@pytest.mark.parametrize(
    ("words", "stems"),
    [
        ("raises raised raising raise", {"rais"}),
        ("ban bans banned banning", {"ban"}),
        ("restriction restrictions", {"restriction"}),
        ("subsidy subsidies", {"subsidy"}),
        ("gas", {"gas"}),
        ("China's", {"china"}),
        ("business", {"business"}),
    ],
)
def test_endings_go(words: str, stems: set[str]) -> None:
    assert {stem(word.casefold()) for word in words.split()} == stems


@pytest.mark.parametrize(
    ("title", "amounts"),
    [
        ("Firm raises $1.5bn", {("money", 1.5e9)}),
        ("Firm raises A$250 million", {("money", 2.5e8)}),
        ("Firm raises US$ 3 million", {("money", 3e6)}),
        ("Inflation Was 2.7% In June", {("%", 2.7)}),
        ("Rate cut by 25bps", {("bp", 25.0)}),
        ("Rate cut of 25 basis points", {("bp", 25.0)}),
        ("Plant of 1,200 tonnes and 10GW", {("t", 1200.0), ("gw", 10.0)}),
        ("A 50-day deadline", {("day", 50.0)}),
        ("Fab52 makes 18A in 2027", set()),
        ("Version 3.1.4 ships", set()),
        ("Loan of 30 crore", {("many", 3e8)}),
    ],
)
def test_amounts_are_read(title: str, amounts: set[tuple[str, float]]) -> None:
    assert set(marks(title).amounts) == amounts


def test_us_is_a_country_and_us_is_not() -> None:
    assert marks("U.S. tells chip firms").places == marks("USA tells chip firms").places == {"us"}
    assert not marks("Chip firms tell us").places


def test_hostile_titles_are_cut_and_harmless() -> None:
    for title in ("", " ", "()" * 5000, "1" * 100_000, "- " * 5000, "&amp;" * 5000, "\x00\u202e" * 500, "$1bn " * 3000):
        assert len(marks(title).key) <= 400
    assert fold("&lt;b&gt;\uff27\uff41llium\u2019s") == "<b>Gallium's"


def test_circumstances_are_told_from_the_news() -> None:
    found = marks("Trump threatens tariffs after Beijing curbs dysprosium")
    assert "dysprosium" in found.aside
    assert "tariff" not in found.aside


@pytest.mark.parametrize(
    ("text", "wire"),
    [
        ("LONDON (Reuters) - Copper", "Reuters"),
        ("Copper fell By Reuters", "Reuters"),
        ("Copper (AP)", "AP"),
        ("Copper", ""),
    ],
)
def test_a_wire_credit_is_found(text: str, wire: str) -> None:
    assert credit_of(text) == wire


def test_the_tail_of_an_aggregators_title_names_the_publisher() -> None:
    assert tail_of("Copper fell to a new low - CNBC") == "CNBC"
    assert not tail_of("Copper - CNBC")


def test_the_word_table_says_each_thing_once() -> None:
    table = load_words()
    assert not table.stop & set(table.places)
    assert not {word for word in table.same if word in table.places}
    for word, poles in table.poles.items():
        assert not any(-pole in poles for pole in poles), word


def test_rare_words_weigh_more() -> None:
    assert weight_of("@us") < weight_of("tariff") < weight_of("gallium") <= weight_of("zzyzx")
    assert all(0 < weight <= 8.5 for weight in load_weights().by_stem.values())
    assert is_name("nvidia", capital=False)
    assert not is_name("tariff", capital=True)
    assert is_name("zzyzx", capital=True)


def test_weights_are_measured_from_titles() -> None:
    titles = [f"Ministry in Oslo opens mine number {n} near Zyx" for n in range(9)] + [
        "Copper fell again in thin trade"
    ] * 3
    text = measure(titles)
    assert "mine" in text.split()
    assert "^zyx" in text.split()
    assert "copp" not in text
