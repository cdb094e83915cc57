import pytest

from storage.encryption.vault import Place, Vault
from storage.engine.database import Database, Tx
from storage.repositories import (
    access_requests,
    cars,
    code_queries,
    code_watches,
    events,
    home_settings,
    homes,
    invitations,
    journal,
    link_consents,
    login_states,
    members,
    prompts,
    shared_chats,
    tokens,
)
from tests.support.records import (
    CAR,
    CHAT,
    GROUP,
    MINUTE,
    NOW,
    OWNER,
    PERSON,
    a_car,
    a_choice,
    a_code_query,
    a_code_watch,
    a_home,
    a_link_consent,
    a_member,
    a_prompt,
    a_shared_chat,
    a_token,
    a_vehicle_token,
    an_access_request,
    an_action,
    an_event,
    an_invitation,
    newest_codes,
)


def link(tx: Tx, chat_id: int) -> None:
    homes.put(tx, a_home(chat_id=chat_id))
    tokens.put(tx, a_token(chat_id=chat_id))
    tokens.put(tx, a_vehicle_token(chat_id=chat_id))
    cars.replace_all(tx, chat_id, [a_car(chat_id=chat_id)])
    code_queries.put(tx, a_code_query(chat_id=chat_id))
    code_queries.put(tx, a_code_query("a draft", chat_id=chat_id, state="draft"))
    code_watches.put(tx, a_code_watch(chat_id=chat_id))
    login_states.add(tx, state_hash=f"hash of {chat_id}", chat_id=chat_id, expires_at=NOW + MINUTE)
    prompts.add(tx, a_prompt(id=f"prompt of {chat_id}", home_chat_id=chat_id))
    share(tx, chat_id)


def share(tx: Tx, chat_id: int) -> None:
    members.put(tx, a_member(home_chat_id=chat_id))
    invitations.add(tx, an_invitation(f"invitation of {chat_id}", home_chat_id=chat_id))
    shared_chats.attach(tx, a_shared_chat(home_chat_id=chat_id))
    shared_chats.choose(tx, a_choice(chat_id=GROUP - chat_id, home_chat_id=chat_id))
    access_requests.put(tx, an_access_request(home_chat_id=chat_id))
    home_settings.put(tx, chat_id, {"tell": "all"})
    events.add(tx, an_event(f"event of {chat_id}", home_chat_id=chat_id))


def shared(tx: Tx, chat_id: int) -> list[object]:
    """Read the rows that `share` stored."""
    kept = [
        members.get(tx, chat_id, PERSON),
        invitations.by_code(tx, f"hash of invitation of {chat_id}"),
        next((one for one in shared_chats.of_home(tx, chat_id)), None),
        shared_chats.choice(tx, GROUP - chat_id, PERSON),
        access_requests.get(tx, chat_id, PERSON),
        home_settings.get(tx, chat_id) or None,
        next((one for one in events.due(tx, now=NOW) if one.home_chat_id == chat_id), None),
    ]
    return [one for one in kept if one is not None]


@pytest.fixture
def linked(database: Database) -> Database:
    database.run_now(lambda tx: link(tx, CHAT))
    return database


def test_home_is_read_as_it_was_stored(linked: Database) -> None:
    assert linked.run_now(lambda tx: homes.get(tx, CHAT)) == a_home()


def test_chat_without_account_has_no_home(linked: Database) -> None:
    assert linked.run_now(lambda tx: homes.get(tx, CHAT + 1)) is None


def test_linking_again_replaces_the_home(linked: Database) -> None:
    linked.run_now(lambda tx: homes.put(tx, a_home(owner_name="Ben", wallet=None)))
    assert linked.run_now(homes.all_homes) == [a_home(owner_name="Ben", wallet=None)]


def test_unlink_deletes_everything_of_the_chat(linked: Database) -> None:
    linked.run_now(lambda tx: homes.unlink(tx, CHAT))
    assert linked.run_now(lambda tx: homes.get(tx, CHAT)) is None
    assert linked.run_now(lambda tx: tokens.get(tx, CHAT, "user")) is None
    assert linked.run_now(lambda tx: tokens.get(tx, CHAT, "vehicle", car_id=CAR)) is None
    assert linked.run_now(lambda tx: cars.list_for(tx, CHAT)) == []
    assert linked.run_now(lambda tx: code_queries.get(tx, CHAT, CAR, "query-1")) is None
    assert linked.run_now(lambda tx: code_queries.get(tx, CHAT, CAR, "a draft")) is None
    assert linked.run_now(lambda tx: code_watches.get(tx, CHAT, CAR)) is None


def test_unlink_ends_everybodys_access_to_this_home_only(linked: Database) -> None:
    linked.run_now(lambda tx: link(tx, CHAT + 1))
    assert len(linked.run_now(lambda tx: shared(tx, CHAT))) == 7
    linked.run_now(lambda tx: homes.unlink(tx, CHAT))
    assert linked.run_now(lambda tx: shared(tx, CHAT)) == []
    assert len(linked.run_now(lambda tx: shared(tx, CHAT + 1))) == 7


def test_unlink_keeps_the_chats_access_to_other_homes(linked: Database) -> None:
    """A person who unlinks their own cars may still use another home's cars in the same chat."""
    attached = a_shared_chat(chat_id=CHAT, home_chat_id=CHAT + 1, kind="private")
    member = a_member(home_chat_id=CHAT + 1, person_id=OWNER)
    linked.run_now(lambda tx: shared_chats.attach(tx, attached))
    linked.run_now(lambda tx: members.put(tx, member))
    linked.run_now(lambda tx: homes.unlink(tx, CHAT))
    assert linked.run_now(lambda tx: shared_chats.of_home(tx, CHAT + 1)) == [attached]
    assert linked.run_now(lambda tx: members.get(tx, CHAT + 1, OWNER)) == member


def test_unlink_invalidates_open_sign_in_links(linked: Database) -> None:
    linked.run_now(lambda tx: homes.unlink(tx, CHAT))
    used = linked.run_now(lambda tx: login_states.use(tx, state_hash=f"hash of {CHAT}", chat_id=CHAT, now=NOW))
    assert not used


def test_unlink_cancels_prompts_that_were_already_shown(linked: Database) -> None:
    linked.run_now(lambda tx: homes.unlink(tx, CHAT))
    claimed = linked.run_now(lambda tx: prompts.claim(tx, f"prompt of {CHAT}", person_id=OWNER, chat_id=CHAT, now=NOW))
    kept = linked.run_now(lambda tx: prompts.get(tx, f"prompt of {CHAT}"))
    assert claimed is None
    assert kept is not None
    assert kept.state == "cancelled"


def test_unlink_does_not_change_other_homes(linked: Database) -> None:
    linked.run_now(lambda tx: link(tx, CHAT + 1))
    linked.run_now(lambda tx: homes.unlink(tx, CHAT))
    assert linked.run_now(homes.all_homes) == [a_home(chat_id=CHAT + 1)]
    assert linked.run_now(lambda tx: tokens.get(tx, CHAT + 1, "user")) == a_token(chat_id=CHAT + 1)
    assert linked.run_now(lambda tx: cars.list_for(tx, CHAT + 1)) == [a_car(chat_id=CHAT + 1)]
    other_query, other_watch = a_code_query(chat_id=CHAT + 1), a_code_watch(chat_id=CHAT + 1)
    assert linked.run_now(lambda tx: newest_codes(tx, CHAT + 1, CAR)) == other_query
    assert linked.run_now(lambda tx: code_watches.get(tx, CHAT + 1, CAR)) == other_watch


def test_unlink_keeps_the_journal(linked: Database) -> None:
    linked.run_now(lambda tx: journal.intend(tx, an_action()))
    linked.run_now(lambda tx: homes.unlink(tx, CHAT))
    assert linked.run_now(lambda tx: journal.get(tx, "action-1")) is not None


def test_homes_that_hold_a_wallet_are_found_the_first_that_linked_it_first(database: Database) -> None:
    wallet = "0x00000000000000000000000000000000000a11ce"

    def fill(tx: Tx) -> None:
        homes.put(tx, a_home(chat_id=1, linked_at=NOW + MINUTE))
        homes.put(tx, a_home(chat_id=3))
        homes.put(tx, a_home(chat_id=2))
        homes.put(tx, a_home(chat_id=4, wallet=None))
        homes.put(tx, a_home(chat_id=5, wallet="0x00000000000000000000000000000000000000b0b"))

    database.run_now(fill)
    assert [home.chat_id for home in database.run_now(lambda tx: homes.holding(tx, wallet))] == [2, 3, 1]
    database.run_now(lambda tx: homes.put(tx, a_home(chat_id=2, wallet=None)))
    database.run_now(lambda tx: homes.unlink(tx, 3))
    assert [home.chat_id for home in database.run_now(lambda tx: homes.holding(tx, wallet))] == [1]


def test_unlinking_drops_what_the_chat_waits_for_but_not_what_it_is_asked(database: Database) -> None:
    def fill(tx: Tx) -> None:
        link(tx, CHAT)
        link_consents.add(tx, a_link_consent("own", chat_id=CHAT, asked_chat_id=PERSON))
        link_consents.add(tx, a_link_consent("of another"))

    database.run_now(fill)
    database.run_now(lambda tx: homes.unlink(tx, CHAT))
    left = database.run_now(lambda tx: link_consents.take_expired(tx, now=NOW + 60 * MINUTE))
    assert left == [a_link_consent("of another")]


def test_looking_for_a_wallet_opens_no_other_homes(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill(tx: Tx) -> None:
        for number in range(1, 30):
            homes.put(tx, a_home(chat_id=number, wallet=f"0x{number:040x}"))

    opened: list[str] = []

    def open_and_count(vault: Vault, place: Place, blob: bytes) -> str:
        opened.append(place.row)
        return real(vault, place, blob)

    database.run_now(fill)
    real = Vault.open
    monkeypatch.setattr(Vault, "open", open_and_count)
    assert len(database.run_now(lambda tx: homes.holding(tx, f"0x{7:040x}"))) == 1
    assert database.run_now(lambda tx: homes.holding(tx, "0x" + "f" * 40)) == []
    assert opened == ["chat_id=7"]
