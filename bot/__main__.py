"""The command line: `python -m bot` runs the bot; its other verbs prepare, check and keep it."""

import gc
import os
import sys

from bot import bootstrap

_VERBS = ("run", "check", "keygen", "rotate-keys", "migrate", "backup", "restore", "copy-to", "demo")
_WITH_ARGUMENT = ("backup", "restore", "copy-to")
NEW = "--new"
USAGE = """usage: python -m bot [verb]

run           run the bot (what happens without a verb); --new begins with an empty database where the old one is missing
check         try every setting against the real services
keygen        make a key for ENCRYPTION_KEYS
rotate-keys   encrypt everything again under the first key of ENCRYPTION_KEYS
migrate       bring the database's tables up to date
backup FILE   write everything to a new file, encrypted as it is; the bot may run meanwhile
restore FILE  put a backup in the place of the database, which is kept beside it; stop the bot first
copy-to URL   copy everything to another, empty database; stop the bot first
demo          try all of it offline, with a simulated car and a chat in the browser (--port, --data)"""


def _are_taken(verb: str, options: list[str]) -> bool:
    if verb in _WITH_ARGUMENT:
        return len(options) == 1 and not options[0].startswith("-")
    return not options or verb == "demo" or (verb == "run" and options == [NEW])


def main(arguments: list[str]) -> int:
    """Do what the command line says; returns the exit status."""
    verb, options = (arguments[0], arguments[1:]) if arguments and arguments[0] != NEW else ("run", arguments)
    if verb not in _VERBS or not _are_taken(verb, options):
        asks = not {"-h", "--help", "help"}.isdisjoint(arguments)
        if asks:
            print(USAGE)
            return 0
        bootstrap.say(USAGE, "CRITICAL")
        return 2
    bootstrap.ensure()
    os.environ.setdefault("PTB_TIMEDELTA", "1")  # or python-telegram-bot warns at every flood limit
    gc.disable()  # importing creates no garbage, and collecting would take a quarter of the start
    from bot import commandline  # it imports packages that may have just been installed

    return commandline.run(verb, options, os.environ)


def run_as_script() -> None:
    """Do what the command line says, where the project was installed as a package; ends the process."""
    sys.exit(main(sys.argv[1:]))


if __name__ == "__main__":
    run_as_script()
