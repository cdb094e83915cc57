"""The car's own codes are shown with the age of the report, and new ones can be sent to DIMO with one tap."""

import asyncio
from datetime import timedelta

from bot.demo.dimo.car import CodeQuery
from bot.demo.dimo.faults import slow, status
from bot.demo.telegram.chats import Message
from tests.support.people import joins, removed
from tests.support.world import START, Family


def sends(family: Family, listed: str | None, *, count: float | None = None, hours_ago: float = 0) -> None:
    """Make the car report this list and this number of codes; None if it never sent one."""
    at = START - timedelta(hours=hours_ago)
    for signal, value in {"obdDTCList": listed, "obdStatusDTCCount": count}.items():
        family.car.signals.pop(signal, None)
        if value is not None:
            family.car.report(signal, value, at=at)


async def read_from_car(family: Family) -> Message:
    """Open the history, tap Read from car, and wait for the report."""
    history = await family.says("/codes", "error codes")
    await history.becomes(lambda shown: "Asking DIMO" not in shown.text)
    await family.taps(history, "Read from car")
    return await (await family.dad.sees("codes", after=history)).becomes(is_complete)


def is_complete(message: Message) -> bool:
    return "codes from the car" in message.text or "I can't get" in message.text


def asked(family: Family) -> list[list[str]]:
    """Return what DIMO was asked about, the oldest first."""
    return [[code for code, _ in query.codes] for query in reversed(family.car.code_queries)]


# The list


async def test_the_codes_that_a_car_sends_are_explained_with_one_tap(family: Family) -> None:
    for listed in ("P0106, U0100-87", '[{"code": "P0106", "seen": 3}, {"code": "U010087"}]'):
        sends(family, listed, count=2)
        shown = await read_from_car(family)
        assert shown.text == (
            "🚗 Bluey: codes from the car\nReported 12:00 UTC (just now).\n"
            "P0106 – Intake or outside air pressure sensor (MAP): implausible signal\n"
            "U0100-87 – No communication with engine computer A (message missing)"
        )
        assert shown.labels == ["🔎 Explain these 2", "🔄 Read again", "🔧 Codes"]
    await family.taps(shown, "Explain these 2")
    await shown.becomes("The code P0106 tells")
    assert "The car's own codes. Asked by Dad, 12:00 UTC." in shown.text
    assert asked(family) == [["P0106", "U0100-87"]]


async def test_a_car_without_codes_is_said_to_name_none(family: Family) -> None:
    sends(family, "none", count=0)
    shown = await read_from_car(family)
    assert shown.text.endswith("No error codes. Reported 12:00 UTC (just now).")
    assert shown.labels == ["🔄 Read again", "🔧 Codes"]


async def test_a_huge_list_is_read_whole_by_turning_pages_of_one_report(family: Family) -> None:
    """Turning a page does not ask the car again, because that costs credits. DIMO accepts the first hundred codes."""
    many = [f"P{number:04}" for number in range(1000, 1120)]
    garbage = "Fehler <&> im Kabelbaum vorne links. " * 150
    sends(family, f"{', '.join(many)}, {garbage}")
    shown = await read_from_car(family)
    looks, read = len(family.dimo.calls_of("telemetry", "query")), shown.text
    for page in range(2, 100):
        if "Page ➡️" not in shown.labels:
            break
        await family.taps(shown, "Page ➡️")
        await shown.becomes(f"Page {page} of ")
        read += shown.text
    assert [code for code in many if f"{code} – " not in read] == []
    assert read.count("Fehler <&> im Kabelbaum vorne links.") == 150
    assert len(family.dimo.calls_of("telemetry", "query")) == looks
    assert "120 of them are not among the codes asked about last. DIMO takes 100 codes at once." in shown.text
    await family.taps(shown, "Explain the first 100")
    await shown.becomes("The code P1000 tells")
    assert asked(family) == [many[:100]]


# No report


async def test_a_report_that_can_not_be_had_says_why_and_can_be_asked_for_again(family: Family) -> None:
    sends(family, "P0106")
    family.dimo.switch_off("telemetry", status(503))
    shown = await read_from_car(family)
    assert "I can't get Bluey's codes right now. DIMO has trouble" in shown.text
    assert "\nNext: try again" in shown.text
    family.dimo.heal("telemetry")
    await family.taps(shown, "Read again")
    await (await family.dad.sees("Asking the car", after=shown)).becomes("P0106 – ")


async def test_a_car_that_is_not_shared_for_reading_says_so_and_offers_to_link_again(family: Family) -> None:
    family.dimo.share(family.car, family.license, permissions={2})
    shown = await read_from_car(family)
    assert "DIMO does not let me read Bluey's reports." in shown.text
    assert shown.labels == ["🔄 Read again", "🔧 Codes", "🔑 Link again"]


# What is new


async def test_only_what_the_newest_query_does_not_ask_about_is_offered(family: Family) -> None:
    await (await family.says("/codes P0106", "error codes")).becomes("The code P0106 tells")
    sends(family, "P0106, P0300, P0420")
    shown = await read_from_car(family)
    assert "Not among the codes asked about last: P0300, P0420." in shown.text
    assert "P0106 – " in shown.text
    await family.taps(shown, "Explain these 2")
    await shown.becomes("The code P0420 tells")
    assert asked(family) == [["P0106"], ["P0300", "P0420"]]
    # The query before the newest does not count.
    assert "Not among the codes asked about last: P0106." in (await read_from_car(family)).text


async def test_what_was_asked_about_already_is_not_offered_again(family: Family) -> None:
    sends(family, "P0106")
    shown = await read_from_car(family)
    await family.taps(shown, "Explain it")
    await shown.becomes("The code P0106 tells")
    again = await read_from_car(family)
    assert again.text.startswith(
        "🚗 Bluey: codes from the car\nReported 12:00 UTC (just now).\n"
        "All of them were asked about already.\nNext: tap Error codes.\nP0106 – "
    )
    assert again.labels == ["🔄 Read again", "🔧 Codes"]


async def test_codes_that_another_app_writes_in_its_own_way_are_known_all_the_same(family: Family) -> None:
    codes = ((" p0106", "Pressure."), ("U0100:87", "No answer."))
    family.car.code_queries.append(CodeQuery(codes, START - timedelta(days=1)))
    sends(family, "P0106, U0100-87, P0300")
    shown = await read_from_car(family)
    assert "Not among the codes asked about last: P0300." in shown.text
    assert shown.labels[0] == "🔎 Explain it"


async def test_codes_that_come_back_after_they_were_cleared_are_offered_again(family: Family) -> None:
    sends(family, "P0106")
    await (await family.says("/codes P0106", "error codes")).becomes("The code P0106 tells")
    question = await family.says("/clearcodes", "Mark these codes")
    await family.taps(question, "Clear")
    await question.becomes("Cleared by Dad")
    assert "🔎 Explain it" in (await read_from_car(family)).labels


async def test_offered_codes_are_sent_once_however_often_the_button_is_tapped(family: Family) -> None:
    sends(family, "P0106, P0420")
    shown = await read_from_car(family)
    send = shown.buttons[0].callback_data or ""
    taps = [family.dad.taps(shown, "Explain these 2") for _ in range(3)]
    for tap in taps:
        await tap.answered()
    await shown.becomes("The code P0106 tells")
    family.telegram.redeliver(taps[0])
    family.dad.sends_forged(send, shown)
    await family.settles()
    assert asked(family) == [["P0106", "P0420"]]


# What comes late


async def test_a_page_that_comes_late_does_not_take_the_place_of_what_was_tapped_since(
    family: Family,
) -> None:
    """After a restart the car is asked again, which may take a while."""
    sends(family, ", ".join(f"P{number:04}" for number in range(1000, 1060)))
    shown = await read_from_car(family)
    await family.restart_bot()
    gate = asyncio.Event()
    family.dimo.fail("telemetry", "query", slow(gate))
    await family.taps(shown, "Page ➡️")
    await family.dimo.wait_arrived("telemetry", "query", 2)
    await family.taps(shown, "Explain these 60")
    await shown.becomes("The code P1000 tells")
    gate.set()
    await read_from_car(family)
    await family.settles()
    assert "The code P1000 tells" in shown.text


async def test_who_loses_the_access_while_the_car_is_asked_is_told_so(family: Family) -> None:
    sends(family, "P0301")
    mum, gate = await joins(family, "Mum"), asyncio.Event()
    family.clock.advance(60)
    history = await family.says("/codes", "error codes", person=mum)
    family.dimo.fail("telemetry", "query", slow(gate))
    await family.taps(history, "Read from car", person=mum)
    shown = await mum.sees("Asking the car", after=history)
    await family.dimo.wait_arrived("telemetry", "query")
    await removed(family, "Mum")
    gate.set()
    await shown.becomes("I can't get Bluey's codes right now. There is no car here for you.")
    assert "P0301" not in shown.text


async def test_codes_shows_first_what_the_car_reports_now_with_meanings(family: Family) -> None:
    """One command: the car's own codes, then the history."""
    family.car.report("obdDTCList", '["P0106"]')
    shown = await family.says(
        "/codes", "The car reports now, 12:00 UTC\n• P0106 – Intake or outside air pressure sensor"
    )
    assert "Nobody has asked about an error code yet." in shown.text
