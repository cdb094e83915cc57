import base64
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.encryption.vault import BadKey, Place, Tampered, Vault, WrongKeys, key_id_of, new_key

PLACE = Place("tokens", "sealed", "chat_id=5;kind=user;car_id=0")
KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()
VAULT = Vault.from_keys([KEY])


@given(st.text())
def test_sealed_text_opens(text: str) -> None:
    assert VAULT.open(PLACE, VAULT.seal(PLACE, text)) == text


def test_same_text_never_gives_the_same_ciphertext() -> None:
    assert VAULT.seal(PLACE, "secret") != VAULT.seal(PLACE, "secret")


@pytest.mark.parametrize(
    "elsewhere",
    [
        replace(PLACE, row="chat_id=6;kind=user;car_id=0"),
        replace(PLACE, row="chat_id=5;kind=developer;car_id=0"),
        replace(PLACE, row="chat_id=5;kind=user;car_id=7"),
        replace(PLACE, column="sealed_too"),
        replace(PLACE, table="cars"),
        Place("tokenss", "ealed", PLACE.row),
    ],
    ids=["chat", "kind", "car", "column", "table", "shifted names"],
)
def test_ciphertext_copied_elsewhere_does_not_open(elsewhere: Place) -> None:
    with pytest.raises(Tampered):
        VAULT.open(elsewhere, VAULT.seal(PLACE, "secret"))


@given(st.data())
def test_changed_ciphertext_does_not_open(data: st.DataObject) -> None:
    blob = bytearray(VAULT.seal(PLACE, "secret"))
    blob[data.draw(st.integers(0, len(blob) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises((Tampered, WrongKeys)):
        VAULT.open(PLACE, bytes(blob))


@given(st.binary(max_size=40))
def test_bytes_that_are_not_a_ciphertext_do_not_open(blob: bytes) -> None:
    with pytest.raises((Tampered, WrongKeys)):
        VAULT.open(PLACE, blob)


def test_error_of_a_vault_without_the_key_names_the_setting() -> None:
    with pytest.raises(WrongKeys, match="ENCRYPTION_KEYS does not hold the key"):
        Vault.from_keys([new_key()]).open(PLACE, VAULT.seal(PLACE, "secret"))


def test_first_key_seals_and_all_keys_open() -> None:
    both = Vault.from_keys([new_key(), KEY])
    assert both.open(PLACE, VAULT.seal(PLACE, "secret")) == "secret"
    assert key_id_of(both.seal(PLACE, "secret")) == both.current_key_id != VAULT.current_key_id


def test_fingerprints_distinguish_places_and_keys_and_nothing_else() -> None:
    other = new_key()
    both, new = Vault.from_keys([other, KEY]), Vault.from_keys([other])
    places = [
        PLACE,
        replace(PLACE, row="chat_id=6"),
        replace(PLACE, column="key"),
        replace(PLACE, table="cars"),
    ]
    assert both.fingerprints(PLACE) == [*new.fingerprints(PLACE), *VAULT.fingerprints(PLACE)]
    assert len({one for place in places for one in both.fingerprints(place)}) == 8
    assert {len(one) for one in both.fingerprints(PLACE)} == {64}


def test_key_is_accepted_with_and_without_padding() -> None:
    assert Vault.from_keys([KEY.rstrip("=")]).current_key_id == VAULT.current_key_id


@pytest.mark.parametrize("bad", ["", "short", KEY[:-4], KEY + KEY, KEY.replace(KEY[3], "!"), "ключ", " " + KEY])
def test_error_of_a_malformed_key_has_its_number_and_never_the_key(bad: str) -> None:
    with pytest.raises(BadKey) as raised:
        Vault.from_keys([KEY, bad])
    assert str(raised.value) == "encryption key 2 is not 32 bytes in base64url"


def test_vault_needs_a_key() -> None:
    with pytest.raises(BadKey, match="no encryption key"):
        Vault.from_keys([])


def test_repr_shows_no_key() -> None:
    assert repr(VAULT) == "<Vault of 1 keys>"


def test_new_keys_differ() -> None:
    assert new_key() != new_key()
