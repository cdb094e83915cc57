import re
from datetime import UTC, datetime

import pytest

from bot.domain.roles import Ability, Access, Role, abilities
from bot.telegram import texts
from bot.telegram.routes import COMMANDS
from tests.support.screens import read_text

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
FIXED = {
    f"{module.__name__}.{name}": text
    for module in (texts.actions, texts.cars, texts.codes, texts.help, texts.linking, texts.privacy)
    for name, text in vars(module).items()
    if name.isupper() and isinstance(text, str) and name[0] != "_"
}
"""Every fixed text of these capabilities."""


@pytest.mark.parametrize("name", FIXED)
def test_telegram_accepts_every_fixed_text(name: str) -> None:
    read_text(FIXED[name])


def test_there_are_fixed_texts() -> None:
    assert {"GREETING", "LINK_WITHOUT_LICENSE", "FAILED", "PRIVACY"} <= {name.rpartition(".")[2] for name in FIXED}


NAMES = {command.name for command in COMMANDS} - {"help", "start"}
FOR_OWNERS = {"where", "invite", "members", "settings", "unlink"}


@pytest.mark.parametrize(
    ("role", "named"),
    [
        (Role.OWNER, NAMES),
        (Role.DRIVER, NAMES - FOR_OWNERS),
        (Role.GUEST, NAMES - FOR_OWNERS - {"clearcodes", "schedule"}),
        (None, NAMES),
    ],
)
def test_help_names_the_commands_of_the_persons_role(role: Role | None, named: set[str]) -> None:
    """A person without a car here reads about every command, because that is what the bot can do."""
    access = None if role is None else Access(role)
    shown = read_text(texts.help.help_for(abilities(access, now=NOW)))
    assert set(re.findall(r"/([a-z]+)", shown)) == named
    assert ("/codes P0106" in shown) is (role is not Role.GUEST)


def test_the_greeting_thinks_of_family_before_owners() -> None:
    """Most people who open the bot were told of it by somebody whose car they may use."""
    shown = read_text(texts.help.GREETING)
    family = shown.index("Somebody in your family uses me? Ask them for an invitation.")
    assert family < shown.index("Is it your own car?")


def test_help_and_privacy_are_one_screen_on_a_phone() -> None:
    """At 390 pixels a line has about 40 characters."""
    for text in (texts.help.short_help_for(frozenset(Ability)), texts.privacy.SHORT):
        lines = read_text(text).splitlines()
        assert sum(max(1, -(-len(line) // 40)) for line in lines) <= 15, lines
