from datetime import timedelta

import pytest

from tests.support.dimo_setting import REDIRECT_URI, DimoSetting

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


async def names(setting: DimoSetting, **filters: str) -> list[str]:
    query = "query($f: VehiclesFilter) { vehicles(first: 100, filterBy: $f) { nodes { name } } }"
    data = (await setting.ask("identity", query, variables={"f": filters})).json()["data"]
    return [node["name"] for node in data["vehicles"]["nodes"]]


async def test_vehicle_has_every_documented_field(setting: DimoSetting) -> None:
    variables = {"grantee": setting.licence.client_id, "filter": {"owner": setting.ann.wallet}}
    answer = await setting.ask("identity", LIST, variables=variables)
    assert answer.json()["data"]["vehicles"] == {
        "totalCount": 1,
        "nodes": [
            {
                "tokenId": setting.car.token_id,
                "tokenDID": setting.world.did(setting.car.token_id),
                "owner": setting.ann.wallet,
                "name": "Bluey",
                "imageURI": f"http://dimo.test/identity/vehicle/{setting.car.token_id}/image",
                "definition": {"make": "Tesla", "model": "Model 3", "year": 2023},
                "syntheticDevice": {"connection": {"name": "Tesla"}},
                "sacd": {"permissions": "0x3c", "expiresAt": "2027-03-01T12:00:00Z"},
            }
        ],
        "pageInfo": {"hasNextPage": False, "endCursor": "MTg2MDAx"},
    }
    assert setting.world.violations == []


@pytest.mark.parametrize(
    ("permissions", "packed"),
    [({1}, "0xc"), ({2}, "0x30"), ({1, 2}, "0x3c"), ({6}, "0x3000"), (set(), "0x0")],
)
async def test_permission_n_is_packed_at_bits_2n_and_2n_plus_1(
    setting: DimoSetting, permissions: set[int], packed: str
) -> None:
    setting.world.share(setting.car, setting.licence, permissions=permissions)
    query = "query($g: Address!, $t: Int) { vehicle(tokenId: $t) { sacd(grantee: $g) { permissions } } }"
    variables = {"g": setting.licence.client_id.lower(), "t": setting.car.token_id}
    answer = await setting.ask("identity", query, variables=variables)
    assert answer.json()["data"]["vehicle"]["sacd"] == {"permissions": packed}


async def test_share_with_nobody_is_null(setting: DimoSetting) -> None:
    setting.world.unshare(setting.car, setting.licence)
    query = "query($g: Address!, $t: Int) { vehicle(tokenId: $t) { sacd(grantee: $g) { expiresAt } } }"
    variables = {"g": setting.licence.client_id, "t": setting.car.token_id}
    assert (await setting.ask("identity", query, variables=variables)).json() == {"data": {"vehicle": {"sacd": None}}}


SACDS = "query($t: Int!) { vehicle(tokenId: $t) { sacds(first: 100) { totalCount nodes { grantee permissions } } } }"


async def test_shares_are_listed_with_their_grantees_until_they_end(setting: DimoSetting) -> None:
    other = setting.world.add_license()
    setting.world.share(setting.car, other, permissions={1}, until=setting.clock() + timedelta(days=1))
    variables = {"t": setting.car.token_id}
    shares = (await setting.ask("identity", SACDS, variables=variables)).json()["data"]["vehicle"]["sacds"]
    ours = {"grantee": setting.licence.client_id, "permissions": "0x3c"}
    assert shares == {"totalCount": 2, "nodes": [ours, {"grantee": other.client_id, "permissions": "0xc"}]}
    setting.clock.pass_time(days=1)
    shares = (await setting.ask("identity", SACDS, variables=variables)).json()["data"]["vehicle"]["sacds"]
    assert shares == {"totalCount": 1, "nodes": [ours]}


async def test_share_that_ended_is_null(setting: DimoSetting) -> None:
    setting.world.share(setting.car, setting.licence, permissions={1}, until=setting.clock() + timedelta(days=1))
    setting.clock.pass_time(days=1)
    query = "query($g: Address!, $t: Int) { vehicle(tokenId: $t) { sacd(grantee: $g) { expiresAt } } }"
    variables = {"g": setting.licence.client_id, "t": setting.car.token_id}
    assert (await setting.ask("identity", query, variables=variables)).json()["data"] == {"vehicle": {"sacd": None}}


async def test_filters_narrow_to_owner_and_to_live_shares(setting: DimoSetting) -> None:
    bob = setting.world.add_account("Bob")
    bobs = bob.add_car(name="Bingo")
    setting.world.share(bobs, setting.licence, permissions={1}, until=setting.clock() + timedelta(days=1))
    setting.ann.add_car(name="Muffin")
    licence = setting.licence.client_id
    assert await names(setting) == ["Muffin", "Bingo", "Bluey"]
    assert await names(setting, owner=setting.ann.wallet.lower()) == ["Muffin", "Bluey"]
    assert await names(setting, privileged=licence) == ["Bingo", "Bluey"]
    assert await names(setting, privileged=licence, owner=setting.ann.wallet) == ["Bluey"]
    assert await names(setting, privileged=bob.wallet) == ["Bingo"]
    setting.clock.pass_time(days=1)
    assert await names(setting, privileged=licence) == ["Bluey"]


async def test_pages_reach_every_vehicle_once(setting: DimoSetting) -> None:
    for number in range(4):
        setting.ann.add_car(name=f"Car {number}")
    seen, after, pages = [], None, 0
    while True:
        variables = {"grantee": setting.licence.client_id, "after": after}
        page = (await setting.ask("identity", LIST, variables=variables)).json()["data"]["vehicles"]
        assert page["totalCount"] == 5
        seen += [node["tokenId"] for node in page["nodes"]]
        pages += 1
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert pages == 3
    assert len(set(seen)) == len(seen) == 5


@pytest.mark.parametrize("arguments", ["after: null", "first: -1", "first: 101", 'first: 5, after: "nonsense"'])
async def test_impossible_page_is_an_error_with_200(setting: DimoSetting, arguments: str) -> None:
    answer = await setting.ask("identity", f"{{ vehicles({arguments}) {{ totalCount }} }}")
    assert answer.status_code == 200
    assert answer.json()["data"] is None
    assert answer.json()["errors"][0]["path"] == ["vehicles"]


async def test_unknown_vehicle_is_null_with_an_error(setting: DimoSetting) -> None:
    answer = await setting.ask("identity", "{ vehicle(tokenId: 5) { name } }")
    assert (answer.status_code, answer.json()["data"]) == (200, {"vehicle": None})
    error = {"message": "No vehicle with token id 5.", "path": ["vehicle"], "extensions": {"code": "NOT_FOUND"}}
    assert answer.json()["errors"] == [error]


async def test_license_lists_its_redirect_uris(setting: DimoSetting) -> None:
    query = (
        "query($c: Address!) { developerLicense(by: {clientId: $c}) { redirectURIs(first: 100) { nodes { uri } } } }"
    )
    answer = await setting.ask("identity", query, variables={"c": setting.licence.client_id})
    uris = answer.json()["data"]["developerLicense"]["redirectURIs"]
    assert uris == {"nodes": [{"uri": REDIRECT_URI}]}
    unknown = await setting.ask("identity", query, variables={"c": setting.ann.wallet})
    assert unknown.json()["data"] == {"developerLicense": None}


async def test_token_sent_to_identity_is_noted(setting: DimoSetting) -> None:
    answer = await setting.ask("identity", "{ vehicles(first: 1) { totalCount } }", headers=setting.bearer())
    assert answer.status_code == 200
    assert setting.world.violations == ["identity sends a token to a service that needs none"]
