"""Ethereum signatures and addresses, as the license's sign-in needs them; no error here holds key material."""

import re

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

# Order of the curve secp256k1.
_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_KEY = re.compile(r"(?:0x)?[0-9a-fA-F]{64}")


class BadApiKey(Exception):
    """The API key is not a private key."""

    def __init__(self) -> None:
        super().__init__("The API key is not a private key of 64 hex digits.")


def sign_personal_message(text: str, api_key: str) -> str:
    """Sign a text as an Ethereum personal message (EIP-191): 0x and 65 bytes in hex; raises BadApiKey."""
    key, message = _number(api_key), text.encode()
    digest = _keccak(b"\x19Ethereum Signed Message:\n%d" % len(message) + message)
    signature = ec.derive_private_key(key, ec.SECP256K1()).sign(
        digest, ec.ECDSA(Prehashed(SHA256()), deterministic_signing=True)
    )
    r, s = decode_dss_signature(signature)
    s = min(s, _ORDER - s)  # Ethereum accepts only the lower of the two valid values
    # The last byte says whether the nonce's point is odd, which OpenSSL does not return; the signature determines it.
    nonce = (int.from_bytes(digest) + r * key) * pow(s, -1, _ORDER) % _ORDER
    point = ec.derive_private_key(nonce, ec.SECP256K1()).public_key().public_numbers()
    return "0x" + (r.to_bytes(32) + s.to_bytes(32) + bytes([27 + point.y % 2])).hex()


def address_of(api_key: str) -> str:
    """Return the address that an API key signs for (0x, lower case); raises BadApiKey."""
    point = ec.derive_private_key(_number(api_key), ec.SECP256K1()).public_key().public_numbers()
    return "0x" + _keccak(point.x.to_bytes(32) + point.y.to_bytes(32))[-20:].hex()


def checksummed(address: str) -> str:
    """Return an address in the upper and lower case of EIP-55: DIMO compares client ids by case."""
    digits = address.lower().removeprefix("0x")
    nibbles = _keccak(digits.encode()).hex()
    return "0x" + "".join(
        digit.upper() if nibble > "7" else digit for digit, nibble in zip(digits, nibbles, strict=False)
    )


def _number(api_key: str) -> int:
    number = int(api_key, 16) if _KEY.fullmatch(api_key) else 0
    if not 0 < number < _ORDER:
        raise BadApiKey
    return number


def _keccak(data: bytes) -> bytes:
    from Crypto.Hash import keccak  # 20 ms to import: not at the start

    return keccak.new(digest_bits=256, data=data).digest()
