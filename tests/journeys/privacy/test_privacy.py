"""/privacy says what is stored, for how long, and how to delete it: its text is compared with the tables."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from sqlalchemy import BigInteger, Boolean, Integer, LargeBinary

from bot.domain.preferences import DEFAULT_LOG_DAYS, LOG_DAYS
from bot.telegram.texts.formatting import duration
from bot.telegram.texts.privacy import PRIVACY
from storage.encryption.sealed_tables import SEALED_TABLES
from storage.maintenance import retention
from storage.tables import METADATA
from storage.times import UtcDateTime
from tests.support.people import a_group
from tests.support.screens import read_text
from tests.support.world import Family

TOLD: Mapping[str, str] = {
    "homes": "A linked DIMO account: your name, its wallet's address",
    "tokens": "its tokens",
    "cars": "its cars and what they can do",
    "login_states": "Sign-in links: a fingerprint",
    "landings": "the address with the token on which a sign-in ended",
    "link_permissions": "Questions who may link: who asked, who was asked, and the answer",
    "link_consents": "A link that waits for a yes: the account with its token",
    "prompts": "Questions that I asked you, and your answers",
    "inbox": "Messages under way: what you sent, until it is answered",
    "handled": "Taps and messages that I acted on: fingerprints that name nobody",
    "counters": "Counts: how often somebody without access wrote to me; fingerprints that name nobody",
    "actions": "The log: who did what with which car, when, and what became of it",
    "access_changes": "who joined, and whose access ended",
    "schedules": "Schedules: what I do when with which car, and who set it",
    "note_watches": "Notes: what the cars last reported",
    "notes": "what I told whom of it",
    "note_choices": "which notes you take",
    "location_looks": "who looked where the car was",
    "code_queries": "Error codes: what was asked, what DIMO says, who asked and who cleared",
    "code_watches": "codes that I watch for",
    "members": "You: Telegram's number for you, your first name, what you may use",
    "invitations": "Invitations: who made and who took them",
    "shared_chats": "Chats from which a car is used: groups with their names, private chats",
    "chat_choices": "the car that each person chose there",
    "panels": "the car that each person chose there, and the message",
    "access_requests": "Requests for access: who asked, where, and the answer",
    "home_settings": "Settings of the owner",
    "events": "News that wait to be told",
    "facts": "Who runs this bot: the number of whoever linked first",
}
"""What the text says about each table."""

NOTHING_ABOUT_PEOPLE: Mapping[str, str] = {
    "canaries": "one known text under each key",
}
"""Tables that the text does not mention, with the reason."""

LASTING: Mapping[str, str] = {
    "inbox": "inbox",
    **{
        name: name
        for name in (
            "handled",
            "inbox",
            "prompts",
            "events",
            "invitations",
            "access_requests",
            "login_states",
            "landings",
            "notes",
        )
    },
    "link_permissions": "link_permissions",
    "counters": "counters",
    "drafts": "code_queries",
    "vehicle_tokens": "tokens",
}
"""The table to which each lifetime applies."""

PLAIN_TEXTS = {
    *(
        "key",
        "key_id",
        "id",
        "code_hash",
        "state_hash",
        "wallet_hash",
        "action_hash",
        "clearer_hash",
    ),  # made by the bot, or hashes
    *("state", "clear_state", "shown_state", "kind", "role", "page"),  # words of the bot
    *("name", "value"),  # of facts
}
"""Text columns that are not encrypted: none of them contains what people wrote, or their names."""


def sentence_of(table: str) -> str:
    """Return the line of the text about a table."""
    (line,) = [line for line in read_text(PRIVACY).splitlines() if TOLD[table] in line]
    return line


def test_the_text_mentions_every_table_about_people() -> None:
    assert set(METADATA.tables) == TOLD.keys() | NOTHING_ABOUT_PEOPLE.keys()
    assert not TOLD.keys() & NOTHING_ABOUT_PEOPLE.keys()
    assert all(sentence_of(table).startswith("• ") for table in TOLD)


@pytest.mark.parametrize("name", retention.LIFETIMES)
def test_the_text_says_how_long_things_are_kept(name: str) -> None:
    lifetime = retention.LIFETIMES[name]
    at_the_end = {
        "landings": "15 minutes at most",
        "vehicle_tokens": "tokens for one car go when they end",
        "counters": "for a day at most",
    }
    words = duration(lifetime) if lifetime else at_the_end[name]
    assert words in sentence_of(LASTING[name])


def test_the_text_says_how_long_the_log_is_kept() -> None:
    line = sentence_of("actions")
    assert all(str(days) in line for days in LOG_DAYS)
    assert f"else {DEFAULT_LOG_DAYS} days" in line
    assert timedelta(days=DEFAULT_LOG_DAYS) == retention.KEEP_ACTIONS


def test_all_columns_but_ids_states_and_times_are_encrypted() -> None:
    sealed = {one.table.name for one in SEALED_TABLES}
    harmless = (BigInteger, Integer, Boolean, UtcDateTime)
    for table in METADATA.tables.values():
        texts = {column.name for column in table.c if not isinstance(column.type, harmless)}
        assert texts - PLAIN_TEXTS <= {"sealed"}, table.name
        binary = [column.name for column in table.c if isinstance(column.type, LargeBinary)]
        assert binary == (["sealed"] if table.name in sealed | {"canaries"} else []), table.name
    assert {"name", "value"} <= set(METADATA.tables["facts"].c.keys())
    assert not [table.name for table in METADATA.tables.values() if "name" in table.c and table.name != "facts"]


async def test_everybody_gets_the_text_in_private_and_in_groups(family: Family) -> None:
    stranger = family.telegram.add_person("Stranger")
    group = await a_group(family, stranger)
    said = await family.says("/privacy", "What I keep", person=stranger)
    assert said.text.endswith("/forget deletes all about you, at once.")
    await family.taps(said, "More", person=stranger)
    await said.becomes(read_text(PRIVACY))
    there = await stranger.sees("What I keep", chat=group, after=stranger.says("/privacy", chat=group))
    assert there.buttons[0].url == f"https://t.me/{family.bot.username}"
