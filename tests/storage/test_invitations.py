from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from sqlalchemy import update

from storage.encryption.vault import Tampered
from storage.engine.database import Database, DatabaseFault
from storage.records import Invitation
from storage.repositories import invitations
from storage.tables import INVITATIONS
from tests.support.records import CHAT, DAY, MINUTE, NOW, OWNER, PERSON, an_invitation
from tests.support.threads import race

LATER = NOW + MINUTE
CLOSED: dict[str, dict[str, Any]] = {
    "used": {"used_at": NOW, "used_by": PERSON + 1},
    "withdrawn": {"withdrawn_at": NOW},
    "over": {"expires_at": LATER},
}


def add(database: Database, *those: Invitation) -> None:
    for invitation in those:
        database.run_now(partial(invitations.add, record=invitation))


def get(database: Database, invitation_id: str = "invitation-1") -> Invitation | None:
    return database.run_now(lambda tx: invitations.by_code(tx, f"hash of {invitation_id}"))


def open_for(database: Database, now: datetime = LATER) -> list[str]:
    found = database.run_now(lambda tx: invitations.open_for(tx, CHAT, now=now))
    return [invitation.id for invitation in found]


def use(database: Database, person_id: int = PERSON) -> Invitation | None:
    return database.run_now(lambda tx: invitations.use(tx, "hash of invitation-1", person_id=person_id, now=LATER))


def withdraw(database: Database, home_chat_id: int = CHAT) -> bool:
    return database.run_now(lambda tx: invitations.withdraw(tx, "invitation-1", home_chat_id=home_chat_id, now=LATER))


@pytest.mark.parametrize(
    "invitation",
    [
        an_invitation(),
        an_invitation(role="owner", lasts_seconds=2_000_000_000, until=NOW + DAY, name="", **CLOSED["used"]),
        an_invitation(role="driver", withdrawn_at=NOW),
    ],
    ids=["open", "used", "withdrawn"],
)
def test_invitation_is_found_by_its_code(database: Database, invitation: Invitation) -> None:
    add(database, an_invitation("another"), invitation)
    assert get(database) == invitation
    assert get(database, "nobody") is None


def test_an_invitation_can_be_used_once(database: Database) -> None:
    add(database, an_invitation("another"), an_invitation())
    used = an_invitation(used_at=LATER, used_by=PERSON)
    assert use(database) == used
    assert use(database) is None
    assert use(database, PERSON + 1) is None
    assert get(database) == used
    assert open_for(database) == ["another"]


@pytest.mark.parametrize("closed", CLOSED.values(), ids=CLOSED)
def test_invitation_that_is_not_open_is_neither_used_nor_withdrawn(
    sqlite_database: Database, closed: dict[str, Any]
) -> None:
    add(sqlite_database, an_invitation(**closed))
    assert use(sqlite_database) is None
    assert not withdraw(sqlite_database)
    assert get(sqlite_database) == an_invitation(**closed)


def test_of_many_simultaneous_uses_in_two_processes_one_succeeds(
    database: Database, open_database: Callable[[], Database]
) -> None:
    add(database, an_invitation())
    databases = (database, open_database()) * 8
    answers = race([partial(use, each, PERSON + number) for number, each in enumerate(databases)])
    won = [invitation for invitation in answers if invitation is not None]
    assert won == [an_invitation(used_at=LATER, used_by=PERSON + answers.index(won[0]))]
    assert get(database) == won[0]


def test_of_a_simultaneous_use_and_withdrawal_one_succeeds(
    database: Database, open_database: Callable[[], Database]
) -> None:
    add(database, an_invitation())
    other = open_database()
    used, withdrawn = race([lambda: use(database), lambda: withdraw(other)])
    assert bool(used) != withdrawn
    kept = get(database)
    assert kept == an_invitation(**({"withdrawn_at": LATER} if withdrawn else {"used_at": LATER, "used_by": PERSON}))


def test_home_withdraws_its_own_invitation_once_and_no_other(database: Database) -> None:
    add(database, an_invitation(), an_invitation("another"))
    assert not withdraw(database, CHAT + 1)
    assert [withdraw(database), withdraw(database)] == [True, False]
    assert use(database) is None
    assert get(database) == an_invitation(withdrawn_at=LATER)
    assert open_for(database) == ["another"]


def test_the_invitations_of_one_person_to_one_home_are_withdrawn(sqlite_database: Database) -> None:
    made = [an_invitation(name, created_by=PERSON) for name in ("first", "second")]
    others = [
        an_invitation("of the owner", created_by=OWNER),
        an_invitation("elsewhere", created_by=PERSON, home_chat_id=CHAT + 1),
        an_invitation("used", created_by=PERSON, **CLOSED["used"]),
        an_invitation("over", created_by=PERSON, **CLOSED["over"]),
    ]
    add(sqlite_database, *made, *others)
    sqlite_database.run_now(lambda tx: invitations.withdraw_by(tx, CHAT, PERSON, now=LATER))
    kept = [get(sqlite_database, one.id) for one in (*made, *others)]
    assert kept == [*(replace(one, withdrawn_at=LATER) for one in made), *others]


def test_open_invitations_are_listed_newest_first(database: Database) -> None:
    add(
        database,
        an_invitation("older", created_at=NOW - DAY, expires_at=LATER + MINUTE),
        an_invitation("newer"),
        an_invitation("elsewhere", home_chat_id=CHAT + 1),
        *(an_invitation(name, **closed) for name, closed in CLOSED.items()),
    )
    assert open_for(database) == ["newer", "older"]
    assert open_for(database, LATER + MINUTE) == ["newer"]


def test_an_invitation_that_does_not_open_admits_nobody_and_stays(database: Database) -> None:
    add(database, an_invitation("another"), an_invitation())
    spoil = update(INVITATIONS).where(INVITATIONS.c.id == "invitation-1")
    database.run_now(lambda tx: tx.connection.execute(spoil.values(sealed=bytes(80))))
    assert open_for(database) == ["another"]
    with pytest.raises(Tampered):
        use(database)
    row = database.run_now(lambda tx: tx.connection.execute(INVITATIONS.select()).mappings().all())
    assert [one["used_at"] for one in row] == [None, None]


def test_the_database_refuses_a_second_invitation_with_the_code_and_an_unknown_role(
    database: Database,
) -> None:
    add(database, an_invitation())
    with pytest.raises(DatabaseFault, match=r"(?i)unique"):
        add(database, an_invitation("another", code_hash="hash of invitation-1"))
    with pytest.raises(DatabaseFault, match="ck_invitations_role"):
        add(database, an_invitation("another", role="operator"))
