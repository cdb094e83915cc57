"""What the bot tells systemd, or whatever else reads its notifications (sd_notify): ready, alive, stopping."""

import socket
from contextlib import suppress
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServiceManager:
    """Sends notifications to `address`, the variable NOTIFY_SOCKET; without one it sends nothing.

    Format: https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
    """

    address: str | None = None

    def ready(self) -> None:
        """Say that the bot listens."""
        self._send("READY=1\nSTATUS=Listening")

    def alive(self, status: str) -> None:
        """Say that the loop that works has come around, and how it stands."""
        self._send(f"WATCHDOG=1\nSTATUS={status}")

    def stopping(self) -> None:
        """Say that the bot stops."""
        self._send("STOPPING=1")

    def _send(self, message: str) -> None:
        if self.address is None:
            return
        # A name that begins with @ is not a file's (an abstract socket).
        address = f"\0{self.address[1:]}" if self.address.startswith("@") else self.address
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.setblocking(False)
            sender.sendto(message.encode(), address)
