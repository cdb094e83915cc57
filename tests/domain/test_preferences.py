from dataclasses import fields
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.preferences import (
    LOG_DAYS,
    PROMPT_CHOICES,
    QUIET_CHOICES,
    WAIT_CHOICES,
    Preferences,
    QuietHours,
    Setting,
    Topic,
    changed,
    read,
    written,
)

BERLIN = ZoneInfo("Europe/Berlin")


def local(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=BERLIN)


any_preferences = st.builds(
    Preferences,
    prompt_seconds=st.sampled_from(PROMPT_CHOICES),
    wait_seconds=st.sampled_from(WAIT_CHOICES),
    lock_asks=st.booleans(),
    silent=st.frozensets(st.sampled_from(Topic)),
    quiet=st.sampled_from(QUIET_CHOICES),
    zone_name=st.sampled_from(["UTC", "Europe/Berlin"]),
    log_days=st.sampled_from(LOG_DAYS),
)
any_json = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5)


@given(any_preferences)
def test_settings_are_read_as_they_were_written(preferences: Preferences) -> None:
    assert read(written(preferences)) == preferences


@given(st.dictionaries(st.sampled_from([one.name for one in fields(Preferences)]), any_json))
def test_unknown_values_of_another_version_are_ignored(values: dict[str, object]) -> None:
    assert isinstance(read(values), Preferences)


@pytest.mark.parametrize(
    ("at", "until"),
    [
        (local(2026, 5, 1, 21, 59), None),
        (local(2026, 5, 1, 22, 0), local(2026, 5, 2, 7)),
        (local(2026, 5, 1, 23, 30), local(2026, 5, 2, 7)),
        (local(2026, 5, 2, 0, 0), local(2026, 5, 2, 7)),
        (local(2026, 5, 2, 6, 59), local(2026, 5, 2, 7)),
        (local(2026, 5, 2, 7, 0), None),
    ],
)
def test_quiet_hours_span_midnight_in_the_home_time_zone(at: datetime, until: datetime | None) -> None:
    assert QuietHours(22, 7).ends_at(at.astimezone(UTC), BERLIN) == until


def test_quiet_hours_within_a_day_end_on_the_same_day() -> None:
    noon = datetime(2026, 5, 1, 12, tzinfo=UTC)
    assert QuietHours(9, 17).ends_at(noon, UTC) == noon + timedelta(hours=5)
    assert QuietHours(13, 17).ends_at(noon, UTC) is None


def test_an_unknown_time_zone_is_replaced_by_utc() -> None:
    assert Preferences(zone_name="Mars/Olympus").zone is UTC


@given(any_preferences, st.sampled_from(Setting), st.integers(0, 20))
def test_each_choice_changes_one_setting_and_is_stored(preferences: Preferences, setting: Setting, choice: int) -> None:
    try:
        after = changed(preferences, setting, choice)
    except LookupError:
        return
    assert read(written(after)) == after
    assert changed(after, setting, choice) == after
    names = [one.name for one in fields(Preferences)]
    assert sum(getattr(after, name) != getattr(preferences, name) for name in names) <= 1


def test_topics_are_switched_one_by_one() -> None:
    silent = Preferences()
    for choice in range(0, 2 * len(Topic), 2):
        silent = changed(silent, Setting.NEWS, choice)
    assert not any(silent.tells(topic) for topic in Topic)
    assert [topic for topic in Topic if changed(silent, Setting.NEWS, 1).tells(topic)] == [Topic.OPENINGS]


def test_only_quiet_hours_delay_news() -> None:
    now = datetime(2026, 5, 1, 23, tzinfo=UTC)
    assert Preferences().quiet_until(now) is None
    assert Preferences(quiet=QuietHours(22, 7)).quiet_until(now) == now + timedelta(hours=8)
