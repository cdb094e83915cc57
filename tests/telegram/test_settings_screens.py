from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.preferences import LOG_DAYS, QUIET_CHOICES, Preferences, QuietHours, Setting, Topic
from bot.domain.roles import Role
from bot.domain.zones import COMMON_ZONES
from bot.service.family.settings import OperatorDefaults
from bot.telegram import screens, texts
from bot.telegram.ui.taps import SetSetting, SetZone, ShowSettings
from tests.support.screens import labels, read_screen

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
USUAL = OperatorDefaults(question=timedelta(seconds=45), wait=timedelta(seconds=90))
CHANGED = Preferences(
    prompt_seconds=300,
    wait_seconds=30,
    lock_asks=True,
    silent=frozenset(Topic),
    quiet=QuietHours(23, 6),
    zone_name="America/Argentina/ComodRivadavia",
    log_days=365,
    left_minutes=60,
    where=(Role.DRIVER, Role.GUEST),
)


@pytest.mark.parametrize("it", [Preferences(), CHANGED])
def test_the_overview_has_a_button_for_every_setting(it: Preferences) -> None:
    screen = screens.settings.overview(it, USUAL, now=NOW, looks=0)
    assert len(read_screen(screen).splitlines()) == 2 + len(Setting)
    leads_to = [button.does for row in screen.rows for button in row]
    assert leads_to == [ShowSettings(setting) for setting in Setting]


@pytest.mark.parametrize("setting", [one for one in Setting if one is not Setting.NEWS])
@pytest.mark.parametrize("it", [Preferences(), CHANGED])
def test_the_present_choice_is_marked(setting: Setting, it: Preferences) -> None:
    screen = screens.settings.one(setting, it, USUAL, now=NOW)
    read_screen(screen)
    (marked,) = [label for label in labels(screen) if label.startswith("✅")]
    assert marked in read_marks(it)


def read_marks(it: Preferences) -> set[str]:
    """Return the labels of the marked buttons."""
    return {
        "✅ Usual: 45 seconds" if it.prompt_seconds is None else "✅ 5 minutes",
        "✅ Usual: 90 seconds" if it.wait_seconds is None else "✅ 30 seconds",
        "✅ Ask first" if it.lock_asks else "✅ At once",
        "✅ None" if it.quiet is None else "✅ 23:00 to 6:00",
        "✅ Drivers and guests" if it.where else "✅ Only me",
        "✅ 10 minutes" if it.left_minutes == 10 else "✅ 1 hour",
        "✅ 180 days" if it.log_days == 180 else "✅ 1 year",
        "✅ As usual where I live" if it.miles is None else "✅ Miles",
        f"✅ {texts.settings.zone(it.zone_name, now=NOW)}",
    }


@pytest.mark.parametrize("it", [Preferences(), CHANGED])
def test_a_switch_shows_its_state_and_its_tap_has_the_new_one(it: Preferences) -> None:
    """A second tap, or a late one, does not undo the change."""
    screen = screens.settings.one(Setting.NEWS, it, USUAL, now=NOW)
    switches = [button for row in screen.rows[:-1] for button in row]
    assert len(switches) == len(Topic)
    for place, button in enumerate(switches):
        is_on = button.label.startswith("✅")
        assert is_on != button.label.startswith("🔕")
        assert button.does == SetSetting(Setting.NEWS, 2 * place + (not is_on))


def test_every_choice_has_a_button_with_its_place() -> None:
    for setting, choices in ((Setting.QUIET, QUIET_CHOICES), (Setting.LOG, LOG_DAYS)):
        screen = screens.settings.one(setting, Preferences(), USUAL, now=NOW)
        taps = [button.does for row in screen.rows[:-1] for button in row]
        assert taps == [SetSetting(setting, place) for place in range(len(choices))]


def test_time_zones_are_offered_with_their_present_time() -> None:
    screen = screens.settings.one(Setting.ZONE, CHANGED, USUAL, now=NOW)
    offered = [button.does for row in screen.rows for button in row if isinstance(button.does, SetZone)]
    assert offered == [SetZone(zone) for zone in (*COMMON_ZONES, CHANGED.zone_name)]
    assert {"New York 08:00", "Berlin 14:00", "Kolkata 17:30"} <= set(labels(screen))
    assert "Another…" in labels(screen)[-2]


def test_a_zone_that_this_machine_does_not_know_is_not_offered() -> None:
    lost = Preferences(zone_name="Mars/Olympus")
    assert "Olympus" not in " ".join(labels(screens.settings.one(Setting.ZONE, lost, USUAL, now=NOW)))
    assert "Time zone: Olympus, where it is 12:00" in read_screen(
        screens.settings.overview(lost, USUAL, now=NOW, looks=0)
    )


def test_every_topic_and_setting_has_its_words() -> None:
    assert set(texts.settings.TOPICS) == set(Topic)
    assert set(texts.settings.LABELS) == set(Setting)
    assert read_screen(screens.settings.want_place())
    assert "Santiago" in read_screen(screens.settings.which_place(["America/Santiago"], now=NOW))
