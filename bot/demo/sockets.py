"""Sockets on the loopback: the demo cannot be reached from another machine."""

import socket
from contextlib import suppress

_HOST = "127.0.0.1"


def listening_socket(port: int = 0) -> socket.socket:
    """Return a socket that listens on this loopback port, 0 for any; raises OSError where it is taken."""
    # asyncio switches Nagle's delay (40 ms an answer) off only where the protocol is named.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        # Without this a port that was used a minute ago would count as taken.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((_HOST, port))
        bound.listen()
    except BaseException:
        bound.close()
        raise
    return bound


def preferred_socket(port: int | None) -> socket.socket:
    """Return a socket that listens on this port if it is free, else on any."""
    with suppress(OSError):
        return listening_socket(port or 0)
    return listening_socket()
