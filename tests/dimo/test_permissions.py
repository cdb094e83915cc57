import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dimo.json_fields import WrongShape
from bot.dimo.permissions import Permission, as_digits, from_bits

NAMES = {
    1: "privilege:GetNonLocationHistory",
    2: "privilege:ExecuteCommands",
    3: "privilege:GetCurrentLocation",
    4: "privilege:GetLocationHistory",
    5: "privilege:GetVINCredential",
    6: "privilege:GetLiveData",
    7: "privilege:GetRawData",
    8: "privilege:GetApproximateLocation",
}

some = st.frozensets(st.sampled_from(Permission), min_size=1)


@pytest.mark.parametrize("permission", Permission)
def test_a_permission_has_dimos_name(permission: Permission) -> None:
    assert permission.wire == NAMES[permission]


@given(some)
def test_bits_are_two_for_each_permission(permissions: frozenset[Permission]) -> None:
    assert from_bits(hex(sum(0b11 << 2 * one for one in permissions))) == permissions


def test_one_bit_of_two_grants_nothing() -> None:
    assert from_bits("0x8") == from_bits("0x4") == frozenset()


def test_unknown_permissions_are_ignored() -> None:
    assert from_bits("0x" + "f" * 64) == frozenset(Permission)


@pytest.mark.parametrize("bits", ["", "0x", "lock"])
def test_bits_that_are_not_hex_are_no_permissions(bits: str) -> None:
    with pytest.raises(WrongShape):
        from_bits(bits)


def test_the_first_two_permissions_are_the_digits_11() -> None:
    assert as_digits({Permission.COMMANDS, Permission.NON_LOCATION_HISTORY}) == "11"


def test_the_first_two_and_the_location_are_the_digits_1101() -> None:
    wanted = {Permission.COMMANDS, Permission.NON_LOCATION_HISTORY, Permission.LOCATION_HISTORY}
    assert as_digits(wanted) == "1101"


@given(some)
def test_digits_have_a_one_where_a_permission_is(permissions: frozenset[Permission]) -> None:
    digits = as_digits(permissions)
    assert {index for index, digit in enumerate(digits, start=1) if digit == "1"} == permissions
