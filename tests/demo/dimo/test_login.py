from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from bot.demo.dimo.login import LoginPageError, cancel, sign_in
from tests.support.dimo_setting import REDIRECT_URI, DimoSetting


def address(setting: DimoSetting, **changes: str | None) -> str:
    fields = {
        "clientId": setting.licence.client_id,
        "redirectUri": REDIRECT_URI,
        "entryState": "VEHICLE_MANAGER",
        "permissions": "11",
        "expirationDate": "2027-03-01",
        "utm": "state=abc",
        **changes,
    }
    given = {name: value for name, value in fields.items() if value is not None}
    return f"http://dimo.test/login/?{urlencode(given)}"


def landed(url: str) -> dict[str, str]:
    assert url.startswith(f"{REDIRECT_URI}?")
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


async def test_signing_in_returns_token_wallet_and_state(setting: DimoSetting) -> None:
    back = landed(sign_in(setting.world, address(setting), setting.ann))
    assert back.keys() == {"token", "walletAddress", "state"}
    assert (back["walletAddress"], back["state"]) == (setting.ann.wallet, "abc")
    headers = httpx.Headers({"Authorization": f"Bearer {back['token']}"})
    answer = await setting.http.get("/devices/v1/user/devices/me", headers=headers)
    assert answer.json()["userDevices"][0]["name"] == "Bluey"


@pytest.mark.parametrize(("digits", "permissions"), [("11", {1, 2}), ("01", {2}), ("100001", {1, 6})])
async def test_signing_in_shares_what_the_address_asks_for(
    setting: DimoSetting, digits: str, permissions: set[int]
) -> None:
    muffin = setting.ann.add_car(name="Muffin")
    sign_in(setting.world, address(setting, permissions=digits), setting.ann, share=[muffin])
    share = setting.world.shares[muffin.token_id, setting.licence.client_id.lower()]
    assert share.permissions == permissions
    assert share.until == datetime(2027, 3, 1, tzinfo=UTC)


async def test_share_without_an_end_lasts_a_hundred_years(setting: DimoSetting) -> None:
    sign_in(setting.world, address(setting, expirationDate=None), setting.ann, share=[setting.car])
    share = setting.world.shares[setting.car.token_id, setting.licence.client_id.lower()]
    assert share.until - setting.clock() > timedelta(days=36_500)


async def test_canceling_returns_the_error_and_the_state(setting: DimoSetting) -> None:
    assert landed(cancel(setting.world, address(setting), "User canceled")) == {
        "error": "User canceled",
        "state": "abc",
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"clientId": f"0x{'0' * 40}"},
        {"redirectUri": f"{REDIRECT_URI}/"},
        {"redirectUri": None},
        {"entryState": "OTHER"},
        {"permissions": None},
        {"permissions": "12"},
        {"permissions": "1111111"},
        {"expirationDate": "01.03.2027"},
        {"expirationDate": "2026-03-01"},
        {"state": "abc"},
    ],
)
async def test_page_shows_an_error_for_an_address_that_it_cannot_use(
    setting: DimoSetting, changes: dict[str, str | None]
) -> None:
    with pytest.raises(LoginPageError):
        sign_in(setting.world, address(setting, **changes), setting.ann)


async def test_another_page_is_not_the_sign_in_page(setting: DimoSetting) -> None:
    with pytest.raises(LoginPageError):
        cancel(setting.world, address(setting).replace("/login/", "/signin/"), "x")


async def test_landing_address_is_available_without_the_page(setting: DimoSetting) -> None:
    back = landed(setting.world.landing_url(setting.ann, setting.licence, state="a b", email="ann@example.com"))
    assert (back["state"], back["email"], back["walletAddress"]) == (
        "a b",
        "ann@example.com",
        setting.ann.wallet,
    )
    assert "state" not in landed(setting.world.landing_url(setting.ann, setting.licence))
