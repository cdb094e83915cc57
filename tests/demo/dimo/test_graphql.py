from typing import Any

import httpx
import pytest

from tests.support.dimo_setting import DimoSetting

UNANSWERABLE = {
    "unknown field": ("{ vehicles(first: 1) { nodes { colour } } }", {}),
    "unknown field at the top": ("{ cars { name } }", {}),
    "unknown argument": ("{ vehicles(firts: 1) { totalCount } }", {}),
    "missing argument": ("{ vehicle(tokenId: 1) { sacd { permissions } } }", {}),
    "text for a number": ('{ vehicle(tokenId: "1") { name } }', {}),
    "truth for a number": ("{ vehicle(tokenId: true) { name } }", {}),
    "no selection on an object": ("{ vehicles(first: 1) { nodes } }", {}),
    "selection on a scalar": ("{ vehicles(first: 1) { totalCount { x } } }", {}),
    "undeclared variable": ("{ vehicle(tokenId: $t) { name } }", {"t": 1}),
    "unused variable": ("query($t: Int) { vehicle(tokenId: 1) { name } }", {"t": 1}),
    "variable of another type": ("query($t: String) { vehicle(tokenId: $t) { name } }", {"t": "1"}),
    "text in a number variable": ("query($t: Int) { vehicle(tokenId: $t) { name } }", {"t": "1"}),
    "missing required variable": ("query($t: Int!) { vehicle(tokenId: $t) { name } }", {}),
    "no address": ('{ vehicles(first: 1, filterBy: {owner: "0x12"}) { totalCount } }', {}),
    "unknown input field": ("{ vehicles(first: 1, filterBy: {colour: 1}) { totalCount } }", {}),
    "number for an input": ("{ vehicles(first: 1, filterBy: 5) { totalCount } }", {}),
    "unknown field inside an input variable": (
        "query($f: VehiclesFilter) { vehicles(first: 1, filterBy: $f) { totalCount } }",
        {"f": {"colour": 1}},
    ),
    "optional variable in a required place": (
        "query($g: Address) { vehicle(tokenId: 1) { sacd(grantee: $g) { permissions } } }",
        {"g": f"0x{'0' * 40}"},
    ),
    "broken text": ("{ vehicles(", {}),
    "no text": ("", {}),
    "no field": ("{}", {}),
    "two operations": ("query A { vehicle(tokenId: 1) { name } } query B { vehicle(tokenId: 2) { name } }", {}),
    "mutation": ("mutation { vehicle(tokenId: 1) { name } }", {}),
    "unknown fragment": ("{ vehicle(tokenId: 1) { ...Part } }", {}),
}


@pytest.mark.parametrize("case", UNANSWERABLE)
async def test_query_with_a_mistake_fails_whole_with_422(setting: DimoSetting, case: str) -> None:
    query, variables = UNANSWERABLE[case]
    answer = await setting.ask("identity", query, variables=variables)
    assert answer.status_code == 422
    assert answer.json()["data"] is None
    error = answer.json()["errors"][0]
    assert error["message"]
    assert error["extensions"]["code"] in {"GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"}
    assert len(setting.world.violations) == 1


async def test_undeclared_values_are_noted(setting: DimoSetting) -> None:
    answer = await setting.ask("identity", "{ vehicles(first: 1) { totalCount } }", variables={"x": 1})
    assert answer.status_code == 200
    assert len(setting.world.violations) == 1


async def test_alias_names_the_answer(setting: DimoSetting) -> None:
    query = "{ one: vehicles(first: 1) { totalCount } two: vehicles(first: 2) { n: totalCount } }"
    assert (await setting.ask("identity", query)).json()["data"] == {
        "one": {"totalCount": 1},
        "two": {"n": 1},
    }


async def test_operation_is_chosen_by_its_name(setting: DimoSetting) -> None:
    query = "query One { vehicles(first: 1) { totalCount } } query Two { vehicle(tokenId: 1) { name } }"
    answer = await setting.http.post("/identity/query", json={"query": query, "operationName": "One"})
    assert answer.json() == {"data": {"vehicles": {"totalCount": 1}}}
    assert setting.world.violations == []


async def test_a_mistake_of_the_simulator_is_no_answer(setting: DimoSetting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(setting.car, "name")
    with pytest.raises(AttributeError):
        await setting.ask("identity", f"{{ vehicle(tokenId: {setting.car.token_id}) {{ name }} }}")


@pytest.mark.parametrize(
    "more",
    [
        {"json": {"query": "{ a }", "extra": 1}},
        {"json": {"variables": {}}},
        {"json": {"query": 5}},
        {"json": ["{ a }"]},
        {"content": b"{ a }", "headers": {"content-type": "application/graphql"}},
        {"content": b"{", "headers": {"content-type": "application/json"}},
        {"json": {"query": "{ a }", "variables": [1]}},
    ],
)
async def test_body_that_is_no_graphql_request_is_400(setting: DimoSetting, more: dict[str, Any]) -> None:
    answer: httpx.Response = await setting.http.post("/identity/query", **more)
    assert answer.status_code == 400
    assert len(setting.world.violations) == 1
