"""Schema upgrades, key rotation, key check and retention."""
