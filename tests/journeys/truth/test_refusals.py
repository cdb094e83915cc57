"""Every refusal by DIMO is shown as certain, with what was refused, why, and what to do next."""

import pytest

from bot.demo.dimo import faults
from bot.demo.telegram.chats import Message
from tests.support.world import Family

CANNOT = "Bluey can't do this through DIMO."
NO_CONNECTION = "Bluey has no connection that takes commands."
UNREACHABLE = ".\nDIMO's service is not reachable."
ITS_KNOWN_FAULT = "DIMO's command service does not accept DIMO's own tokens (known since its version 0.4.32)."
ITS_OWN_TOKEN = "DIMO did not accept its own token: this is DIMO's fault."

COMMANDS_TABLE = [
    (400, "Couldn't parse token id", CANNOT),
    (400, "Integration is not capable of this command.", CANNOT),
    (403, "Vehicle subscription is not active.", "The DIMO subscription of Bluey is not active."),
    (403, "Missing required privilege", "DIMO does not let me send commands to Bluey."),
    (404, "Vehicle NFT not found.", NO_CONNECTION),
    (404, "No command-capable integrations found for this vehicle.", NO_CONNECTION),
    (404, "No synthetic devices found for this VIN.", NO_CONNECTION),
    (409, "Integration is not capable of this command.", CANNOT),
    (410, "Gone", NO_CONNECTION),
    (418, "Something new", "DIMO said no."),
]


@pytest.mark.parametrize("service", ["devices", "oracle"])
async def test_every_refusal_of_a_command_is_explained(family: Family, service: str) -> None:
    """A 4xx is certain: there is one request, nothing happened, and the reason is shown."""
    family.environ["DIMO_COMMAND_API"] = service
    await _restarted_and_recognized(family, service)
    before = family.dimo.arrived[service, "command"]
    for count, (status, message, words) in enumerate(COMMANDS_TABLE, start=1):
        family.car.fail_next(faults.status(status, message))
        said = family.dad.says("/lock")
        refused = await family.dad.sees("Refused: 🔒 Dad's Lock for Bluey.", after=said)
        assert words in refused.text, (status, message)
        assert "Next:" in refused.text, (status, message)
        assert family.dimo.arrived[service, "command"] == before + count, (status, message)
    assert family.car.received == []


async def test_refusals_by_the_simulated_dimo_itself_are_explained(family: Family) -> None:
    """An unsupported make, no connection, and a car that lacks the feature."""
    family.car.subscription_active = False
    await family.says("/lock", "The DIMO subscription of Bluey is not active.")
    family.car.subscription_active = True
    family.car.connection = "Ruptela"
    await family.says("/lock", CANNOT)
    family.car.connection = None
    await family.says("/lock", NO_CONNECTION)
    assert family.car.received == []


async def test_what_a_car_cannot_do_is_remembered_and_no_longer_offered(family: Family) -> None:
    """This lasts until DIMO accepts it: then the memory was wrong, or the car has changed."""
    family.car.cannot = {"frunk/open"}
    question = await family.asks("/frunk", "Open Bluey's frunk?")
    await family.taps(question, "Open frunk")
    await question.becomes(CANNOT)
    panel = await family.says("/car", "Last contact")
    assert "📦 Frunk" not in panel.labels
    family.car.cannot = set()
    question = await family.asks("/frunk", "Open Bluey's frunk?")
    await family.taps(question, "Open frunk")
    await question.becomes("Accepted")
    panel = await family.says("/car", "🚗 Bluey")
    assert "📦 Frunk" in panel.labels


async def test_a_401_costs_one_new_token_and_one_more_request(family: Family) -> None:
    """It proves that nothing happened, so even an unlock may be sent again, once."""
    question = await family.asks("/unlock", "Unlock Bluey?")
    await family.dimo.wait_calls("token-exchange", "exchange", 1)
    family.car.fail_next(faults.status(401, "Invalid or expired JWT"))
    await family.taps(question, "Unlock")
    await question.becomes("Accepted")
    assert [call.status for call in family.dimo.calls_of("devices", "command")] == [401, 200]
    assert len(family.dimo.calls_of("token-exchange", "exchange")) == 2
    assert family.car.received == ["doors/unlock"]


async def test_a_second_401_is_dimos_own_fault(family: Family) -> None:
    for _ in range(3):
        family.car.fail_next(faults.status(401, "Invalid or expired JWT"))
    refused = await family.says("/lock", "Refused")
    assert ITS_OWN_TOKEN in refused.text
    assert len(family.dimo.calls_of("devices", "command")) == 2
    assert len(family.dimo.calls_of("token-exchange", "exchange")) == 2


async def test_an_oracle_that_rejects_dimos_token_is_dimos_own_fault(family: Family) -> None:
    """It checks for a user's token before it takes commands."""
    family.environ["DIMO_COMMAND_API"] = "oracle"
    family.dimo.oracle_wants_user_token = True
    await _restarted_and_recognized(family, "oracle")
    before = family.dimo.arrived["oracle", "command"]
    refused = await family.says("/lock", "Refused")
    assert ITS_KNOWN_FAULT in refused.text
    assert family.dimo.arrived["oracle", "command"] == before + 2


async def test_a_command_is_repeated_after_the_pause_that_dimo_asks_for(family: Family) -> None:
    family.car.fail_next(faults.status(429, retry_after=2))
    question = await _confirmed_unlock(family)
    pause = await family.clock.until_asleep("sending")
    assert pause == pytest.approx(2, abs=0.1)
    family.clock.advance(pause)
    await question.becomes("Accepted")
    assert family.car.received == ["doors/unlock"]


async def test_the_refusal_says_that_dimo_is_busy_after_three_attempts(family: Family) -> None:
    for _ in range(3):
        family.car.fail_next(faults.status(429))
    question = await _confirmed_unlock(family)
    for _ in range(2):
        family.clock.advance(await family.clock.until_asleep("sending"))
    await question.becomes("Refused")
    assert ".\nDIMO wants me to slow down." in question.text
    assert family.dimo.arrived["devices", "command"] == 3


async def test_a_service_that_is_not_there_is_explained(family: Family) -> None:
    """Without a token nothing can be sent."""
    not_there = [
        faults.html(404),
        faults.html(200, acts=False),
        faults.status(522),
        faults.html(530),
    ]
    for fault in not_there:
        family.dimo.switch_off("token-exchange", fault)
        said = family.dad.says("/lock")
        refused = await family.dad.sees("Refused", after=said)
        assert UNREACHABLE in refused.text
    assert family.dimo.arrived["devices", "command"] == 0


async def test_a_license_that_dimo_does_not_accept_is_explained(family: Family) -> None:
    """It is neither the family's fault nor the car's."""
    family.dimo.fail("token-exchange", "exchange", faults.status(403, "not a dev license"), times=None)
    refused = await family.says("/lock", "Refused")
    assert "DIMO does not accept this bot's license." in refused.text


async def test_a_share_without_commands_is_explained(family: Family) -> None:
    family.dimo.share(family.car, family.license, permissions={1})
    refused = await family.says("/lock", "Refused")
    assert "Its owner has not shared that permission." in refused.text
    assert refused.labels == ["🔑 Link again"]
    assert family.car.received == []


async def test_commands_go_to_the_oracle_once_devices_is_gone(family: Family) -> None:
    """The service never changes within one action; the next action uses the one that answers."""
    await family.says("/lock", "Accepted")
    family.dimo.devices_gone = True
    first = await _confirmed_unlock(family)
    await first.becomes("Refused")
    assert UNREACHABLE in first.text
    assert _taken_by_the_oracle(family) == 0
    await family.dimo.wait_calls("devices", "my_devices", 2)
    second = await _confirmed_unlock(family)
    await second.becomes("Accepted")
    assert family.car.received == ["doors/lock", "doors/unlock"]
    assert _taken_by_the_oracle(family) == 1


async def test_a_bot_that_starts_without_devices_uses_the_oracle(family: Family) -> None:
    family.dimo.devices_gone = True
    await family.stop_bot()
    await family.start_bot()
    await family.dimo.wait_calls("devices", "my_devices", 2)
    await family.says("/lock", "Accepted")
    assert _taken_by_the_oracle(family) == 1
    assert family.dimo.calls_of("devices", "command") == []


async def test_an_unlock_is_not_sent_to_the_oracle_after_devices_lost_the_connection(family: Family) -> None:
    """It may have arrived at devices, so it must not be sent to the oracle, too."""
    family.dimo.fail("devices", "command", faults.lose_answer())
    question = await _confirmed_unlock(family)
    await question.becomes("Unknown")
    await family.settles()
    assert family.car.received == ["doors/unlock"]
    assert _taken_by_the_oracle(family) == 0


async def test_status_says_why_there_is_no_report(family: Family) -> None:
    family.dimo.switch_off("telemetry", faults.html(521))
    shown = await family.says("/status", "I can't get the car's report right now.")
    assert "DIMO's service is not reachable." in shown.text
    assert "ocked" not in shown.text


async def _restarted_and_recognized(family: Family, service: str) -> None:
    """Restart the bot, and wait until it has asked this service without a token."""
    operation = "command" if service == "oracle" else "my_devices"
    await family.stop_bot()
    asked = len(family.dimo.calls_of(service, operation))
    await family.start_bot()
    await family.dimo.wait_calls(service, operation, asked + 1)


def _taken_by_the_oracle(family: Family) -> int:
    """Count the commands that the oracle accepted, without the request that checks whether it answers."""
    return sum(call.status == 200 for call in family.dimo.calls_of("oracle", "command"))


async def _confirmed_unlock(family: Family) -> Message:
    question = await family.asks("/unlock", "Unlock Bluey?")
    await family.taps(question, "Unlock")
    return question
