"""The link of a chat decides between DIMO's two forms: by the user's own device, or by the car's token id."""

from datetime import timedelta

from tests.support.codes import explained
from tests.support.newcomers import links_console_token
from tests.support.world import Family


def asked_dimo(family: Family) -> list[str]:
    """Return the requests about codes and devices that had a token, in order."""
    return [
        call.operation
        for call in family.dimo.calls
        if call.operation.endswith("_codes") or (call.operation == "my_devices" and call.status != 401)
    ]


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


async def test_a_chat_with_a_console_token_alone_goes_by_token_id(family: Family) -> None:
    eve, own = family.telegram.add_person("Eve"), family.dimo.add_license()
    family.dimo.share(family.car, own, permissions={1})
    token = family.dimo.developer_jwt(own, lifetime=timedelta(days=1))
    await links_console_token(family, token, eve)
    await explained(family, "P0301", person=eve)
    assert asked_dimo(family) == ["submit_vehicle_codes"]


async def test_cars_of_one_name_and_kind_are_told_apart_by_what_is_known_of_their_vins(family: Family) -> None:
    """Until the list of devices was read, by the numbers that DIMO gave them."""
    car = family.car
    other = family.account.add_car(name="Bluey", make=car.make, model=car.model, year=car.year)
    family.dimo.share(other, family.license, permissions={1, 2})
    await family.taps(choice := await family.says("/cars", "Which car?"), "Look again")
    names = [f"🚗 Bluey (no. {one.token_id})" for one in (car, other)]
    await choice.becomes(lambda shown: set(names) <= set(shown.labels))
    for name in names:
        choice = await family.says("/cars", "Which car?")
        await family.taps(choice, name)
        await choice.becomes(name)
        await (await family.says("/codes P0106", "error codes")).becomes("The code P0106 tells")
    labels = set((await family.says("/cars", "Which car?")).labels)
    assert {f"🚗 Bluey (VIN {one.vin[-4:]})" for one in (car, other)} <= labels
