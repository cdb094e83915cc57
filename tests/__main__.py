"""`python3 -m tests`: makes sure that everything is there, then runs pytest with the arguments given."""

import os
import sys
from pathlib import Path

from bot import bootstrap

_RAM_DISK = Path("/dev/shm")


def main() -> int:
    """Run the tests and return pytest's exit status."""
    bootstrap.ensure("test")
    import pytest

    if os.access(_RAM_DISK, os.W_OK):
        # SQLite waits for the disk at each commit: in memory, the journeys take a third less time.
        os.environ.setdefault("TMPDIR", str(_RAM_DISK))

    # Without arguments all tests run, and every core takes its share; a part is run as pytest does.
    return pytest.main(sys.argv[1:] or ["-n", "auto", "--dist", "worksteal"])


if __name__ == "__main__":
    sys.exit(main())
