"""The addresses of DIMO's services, in production and in dev."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Service(StrEnum):
    """The services that the bot uses, each named like its field in `ServiceUrls`; the value is its name for people."""

    AUTH = "auth"
    TOKEN_EXCHANGE = "token exchange"  # noqa: S105 - a name
    DEVICES = "devices"
    IDENTITY = "identity"
    TELEMETRY = "telemetry"
    ORACLE = "tesla-oracle"
    TRIGGERS = "vehicle triggers"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceUrls:
    """The base URL of each service, without a path, and the contract of the vehicles."""

    auth: str
    token_exchange: str
    devices: str
    identity: str
    telemetry: str
    login: str
    oracle: str
    triggers: str
    vehicle_contract: str
    chain_id: int

    def of(self, service: Service) -> str:
        """Return a service's base URL, without a slash at its end."""
        url: str = getattr(self, service.name.lower())
        return url.rstrip("/")


def _urls(dev: str, *, vehicle_contract: str, chain_id: int) -> ServiceUrls:
    return ServiceUrls(
        auth=f"https://auth{dev}.dimo.zone",
        token_exchange=f"https://token-exchange-api{dev}.dimo.zone",
        devices=f"https://devices-api{dev}.dimo.zone",
        identity=f"https://identity-api{dev}.dimo.zone",
        telemetry=f"https://telemetry-api{dev}.dimo.zone",
        login=f"https://login{dev}.dimo.org",
        oracle=f"https://tesla-oracle{dev}.dimo.zone",
        triggers=f"https://vehicle-triggers-api{dev}.dimo.zone",
        vehicle_contract=vehicle_contract,
        chain_id=chain_id,
    )


ENVIRONMENTS: Mapping[str, ServiceUrls] = MappingProxyType(
    {
        "production": _urls("", vehicle_contract="0xbA5738a18d83D41847dfFbDC6101d37C69c9B0cF", chain_id=137),
        "dev": _urls(".dev", vehicle_contract="0x45fbCD3ef7361d156e8b16F5538AE36DEdf61Da8", chain_id=80002),
    }
)
