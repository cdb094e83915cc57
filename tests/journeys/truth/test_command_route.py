"""The service that takes commands is chosen by answers, never by missing ones."""

from collections import Counter

import pytest

from bot.demo.dimo.faults import Fault, garbage, html, status
from bot.demo.dimo.http_messages import Reply
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
    assert "DIMO's command service does not accept DIMO's own tokens (known since its version 0.4.32)." in refused.text
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


async def test_a_host_that_says_ok_to_everything_gets_no_command_and_no_token(family: Family) -> None:
    """The oracle worked; then somebody answers at the address of devices-api, as nobody of DIMO would."""
    await _restarted_without_devices(family)
    await family.says("/lock", "Accepted")
    family.dimo.heal("devices")
    anything = Fault(acts=False, answer=Reply(200, b"ok", b"text/plain"))
    family.dimo.switch_off("devices", anything)
    await _restarted(family)
    await family.says("/lock", "Accepted")
    await family.says("/codes P0301", "P0301")
    await family.settles()
    assert family.car.received == ["doors/lock", "doors/lock"]
    assert {call.operation for call in family.dimo.calls if call.service == "devices"} == {"my_devices"}


async def test_the_service_that_worked_last_is_preferred(family: Family) -> None:
    """Devices is back, and recognized as DIMO's; whether it takes commands is not known."""
    await _restarted_without_devices(family)
    await family.says("/lock", "Accepted")
    family.dimo.devices_gone = False
    await _restarted(family)
    await family.says("/lock", "Accepted")
    assert not family.dimo.calls_of("devices", "command")


async def test_a_service_that_is_set_is_recognized_before_it_is_sent_a_token(family: Family) -> None:
    family.environ["DIMO_COMMAND_API"] = "devices"
    family.dimo.switch_off("devices", Fault(acts=False, answer=Reply(200, b"ok", b"text/plain")))
    await _restarted(family)
    refused = await family.says("/lock", "Refused")
    assert "DIMO's service is not reachable. DIMO switched its command service off." in refused.text
    assert not family.dimo.calls_of("devices", "command")


@pytest.mark.parametrize("fault", [html(404), html(503), status(521, "error code: 521"), garbage(502)])
async def test_without_a_service_a_refusal_and_the_panel_name_dimos_fault_in_a_line(
    family: Family, fault: Fault
) -> None:
    for service in ("devices", "oracle"):
        family.dimo.switch_off(service, fault)
    await _restarted(family)
    refused = await family.says("/lock", "Refused")
    said = "DIMO's service is not reachable. DIMO switched its command service off."
    assert f".\n{said}\nNext: use the key." in refused.text
    panel = await family.says("/car", "Bluey")
    assert "\n⚠️ DIMO switched its command service off." in panel.text
    asked = Counter(family.dimo.arrived)
    await family.says("/lock", "Refused")
    more = family.dimo.arrived - asked
    assert more["devices", "my_devices"] <= 3, "one for the panel, one before the token, one to choose again: no loop"
    assert more["oracle", "command"] <= 1
    assert not family.dimo.calls_of("devices", "command")
    for service in ("devices", "oracle"):
        family.dimo.heal(service)
    await family.says("/lock", "Accepted")
    assert "⚠️" not in (await family.says("/car", "Bluey")).text


async def test_the_panel_names_the_fault_of_an_oracle_that_rejects_dimos_tokens_until_it_is_mended(
    family: Family,
) -> None:
    family.dimo.oracle_wants_user_token = True
    await _restarted_without_devices(family)
    assert "⚠️" not in (await family.says("/car", "Bluey")).text
    await family.says("/lock", "Refused")
    fault = "DIMO's command service does not accept DIMO's own tokens (known since its version 0.4.32)."
    assert f"\n⚠️ {fault}" in (await family.says("/car", "Bluey")).text
    family.dimo.oracle_wants_user_token = False
    await family.says("/lock", "Accepted")
    assert "⚠️" not in (await family.says("/car", "Bluey")).text


async def test_nothing_is_said_about_dimo_while_our_own_network_is_down(family: Family) -> None:
    for service in ("devices", "oracle", "auth"):
        family.dimo.switch_off(service)
    await _restarted(family)
    refused = await family.says("/lock", "Refused")
    assert "DIMO's service is not reachable.\nNext: try again" in refused.text
    assert "⚠️" not in (await family.says("/car", "Bluey")).text


async def _restarted(family: Family) -> None:
    await family.stop_bot()
    asked = _probes(family)
    await family.start_bot()
    await _are_asked(family, asked)
