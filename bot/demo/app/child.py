"""The real bot in a process of its own, so that the demo can kill it as a crash does.

It gets its settings and its clock from the demo by stdin, one line of JSON each: first the settings, as variables,
and the shift of the clock, then every skip of time. The end of stdin is the end of the bot.
"""

import asyncio
import gc
import json
import ssl
import sys
from functools import partial

from bot.demo.clock import AFTERMATH_SECONDS, ShiftedClock


def main() -> int:
    """Run the bot until stdin ends; returns the exit status."""
    gc.disable()  # importing makes no garbage, and looking for it costs a quarter of the start
    from bot import lifetime

    gc.freeze()
    gc.enable()
    try:
        asyncio.run(_live())
    except lifetime.CANNOT_RUN as error:
        print(lifetime.explain(error), file=sys.stderr)
        return 1
    return 0


async def _live() -> None:
    from bot import lifetime, logs
    from bot.settings import load

    orders = await _orders()
    line = await orders.readline()
    if not line:
        return
    first = json.loads(line)
    settings = load(first["settings"], env_file=None)
    logs.configure(settings.log_level, settings.log_format, settings.secrets)
    clock = ShiftedClock(first["shift"], aftermath_seconds=AFTERMATH_SECONDS)
    # All is plain HTTP on the loopback: loading a machine's certificates would take most of a start.
    outside = lifetime.Outside(clock=clock, certificates=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    await lifetime.run(settings, partial(_until_the_end, orders, clock), outside)


async def _orders() -> asyncio.StreamReader:
    """Open stdin."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


async def _until_the_end(orders: asyncio.StreamReader, clock: ShiftedClock) -> None:
    """Put the clock forward as told, until stdin ends."""
    async for line in orders:
        clock.skip(json.loads(line)["skip"])


if __name__ == "__main__":
    sys.exit(main())
