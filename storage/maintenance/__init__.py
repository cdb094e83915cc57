"""The schema, key rotation, key check and retention."""
