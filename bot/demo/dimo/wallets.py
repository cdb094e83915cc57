"""Ethereum keys and signatures, as far as DIMO's sign-in needs them."""

import secrets

from Crypto.Hash import keccak
from cryptography.hazmat.primitives.asymmetric import ec

_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141  # of the curve secp256k1


def new_address() -> str:
    """Return a random address in its checksummed spelling."""
    return checksummed(secrets.token_bytes(20))


def new_api_key() -> str:
    """Return a random private key in hex, without 0x."""
    return secrets.token_hex(32)


def checksummed(address: bytes) -> str:
    """Spell an address with the upper and lower case of EIP-55."""
    digits = address.hex()
    digest = _keccak(digits.encode()).hex()
    return "0x" + "".join(
        digit.upper() if int(nibble, 16) > 7 else digit for digit, nibble in zip(digits, digest, strict=False)
    )


def address_of(api_key: str) -> str:
    """Return the address whose messages this private key signs."""
    point = _point(int(api_key, 16))
    return checksummed(_keccak(point.x.to_bytes(32) + point.y.to_bytes(32))[-20:])


def is_signed_by(api_key: str, message: str, signature: str) -> bool:
    """Return whether this private key signed a text as a personal message (EIP-191)."""
    raw = _signature_bytes(signature)
    if raw is None:
        return False
    text = message.encode()
    digest = _keccak(b"\x19Ethereum Signed Message:\n%d" % len(text) + text)
    r, s = int.from_bytes(raw[:32]), int.from_bytes(raw[32:64])
    if not (0 < r < _ORDER and 0 < s < _ORDER):
        return False
    # ECDSA's check u1*G + u2*Q, with Q = key*G known, is the multiplication of G by one number.
    number = (int.from_bytes(digest) + r * int(api_key, 16)) * pow(s, -1, _ORDER) % _ORDER
    if not number:
        return False
    point = _point(number)
    return point.x % _ORDER == r and point.y % 2 == raw[64] - 27


def _signature_bytes(signature: str) -> bytes | None:
    if not signature.startswith("0x") or len(signature) != 2 + 2 * 65:
        return None
    try:
        raw = bytes.fromhex(signature[2:])
    except ValueError:
        return None
    return raw if raw[64] in (27, 28) else None


def _point(number: int) -> ec.EllipticCurvePublicNumbers:
    """Multiply the curve's generator by a number."""
    return ec.derive_private_key(number, ec.SECP256K1()).public_key().public_numbers()


def _keccak(data: bytes) -> bytes:
    return keccak.new(digest_bits=256, data=data).digest()
