import json
from datetime import UTC, datetime

import pytest

from bot.dimo.client import Dimo
from bot.dimo.errors import BadAnswer, CannotDo, NotFound
from bot.dimo.identity import Vehicle
from bot.dimo.permissions import Permission
from tests.dimo.conftest import Wire
from tests.support.dimo_makers import CLIENT_ID, WALLET

NODE: dict[str, object] = {
    "tokenId": 7,
    "owner": WALLET,
    "name": "Bluey",
    "definition": {"make": "Tesla", "model": "Model 3", "year": 2021},
    "syntheticDevice": {"connection": {"name": "Tesla"}},
    "sacd": {"permissions": "0x3c", "expiresAt": "2027-03-01T00:00:00Z"},
}
BARE = NODE | {"name": "", "definition": None, "syntheticDevice": None, "sacd": None}
UNKNOWN = {"message": "No vehicle with token id 7.", "path": ["vehicle"]}
CODED = {"message": "It is not there.", "extensions": {"code": "NOT_FOUND"}}

BLUEY = Vehicle(
    token_id=7,
    owner=WALLET.lower(),
    name="Bluey",
    make="Tesla",
    model="Model 3",
    year=2021,
    connection="Tesla",
    permissions=frozenset({Permission.NON_LOCATION_HISTORY, Permission.COMMANDS}),
    share_expires_at=datetime(2027, 3, 1, tzinfo=UTC),
)


def a_page(*nodes: object, then: str | None = None) -> dict[str, object]:
    info = {"hasNextPage": then is not None, "endCursor": then}
    return {"data": {"vehicles": {"nodes": list(nodes), "pageInfo": info}}}


def variables(wire: Wire, index: int = 0) -> dict[str, object]:
    asked: dict[str, object] = json.loads(wire.requests[index].content)["variables"]
    return asked


async def test_vehicle_has_the_permissions_of_the_license(dimo: Dimo, wire: Wire) -> None:
    wire.will_say(a_page(NODE))
    assert await dimo.identity.vehicles(owner=WALLET, license=CLIENT_ID) == [BLUEY]
    assert str(wire.request.url) == "https://identity.test/query"
    assert "authorization" not in wire.request.headers


async def test_a_wallets_vehicles_are_all_listed_shared_or_not(dimo: Dimo, wire: Wire) -> None:
    wire.will_say(a_page(NODE, BARE))
    found = await dimo.identity.vehicles(owner=WALLET, license=CLIENT_ID)
    assert [one.permissions for one in found] == [BLUEY.permissions, frozenset()]
    assert variables(wire) == {
        "first": 100,
        "after": None,
        "filterBy": {"owner": WALLET},
        "grantee": CLIENT_ID,
    }


async def test_without_a_wallet_the_vehicles_shared_with_the_license_are_listed(dimo: Dimo, wire: Wire) -> None:
    wire.will_say(a_page())
    assert await dimo.identity.vehicles(license=CLIENT_ID) == []
    assert variables(wire)["filterBy"] == {"privileged": CLIENT_ID}


async def test_permissions_are_unknown_without_a_license(dimo: Dimo, wire: Wire) -> None:
    wire.will_say(a_page(BARE))
    (found,) = await dimo.identity.vehicles(owner=WALLET)
    assert found.permissions is None


async def test_the_list_of_all_vehicles_is_never_asked_for(dimo: Dimo, wire: Wire) -> None:
    with pytest.raises(ValueError, match="no end"):
        await dimo.identity.vehicles()
    assert wire.requests == []


async def test_a_list_is_read_to_its_last_page(dimo: Dimo, wire: Wire) -> None:
    wire.will_say(a_page(NODE, then="c1"))
    wire.will_say(a_page(NODE | {"tokenId": 8}, then="c2"))
    wire.will_say(a_page(NODE | {"tokenId": 9}))
    found = await dimo.identity.vehicles(owner=WALLET)
    assert [one.token_id for one in found] == [7, 8, 9]
    assert [variables(wire, index)["after"] for index in range(3)] == [None, "c1", "c2"]


async def test_a_list_without_an_end_is_given_up(dimo: Dimo, wire: Wire) -> None:
    for _ in range(60):
        wire.will_say(a_page(NODE, then="again"))
    await dimo.identity.vehicles(owner=WALLET)
    assert len(wire.requests) == 50


async def test_a_vehicle_with_nothing_but_its_number_and_owner_is_a_vehicle(dimo: Dimo, wire: Wire) -> None:
    wire.will_say({"data": {"vehicle": BARE}})
    found = await dimo.identity.vehicle(7, grantee=CLIENT_ID)
    assert found is not None
    assert (found.name, found.make, found.model, found.year, found.connection) == ("", "", "", None, None)


async def test_a_share_without_a_readable_end_has_no_known_end(dimo: Dimo, wire: Wire) -> None:
    wire.will_say({"data": {"vehicle": NODE | {"sacd": {"permissions": "0x30", "expiresAt": "99999-01-01"}}}})
    found = await dimo.identity.vehicle(7, grantee=CLIENT_ID)
    assert found is not None
    assert found.share_expires_at is None
    assert found.permissions == frozenset({Permission.COMMANDS})


@pytest.mark.parametrize(
    "answer",
    [
        {"data": None, "errors": [UNKNOWN]},
        {"errors": [UNKNOWN]},
        {"errors": [CODED]},
        {"data": {"vehicle": None}},
    ],
)
async def test_missing_vehicle_is_none(dimo: Dimo, wire: Wire, answer: object) -> None:
    wire.will_say(answer)
    assert await dimo.identity.vehicle(7) is None


async def test_the_redirect_uris_of_a_license_are_listed(dimo: Dimo, wire: Wire) -> None:
    uris = {"nodes": [{"uri": "https://a.test"}, {"uri": "https://b.test/x"}]}
    wire.will_say({"data": {"developerLicense": {"redirectURIs": uris}}})
    found = await dimo.identity.license_redirect_uris(CLIENT_ID)
    assert found == ["https://a.test", "https://b.test/x"]
    assert variables(wire) == {"clientId": CLIENT_ID}


async def test_missing_license_is_none(dimo: Dimo, wire: Wire) -> None:
    wire.will_say(
        {
            "data": {"developerLicense": None},
            "errors": [{"message": "No developer license with client ID 0x1."}],
        }
    )
    assert await dimo.identity.license_redirect_uris(CLIENT_ID) is None


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"data": {}},
        {"data": {"vehicles": {"nodes": [{}], "pageInfo": {}}}},
        a_page(NODE | {"tokenId": "7"}),
        a_page(NODE | {"sacd": {"permissions": "lock"}}),
        {"data": None, "errors": [{"message": "internal system error"}]},
        {"data": None, "errors": "all"},
        {"data": None, "errors": [5]},
    ],
)
async def test_an_answer_of_another_form_is_a_bad_answer(dimo: Dimo, wire: Wire, answer: object) -> None:
    wire.will_say(answer)
    with pytest.raises(BadAnswer):
        await dimo.identity.vehicles(owner=WALLET, license=CLIENT_ID)


async def test_error_of_a_broken_query_quotes_dimo(dimo: Dimo, wire: Wire) -> None:
    wire.will_say({"errors": [{"message": 'Cannot query field "x"'}], "data": None}, status=422)
    with pytest.raises(CannotDo, match='Cannot query field "x"'):
        await dimo.identity.vehicle(7)


async def test_a_service_without_the_query_route_is_not_a_missing_vehicle(dimo: Dimo, wire: Wire) -> None:
    wire.will_say({"code": 404, "message": "Cannot POST /query"}, status=404)
    with pytest.raises(NotFound):
        await dimo.identity.vehicle(7)


@pytest.mark.parametrize("written", [CLIENT_ID, CLIENT_ID.lower(), "0x" + CLIENT_ID[2:].upper()])
async def test_a_license_is_named_in_the_case_of_its_checksum(dimo: Dimo, wire: Wire, written: str) -> None:
    """DIMO compares client ids by case; the setting may be written in any."""
    wire.will_say({"data": {"vehicles": {"nodes": [], "pageInfo": {"hasNextPage": False}}}})
    wire.will_say({"data": {"vehicle": None}})
    wire.will_say({"data": {"developerLicense": None}})
    await dimo.identity.vehicles(license=written)
    await dimo.identity.vehicle(1, grantee=written)
    await dimo.identity.license_redirect_uris(written)
    sent = [json.loads(request.content)["variables"] for request in wire.requests]
    named = [sent[0]["filterBy"]["privileged"], sent[0]["grantee"], sent[1]["grantee"], sent[2]["clientId"]]
    assert set(named) == {CLIENT_ID}
