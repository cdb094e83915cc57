from collections import defaultdict
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.zones import COMMON_ZONES, MOST_SUGGESTED, Found, find_zone, place_of

KNOWN = available_timezones()
WEEKS = [datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(weeks=week) for week in range(52)]


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("Berlin", "Europe/Berlin"),
        (" berlin ", "Europe/Berlin"),
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe / berlin", "Europe/Berlin"),
        ("NEW YORK", "America/New_York"),
        ("new_york", "America/New_York"),
        ("São Paulo", "America/Sao_Paulo"),
        ("port au prince", "America/Port-au-Prince"),
        ("München", "Europe/Berlin"),
        ("st louis", "America/Chicago"),
        ("Germany", "Europe/Berlin"),
        ("UTC", "UTC"),
    ],
)
def test_a_city_or_the_name_of_a_zone_is_found_in_any_spelling(text: str, zone: str) -> None:
    assert find_zone(text, KNOWN) == Found(zone)


@pytest.mark.parametrize(
    ("text", "among"),
    [
        ("berln", "Europe/Berlin"),
        ("Los Angelos", "America/Los_Angeles"),
        ("New York City", "America/New_York"),
        ("san", "America/Santiago"),
        ("indiana", "America/Indiana/Knox"),
        ("West", "Brazil/West"),
        ("EST", "America/New_York"),
        ("gmt", "Europe/London"),
    ],
)
def test_a_text_that_may_mean_a_zone_gives_suggestions(text: str, among: str) -> None:
    found = find_zone(text, KNOWN)
    assert found.zone is None
    assert among in found.maybe
    assert len(found.maybe) <= MOST_SUGGESTED


@pytest.mark.parametrize("text", ["", "/", "x", "Entenhausen", "GMT+2", "UTC+2", "Etc/GMT+2", "12", "Factory"])
def test_a_text_that_names_no_place_gives_no_suggestions(text: str) -> None:
    """Etc/GMT+2 is two hours west of Greenwich, but people who write GMT+2 mean the east."""
    assert find_zone(text, KNOWN) == Found()


@given(st.text(max_size=100))
def test_every_text_gives_known_zones_or_none(text: str) -> None:
    found = find_zone(text, KNOWN)
    assert {*found.maybe, *([found.zone] if found.zone else ())} <= KNOWN
    assert not (found.zone and found.maybe)


def test_without_time_zones_no_place_is_known() -> None:
    assert find_zone("Berlin", ()) == Found()


def test_zones_of_the_same_city_have_the_same_time() -> None:
    """So it does not matter which of them a city gives. The two zones West are only suggested."""
    by_city = defaultdict(set)
    for zone in KNOWN:
        if "/" in zone and find_zone(place_of(zone), KNOWN).zone:
            offsets = tuple(at.astimezone(ZoneInfo(zone)).utcoffset() for at in WEEKS)
            by_city[place_of(zone)].add(offsets)
    assert len(by_city) > 300
    assert [city for city, times in by_city.items() if len(times) > 1] == []


def test_the_common_zones_exist_and_have_different_cities() -> None:
    assert set(COMMON_ZONES) <= KNOWN
    assert len({place_of(zone) for zone in COMMON_ZONES}) == len(COMMON_ZONES)
