"""DIMO has two forms of the same endpoints: by the user's own device, and by the car's token id."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from bot.demo.dimo.faults import Fault, garbage, html, status
from tests.support.codes import EXPLAINED, at_dimo, explained, fails_again, kept
from tests.support.newcomers import is_answered
from tests.support.world import Family

OWN = ("submit_codes", "codes", "clear_codes")
BY_TOKEN_ID = ("submit_vehicle_codes", "vehicle_codes", "clear_vehicle_codes")

A_NO: Mapping[str, Fault] = {
    "the device is gone": status(404, "Device not found."),
    "the road is gone": status(410, "Gone"),
    "its token is not taken": status(401, "Invalid or expired JWT"),
    "its token is not enough": status(403, "Missing required privilege"),
}


@pytest.fixture
def url(sqlite_url: str) -> str:
    """Which database it is makes no difference here."""
    return sqlite_url


def asked_dimo(family: Family) -> list[str]:
    """Return what was asked about codes and devices with a token, in order."""
    return [
        call.operation
        for call in family.dimo.calls
        if call.operation in (*OWN, *BY_TOKEN_ID) or (call.operation == "my_devices" and call.status != 401)
    ]


async def looks(family: Family) -> None:
    """Look at the codes until DIMO's history is in, which is asked for again once it is old enough."""
    family.clock.advance(31)
    message = await family.says("/codes", "error codes")
    await message.becomes(lambda shown: "Asking DIMO" not in shown.text)


async def clears(family: Family) -> None:
    question = await family.says("/clearcodes", "as cleared?")
    await family.taps(question, "Clear")
    await question.becomes(lambda shown: "Cleared" in shown.text and "Telling DIMO" not in shown.text)


async def test_the_own_device_goes_first_and_its_id_is_found_once(family: Family) -> None:
    await explained(family, "P0301")
    await looks(family)
    await explained(family, "P0420")
    await clears(family)
    assert asked_dimo(family) == [
        "my_devices",
        "submit_codes",
        "codes",
        "submit_codes",
        "codes",
        "clear_codes",
    ]


async def test_the_id_of_the_device_outlives_a_restart(family: Family) -> None:
    await explained(family, "P0301")
    await family.restart_bot()
    await explained(family, "P0420")
    assert asked_dimo(family) == ["my_devices", "submit_codes", "submit_codes"]


async def test_codes_go_by_token_id_where_the_own_device_does_not_serve(family: Family) -> None:
    """The no proves that nothing happened: the codes are at DIMO once."""
    for number, (why, no) in enumerate(A_NO.items(), start=1):
        asked = len(asked_dimo(family))
        family.dimo.fail("devices", "submit_codes", no)
        await explained(family, f"P030{number}")
        await looks(family)
        expected = ["submit_codes", "submit_vehicle_codes", "vehicle_codes"]
        assert [one for one in asked_dimo(family)[asked:] if one != "my_devices"] == expected, why
        assert len(at_dimo(family)) == number, why
        family.clock.advance(3601)


async def test_each_of_the_three_calls_finds_its_way(family: Family) -> None:
    for number, (own, by_token_id) in enumerate(zip(OWN, BY_TOKEN_ID, strict=True), start=1):
        asked = len(asked_dimo(family))
        family.dimo.fail("devices", own, A_NO["the device is gone"])
        await explained(family, f"P030{number}")
        await looks(family)
        await clears(family)
        done = asked_dimo(family)[asked:]
        assert done[done.index(own) + 1] == by_token_id
        assert len(at_dimo(family)) == number
        assert family.car.code_queries[0].cleared_at is not None
        family.clock.advance(3601)


async def test_a_form_that_is_switched_off_is_asked_again_after_an_hour(family: Family) -> None:
    for gone in (404, 410):
        family.dimo.device_form_gone = gone
        await explained(family, "P0301")
        await explained(family, "P0420")
        family.dimo.device_form_gone = None
        family.clock.advance(3601)
        await explained(family, "C0035")
    once = ["submit_codes", "submit_vehicle_codes", "submit_vehicle_codes"]
    again = ["my_devices", "submit_codes"]
    assert asked_dimo(family) == ["my_devices", *once, *again, *once, *again]


async def test_a_device_that_dimo_made_anew_is_found_again(family: Family) -> None:
    """The car was connected anew: the old id leads nowhere for ever."""
    await explained(family, "P0301")
    family.car.device_id = "2NewDeviceOfTheSameCar00000"
    await explained(family, "P0420")
    family.clock.advance(3601)
    await explained(family, "C0035")
    assert asked_dimo(family)[-2:] == ["my_devices", "submit_codes"]
    assert at_dimo(family) == [["P0301"], ["P0420"], ["C0035"]]


async def test_a_car_that_is_not_among_the_devices_goes_by_token_id(family: Family) -> None:
    """DIMO's list may have it without its NFT, or not at all; it is not asked for the list each time."""
    family.car.minted = False
    await explained(family, "P0301")
    await explained(family, "P0420")
    assert asked_dimo(family) == ["my_devices", "submit_vehicle_codes", "submit_vehicle_codes"]


async def test_after_linking_anew_the_devices_are_looked_through_again(family: Family) -> None:
    family.car.minted = False
    await explained(family, "P0301")
    family.car.minted = True
    await family.link()
    await explained(family, "P0420")
    assert asked_dimo(family)[-2:] == ["my_devices", "submit_codes"]


async def test_linking_anew_keeps_the_id_of_the_device(family: Family) -> None:
    await explained(family, "P0301")
    await family.link()
    await explained(family, "P0420")
    assert asked_dimo(family) == ["my_devices", "submit_codes", "submit_codes"]


async def test_codes_go_by_token_id_once_the_sign_in_has_ended(family: Family) -> None:
    """The license still may read the car; nobody has to sign in for that."""
    await explained(family, "P0301")
    family.clock.advance(15 * 86_400)
    await explained(family, "P0420")
    assert asked_dimo(family) == ["my_devices", "submit_codes", "submit_vehicle_codes"]


async def test_a_chat_with_a_console_token_alone_goes_by_token_id(family: Family) -> None:
    eve, own = family.telegram.add_person("Eve"), family.dimo.add_license()
    family.dimo.share(family.car, own, permissions={1})
    token = family.dimo.developer_jwt(own, lifetime=timedelta(days=1))
    await is_answered(family, token, "The console token is linked", eve)
    await explained(family, "P0301", person=eve)
    assert asked_dimo(family) == ["submit_vehicle_codes"]


async def test_a_vehicle_token_that_dimo_does_not_take_is_exchanged_once_more(family: Family) -> None:
    family.dimo.device_form_gone = 404
    family.dimo.fail("devices", "submit_vehicle_codes", status(401, "Invalid or expired JWT"))
    await explained(family, "P0301")
    assert len(family.dimo.calls_of("token-exchange", "exchange")) == 2
    assert at_dimo(family) == [["P0301"]]


async def test_a_vehicle_token_that_dimo_never_takes_is_said_to_be_dimos_fault(family: Family) -> None:
    family.dimo.device_form_gone = 404
    family.dimo.fail("devices", "submit_vehicle_codes", status(401, "Invalid or expired JWT"), times=None)
    message = await kept(family, "P0301")
    assert "DIMO did not accept its own token: this is DIMO's fault." in message.text
    assert len(family.dimo.calls_of("devices", "submit_vehicle_codes")) == 2


async def test_a_car_that_is_shared_for_commands_alone_keeps_its_codes_here(family: Family) -> None:
    """By token id they need the permission to read the car."""
    family.dimo.device_form_gone = 404
    family.dimo.share(family.car, family.license, permissions={2})
    message = await kept(family, "P0301")
    assert "Its owner has not shared that permission." in message.text
    await family.says("/lock", "Accepted")
    family.dimo.share(family.car, family.license, permissions={1, 2})
    await family.taps(message, "Send again")
    await message.becomes(EXPLAINED)


TROUBLE: Mapping[str, Fault] = {
    "trouble of its own": status(500, "Internal Server Error"),
    "broken JSON": garbage(),
    "a no to the token": status(401, "Invalid or expired JWT"),
    "a no to the person": status(403, "Forbidden"),
    "no such list": status(404, "Not Found"),
}


async def test_a_list_of_devices_in_trouble_is_done_without(family: Family) -> None:
    """It only serves to find the id for one of the two forms."""
    for number, (what, trouble) in enumerate(TROUBLE.items(), start=1):
        family.dimo.fail("devices", "my_devices", trouble, times=None)
        await explained(family, "P0301")
        assert len(family.dimo.calls_of("devices", "submit_vehicle_codes")) == number, what
        assert len(at_dimo(family)) == number, what
        family.clock.advance(3601)


AWAY: Mapping[str, Fault] = {
    "a page for people": html(404),
    "an edge without a server": html(522),
    "too many requests": status(429, "Too Many Requests"),
}


async def test_a_service_that_is_not_there_is_not_asked_in_another_form(family: Family) -> None:
    for fault in AWAY.values():
        family.dimo.fail("devices", "*", fault, times=None)
        await kept(family, "P0301")
    assert not [call for call in family.dimo.calls if call.operation in (*OWN, *BY_TOKEN_ID)]


async def test_a_no_to_the_license_is_no_no_to_the_codes(family: Family) -> None:
    """Each 400 of another service leaves the codes waiting; only DIMO's no to the codes themselves ends their way."""
    family.dimo.device_form_gone = 404
    family.dimo.fail("token-exchange", "exchange", status(400, "bad DID"), times=4)
    message = await kept(family, "P0301")
    await fails_again(family, message)
    family.dimo.heal("token-exchange")
    await family.taps(message, "Send again")
    await message.becomes(EXPLAINED)


async def test_a_history_that_is_refused_is_no_no_to_the_codes(family: Family) -> None:
    """Before codes are sent again DIMO is asked whether it has them; a no to that question is none to them."""
    family.dimo.fail("devices", "submit_codes", status(503, "Service Unavailable"))
    message = await kept(family, "P0301")
    family.dimo.fail("devices", "codes", status(400, "Couldn't parse token id."))
    await fails_again(family, message)
    await family.taps(message, "Send again")
    await message.becomes(EXPLAINED)
    assert at_dimo(family) == [["P0301"]]
