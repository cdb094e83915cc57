"""DIMO has two forms of the same endpoints: by the user's own device, and by the car's token id."""

from collections.abc import AsyncIterator, Mapping

import pytest

from bot.demo.dimo.faults import Fault, garbage, html, status
from bot.domain.code_history import Delivery
from bot.domain.refusals import Reason
from tests.support.code_desk import BY_TOKEN_ID, OWN_DEVICE, Desk, a_desk
from tests.support.use_cases import HOME, a_process

HOUR = 3600

A_NO: Mapping[str, Fault] = {
    "the device is gone": status(404, "Device not found."),
    "the route is gone": status(410, "Gone"),
    "its token is not taken": status(401, "Invalid or expired JWT"),
    "its token is not enough": status(403, "Missing required privilege"),
}


@pytest.fixture
async def desk(sqlite_url: str, key: str) -> AsyncIterator[Desk]:
    async with a_desk(sqlite_url, key) as desk:
        yield desk


async def explained(desk: Desk, codes: str = "P0301") -> None:
    query = await desk.submit(codes)
    assert (query.delivery, query.reason) == (Delivery.DELIVERED, None)


async def kept(desk: Desk, reason: Reason) -> None:
    query = await desk.submit("P0301")
    assert (query.delivery, query.reason) == (Delivery.WAITING, reason)


async def test_the_own_device_is_asked_first_and_its_id_is_looked_up_once(desk: Desk) -> None:
    await explained(desk)
    await desk.look()
    await explained(desk)
    await desk.clear()
    assert desk.asked == ["my_devices", "submit_codes", "codes", "submit_codes", "codes", "clear_codes"]


async def test_the_id_of_the_device_outlives_a_restart(desk: Desk) -> None:
    await explained(desk)
    async with a_process(desk.town) as process:
        await explained(Desk(desk.town, process, *OWN_DEVICE))
    assert desk.asked == ["my_devices", "submit_codes", "submit_codes"]


@pytest.mark.parametrize("no", A_NO.values(), ids=A_NO)
@pytest.mark.parametrize("number", range(3), ids=OWN_DEVICE)
async def test_each_call_is_made_by_token_id_where_the_own_device_does_not_serve(
    desk: Desk, number: int, no: Fault
) -> None:
    """The refusal proves that nothing happened: the codes are at DIMO once."""
    desk.fail(OWN_DEVICE[number], no)
    await explained(desk)
    await desk.look()
    assert (await desk.clear()).clearing is Delivery.DELIVERED
    assert desk.asked[desk.asked.index(OWN_DEVICE[number]) + 1] == BY_TOKEN_ID[number]
    assert len(desk.at_dimo) == 1
    assert desk.town.car.code_queries[0].cleared_at is not None


@pytest.mark.parametrize("gone", [404, 410])
async def test_a_form_that_is_switched_off_is_asked_again_after_an_hour(desk: Desk, gone: int) -> None:
    desk.town.dimo.device_form_gone = gone
    await explained(desk)
    await explained(desk)
    desk.town.dimo.device_form_gone = None
    desk.town.clock.advance(HOUR + 1)
    await explained(desk)
    once = ["my_devices", "submit_codes", "submit_vehicle_codes", "submit_vehicle_codes"]
    assert desk.asked == [*once, "my_devices", "submit_codes"]


async def test_a_device_that_dimo_made_anew_is_found_again(desk: Desk) -> None:
    """The car was connected again: the old id will never be valid again."""
    await explained(desk)
    desk.town.car.device_id = "2NewDeviceOfTheSameCar00000"
    await explained(desk)
    desk.town.clock.advance(HOUR + 1)
    await explained(desk)
    assert desk.asked[-2:] == ["my_devices", "submit_codes"]
    assert len(desk.at_dimo) == 3


async def test_a_car_that_is_not_among_the_devices_is_asked_about_by_token_id(desk: Desk) -> None:
    """DIMO's list may have it without its NFT, or not at all; the list is not requested each time."""
    desk.town.car.minted = False
    await explained(desk)
    await explained(desk)
    assert desk.asked == ["my_devices", "submit_vehicle_codes", "submit_vehicle_codes"]


async def test_the_devices_are_looked_through_again_once_the_chat_was_linked_anew(desk: Desk) -> None:
    desk.town.car.minted = False
    await explained(desk)
    desk.town.car.minted = True
    desk.process.services.codes.requests.record.forget(HOME)
    await explained(desk)
    assert desk.asked[-2:] == ["my_devices", "submit_codes"]


async def test_codes_are_sent_by_token_id_once_the_sign_in_has_ended(desk: Desk) -> None:
    """The license still may read the car; nobody has to sign in for that."""
    await explained(desk)
    desk.town.clock.advance(366 * 24 * HOUR)
    desk.town.dimo.share(desk.town.car, desk.town.license, permissions={1, 2})
    await explained(desk)
    assert desk.asked == ["my_devices", "submit_codes", "submit_vehicle_codes"]


async def test_a_vehicle_token_that_dimo_does_not_take_is_exchanged_once_more(desk: Desk) -> None:
    desk.town.dimo.device_form_gone = 404
    desk.town.dimo.fail("devices", "submit_vehicle_codes", status(401, "Invalid or expired JWT"))
    await explained(desk)
    assert len(desk.town.dimo.calls_of("token-exchange", "exchange")) == 2
    assert len(desk.at_dimo) == 1


async def test_a_vehicle_token_that_dimo_never_takes_is_asked_with_twice(desk: Desk) -> None:
    desk.town.dimo.device_form_gone = 404
    desk.fail("submit_vehicle_codes", status(401, "Invalid or expired JWT"))
    await kept(desk, Reason.DIMO_REJECTED_ITS_OWN_TOKEN)
    assert desk.arrived("submit_vehicle_codes") == 2


async def test_a_car_that_is_shared_for_commands_alone_keeps_its_codes_here(desk: Desk) -> None:
    """The form by token id needs the permission to read the car."""
    desk.town.dimo.device_form_gone = 404
    desk.town.dimo.share(desk.town.car, desk.town.license, permissions={2})
    await kept(desk, Reason.NOT_SHARED_FOR_READING)


TROUBLE: Mapping[str, Fault] = {
    "trouble of its own": status(500, "Internal Server Error"),
    "a no to the token": status(401, "Invalid or expired JWT"),
    "a no to the person": status(403, "Forbidden"),
    "no such list": status(404, "Not Found"),
}


@pytest.mark.parametrize("trouble", TROUBLE.values(), ids=TROUBLE)
async def test_a_list_of_devices_in_trouble_is_done_without(desk: Desk, trouble: Fault) -> None:
    """The list is only needed to find the id for one of the two forms."""
    desk.fail("my_devices", trouble)
    await explained(desk)
    assert desk.arrived("submit_vehicle_codes") == len(desk.at_dimo) == 1


AWAY: Mapping[str, tuple[Fault, Reason]] = {
    "a page for people": (html(404), Reason.DIMO_UNREACHABLE),
    "somebody who accepts a request without a token": (garbage(), Reason.DIMO_UNREACHABLE),
    "an edge without a server": (html(522), Reason.DIMO_UNREACHABLE),
    "too many requests": (status(429, "Too Many Requests"), Reason.DIMO_TOO_BUSY),
}


@pytest.mark.parametrize(("fault", "reason"), AWAY.values(), ids=AWAY)
async def test_a_service_that_is_not_there_is_not_asked_in_another_form(
    desk: Desk, fault: Fault, reason: Reason
) -> None:
    desk.fail("*", fault)
    await kept(desk, reason)
    assert not [call for call in desk.asked if call != "my_devices"]


async def test_a_refusal_of_the_license_does_not_refuse_the_codes(desk: Desk) -> None:
    """A 400 of another service leaves the codes waiting; only a refusal of the codes themselves is final."""
    desk.town.dimo.device_form_gone = 404
    desk.town.dimo.fail("token-exchange", "exchange", status(400, "bad DID"), times=None)
    await kept(desk, Reason.DIMO_REFUSED)


async def test_a_refusal_of_the_history_does_not_refuse_the_codes(desk: Desk) -> None:
    """Before codes are sent again DIMO is asked whether it has them; a refused question refuses no codes."""
    desk.fail("submit_codes", status(503, "Service Unavailable"))
    query = await desk.submit("P0301")
    desk.heal()
    desk.fail("codes", status(400, "Couldn't parse token id."))
    again = await desk.send_again(query.id)
    assert (again.delivery, again.reason) == (Delivery.WAITING, Reason.DIMO_REFUSED)
    desk.heal()
    assert (await desk.send_again(query.id)).delivery is Delivery.DELIVERED
    assert len(desk.at_dimo) == 1
