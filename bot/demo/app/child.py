"""The real bot in a process of its own, which the demo can kill.

The demo sends lines of JSON to its stdin: first the settings, as environment variables, and the shift of the clock,
then every skip of the clock. The bot ends at the end of stdin.
"""

import asyncio
import gc
import json
import ssl
import sys
from functools import partial

from bot.demo.clock import AFTERMATH_SECONDS, ShiftedClock


def main() -> int:
    """Run the bot until stdin ends; return the exit status."""
    gc.disable()  # imports create no garbage, and collecting would take a quarter of the start
    from bot import failures

    gc.freeze()
    gc.enable()
    try:
        asyncio.run(_run())
    except failures.CANNOT_RUN as error:
        print(failures.explain(error), file=sys.stderr)
        return 1
    return 0


async def _run() -> None:
    from bot import lifetime, logs
    from bot.settings import load

    lines = await _stdin()
    line = await lines.readline()
    if not line:
        return
    first = json.loads(line)
    settings = load(first["settings"], env_file=None)
    logs.configure(settings.log_level, settings.log_format, settings.secrets)
    clock = ShiftedClock(first["shift"], aftermath_seconds=AFTERMATH_SECONDS)
    # Everything is plain HTTP on the loopback, and loading certificates would take most of the start.
    outside = lifetime.Outside(clock=clock, certificates=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    await lifetime.run(settings, partial(_skip_as_told, lines, clock), outside)


async def _stdin() -> asyncio.StreamReader:
    """Return stdin as a stream."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


async def _skip_as_told(lines: asyncio.StreamReader, clock: ShiftedClock) -> None:
    """Put the clock forward at each line, until stdin ends."""
    async for line in lines:
        clock.skip(json.loads(line)["skip"])


if __name__ == "__main__":
    sys.exit(main())
