"""The service that takes commands is chosen by answers, never by missing ones."""

from tests.support.world import Family


async def test_a_start_without_network_changes_nothing(family: Family) -> None:
    """Nobody answered at the start, perhaps because of our own network: the service stays the same."""
    await family.stop_bot()
    family.dimo.devices_gone = family.dimo.oracle_gone = True
    asked = _probes(family)
    await family.start_bot()
    await _are_asked(family, asked)
    family.dimo.devices_gone = family.dimo.oracle_gone = False
    family.dimo.oracle_wants_user_token = True
    await family.says("/lock", "Accepted")
    assert len(family.dimo.calls_of("devices", "command")) == 1


async def test_a_service_that_rejects_dimos_own_tokens_is_replaced_by_the_other(family: Family) -> None:
    """Devices is back, and the oracle rejects the token: the next command goes to devices."""
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
    """Count how often devices was asked whether it answers."""
    return len(family.dimo.calls_of("devices", "my_devices"))


async def _are_asked(family: Family, before: int) -> None:
    await family.dimo.wait_calls("devices", "my_devices", before + 1)
