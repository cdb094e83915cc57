"""The command line: `python -m bot` runs the bot; its other verbs prepare, check and keep it."""

import gc
import os
import sys

from bot import bootstrap

_VERBS = ("run", "check", "keygen", "rotate-keys", "migrate", "demo")
_WITH_OPTIONS = ("demo",)
USAGE = """usage: python -m bot [verb]

run          run the bot (what happens without a verb)
check        try every setting against the real services
keygen       make a key for ENCRYPTION_KEYS
rotate-keys  encrypt everything again under the first key of ENCRYPTION_KEYS
migrate      bring the database's tables up to date
demo         try all of it offline, with a simulated car and a chat in the browser (--port, --data)"""


def main(arguments: list[str]) -> int:
    """Do what the command line says; returns the exit status."""
    verb, options = (arguments[0], arguments[1:]) if arguments else ("run", [])
    if verb not in _VERBS or (options and verb not in _WITH_OPTIONS):
        asks = not {"-h", "--help", "help"}.isdisjoint(arguments)
        print(USAGE, file=sys.stdout if asks else sys.stderr)
        return 0 if asks else 2
    bootstrap.ensure()
    os.environ.setdefault("PTB_TIMEDELTA", "1")  # or python-telegram-bot warns at every flood limit
    gc.disable()  # importing creates no garbage, and collecting would take a quarter of the start
    from bot import commandline  # it imports packages that may have just been installed

    return commandline.run(verb, options, os.environ)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
