"""Time zones as people name them, and by a place on the map."""

from __future__ import annotations

from zoneinfo import available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.quiet import zone_of
from bot.zone_atlas import atlas
from bot.zones import plain

KARACHI = "Asia/Karachi"


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        *((each, KARACHI) for each in ("Lahore", "karachi", "PKT", "Pakistan", "Lahore, Pakistan", "asia / karachi")),
        *((each, "America/New_York") for each in ("New York", "new_york", "NYC", "EST", "Washington, D.C.", "boston")),
        *((each, "Europe/Berlin") for each in ("Germany", "München", "muenchen", "Munich", "CET")),
        *(("لاہور", KARACHI), ("北京", "Asia/Shanghai"), ("Xi'an", "Asia/Shanghai"), ("China", "Asia/Shanghai")),
        *(("São Paulo", "America/Sao_Paulo"), ("St. Petersburg", "Europe/Moscow"), ("Kiev", "Europe/Kyiv")),
        *(("india", "Asia/Kolkata"), ("UK", "Europe/London"), ("Calcutta", "Asia/Calcutta")),
        *(("UTC+5", "UTC+05:00"), ("+5:30", "UTC+05:30"), ("gmt-3", "UTC-03:00"), ("-0330", "UTC-03:30")),
        *(("utc", "UTC"), ("GMT", "UTC"), ("+0", "UTC"), ("UTC −3", "UTC-03:00"), ("+14", "UTC+14:00")),  # noqa: RUF001
        *(
            (each, "")
            for each in ("+15", "-13", "+5:07", "+5:75", "nowhere at all", "", "x" * 500, "\0", "United States")
        ),
    ],
)
def test_zones_by_words(text: str, zone: str) -> None:
    assert atlas().find(text).zone == zone


US = (
    *("America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles"),
    *("America/Anchorage", "America/Adak", "Pacific/Honolulu"),
)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Larhore", ("Lahore",)),
        ("USA", US),
        ("qqqqqq", ()),
    ],
)
def test_what_may_have_been_meant(text: str, names: tuple[str, ...]) -> None:
    guess = atlas().find(text)
    assert (guess.zone, guess.names) == ("", names)
    assert all(atlas().find(name).zone for name in names)


def test_every_zone_is_found_by_its_name_and_every_name_leads_to_a_zone() -> None:
    found = atlas()
    assert {name: found.names[plain(name)] for name in available_timezones() if "/" in name} == {
        name: name for name in available_timezones() if "/" in name
    }
    for zone in {*found.names.values(), *(spot.zone for spot in found.spots)}:
        zone_of(zone)


@pytest.mark.parametrize(
    ("place", "north", "east", "zone"),
    [
        ("Lahore", 31.52, 74.36, KARACHI),
        ("Wagah, on the border", 31.604, 74.56, KARACHI),
        ("Amritsar", 31.63, 74.87, "Asia/Kolkata"),
        ("Quetta", 30.2, 67.0, KARACHI),
        ("Torkham's other side", 34.43, 70.45, "Asia/Kabul"),
        ("Manhattan", 40.78, -73.97, "America/New_York"),
        ("Berlin", 52.5, 13.4, "Europe/Berlin"),
        ("Suva, near the date line", -18.1, 178.4, "Pacific/Fiji"),
        ("east of the date line", -17.0, -179.9, "Pacific/Fiji"),
        ("Hsinchu", 24.8, 121.0, "Asia/Taipei"),
        ("Ganzhou", 25.8, 114.9, "Asia/Shanghai"),
        ("Kolwezi", -10.7, 25.5, "Africa/Lubumbashi"),
        ("the pole", -90.0, 0.0, "Antarctica/Vostok"),
    ],
)
def test_the_zone_of_a_place(place: str, north: float, east: float, zone: str) -> None:
    assert atlas().nearest(north, east) == zone, place


@settings(max_examples=30, deadline=None)
@given(st.floats(-90, 90), st.floats(-180, 180))
def test_any_place_has_a_clock(north: float, east: float) -> None:
    zone_of(atlas().nearest(north, east))


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=100))
def test_whatever_is_typed_is_a_zone_or_none(text: str) -> None:
    zone = atlas().find(text).zone
    assert not zone or zone_of(zone)
