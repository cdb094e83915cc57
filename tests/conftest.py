"""The environment of every test: no settings of the machine, no network but the loopback."""

import gc
import os
import signal
import socket
from collections.abc import Iterator
from typing import Any

import pytest

pytest_plugins = ["tests.support.databases", "tests.support.shell"]

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell's background jobs ignore Ctrl-C, and so would every process that a test starts and interrupts.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """Leave the imported modules out of garbage collection: looking at them again costs a tenth of the run."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the machine's own settings of the bot, and quiet PTB as `python -m bot` does."""
    for name in [name for name in os.environ if name.startswith(("DIMO_", "TELEGRAM_", "ENCRYPTION_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PTB_TIMEDELTA", "1")


@pytest.fixture(autouse=True, scope="session")
def only_loopback() -> Iterator[None]:
    """Fail whatever tries to reach another machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and address[0] not in {"127.0.0.1", "::1", "localhost"}:
            raise AssertionError(f"a test tried to reach {address[0]}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield
