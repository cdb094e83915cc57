"""Bytes and retries: updates in, messages and edits out."""
