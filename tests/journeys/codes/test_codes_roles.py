"""What each role may do with error codes: a guest reads, a driver asks and clears, the owner also watches."""

import pytest

from bot.demo.telegram.chats import Message
from bot.demo.telegram.people import Person
from bot.domain.ids import CarId, CodeQueryId
from bot.telegram.ui.callback_data import Tap, pack
from bot.telegram.ui.taps import ClearCodes, EnterCodes, MuteCodes, SendCodes, SetWatch, ShowWatch
from tests.support.people import a_group, joins, says_there
from tests.support.world import Family


async def the_history(family: Family, person: Person) -> Message:
    shown = await family.says("/codes", "error codes", person=person)
    return await shown.becomes(lambda it: "error codes" in it.text and "Asking DIMO" not in it.text)


@pytest.fixture
async def guest(family: Family) -> Person:
    """A guest of a car with one query in its history."""
    shown = await family.says("/codes P0106", "error codes")
    await shown.becomes("The code P0106 tells")
    family.car.change(trouble_codes=("P0106", "P0420"))
    return await joins(family, "Teen", role="Guest")


async def test_a_guest_reads_the_history_and_the_cars_own_codes(family: Family, guest: Person) -> None:
    shown = await the_history(family, guest)
    assert "Asked by Dad, 12:00 UTC." in shown.text
    assert "The code P0106 tells" in shown.text
    assert shown.labels == ["🚗 Read from car"]
    await family.taps(shown, "Read from car", person=guest)
    own = await (await guest.sees("the car", after=shown)).becomes("Not among the codes asked about last: P0420.")
    assert own.labels == ["🔄 Read again", "🔧 Codes"]


async def test_a_guest_changes_nothing_in_any_way(family: Family, guest: Person) -> None:
    shown, car = await the_history(family, guest), CarId(family.car.token_id)
    for said in ("/codes P0300", "/clearcodes", "P0300"):
        await family.says(said, "You may not do that.", person=guest)
    query = CodeQueryId("f" * 20)
    forged: list[Tap] = [ClearCodes(car), EnterCodes(car), SendCodes(car, query), MuteCodes(car, query)]
    for tap in [*forged, ShowWatch(car), SetWatch(car, 6)]:
        after = guest.private_chat.messages[-1]
        await guest.sends_forged(pack(tap), shown).answered()
        await guest.sees("You may not do that.", after=after)
    assert len(family.car.code_queries) == 1
    assert family.car.code_queries[0].cleared_at is None


async def test_a_driver_asks_and_clears_under_the_own_name(family: Family) -> None:
    mum = await joins(family, "Mum")
    asked = await family.says("/codes P0106", "Asked by Mum", person=mum)
    await asked.becomes("The code P0106 tells")
    assert asked.labels == ["🚗 Read from car", "✍️ Enter codes", "🧹 Clear"]
    await family.taps(asked, "Clear", person=mum)
    question = await mum.sees("Mark these codes of Bluey as cleared?", after=asked)
    await family.taps(question, "Clear", person=mum)
    await question.becomes("🧹 Cleared by Mum, 12:00 UTC.\n")
    dads = await the_history(family, family.dad)
    assert "Asked by Mum, 12:00 UTC.\n🧹 Cleared by Mum, 12:00 UTC." in dads.text
    assert "👁 Watch" in dads.labels


async def test_a_driver_learns_that_dimo_was_told_of_clearing_what_somebody_else_asked(family: Family) -> None:
    shown = await family.says("/codes P0106", "error codes")
    await shown.becomes("The code P0106 tells")
    mum = await joins(family, "Mum")
    question = await family.says("/clearcodes", "Mark these codes of Bluey as cleared?", person=mum)
    await family.taps(question, "Clear", person=mum)
    await question.becomes(lambda it: "🧹 Cleared by Mum, 12:00 UTC.\n" in it.text and "Telling DIMO" not in it.text)
    assert family.car.code_queries[0].cleared_at is not None


async def test_a_driver_does_not_watch(family: Family) -> None:
    mum, car = await joins(family, "Mum"), CarId(family.car.token_id)
    shown = await the_history(family, mum)
    for tap in (ShowWatch(car), SetWatch(car, 6)):
        after = mum.private_chat.messages[-1]
        await mum.sends_forged(pack(tap), shown).answered()
        await mum.sees("You may not do that.", after=after)


async def test_in_a_group_each_does_what_their_role_may(family: Family, guest: Person) -> None:
    """Everybody sees one message with the owner's buttons: the role of the person who taps decides."""
    mum = await joins(family, "Mum")
    group = await a_group(family, mum, guest)
    shown = await says_there(group, family.dad, "/codes", "The code P0106 tells")
    guest.taps(shown, "Enter codes")
    await guest.sees("You may not do that.", chat=group, after=shown)
    mum.taps(shown, "Enter codes")
    question = await mum.sees("which error codes of Bluey?", chat=group, after=shown)
    mum.says("P0300", chat=group)
    answer = mum.says("P0420", chat=group, reply_to=question)
    await mum.sees("The code P0420 tells", chat=group, after=answer)  # in a message of its own if DIMO was faster
    assert [[code for code, _ in query.codes] for query in family.car.code_queries] == [["P0420"], ["P0106"]]
