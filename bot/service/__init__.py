"""The use cases, from a person's request to its outcome.

They use the domain, DIMO's client and the storage; Telegram is behind a port.
"""
