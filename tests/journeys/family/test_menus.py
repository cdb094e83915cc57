"""Each person's menu of commands in the private chat shows what their role may do, and no more."""

from bot.demo.telegram.people import Person
from bot.domain.roles import Role
from bot.telegram.menus import menu_of
from tests.support.people import joins, removed, shown_member
from tests.support.world import Family


async def has_menu_of(family: Family, person: Person, role: Role | None) -> None:
    """Wait for the menu of a role in a person's private chat; for none of their own without a role."""
    wanted = None if role is None else [command.name for command in menu_of(role)]

    def own() -> list[str] | None:
        menu = family.bot.menus.get(("chat", person.id, 0, ""))
        return None if menu is None else [command["command"] for command in menu]

    await family.telegram.until(lambda: own() == wanted)


def test_nobody_is_offered_what_they_may_not_do() -> None:
    names = {role: {one.name for one in menu_of(role)} for role in (None, *Role)}
    assert names[None] == {"link", "cancel", "help", "privacy", "forget", "start"}
    assert "clearcodes" not in names[Role.GUEST]
    assert names[Role.DRIVER] - names[Role.GUEST] == {"clearcodes", "schedule"}
    assert "link" not in names[Role.DRIVER]
    assert names[Role.OWNER] - names[Role.DRIVER] == {"where", "invite", "members", "settings", "link", "unlink"}


async def test_the_menu_follows_the_role(family: Family) -> None:
    await family.says("/help", "What I can do")
    await has_menu_of(family, family.dad, Role.OWNER)
    gran = await joins(family, "Gran", role="Guest")
    await has_menu_of(family, gran, Role.GUEST)
    member = await shown_member(family, "Gran")
    await family.taps(member, "Driver")
    await has_menu_of(family, gran, Role.DRIVER)
    await removed(family, "Gran")
    await has_menu_of(family, gran, None)


async def test_the_menu_of_a_guest_ends_with_the_access(family: Family) -> None:
    gran = await joins(family, "Gran", role="Guest", length="1 hour")
    await has_menu_of(family, gran, Role.GUEST)
    family.clock.advance(3600)
    await has_menu_of(family, gran, None)


async def test_the_owners_menu_ends_with_the_link(family: Family) -> None:
    await family.says("/help", "What I can do")
    await has_menu_of(family, family.dad, Role.OWNER)
    question = await family.says("/unlink", "Unlink this chat?")
    await family.taps(question, "Unlink")
    await has_menu_of(family, family.dad, None)


async def test_the_menu_of_somebody_who_was_forgotten_ends(family: Family) -> None:
    gran = await joins(family, "Gran")
    await has_menu_of(family, gran, Role.DRIVER)
    question = await family.says("/forget", "Forget you?", person=gran)
    await family.taps(question, "Forget me", person=gran)
    await family.says("/help", "What I can do", person=gran)
    await has_menu_of(family, gran, None)
