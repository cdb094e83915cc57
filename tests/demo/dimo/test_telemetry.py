from typing import Any

import pytest

from bot.demo.dimo.car import ALL_SIGNALS, LOCK_SIGNALS, NO_LOCK_SIGNALS, START, Location
from tests.support.dimo_setting import DimoSetting

SNAPSHOT = """
query($token: Int!) {
  signalsSnapshot(tokenId: $token) { lastSeen signals { name timestamp valueNumber valueString } }
}
"""

LATEST = """
query($token: Int!) {
  signalsLatest(tokenId: $token) {
    lastSeen
    bodyLockIsLocked { timestamp value }
    powertrainRange { timestamp value }
    obdDTCList { timestamp value }
    powertrainFuelSystemRelativeLevel { timestamp value }
  }
}
"""


async def ask(setting: DimoSetting, query: str, **more: Any) -> dict[str, Any]:
    answer = await setting.ask("telemetry", query, **{"variables": {"token": setting.car.token_id}, **more})
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    return body


async def snapshot(setting: DimoSetting) -> dict[str, dict[str, Any]]:
    signals = (await ask(setting, SNAPSHOT))["data"]["signalsSnapshot"]["signals"]
    return {signal["name"]: signal for signal in signals}


async def test_snapshot_holds_every_signal_that_there_is(setting: DimoSetting) -> None:
    setting.car.change(trouble_codes=("P0106", "P0279"))
    signals = await snapshot(setting)
    assert signals.keys() == ALL_SIGNALS - {"powertrainFuelSystemRelativeLevel"}
    assert signals["bodyLockIsLocked"] == {
        "name": "bodyLockIsLocked",
        "timestamp": "2026-03-01T12:00:00Z",
        "valueNumber": 1.0,
        "valueString": None,
    }
    assert signals["obdDTCList"]["valueString"] == '["P0106", "P0279"]'
    assert signals["obdDTCList"]["valueNumber"] is None


async def test_car_of_today_reports_no_lock(setting: DimoSetting) -> None:
    setting.car = setting.ann.add_car(reports=NO_LOCK_SIGNALS)
    assert not (await snapshot(setting)).keys() & LOCK_SIGNALS


async def test_latest_holds_the_signals_asked_for_and_null_for_those_never_sent(setting: DimoSetting) -> None:
    data = (await ask(setting, LATEST))["data"]["signalsLatest"]
    noon = "2026-03-01T12:00:00Z"
    assert data == {
        "lastSeen": noon,
        "bodyLockIsLocked": {"timestamp": noon, "value": 1.0},
        "powertrainRange": {"timestamp": noon, "value": 310.0},
        "obdDTCList": {"timestamp": noon, "value": "[]"},
        "powertrainFuelSystemRelativeLevel": None,
    }


async def test_car_that_never_reported_was_never_seen(setting: DimoSetting) -> None:
    setting.car.forget_reports()
    assert (await ask(setting, SNAPSHOT))["data"]["signalsSnapshot"] == {"lastSeen": None, "signals": []}


async def test_every_documented_signal_may_be_asked_for(setting: DimoSetting) -> None:
    fields = " ".join(f"{name} {{ timestamp value }}" for name in ALL_SIGNALS)
    body = await ask(setting, f"query($token: Int!) {{ signalsLatest(tokenId: $token) {{ {fields} }} }}")
    assert "errors" not in body
    assert body["data"]["signalsLatest"].keys() == ALL_SIGNALS


async def test_one_unknown_signal_fails_the_whole_query(setting: DimoSetting) -> None:
    query = LATEST.replace("powertrainRange", "powertrainReach")
    answer = await setting.ask("telemetry", query, variables={"token": setting.car.token_id})
    assert (answer.status_code, answer.json()["data"]) == (422, None)


async def test_signal_that_is_not_covered_leaves_the_others_alone(setting: DimoSetting) -> None:
    query = LATEST.replace("obdDTCList", "currentLocationHeading")
    body = await ask(setting, query, headers=setting.bearer(1))
    assert body["data"]["signalsLatest"]["currentLocationHeading"] is None
    assert body["data"]["signalsLatest"]["powertrainRange"]["value"] == 310.0
    assert [error["path"] for error in body["errors"]] == [["signalsLatest", "currentLocationHeading"]]
    assert "privilege:GetLocationHistory" in body["errors"][0]["message"]
    assert "errors" not in await ask(setting, query, headers=setting.bearer(1, 4))


async def test_token_without_permission_1_reads_no_signal(setting: DimoSetting) -> None:
    body = await ask(setting, SNAPSHOT, headers=setting.bearer(2))
    assert body["data"]["signalsSnapshot"]["signals"] == []
    body = await ask(setting, LATEST, headers=setting.bearer(2))
    assert body["data"]["signalsLatest"]["bodyLockIsLocked"] is None
    assert len(body["errors"]) == 4
    assert "unauthorized" in body["errors"][0]["message"]


async def test_available_signals_are_those_that_the_car_has_sent(setting: DimoSetting) -> None:
    body = await ask(setting, "query($token: Int!) { availableSignals(tokenId: $token) }")
    assert body["data"]["availableSignals"] == sorted(setting.car.signals)


async def test_token_of_another_car_reads_nothing(setting: DimoSetting) -> None:
    body = await ask(setting, SNAPSHOT, headers=setting.bearer(car=setting.ann.add_car()))
    assert body["data"] == {"signalsSnapshot": None}
    assert "does not match" in body["errors"][0]["message"]


async def test_no_token_and_an_ended_one_are_401(setting: DimoSetting) -> None:
    variables, headers = {"token": setting.car.token_id}, setting.bearer()
    assert (await setting.ask("telemetry", SNAPSHOT, variables=variables, headers={})).status_code == 401
    setting.clock.pass_time(minutes=10)
    assert (await setting.ask("telemetry", SNAPSHOT, variables=variables, headers=headers)).status_code == 401


PLACES = """
query($token: Int!) {
  signalsLatest(tokenId: $token) {
    currentLocationCoordinates { timestamp value { latitude longitude hdop } }
    currentLocationApproximateCoordinates { timestamp value { latitude longitude hdop } }
  }
}
"""


async def test_where_the_car_is_needs_a_permission_of_its_own(setting: DimoSetting) -> None:
    setting.car.drives_to(Location(48.137, 11.576, 0.9))
    exact = {"timestamp": "2026-03-01T12:00:00Z", "value": {"latitude": 48.137, "longitude": 11.576, "hdop": 0.9}}
    data = (await ask(setting, PLACES, headers=setting.bearer(4)))["data"]["signalsLatest"]
    assert data["currentLocationCoordinates"] == exact
    rough = data["currentLocationApproximateCoordinates"]["value"]
    assert rough == {"latitude": pytest.approx(48.125), "longitude": pytest.approx(11.575), "hdop": 0.0}
    body = await ask(setting, PLACES, headers=setting.bearer(8))
    assert body["data"]["signalsLatest"]["currentLocationCoordinates"] is None
    assert body["data"]["signalsLatest"]["currentLocationApproximateCoordinates"]["value"] == rough
    assert len(body["errors"]) == 1
    body = await ask(setting, PLACES, headers=setting.bearer(1, 2))
    assert list(body["data"]["signalsLatest"].values()) == [None, None]


async def test_a_snapshot_holds_the_location_for_a_token_that_covers_it(setting: DimoSetting) -> None:
    query = SNAPSHOT.replace("valueString", "valueLocation { latitude longitude }")

    async def places(*permissions: int) -> dict[str, Any]:
        body = await ask(setting, query, headers=setting.bearer(*permissions))
        signals = body["data"]["signalsSnapshot"]["signals"]
        return {one["name"]: one["valueLocation"] for one in signals if one["valueLocation"]}

    assert await places(1, 2) == {}
    assert (await places(4))["currentLocationCoordinates"] == {"latitude": START.latitude, "longitude": START.longitude}
    assert (await places(8)).keys() == {"currentLocationApproximateCoordinates"}


async def test_a_silent_car_does_not_say_where_it_drives(setting: DimoSetting) -> None:
    setting.car.silent = True
    setting.car.drives_to(Location(0.5, 0.5, 1.0))
    data = (await ask(setting, PLACES, headers=setting.bearer(4)))["data"]["signalsLatest"]
    assert data["currentLocationCoordinates"]["value"]["latitude"] == START.latitude
