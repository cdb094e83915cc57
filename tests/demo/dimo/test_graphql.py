from typing import Any

import httpx
import pytest

from bot.demo.dimo.http.graphql_query import QueryError, Selection, Variable, parse
from tests.support.dimo_setting import DimoSetting


@pytest.fixture
def setting() -> DimoSetting:
    return DimoSetting()


def test_query_is_read_with_aliases_arguments_and_variables() -> None:
    query = parse(
        """
        query Name($token: Int!, $name: String = "x") {  # a comment
          car: vehicle(tokenId: $token) { name, definition { make } }
          vehicles(first: 5, filterBy: {owner: $name, list: [1, 2.5, true, null]})
        }
        """
    )
    assert query.variables == {"token": "Int!", "name": "String"}
    assert query.defaults == {"name": "x"}
    car, vehicles = query.selections
    assert (car.name, car.alias, car.arguments) == ("vehicle", "car", {"tokenId": Variable("token")})
    assert car.selections == (
        Selection("name", "name", {}, ()),
        Selection("definition", "definition", {}, (Selection("make", "make", {}, ()),)),
    )
    assert vehicles.arguments == {
        "first": 5,
        "filterBy": {"owner": Variable("name"), "list": [1, 2.5, True, None]},
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "{}",
        "{ a ",
        "{ a } { b }",
        "{ a(b) }",
        "{ a(b: ) }",
        "{ a(b: $) }",
        "{ a(b: word) }",
        "{ a(b: [1) }",
        "{ ...Part }",
        "mutation { a }",
        "query($a Int) { a }",
        "query($a: Int { a }",
        '{ a(b: "open) }',
        "{ a; }",
    ],
)
def test_text_that_is_no_query_is_turned_down(text: str) -> None:
    with pytest.raises(QueryError):
        parse(text)


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
}


@pytest.mark.parametrize("case", UNANSWERABLE)
async def test_query_with_a_mistake_fails_whole_with_422(setting: DimoSetting, case: str) -> None:
    query, variables = UNANSWERABLE[case]
    answer = await setting.ask("identity", query, variables=variables)
    assert answer.status_code == 422
    assert answer.json()["data"] is None
    assert answer.json()["errors"][0]["message"]
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
