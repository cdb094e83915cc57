"""Which of DIMO's services takes commands is concluded from answers, never from silence."""

import pytest

from tests.support.world import Family


@pytest.fixture
def url(sqlite_url: str) -> str:
    """Which database it is makes no difference here."""
    return sqlite_url


async def test_a_start_without_network_concludes_nothing(family: Family) -> None:
    """Nobody answered at the start, which may be our own network: the way is what it was."""
    await family.stop_bot()
    family.dimo.devices_gone = family.dimo.oracle_gone = True
    asked = _probes(family)
    await family.start_bot()
    await _are_asked(family, asked)
    family.dimo.devices_gone = family.dimo.oracle_gone = False
    family.dimo.oracle_wants_user_token = True
    await family.says("/lock", "Accepted")
    assert len(family.dimo.calls_of("devices", "command")) == 1


async def test_a_service_that_takes_no_token_of_dimos_own_is_left_for_the_other(family: Family) -> None:
    """Devices is back, and the oracle asks for a token that there is not: the next command goes the other way."""
    await _restarted_without_devices(family)
    family.dimo.devices_gone = False
    family.dimo.oracle_wants_user_token = True
    asked = _probes(family)
    refused = await family.says("/lock", "Refused")
    assert "DIMO did not accept its own token" in refused.text
    await _are_asked(family, asked)
    await family.says("/lock", "Accepted")
    assert family.car.received == ["doors/lock"]


async def _restarted_without_devices(family: Family) -> None:
    await family.stop_bot()
    family.dimo.devices_gone = True
    asked = _probes(family)
    await family.start_bot()
    await _are_asked(family, asked)


def _probes(family: Family) -> int:
    """Count how often devices was asked whether it is there."""
    return len(family.dimo.calls_of("devices", "my_devices"))


async def _are_asked(family: Family, before: int) -> None:
    await family.dimo.wait_calls("devices", "my_devices", before + 1)
