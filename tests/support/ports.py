"""Ports for servers of a test."""

from bot.serving import bound_socket


def free_port() -> int:
    """Return a port that nobody listens on."""
    with bound_socket() as bound:
        port: int = bound.getsockname()[1]
    return port
