"""The log: who did what with a car, for people who may see it."""

import csv
import io
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.demo.telegram.chats import Message
from bot.demo.telegram.faults import BLOCKED
from bot.demo.telegram.people import Person
from bot.domain.refusals import Reason
from bot.telegram.texts.log import COLUMNS
from bot.telegram.texts.refusals import REFUSALS
from storage import Database, Vault
from storage.repositories import home_settings, journal
from tests.support.people import NOTHING_HERE, a_group, joins, removed
from tests.support.records import an_action
from tests.support.world import START, Family

PRIVATE = REFUSALS[Reason.PRIVATE_CHAT_ONLY].why
PURGING = "purging the database"
HALF_AN_HOUR, DAY = 1800.0, 86400.0


def database_of(family: Family) -> Database:
    vault = Vault.from_keys([family.environ["ENCRYPTION_KEYS"]])
    return Database.open(family.environ["DATABASE_URL"], vault)


def settle_in(family: Family, values: Mapping[str, Any]) -> None:
    """Change a setting of dad's home."""
    with closing(database_of(family)) as database:
        database.run_now(lambda tx: home_settings.put(tx, family.dad.id, values))


def let_do(family: Family, count: int, *, name: str = "Dad", car: str = "Bluey", **changes: Any) -> None:
    """Store actions that are a minute apart; the last one is from now."""
    details = an_action().details
    with closing(database_of(family)) as database:
        for number in range(count):
            at = START - timedelta(minutes=count - number)
            row = an_action(
                f"{name} {number:03}",
                home_chat_id=family.dad.id,
                chat_id=family.dad.id,
                person_id=family.dad.id,
                car_id=family.car.token_id,
                requested_at=at,
                shown_state="accepted",
                shown_version=1,
                details=replace(details, person_name=name, car_name=car, request_id=f"{number:03}-{'f' * 30}"),
            )
            row = replace(row, **changes)
            database.run_now(lambda tx, row=row: journal.intend(tx, row))  # type: ignore[misc]  # a loop's row
            database.run_now(
                lambda tx, row=row: journal.settle(  # type: ignore[misc]  # a loop's row
                    tx, row.id, expected=["sending"], state="accepted", now=row.requested_at
                )
            )


def lines_of(message: Message) -> list[str]:
    """Return the entries of a log, each of two lines."""
    lines = message.text.splitlines()[1:]
    return ["\n".join(lines[at : at + 2]) for at in range(0, len(lines) - 1, 2)]


async def exported(family: Family, log: Message, person: Person | None = None) -> list[list[str]]:
    """Export the log that is shown, and return the rows of the file."""
    person = person or family.dad
    await family.taps(log, "Export", person=person)
    sent = await person.sees(lambda message: message.document, after=log)
    assert sent.document is not None
    assert sent.document.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(sent.document.content.decode("utf-8-sig"), newline="")))
    assert rows[0] == list(COLUMNS)
    assert f"{len(rows) - 1} line" in sent.text
    return rows[1:]


async def test_owners_see_what_everybody_did_and_members_what_they_did_themselves(family: Family) -> None:
    settle_in(family, {"zone_name": "Asia/Tokyo"})
    mum = await joins(family, "Mum")
    gran = await joins(family, "Gran", role="Guest", length="1 hour")
    await family.says("/lock", "Accepted", person=mum)
    question = await family.says("/frunk", "Open Bluey's frunk?")
    await family.taps(question, "Open frunk")
    await question.becomes("Accepted")
    family.car.received.clear()
    log = await family.says("/log", "Log")
    request = family.dimo.calls_of("devices", "command")
    assert len(request) == 2
    first, second, *joined = lines_of(log)
    assert first == "12:00 UTC, 📨 Accepted\n📦 Dad: Frunk, Bluey"
    assert second == "12:00 UTC, 📨 Accepted\n🔒 Mum: Lock, Bluey"
    assert joined == [
        "12:00 UTC\n👋 Gran: joined as a guest until 13:00 UTC",
        "12:00 UTC\n👋 Mum: joined as a driver",
    ]
    hers = await family.says("/log", "Log", person=mum)
    assert lines_of(hers) == [second, joined[1]]
    times = ["2026-05-01 21:00", "2026-05-01T12:00"]  # each look at the clock takes a while
    lock, join = await exported(family, hers, mum)
    assert [one[:16] for one in lock[:2]] == [one[:16] for one in join[:2]] == times
    assert lock[2:6] == ["Mum", "Lock", "Bluey", "Accepted"]
    assert join[2:] == ["Mum", "joined as a driver", "", "", "", ""]
    assert lines_of(await family.says("/log", "Log", person=gran)) == [joined[0]]
    family.clock.advance(3600)
    await family.says("/log", "Your access has ended.", person=gran)
    await (await removed(family, "Mum")).becomes("Mum can't use your cars any more.")
    await family.says("/log", NOTHING_HERE, person=mum)
    await family.taps(hers, "Export", person=mum)
    await mum.sees(NOTHING_HERE, after=hers)
    await family.says("/log", NOTHING_HERE, person=family.telegram.add_person("Stranger"))
    newest = lines_of(await family.says("/log", "Log"))[:2]
    assert newest == ["13:00 UTC\n🗑 Mum: removed", "13:00 UTC\n⌛ Gran: access ended"]


async def test_who_joined_stays_in_the_log_of_the_owner_after_they_were_forgotten(family: Family) -> None:
    mum = await joins(family, "Mum")
    await family.says("/lock", "Accepted", person=mum)
    question = await family.says("/forget", "Forget you?", person=mum)
    await family.taps(question, "Forget me", person=mum)
    await question.becomes("Forgotten.")
    lock, joined = lines_of(await family.says("/log", "Log"))
    assert "🔒 Forgotten person: Lock" in lock
    assert "👋 Mum: joined as a driver" in joined


async def test_the_log_is_paged_and_filtered_in_its_message_and_exported_as_filtered(
    family: Family,
) -> None:
    mum = await joins(family, "Mum")
    let_do(family, 14)
    let_do(family, 11, name="=Mum()", car="+1 & <b>Bluey</b>", person_id=mum.id)
    log = await family.says("/log", "Log")
    shown = lines_of(log)
    assert (len(shown), log.labels) == (10, ["Older ▶️", "🔎 Filter", "📤 Export"])
    await family.taps(log, "Older")
    await log.becomes(lambda message: "◀️ Newer" in message.labels)
    shown += lines_of(log)
    await family.taps(log, "Older")
    await log.becomes(lambda message: "Older ▶️" not in message.labels)
    shown += lines_of(log)
    assert len(shown) == 26
    assert "👋 Mum" in shown[0]
    assert shown[2] == "11:59 UTC, 📨 Accepted\n🔓 =Mum(): Unlock, +1 & <b>Bluey</b>"
    await family.taps(log, "Newer")
    await log.becomes(lambda message: "Older ▶️" in message.labels)
    assert lines_of(log) == shown[10:20]

    await family.taps(log, "Filter")
    await log.becomes("Which lines?")
    assert log.labels[:4] == ["✅ 👤 Everybody", "👤 Dad", "👤 Mum", "✅ Everything"]
    await family.taps(log, "Mum")
    await log.becomes("Log – Mum")
    assert log.labels == ["Older ▶️", "🔎 Filter", "✖️ All lines", "📤 Export"]
    rows = await exported(family, log)
    assert len(rows) == 12
    assert rows[1][2:] == ["'=Mum()", "Unlock", "'+1 & <b>Bluey</b>", "Accepted", "", f"010-{'f' * 30}"]
    await family.taps(log, "Filter")
    await log.becomes("Which lines?")
    await family.taps(log, "Trunk")
    await log.becomes("Log – Mum – trunk opening")
    assert log.labels == ["🔎 Filter", "✖️ All lines"]
    family.dad.sends_forged(f"l:{mum.id}::9999", log)
    await log.becomes(lambda message: len(lines_of(message)) == 2)
    await family.taps(log, "All lines")
    await log.becomes(lambda message: lines_of(message) == shown[:10])

    family.telegram.fails_next("sendDocument", BLOCKED)
    await family.taps(log, "Export")
    await family.dad.sees("I could not send the file.", after=log)


async def test_nobody_reads_the_log_in_a_group_or_lines_that_are_not_theirs(family: Family) -> None:
    mum = await joins(family, "Mum")
    let_do(family, 3)
    group = await a_group(family, mum)
    said = family.dad.says("/log", chat=group)
    pointer = await family.dad.sees(PRIVATE, chat=group, after=said)
    for data in ("l:0::0", "filter:0:", "export:0:"):
        last = family.dad.sends_forged(data, pointer).message
        pointer = await family.dad.sees(PRIVATE, chat=group, after=last)
    log = await family.says("/log", "joined", person=mum)
    own = lines_of(log)
    assert len(own) == 1
    for data in (f"l:{family.dad.id}::0", "l:0:unlock:0"):
        await mum.sends_forged(data, log).answered()
        await family.says("/privacy", "What I keep", person=mum)
        assert lines_of(log) == []
    await family.taps(log, "Filter", person=mum)
    await log.becomes("Which lines?")
    assert not [label for label in log.labels if "👤" in label]
    assert family.telegram.calls_of("sendDocument") == []


async def test_the_log_is_kept_for_as_long_as_the_home_has_set(family: Family) -> None:
    teen, _ = await family.add_relative("Teen", "Moped")
    let_do(family, 2)
    let_do(family, 2, name="Teen", home_chat_id=teen.id, chat_id=teen.id, person_id=teen.id)
    settle_in(family, {"log_days": 30})
    for days, left in ((29, 2), (2, 0)):
        await family.clock.until_asleep(PURGING)
        family.clock.advance(days * DAY)
        await family.clock.until_asleep(PURGING, within=HALF_AN_HOUR)
        assert len(lines_of(await family.says("/log", "Log"))) == left
        assert len(lines_of(await family.says("/log", "Log", person=teen))) == 2


async def test_a_member_who_takes_the_owners_name_is_still_logged_by_their_own(family: Family) -> None:
    """Anybody can change their own name in Telegram."""
    mallory = await joins(family, "Mallory")
    mallory.first_name = "Dad"
    await family.says("/lock", "Mallory's Lock for Bluey", person=mallory)
    await family.says("/codes P0106", "Asked by Mallory", person=mallory)
    clearing = await family.says("/clearcodes", "as cleared?", person=mallory)
    await family.taps(clearing, "Clear", person=mallory)
    await clearing.becomes("Cleared by Mallory")
    log = await family.says("/log", "Log")
    assert "Mallory: Lock, Bluey" in log.text
    assert "Dad: Lock" not in log.text
