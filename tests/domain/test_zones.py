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
def test_a_city_or_a_zones_name_is_found_however_it_is_spelt(text: str, zone: str) -> None:
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
def test_what_may_mean_a_zone_is_asked_about(text: str, among: str) -> None:
    found = find_zone(text, KNOWN)
    assert found.zone is None
    assert among in found.maybe
    assert len(found.maybe) <= MOST_SUGGESTED


@pytest.mark.parametrize("text", ["", "/", "x", "Entenhausen", "GMT+2", "UTC+2", "Etc/GMT+2", "12", "Factory"])
def test_what_names_no_place_is_not_guessed_at(text: str) -> None:
    """Etc/GMT+2 lies two hours to the west, and whoever writes GMT+2 means the east."""
    assert find_zone(text, KNOWN) == Found()


@given(st.text(max_size=100))
def test_any_text_gives_known_zones_or_none(text: str) -> None:
    found = find_zone(text, KNOWN)
    assert {*found.maybe, *([found.zone] if found.zone else ())} <= KNOWN
    assert not (found.zone and found.maybe)


def test_a_machine_without_zones_knows_no_place() -> None:
    assert find_zone("Berlin", ()) == Found()


def test_zones_with_one_city_have_one_time() -> None:
    """So it makes no difference which of them a city stands for; the two wests are asked about."""
    by_city = defaultdict(set)
    for zone in KNOWN:
        if "/" in zone and find_zone(place_of(zone), KNOWN).zone:
            offsets = tuple(at.astimezone(ZoneInfo(zone)).utcoffset() for at in WEEKS)
            by_city[place_of(zone)].add(offsets)
    assert len(by_city) > 300
    assert [city for city, times in by_city.items() if len(times) > 1] == []


def test_the_common_zones_are_zones() -> None:
    assert set(COMMON_ZONES) <= KNOWN
    assert len({place_of(zone) for zone in COMMON_ZONES}) == len(COMMON_ZONES)
