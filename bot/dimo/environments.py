"""Where DIMO's services stand, in production and in dev."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Service(StrEnum):
    """The services that the bot speaks to, by the names that people are told."""

    AUTH = "auth"
    EXCHANGE = "token exchange"
    DEVICES = "devices"
    IDENTITY = "identity"
    TELEMETRY = "telemetry"
    ORACLE = "tesla-oracle"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceUrls:
    """The base URL of each service, without a path, and the contract that the vehicles live in."""

    auth: str
    token_exchange: str
    devices: str
    identity: str
    telemetry: str
    login: str
    oracle: str
    vehicle_contract: str
    chain_id: int

    def of(self, service: Service) -> str:
        """Give a service's base URL, without a slash at its end."""
        urls = {
            Service.AUTH: self.auth,
            Service.EXCHANGE: self.token_exchange,
            Service.DEVICES: self.devices,
            Service.IDENTITY: self.identity,
            Service.TELEMETRY: self.telemetry,
            Service.ORACLE: self.oracle,
        }
        return urls[service].rstrip("/")


PRODUCTION = ServiceUrls(
    auth="https://auth.dimo.zone",
    token_exchange="https://token-exchange-api.dimo.zone",  # noqa: S106 - an address, not a password
    devices="https://devices-api.dimo.zone",
    identity="https://identity-api.dimo.zone",
    telemetry="https://telemetry-api.dimo.zone",
    login="https://login.dimo.org",
    oracle="https://tesla-oracle.dimo.zone",
    vehicle_contract="0xbA5738a18d83D41847dfFbDC6101d37C69c9B0cF",
    chain_id=137,
)

DEV = ServiceUrls(
    auth="https://auth.dev.dimo.zone",
    token_exchange="https://token-exchange-api.dev.dimo.zone",  # noqa: S106 - an address, not a password
    devices="https://devices-api.dev.dimo.zone",
    identity="https://identity-api.dev.dimo.zone",
    telemetry="https://telemetry-api.dev.dimo.zone",
    login="https://login.dev.dimo.org",
    oracle="https://tesla-oracle.dev.dimo.zone",
    vehicle_contract="0x45fbCD3ef7361d156e8b16F5538AE36DEdf61Da8",
    chain_id=80002,
)

ENVIRONMENTS: Mapping[str, ServiceUrls] = MappingProxyType({"production": PRODUCTION, "dev": DEV})
