"""`python3 -m tests`: makes sure that everything is there, then runs pytest with the arguments given."""

import sys

from bot import environment


def main() -> int:
    """Run the tests and return pytest's exit status."""
    environment.ensure("test")
    import pytest

    return pytest.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
