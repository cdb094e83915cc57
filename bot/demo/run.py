"""`python -m bot demo`: the real bot against a Telegram and a DIMO on this machine, and a page to try it on."""

import argparse
import asyncio
import errno
import gc
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from socket import socket
from subprocess import Popen

from bot.demo.app.bot_process import spawn
from bot.demo.sockets import listening_socket

OK, WRONG_SETTINGS, INTERRUPTED = 0, 2, 130
DEFAULT_PORT = 8000
_HIGHEST_PORT = 65535


class CannotStart(Exception):
    """The demo can't start; the text is one line that says why and what helps."""


def main(arguments: Sequence[str]) -> int:
    """Run the demo until a signal stops it; return the exit status."""
    options = _options(arguments)
    try:
        _run(options.port, options.data)
    except CannotStart as reason:
        print(reason, file=sys.stderr)
        return WRONG_SETTINGS
    except KeyboardInterrupt:
        return INTERRUPTED
    return OK


def _run(port: int, data: Path | None) -> None:
    """Run the demo to its end; raises CannotStart."""
    with ExitStack() as stack:
        bound = stack.enter_context(_listen(port))
        # Both processes import at the same time.
        process = spawn()
        stack.callback(_end, process)
        from bot.demo.app.saved_state import CannotUseFolder, locked

        try:
            if data is not None:
                folder = data.absolute()
                stack.enter_context(locked(folder))
            else:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dimo-demo-")))
            asyncio.run(_serve(bound, process, folder, keeps=data is not None))
        except CannotUseFolder as reason:
            raise CannotStart(str(reason)) from reason


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bot demo",
        description="Runs the whole bot offline, with a simulated car and a chat page in the browser.",
    )
    parser.add_argument(
        "--port", type=_port, default=DEFAULT_PORT, help="where the page is (default: %(default)s; 0: any)"
    )
    parser.add_argument("--data", type=Path, metavar="DIR", help="keep everything in this folder, and go on from there")
    return parser.parse_args(arguments)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > _HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to {_HIGHEST_PORT}")
    return int(text)


def _listen(port: int) -> socket:
    """Open the page's port; raises CannotStart."""
    try:
        return listening_socket(port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            why = f"Port {port} is taken. Choose another: python -m bot demo --port {_next_port(port)}"
        else:
            why = f"Port {port} can't be used: {error.strerror}. Choose another with --port."
        raise CannotStart(why) from error


def _next_port(port: int) -> int:
    return port + 1 if port < _HIGHEST_PORT else DEFAULT_PORT


async def _serve(bound: socket, process: "Popen[bytes]", folder: Path, *, keeps: bool) -> None:
    from bot.demo.app.lifecycle import running_demo

    gc.freeze()  # imported modules stay for good: the garbage collector can skip them
    gc.enable()
    stopped = _stop_signal()
    async with running_demo(bound, process, folder, keeps=keeps) as (address, simulation):
        print(f"The demo is at {address}\nCtrl-C ends it.", flush=True)
        await stopped.wait()
        print("Stopping ...", flush=True)
        for violation in simulation.violations:
            print(f"The bot did what it must not: {violation}", file=sys.stderr)


def _stop_signal() -> asyncio.Event:
    """Return an event that is set by each signal that ends a process."""
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    return stopped


def _end(process: "Popen[bytes]") -> None:
    """End the bot's process if it still runs."""
    if process.poll() is None:
        process.kill()
    process.wait()
    if process.stdin is not None:
        with suppress(BrokenPipeError):
            process.stdin.close()
