"""Whoever runs the bot is told in Telegram what needs them: once for each event, by one process."""

import shutil
from collections import namedtuple
from datetime import timedelta

import pytest

from bot.demo.dimo.faults import drop
from storage import Database, Vault
from storage.maintenance.backup import note_backup
from tests.support.world import Family

Usage = namedtuple("Usage", "total used free")


async def looks(family: Family, *, times: int = 1) -> None:
    """Let the bot look for troubles as often."""
    for _ in range(times):
        family.clock.advance(await family.clock.until_asleep("telling the operator"))
    await family.clock.until_asleep("telling the operator")


def told(family: Family, words: str) -> int:
    return sum(words in message.text for message in family.dad.private_chat.from_bot)


async def test_a_disk_that_gets_full_is_told_once_and_again_when_it_was_not(
    family: Family, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = 100
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1, 1, free))
    await looks(family)
    notice = await family.dad.sees("The disk of the computer that I run on is nearly full.")
    assert notice.sounds
    await looks(family, times=3)
    await family.restart_bot()
    await looks(family, times=2)
    assert told(family, "nearly full") == 1
    free = 1 << 40
    family.clock.advance(timedelta(days=1, minutes=1).total_seconds())
    await looks(family)
    free = 100
    await looks(family)
    await family.dad.sees("nearly full", after=notice)
    assert told(family, "nearly full") == 2


@pytest.mark.both_databases
async def test_two_processes_tell_once(family: Family) -> None:
    await family.stop_bot()
    family.environ["BACKUP_DAYS"] = "7"
    await family.start_bot()
    async with family.another_bot() as clock:
        await clock.until_asleep("telling the operator")
        await family.dad.sees("The last backup of my data is older than you chose")
    await family.stop_bot()
    assert told(family, "The last backup") == 1


async def test_a_backup_that_is_made_in_time_is_not_missed(family: Family) -> None:
    await family.stop_bot()
    vault, now = Vault.from_keys([family.environ["ENCRYPTION_KEYS"]]), family.clock.now()
    database = Database.open(family.environ["DATABASE_URL"], vault)
    note_backup(database, now=now)
    database.close()
    family.environ["BACKUP_DAYS"] = "7"
    await family.start_bot()
    await looks(family)
    assert told(family, "The last backup") == 0
    family.clock.advance(timedelta(days=7).total_seconds())
    await looks(family)
    await family.dad.sees("Next: run “python -m bot backup FILE”")


async def test_dimo_that_is_away_for_a_quarter_of_an_hour_is_told(family: Family) -> None:
    for service in ("auth", "token_exchange", "devices", "identity", "telemetry"):
        family.dimo.switch_off(service, drop())
    for _ in range(3):
        family.clock.advance(61)
        await family.says("/status", "I can't get the car's report")
    await looks(family)
    assert told(family, "DIMO has not answered") == 0
    await looks(family, times=16)
    await family.dad.sees("DIMO has not answered for 15 minutes")


async def test_a_license_that_dimo_refuses_is_told(family: Family) -> None:
    await family.stop_bot()
    family.environ["DIMO_API_KEY"] = "1" * 64
    vault = Vault.from_keys([family.environ["ENCRYPTION_KEYS"]])
    database = Database.open(family.environ["DATABASE_URL"], vault)
    database.run_now(lambda tx: tx.connection.exec_driver_sql("DELETE FROM tokens WHERE kind = 'developer'"))
    database.close()
    await family.start_bot()
    await family.says("/lock", "Refused")
    await looks(family)
    await family.dad.sees("DIMO does not accept this bot's license")
