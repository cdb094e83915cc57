"""Ethereum keys and signatures, as far as DIMO's sign-in needs them."""

import secrets

from eth_hash.auto import keccak

ADDRESS_HEX_DIGITS = 40


def new_address() -> str:
    """Return a random address in its checksummed spelling."""
    return checksummed(secrets.token_bytes(20))


def new_api_key() -> str:
    """Return a random private key in hex, without 0x."""
    return secrets.token_hex(32)


def checksummed(address: bytes) -> str:
    """Spell an address with the upper and lower case of EIP-55."""
    digits = address.hex()
    digest = keccak(digits.encode()).hex()
    return "0x" + "".join(
        digit.upper() if int(nibble, 16) > 7 else digit for digit, nibble in zip(digits, digest, strict=False)
    )


def address_of(api_key: str) -> str:
    """Return the address whose messages this private key signs."""
    # A third of a second to import, and only worlds with a license that signs in need it.
    from eth_keys.datatypes import PrivateKey

    return PrivateKey(bytes.fromhex(api_key.removeprefix("0x"))).public_key.to_checksum_address()


def signer_of(message: str, signature: str) -> str | None:
    """Return the address that signed this text as a personal message (EIP-191); None if malformed."""
    from eth_keys.datatypes import Signature
    from eth_keys.exceptions import BadSignature
    from eth_utils.exceptions import ValidationError

    raw = _signature_bytes(signature)
    if raw is None:
        return None
    text = message.encode()
    digest = keccak(b"\x19Ethereum Signed Message:\n%d" % len(text) + text)
    try:
        recoverable = Signature(raw[:64] + bytes([raw[64] - 27]))
        return recoverable.recover_public_key_from_msg_hash(digest).to_checksum_address()
    except (BadSignature, ValidationError):
        return None


def _signature_bytes(signature: str) -> bytes | None:
    if not signature.startswith("0x") or len(signature) != 2 + 2 * 65:
        return None
    try:
        raw = bytes.fromhex(signature[2:])
    except ValueError:
        return None
    return raw if raw[64] in (27, 28) else None
