"""Values of `facts` that are keyed hashes: "hidden:", the sealed key in hex, ":", and the hash in hex."""

from storage.encryption.vault import Place, Vault, key_id_of

HIDDEN = "hidden:"


def place_of(name: str) -> Place:
    """Return the place to which the key of a hash is bound."""
    return Place("facts", "value", name)


def is_under(vault: Vault, value: str) -> bool:
    """Return whether the key of a hash is sealed with the vault's first key."""
    return key_id_of(_sealed(value)) == vault.current_key_id


def resealed(vault: Vault, name: str, value: str) -> str:
    """Return a keyed hash with its key sealed anew; raises WrongKeys or Tampered."""
    key = vault.open(place_of(name), _sealed(value))
    return f"{HIDDEN}{vault.seal(place_of(name), key).hex()}:{value.rpartition(':')[2]}"


def _sealed(value: str) -> bytes:
    return bytes.fromhex(value.removeprefix(HIDDEN).partition(":")[0])
