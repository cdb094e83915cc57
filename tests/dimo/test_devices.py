import pytest

from bot.dimo.client import Dimo
from bot.dimo.devices import UserDevice
from bot.dimo.errors import BadAnswer
from bot.dimo.tokens import UserJwt
from tests.dimo.conftest import Wire


async def test_a_device_joins_its_id_and_its_vehicles_number(dimo: Dimo, wire: Wire, user_jwt: UserJwt) -> None:
    mine = {"id": "2abc", "name": "Bluey", "vin": "5YJ3E1EA123454821", "nft": {"tokenId": 7, "status": "Confirmed"}}
    shared = {"id": "2def", "name": None, "vin": None, "nft": {"tokenId": None}}
    wire.will_say({"userDevices": [mine, {"id": "2xyz", "nft": None}], "sharedDevices": [shared]})
    assert await dimo.devices.my_devices(user_jwt) == [
        UserDevice("2abc", 7, vin_end="4821"),
        UserDevice("2xyz", None),
        UserDevice("2def", None),
    ]
    assert str(wire.request.url) == "https://devices.test/v1/user/devices/me"
    assert wire.request.headers["authorization"] == f"Bearer {user_jwt.value}"


async def test_no_devices_may_be_written_as_null(dimo: Dimo, wire: Wire, user_jwt: UserJwt) -> None:
    wire.will_say({"userDevices": None, "sharedDevices": []})
    assert await dimo.devices.my_devices(user_jwt) == []


@pytest.mark.parametrize(
    "answer",
    [[], {"userDevices": {}}, {"userDevices": [5]}, {"userDevices": [{"id": "a", "nft": {"tokenId": "7"}}]}],
)
async def test_devices_of_another_form_are_a_bad_answer(
    dimo: Dimo, wire: Wire, user_jwt: UserJwt, answer: object
) -> None:
    wire.will_say(answer)
    with pytest.raises(BadAnswer):
        await dimo.devices.my_devices(user_jwt)
