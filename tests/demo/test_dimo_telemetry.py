from typing import Any

import pytest

from bot.demo.dimo.car import ALL_SIGNALS, LOCK_SIGNALS, NO_LOCK_SIGNALS
from tests.support.dimo_town import Town

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


@pytest.fixture
def town() -> Town:
    return Town()


async def ask(town: Town, query: str, **more: Any) -> dict[str, Any]:
    answer = await town.ask("telemetry", query, **{"variables": {"token": town.car.token_id}, **more})
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    return body


async def snapshot(town: Town) -> dict[str, dict[str, Any]]:
    signals = (await ask(town, SNAPSHOT))["data"]["signalsSnapshot"]["signals"]
    return {signal["name"]: signal for signal in signals}


async def test_snapshot_holds_every_signal_that_there_is(town: Town) -> None:
    town.car.change(trouble_codes=("P0106", "P0279"))
    signals = await snapshot(town)
    assert signals.keys() == ALL_SIGNALS - {"powertrainFuelSystemRelativeLevel"}
    assert signals["bodyLockIsLocked"] == {
        "name": "bodyLockIsLocked",
        "timestamp": "2026-03-01T12:00:00Z",
        "valueNumber": 1.0,
        "valueString": None,
    }
    assert signals["obdDTCList"]["valueString"] == '["P0106", "P0279"]'
    assert signals["obdDTCList"]["valueNumber"] is None


async def test_car_of_today_shows_no_lock(town: Town) -> None:
    town.car = town.ann.add_car(reports=NO_LOCK_SIGNALS)
    assert not (await snapshot(town)).keys() & LOCK_SIGNALS


async def test_latest_holds_the_signals_asked_for_and_null_for_those_never_sent(town: Town) -> None:
    data = (await ask(town, LATEST))["data"]["signalsLatest"]
    noon = "2026-03-01T12:00:00Z"
    assert data == {
        "lastSeen": noon,
        "bodyLockIsLocked": {"timestamp": noon, "value": 1.0},
        "powertrainRange": {"timestamp": noon, "value": 310.0},
        "obdDTCList": {"timestamp": noon, "value": "[]"},
        "powertrainFuelSystemRelativeLevel": None,
    }


async def test_car_that_never_sent_anything_was_never_seen(town: Town) -> None:
    town.car.forget_reports()
    assert (await ask(town, SNAPSHOT))["data"]["signalsSnapshot"] == {"lastSeen": None, "signals": []}


@pytest.mark.parametrize("field", sorted(ALL_SIGNALS))
async def test_every_documented_signal_may_be_asked_for(town: Town, field: str) -> None:
    query = f"query($token: Int!) {{ signalsLatest(tokenId: $token) {{ {field} {{ timestamp value }} }} }}"
    assert "errors" not in await ask(town, query)


async def test_one_unknown_signal_fails_the_whole_query(town: Town) -> None:
    query = LATEST.replace("powertrainRange", "powertrainReach")
    answer = await town.ask("telemetry", query, variables={"token": town.car.token_id})
    assert (answer.status_code, answer.json()["data"]) == (422, None)


async def test_signal_that_is_not_covered_leaves_the_others_alone(town: Town) -> None:
    town.car.unreadable.add("bodyLockIsLocked")
    body = await ask(town, LATEST)
    assert body["data"]["signalsLatest"]["bodyLockIsLocked"] is None
    assert body["data"]["signalsLatest"]["powertrainRange"]["value"] == 310.0
    assert [error["path"] for error in body["errors"]] == [["signalsLatest", "bodyLockIsLocked"]]
    body = await ask(town, SNAPSHOT)
    names = [signal["name"] for signal in body["data"]["signalsSnapshot"]["signals"]]
    assert "bodyLockIsLocked" not in names
    assert "powertrainRange" in names
    assert [error["path"] for error in body["errors"]] == [["signalsSnapshot", "signals"]]


async def test_token_without_permission_1_reads_no_signal(town: Town) -> None:
    body = await ask(town, SNAPSHOT, headers=town.bearer(2))
    assert body["data"]["signalsSnapshot"]["signals"] is None
    assert "unauthorized" in body["errors"][0]["message"]
    body = await ask(town, LATEST, headers=town.bearer(2))
    assert body["data"]["signalsLatest"]["bodyLockIsLocked"] is None
    assert len(body["errors"]) == 4


async def test_token_of_another_car_reads_nothing(town: Town) -> None:
    body = await ask(town, SNAPSHOT, headers=town.bearer(car=town.ann.add_car()))
    assert body["data"] == {"signalsSnapshot": None}
    assert "does not match" in body["errors"][0]["message"]


async def test_no_token_and_an_ended_one_are_401(town: Town) -> None:
    variables, headers = {"token": town.car.token_id}, town.bearer()
    assert (await town.ask("telemetry", SNAPSHOT, variables=variables, headers={})).status_code == 401
    town.clock.pass_time(minutes=10)
    assert (await town.ask("telemetry", SNAPSHOT, variables=variables, headers=headers)).status_code == 401
