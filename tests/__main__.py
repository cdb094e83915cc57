"""`python3 -m tests`: makes sure that everything is there, then runs pytest with the arguments given."""

import sys

from bot import bootstrap


def main() -> int:
    """Run the tests and return pytest's exit status."""
    bootstrap.ensure("test")
    import pytest

    # Without arguments all tests run, and every core takes its share; a part is run as pytest does.
    return pytest.main(sys.argv[1:] or ["-n", "auto", "--dist", "worksteal"])


if __name__ == "__main__":
    sys.exit(main())
