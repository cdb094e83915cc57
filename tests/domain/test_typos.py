import pytest

from bot.domain.typos import closest
from bot.telegram.routes import COMMANDS

NAMES = [command.name for command in COMMANDS]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("unlok", ["unlock"]),
        ("Unlock", ["unlock"]),
        ("UNLOKC", ["unlock"]),
        ("unlnik", ["unlink"]),
        ("lok", ["lock"]),
        ("clear", ["clearcodes"]),
        ("statuss", ["status"]),
        ("unlockplease", ["unlock"]),
        ("code", ["codes"]),
        ("runk", ["frunk", "trunk"]),
        ("xyz", []),
        ("", []),
        ("u", []),
        ("hello", []),
        ("thanks", []),
        ("x" * 64, []),
    ],
)
def test_the_command_that_was_probably_meant_is_found(typed: str, meant: list[str]) -> None:
    assert closest(typed, NAMES) == meant
