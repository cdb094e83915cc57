from dataclasses import replace

import pytest

from bot.dimo.environments import ENVIRONMENTS, Service

# DIMO.md's table.
URLS = {
    ("production", Service.AUTH): "https://auth.dimo.zone",
    ("production", Service.TOKEN_EXCHANGE): "https://token-exchange-api.dimo.zone",
    ("production", Service.DEVICES): "https://devices-api.dimo.zone",
    ("production", Service.IDENTITY): "https://identity-api.dimo.zone",
    ("production", Service.TELEMETRY): "https://telemetry-api.dimo.zone",
    ("production", Service.ORACLE): "https://tesla-oracle.dimo.zone",
    ("production", Service.TRIGGERS): "https://vehicle-triggers-api.dimo.zone",
    ("dev", Service.AUTH): "https://auth.dev.dimo.zone",
    ("dev", Service.TOKEN_EXCHANGE): "https://token-exchange-api.dev.dimo.zone",
    ("dev", Service.DEVICES): "https://devices-api.dev.dimo.zone",
    ("dev", Service.IDENTITY): "https://identity-api.dev.dimo.zone",
    ("dev", Service.TELEMETRY): "https://telemetry-api.dev.dimo.zone",
    ("dev", Service.ORACLE): "https://tesla-oracle.dev.dimo.zone",
    ("dev", Service.TRIGGERS): "https://vehicle-triggers-api.dev.dimo.zone",
}


@pytest.mark.parametrize("name", ["production", "dev"])
@pytest.mark.parametrize("service", Service)
def test_service_has_the_address_that_dimo_documents(name: str, service: Service) -> None:
    assert ENVIRONMENTS[name].of(service) == URLS[name, service]


def test_login_and_contract_belong_to_their_environment() -> None:
    production, dev = ENVIRONMENTS["production"], ENVIRONMENTS["dev"]
    assert (production.login, dev.login) == ("https://login.dimo.org", "https://login.dev.dimo.org")
    assert (production.vehicle_contract, production.chain_id) == (
        "0xbA5738a18d83D41847dfFbDC6101d37C69c9B0cF",
        137,
    )
    assert (dev.vehicle_contract, dev.chain_id) == ("0x45fbCD3ef7361d156e8b16F5538AE36DEdf61Da8", 80002)


def test_a_slash_at_the_end_of_a_base_url_makes_no_difference() -> None:
    urls = replace(ENVIRONMENTS["dev"], devices="http://localhost:8000/devices/")
    assert urls.of(Service.DEVICES) == "http://localhost:8000/devices"
