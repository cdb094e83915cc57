"""Who takes notes of a home's cars, and of what."""

import logging
from collections.abc import Mapping
from datetime import datetime

from bot.domain.ids import PersonId
from bot.domain.notes import TOPIC_OF, NoteKind
from bot.domain.preferences import Preferences, Topic
from bot.domain.roles import has_ended
from storage import Home, NoteChoice, Tampered, Tx, WrongKeys
from storage.repositories import members, note_choices

_log = logging.getLogger(__name__)


def choice_of(tx: Tx, person: int) -> NoteChoice:
    """Return what a person has chosen, or the defaults if that can't be decrypted."""
    try:
        return note_choices.get(tx, person)
    except (Tampered, WrongKeys) as error:
        _log.error("A person's choice of notes can't be decrypted, so the defaults count: %s", error)
        return NoteChoice(person)


def takers(tx: Tx, home: Home, *, now: datetime) -> Mapping[PersonId, NoteChoice]:
    """Return the people who take notes of a home: its owner, unless they refused, and members who asked for them."""
    people = [row.person_id for row in members.list_for(tx, home.chat_id) if not has_ended(row.until, now)]
    choices = [(home.owner_id, True), *((person, False) for person in people)]
    found = {PersonId(person): (choice_of(tx, person), usual) for person, usual in choices}
    return {
        person: choice for person, (choice, usual) in found.items() if (usual if choice.takes is None else choice.takes)
    }


def is_muted(choice: NoteChoice, topic: Topic, *, now: datetime) -> bool:
    """Return whether a person wants no notes of a topic now."""
    if topic not in choice.muted:
        return False
    until = choice.muted[topic]
    return until is None or until > now


def wanted_kinds(choices: Mapping[PersonId, NoteChoice], preferences: Preferences) -> frozenset[NoteKind]:
    """Return the kinds of notes that somebody takes; one that is muted for a while is looked for, as it may end."""
    return frozenset(
        kind
        for kind, topic in TOPIC_OF.items()
        if preferences.tells(topic)
        and any(topic not in choice.muted or choice.muted[topic] is not None for choice in choices.values())
    )
