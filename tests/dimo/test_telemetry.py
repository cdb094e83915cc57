import json
from datetime import UTC, datetime

import pytest

from bot.dimo.client import Dimo
from bot.dimo.errors import BadAnswer, NotPermitted, SignInExpired
from bot.dimo.telemetry import SignalValue, Snapshot
from bot.dimo.tokens import VehicleJwt
from tests.dimo.conftest import Wire

AT = "2026-03-01T11:59:30.123456789Z"
WHEN = datetime(2026, 3, 1, 11, 59, 30, 123456, tzinfo=UTC)


def a_signal(name: str, *, at: object = AT, number: object = None, text: object = None) -> dict[str, object]:
    return {"name": name, "timestamp": at, "valueNumber": number, "valueString": text}


def a_snapshot(*signals: object, last_seen: object = AT) -> dict[str, object]:
    return {"data": {"signalsSnapshot": {"lastSeen": last_seen, "signals": list(signals)}}}


async def test_a_snapshot_holds_each_signal_with_its_own_time(dimo: Dimo, wire: Wire, vehicle_jwt: VehicleJwt) -> None:
    locked = a_signal("bodyLockIsLocked", number=1.0, at="2026-03-01T12:59:30+01:00")
    wire.will_say(a_snapshot(locked, a_signal("obdDTCList", text="[]")))
    assert await dimo.telemetry.snapshot(7, vehicle_jwt) == Snapshot(
        WHEN,
        {
            "bodyLockIsLocked": SignalValue(WHEN.replace(microsecond=0), 1.0, None),
            "obdDTCList": SignalValue(WHEN, None, "[]"),
        },
    )


async def test_a_snapshot_asks_for_all_signals_with_the_vehicles_token(
    dimo: Dimo, wire: Wire, vehicle_jwt: VehicleJwt
) -> None:
    wire.will_say(a_snapshot())
    await dimo.telemetry.snapshot(7, vehicle_jwt)
    asked = json.loads(wire.request.content)
    assert str(wire.request.url) == "https://telemetry.test/query"
    assert wire.request.headers["authorization"] == f"Bearer {vehicle_jwt.value}"
    assert asked["variables"] == {"tokenId": 7}
    assert "signalsSnapshot(tokenId: $tokenId)" in asked["query"]


@pytest.mark.parametrize(
    "answer",
    [a_snapshot(last_seen=None), {"data": {"signalsSnapshot": None}}, {"data": {"signalsSnapshot": {}}}],
)
async def test_a_car_that_never_reported_has_an_empty_snapshot(
    dimo: Dimo, wire: Wire, vehicle_jwt: VehicleJwt, answer: object
) -> None:
    wire.will_say(answer)
    assert await dimo.telemetry.snapshot(7, vehicle_jwt) == Snapshot(None, {})


async def test_errors_beside_data_do_not_cost_the_data(dimo: Dimo, wire: Wire, vehicle_jwt: VehicleJwt) -> None:
    denied = {"message": "unauthorized: missing privilege", "path": ["signalsSnapshot"]}
    wire.will_say(a_snapshot(a_signal("speed", number=0)) | {"errors": [denied]})
    assert (await dimo.telemetry.snapshot(7, vehicle_jwt)).signals["speed"].number == 0.0


@pytest.mark.parametrize(
    "broken",
    [
        {},
        a_signal(""),
        a_signal("speed", at=None),
        a_signal("speed", at="yesterday"),
        a_signal("speed", number="fast"),
        a_signal("speed", number=True),
        a_signal("speed", number=10**400),
    ],
)
async def test_a_signal_that_can_not_be_read_is_left_out_and_the_others_stay(
    dimo: Dimo, wire: Wire, vehicle_jwt: VehicleJwt, broken: object
) -> None:
    wire.will_say(a_snapshot(broken, a_signal("powertrainRange", number=300)))
    assert list((await dimo.telemetry.snapshot(7, vehicle_jwt)).signals) == ["powertrainRange"]


async def test_a_missing_value_is_not_turned_into_a_zero(dimo: Dimo, wire: Wire, vehicle_jwt: VehicleJwt) -> None:
    wire.will_say(a_snapshot(a_signal("bodyLockIsLocked")))
    assert (await dimo.telemetry.snapshot(7, vehicle_jwt)).signals["bodyLockIsLocked"].number is None


async def test_of_two_readings_of_a_signal_the_newer_counts(dimo: Dimo, wire: Wire, vehicle_jwt: VehicleJwt) -> None:
    old = a_signal("bodyLockIsLocked", number=1, at="2026-03-01T10:00:00Z")
    new = a_signal("bodyLockIsLocked", number=0, at="2026-03-01T11:00:00Z")
    for order in ([old, new], [new, old]):
        wire.will_say(a_snapshot(*order))
        assert (await dimo.telemetry.snapshot(7, vehicle_jwt)).signals["bodyLockIsLocked"].number == 0.0


async def test_missing_permission_is_an_error(dimo: Dimo, wire: Wire, vehicle_jwt: VehicleJwt) -> None:
    wire.will_say({"data": None, "errors": [{"message": "unauthorized: missing required privilege"}]})
    with pytest.raises(NotPermitted, match="missing required privilege"):
        await dimo.telemetry.snapshot(7, vehicle_jwt)


async def test_expired_token_is_an_error(dimo: Dimo, wire: Wire, vehicle_jwt: VehicleJwt) -> None:
    wire.will_say({"code": 401, "message": "token is expired"}, status=401)
    with pytest.raises(SignInExpired):
        await dimo.telemetry.snapshot(7, vehicle_jwt)


@pytest.mark.parametrize(
    "answer",
    [
        {"data": {"signalsSnapshot": 5}},
        {"data": {"signalsSnapshot": {"signals": 5}}},
        a_snapshot(last_seen="now"),
    ],
)
async def test_a_snapshot_of_another_form_is_a_bad_answer(
    dimo: Dimo, wire: Wire, vehicle_jwt: VehicleJwt, answer: object
) -> None:
    wire.will_say(answer)
    with pytest.raises(BadAnswer):
        await dimo.telemetry.snapshot(7, vehicle_jwt)


async def test_a_report_is_waited_for_eight_seconds(dimo: Dimo, wire: Wire, vehicle_jwt: VehicleJwt) -> None:
    wire.will_say(a_snapshot())
    await dimo.telemetry.snapshot(7, vehicle_jwt)
    assert wire.request.extensions["timeout"]["read"] == 8.0
