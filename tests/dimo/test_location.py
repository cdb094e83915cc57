import json
from datetime import UTC, datetime

import pytest

from bot.dimo.client import Dimo
from bot.dimo.errors import BadAnswer
from bot.dimo.telemetry import Location
from bot.dimo.tokens import VehicleJwt
from tests.dimo.conftest import Wire

AT = "2026-03-01T11:59:30Z"
WHEN = datetime(2026, 3, 1, 11, 59, 30, tzinfo=UTC)


def a_place(latitude: object = 52.5, longitude: object = 13.4, hdop: object = 1.2) -> dict[str, object]:
    return {"timestamp": AT, "value": {"latitude": latitude, "longitude": longitude, "hdop": hdop}}


def an_answer(exact: object = None, rough: object = None, **more: object) -> dict[str, object]:
    found = {"currentLocationCoordinates": exact, "currentLocationApproximateCoordinates": rough}
    return {"data": {"signalsLatest": found}, **more}


async def test_a_location_is_asked_for_alone_and_read(dimo: Dimo, wire: Wire, vehicle_jwt: VehicleJwt) -> None:
    wire.will_say(an_answer(a_place(), a_place(52, 13, 0)))
    found = await dimo.telemetry.location(7, vehicle_jwt)
    assert found == Location(WHEN, 52.5, 13.4, 1.2, is_approximate=False)
    assert "52.5" not in repr(found)
    asked = json.loads(wire.request.content)
    assert asked["variables"] == {"tokenId": 7}
    assert "snapshot" not in asked["query"].lower()


async def test_the_rough_area_is_all_that_a_token_for_it_reads(dimo: Dimo, wire: Wire, vehicle_jwt: VehicleJwt) -> None:
    denied = [{"message": "unauthorized: missing required privilege(s)", "path": ["signalsLatest"]}]
    wire.will_say(an_answer(rough=a_place(52, 13, 0), errors=denied))
    assert await dimo.telemetry.location(7, vehicle_jwt) == Location(WHEN, 52, 13, None, is_approximate=True)


@pytest.mark.parametrize(
    "answer",
    [an_answer(), {"data": {"signalsLatest": None}}, an_answer(a_place(0, 0))],
    ids=["never", "null", "no fix"],
)
async def test_a_car_that_never_said_where_it_is_has_no_location(
    dimo: Dimo, wire: Wire, vehicle_jwt: VehicleJwt, answer: object
) -> None:
    wire.will_say(answer)
    assert await dimo.telemetry.location(7, vehicle_jwt) is None


@pytest.mark.parametrize("place", [a_place(91), a_place(longitude=-181), a_place("52"), a_place(None), {"value": {}}])
async def test_what_is_no_place_on_earth_is_a_bad_answer(
    dimo: Dimo, wire: Wire, vehicle_jwt: VehicleJwt, place: object
) -> None:
    wire.will_say(an_answer(place))
    with pytest.raises(BadAnswer):
        await dimo.telemetry.location(7, vehicle_jwt)
