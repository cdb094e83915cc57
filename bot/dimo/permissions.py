"""The permissions that an owner grants to a license, in DIMO's three spellings."""

from collections.abc import Collection, Mapping
from enum import IntEnum
from types import MappingProxyType

from bot.dimo.json_fields import WrongShape


class Permission(IntEnum):
    """DIMO's permissions, by their numbers."""

    NON_LOCATION_HISTORY = 1
    COMMANDS = 2
    CURRENT_LOCATION = 3
    LOCATION_HISTORY = 4
    VIN = 5
    LIVE_DATA = 6
    RAW_DATA = 7
    APPROXIMATE_LOCATION = 8

    @property
    def wire(self) -> str:
        """Its name in a token exchange."""
        return _NAMES[self]


_NAMES: Mapping[Permission, str] = MappingProxyType(
    {
        Permission.NON_LOCATION_HISTORY: "privilege:GetNonLocationHistory",
        Permission.COMMANDS: "privilege:ExecuteCommands",
        Permission.CURRENT_LOCATION: "privilege:GetCurrentLocation",
        Permission.LOCATION_HISTORY: "privilege:GetLocationHistory",
        Permission.VIN: "privilege:GetVINCredential",
        Permission.LIVE_DATA: "privilege:GetLiveData",
        Permission.RAW_DATA: "privilege:GetRawData",
        Permission.APPROXIMATE_LOCATION: "privilege:GetApproximateLocation",
    }
)


def from_bits(hex_text: str) -> frozenset[Permission]:
    """Read a share's permissions: two bits each, both set when it is granted; raises WrongShape."""
    try:
        bits = int(hex_text, 16)
    except ValueError:
        raise WrongShape("permissions", "hex") from None
    return frozenset(one for one in Permission if bits >> (2 * one) & 0b11 == 0b11)


def as_digits(permissions: Collection[Permission]) -> str:
    """Write permissions for the login page: a 1 or a 0 for each, in the order of their numbers."""
    return "".join("1" if one in permissions else "0" for one in Permission if one <= max(permissions))
