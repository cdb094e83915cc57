from datetime import timedelta

import pytest

from tests.support.dimo_town import REDIRECT_URI, Town

LIST = """
query Cars($grantee: Address!, $after: String, $filter: VehiclesFilter) {
  vehicles(first: 2, after: $after, filterBy: $filter) {
    totalCount
    nodes {
      tokenId tokenDID owner name imageURI
      definition { make model year }
      syntheticDevice { connection { name } }
      sacd(grantee: $grantee) { permissions expiresAt }
    }
    pageInfo { hasNextPage endCursor }
  }
}
"""


@pytest.fixture
def town() -> Town:
    return Town()


async def names(town: Town, **filters: str) -> list[str]:
    query = "query($f: VehiclesFilter) { vehicles(first: 100, filterBy: $f) { nodes { name } } }"
    data = (await town.ask("identity", query, variables={"f": filters})).json()["data"]
    return [node["name"] for node in data["vehicles"]["nodes"]]


async def test_vehicle_has_every_documented_field(town: Town) -> None:
    variables = {"grantee": town.licence.client_id, "filter": {"owner": town.ann.wallet}}
    answer = await town.ask("identity", LIST, variables=variables)
    assert answer.json()["data"]["vehicles"] == {
        "totalCount": 1,
        "nodes": [
            {
                "tokenId": town.car.token_id,
                "tokenDID": town.world.did(town.car.token_id),
                "owner": town.ann.wallet,
                "name": "Bluey",
                "imageURI": f"http://dimo.test/identity/vehicle/{town.car.token_id}/image",
                "definition": {"make": "Tesla", "model": "Model 3", "year": 2023},
                "syntheticDevice": {"connection": {"name": "Tesla"}},
                "sacd": {"permissions": "0x3c", "expiresAt": "2027-03-01T12:00:00Z"},
            }
        ],
        "pageInfo": {"hasNextPage": False, "endCursor": "dmVoaWNsZToxODYwMDE="},
    }
    assert town.world.violations == []


@pytest.mark.parametrize(
    ("permissions", "packed"),
    [({1}, "0xc"), ({2}, "0x30"), ({1, 2}, "0x3c"), ({6}, "0x3000"), (set(), "0x0")],
)
async def test_permission_n_is_packed_at_bits_2n_and_2n_plus_1(town: Town, permissions: set[int], packed: str) -> None:
    town.world.share(town.car, town.licence, permissions=permissions)
    query = "query($g: Address!, $t: Int) { vehicle(tokenId: $t) { sacd(grantee: $g) { permissions } } }"
    variables = {"g": town.licence.client_id.lower(), "t": town.car.token_id}
    answer = await town.ask("identity", query, variables=variables)
    assert answer.json()["data"]["vehicle"]["sacd"] == {"permissions": packed}


async def test_share_with_nobody_is_null(town: Town) -> None:
    town.world.unshare(town.car, town.licence)
    query = "query($g: Address!, $t: Int) { vehicle(tokenId: $t) { sacd(grantee: $g) { expiresAt } } }"
    variables = {"g": town.licence.client_id, "t": town.car.token_id}
    assert (await town.ask("identity", query, variables=variables)).json() == {"data": {"vehicle": {"sacd": None}}}


async def test_filters_narrow_to_owner_and_to_live_shares(town: Town) -> None:
    bob = town.world.add_account("Bob")
    bobs = bob.add_car(name="Bingo")
    town.world.share(bobs, town.licence, permissions={1}, until=town.clock() + timedelta(days=1))
    town.ann.add_car(name="Muffin")
    licence = town.licence.client_id
    assert await names(town) == ["Muffin", "Bingo", "Bluey"]
    assert await names(town, owner=town.ann.wallet.lower()) == ["Muffin", "Bluey"]
    assert await names(town, privileged=licence) == ["Bingo", "Bluey"]
    assert await names(town, privileged=licence, owner=town.ann.wallet) == ["Bluey"]
    town.clock.pass_time(days=1)
    assert await names(town, privileged=licence) == ["Bluey"]


async def test_pages_reach_every_vehicle_once(town: Town) -> None:
    for number in range(4):
        town.ann.add_car(name=f"Car {number}")
    seen, after, pages = [], None, 0
    while True:
        variables = {"grantee": town.licence.client_id, "after": after}
        page = (await town.ask("identity", LIST, variables=variables)).json()["data"]["vehicles"]
        assert page["totalCount"] == 5
        seen += [node["tokenId"] for node in page["nodes"]]
        pages += 1
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert pages == 3
    assert len(set(seen)) == len(seen) == 5


@pytest.mark.parametrize("arguments", ["first: 0", "first: 101", 'first: 5, after: "nonsense"'])
async def test_page_that_cannot_be_is_an_error_with_200(town: Town, arguments: str) -> None:
    answer = await town.ask("identity", f"{{ vehicles({arguments}) {{ totalCount }} }}")
    assert answer.status_code == 200
    assert answer.json()["data"] == {"vehicles": None}
    assert answer.json()["errors"][0]["path"] == ["vehicles"]


async def test_unknown_vehicle_is_null_with_an_error(town: Town) -> None:
    answer = await town.ask("identity", "{ vehicle(tokenId: 5) { name } }")
    assert (answer.status_code, answer.json()["data"]) == (200, {"vehicle": None})
    assert answer.json()["errors"][0]["message"] == "no vehicle found"


async def test_license_lists_its_redirect_uris(town: Town) -> None:
    query = (
        "query($c: Address!) { developerLicense(by: {clientId: $c}) { redirectURIs(first: 100) { nodes { uri } } } }"
    )
    answer = await town.ask("identity", query, variables={"c": town.licence.client_id})
    uris = answer.json()["data"]["developerLicense"]["redirectURIs"]
    assert uris == {"nodes": [{"uri": REDIRECT_URI}]}
    unknown = await town.ask("identity", query, variables={"c": town.ann.wallet})
    assert unknown.json()["data"] == {"developerLicense": None}


async def test_token_sent_to_identity_is_noted(town: Town) -> None:
    answer = await town.ask("identity", "{ vehicles(first: 1) { totalCount } }", headers=town.bearer())
    assert answer.status_code == 200
    assert town.world.violations == ["identity sends a token to a service that needs none"]
