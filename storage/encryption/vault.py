"""Sealing and opening: AES-256-GCM, bound to the place where the ciphertext is stored.

A blob is: version byte | 4 bytes key id | 12 bytes nonce | ciphertext and tag.
"""

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
KEY_ID_BYTES = 4
NONCE_BYTES = 12
VERSION = b"\x01"
HEADER_BYTES = len(VERSION) + KEY_ID_BYTES

_KEY_ID_LABEL = b"storage.vault key id 1:"
_DERIVATION_LABEL = b"storage.vault column key 1:"
_FINGERPRINT_LABEL = b"storage.vault fingerprint key 1:"


class BadKey(ValueError):
    """A key that is not 32 bytes in base64url; the text never contains the key."""


class WrongKeys(Exception):
    """The vault does not hold the key that something was sealed with."""

    def __init__(self) -> None:
        super().__init__("ENCRYPTION_KEYS does not hold the key that this database was written with")


class Tampered(Exception):
    """A ciphertext that was changed, cut, or moved here from another place."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a ciphertext is stored; it can be decrypted nowhere else."""

    table: str
    column: str
    row: str


def new_key() -> str:
    """Make a fresh key for ENCRYPTION_KEYS: 32 random bytes in base64url."""
    return base64.urlsafe_b64encode(os.urandom(KEY_BYTES)).decode()


class Vault:
    """Seals with the first key and opens with any."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = {_key_id(key): key for key in keys}
        self._ciphers: dict[tuple[bytes, str, str], AESGCM] = {}
        self._hash_keys: dict[tuple[str, str], list[bytes]] = {}
        self.current_key_id = _key_id(keys[0])

    def __repr__(self) -> str:
        return f"<Vault of {len(self._keys)} keys>"

    @classmethod
    def from_keys(cls, keys: Sequence[str]) -> "Vault":
        """Build the vault from base64url keys, the sealing one first; raises BadKey."""
        if not keys:
            raise BadKey("no encryption key is given")
        return cls([_decode(key, number) for number, key in enumerate(keys, start=1)])

    def seal(self, place: Place, text: str) -> bytes:
        """Encrypt with the first key, for this place only."""
        header = VERSION + self.current_key_id
        nonce = os.urandom(NONCE_BYTES)
        cipher = self._cipher(self.current_key_id, place)
        return header + nonce + cipher.encrypt(nonce, text.encode(), _bound(header, place))

    def open(self, place: Place, blob: bytes) -> str:
        """Decrypt what was sealed for this place; raises WrongKeys or Tampered."""
        header, nonce = blob[:HEADER_BYTES], blob[HEADER_BYTES : HEADER_BYTES + NONCE_BYTES]
        if len(nonce) < NONCE_BYTES or not header.startswith(VERSION):
            raise Tampered(f"{place.table}.{place.column} holds something that is not a ciphertext of ours")
        cipher = self._cipher(key_id_of(blob), place)
        try:
            return cipher.decrypt(nonce, blob[HEADER_BYTES + NONCE_BYTES :], _bound(header, place)).decode()
        except InvalidTag as error:
            raise Tampered(f"{place.table}.{place.column} was changed, or copied from another row") from error

    def fingerprints(self, place: Place) -> list[str]:
        """Return keyed hashes of the place, 64 hex digits each: one for each key, the first key's first."""
        text = _joined(place.table, place.column, place.row)
        return [hmac.digest(key, text, "sha256").hex() for key in self._hash_keys_of(place)]

    def _hash_keys_of(self, place: Place) -> list[bytes]:
        known = (place.table, place.column)
        if known not in self._hash_keys:
            keys = (self._keys[number] for number in dict.fromkeys([self.current_key_id, *self._keys]))
            self._hash_keys[known] = [_derived(key, place, _FINGERPRINT_LABEL) for key in keys]
        return self._hash_keys[known]

    def _cipher(self, key_id: bytes, place: Place) -> AESGCM:
        known = (key_id, place.table, place.column)
        if known not in self._ciphers:
            if key_id not in self._keys:
                raise WrongKeys
            self._ciphers[known] = AESGCM(_derived(self._keys[key_id], place))
        return self._ciphers[known]


def key_id_of(blob: bytes) -> bytes:
    """Return the id of the key that sealed the blob, without opening it."""
    return blob[len(VERSION) : HEADER_BYTES]


def _decode(key: str, number: int) -> bytes:
    try:
        raw = base64.b64decode(key.rstrip("=") + "=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != KEY_BYTES:
        raise BadKey(f"encryption key {number} is not {KEY_BYTES} bytes in base64url")
    return raw


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(_KEY_ID_LABEL + key).digest()[:KEY_ID_BYTES]


def _derived(key: bytes, place: Place, label: bytes = _DERIVATION_LABEL) -> bytes:
    info = label + _joined(place.table, place.column)
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=info).derive(key)


def _bound(header: bytes, place: Place) -> bytes:
    return header + _joined(place.table, place.column, place.row)


def _joined(*parts: str) -> bytes:
    """Join so that no two different lists of parts give the same bytes."""
    encoded = [part.encode() for part in parts]
    return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)
