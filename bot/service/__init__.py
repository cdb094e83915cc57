"""What happens: the use cases, from a person's wish to its outcome.

Knows the rules, DIMO's client and the storage; knows nothing of Telegram, and shows things through ports only.
"""
