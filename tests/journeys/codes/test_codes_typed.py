"""Codes that people write: with the command, in a reply, or as plain text. Wrong words are named; each is sent once."""

import pytest

from bot.demo.telegram.chats import Message
from bot.domain.ids import CarId, CodeQueryId
from bot.telegram.ui.callback_data import Tap, pack, read
from bot.telegram.ui.taps import (
    ClearCodes,
    EnterCodes,
    MuteCodes,
    ReadCodes,
    SendCodes,
    SetWatch,
    ShowCodes,
    ShowWatch,
    TurnCodes,
    UnmuteCodes,
)
from tests.support.people import a_group
from tests.support.world import Family


def asked(family: Family) -> list[list[str]]:
    """Return what DIMO was asked about, the oldest first."""
    return [[code for code, _ in query.codes] for query in reversed(family.car.code_queries)]


# Written with the command


async def test_codes_are_read_however_they_are_written_and_sent_once_each(family: Family) -> None:
    said = "/codes P0106, p0279\nu010087;U0100:87 P0106\tc0035"
    shown = await (await family.says(said, "Bluey: error codes")).becomes("measured something")
    assert asked(family) == [["P0106", "P0279", "U0100-87", "C0035"]]
    assert "Asked by Dad, 12:00 UTC." in shown.text
    for code in asked(family)[0]:
        assert f"{code} – " in shown.text
        assert f"The code {code} tells" in shown.text


async def test_what_is_no_code_is_named_with_its_fault_and_the_others_go_with_one_tap(family: Family) -> None:
    shown = await family.says("/codes P0106 X0100 P01 P0G79 POl06 U0100-8", "Look up P0106, U0100 for Bluey?")
    assert asked(family) == []
    assert shown.text.splitlines() == [
        "Look up P0106, U0100 for Bluey? Nothing was sent yet.",
        "✖️ X0100: begins with X; codes begin with P, C, B or U.",
        "✖️ P01: too short; a code has five characters, like P0106.",
        "✖️ P0G79: after its second character a code has three digits or letters A to F.",
        "✖️ POl06: has a letter where a digit belongs; did you mean P0106?",
    ]
    await family.taps(shown, "Explain these 2")
    await shown.becomes("The code P0106 tells")
    assert asked(family) == [["P0106", "U0100"]]


async def test_codes_within_a_text_are_asked_about_and_the_rest_is_left_in_peace(family: Family) -> None:
    for said in ("P0401 Exhaust gas recirculation flow", "| 1 | P0401:00-28 | confirmed |\n| 2 | P0171* | pending |"):
        await (await family.says(f"/codes {said}", "Bluey: error codes")).becomes("measured something")
    assert asked(family) == [["P0401"], ["P0401-00", "P0171"]]


async def test_what_is_guessed_is_one_tap_away(family: Family) -> None:
    shown = await family.says("/codes P0171 PO420", "PO420: did you mean P0420?")
    assert shown.text == "Look up P0171 for Bluey? Nothing was sent yet.\n❔ PO420: did you mean P0420?"
    assert shown.labels == ["🔎 Explain all 2", "🔎 Only P0171", "✍️ Enter codes"]
    await family.taps(shown, "Only P0171")
    await shown.becomes("The code P0171 tells")
    shown = await family.says("/codes Р0420 lamp", "did you mean P0420, for Bluey?")
    await family.taps(shown, "Explain P0420")
    await shown.becomes("The code P0420 tells")
    shown = await family.says("/codes P 0300, P0301", "did you mean P0300?")
    await family.taps(shown, "Explain all 2")
    await shown.becomes("The code P0300 tells")
    assert asked(family) == [["P0171"], ["P0420"], ["P0301", "P0300"]]


async def test_without_a_single_code_nothing_is_sent_and_the_form_is_shown(family: Family) -> None:
    for said in ("/codes hello", "/codes ,;- …"):
        shown = await family.says(said, "Next: write codes like P0106 U0100-87.")
        assert len(shown.text.splitlines()) == 1
        assert "Nothing was sent." in shown.text
        assert shown.labels == ["✍️ Enter codes"]
    assert asked(family) == []


async def test_dimo_gets_a_hundred_codes_at_most_and_the_others_are_named(family: Family) -> None:
    many = [f"P{number:04}" for number in range(103)]
    shown = await family.says(f"/codes {' '.join(many)}", "DIMO takes 100 codes at once.")
    assert "Left out: P0100, P0101, P0102." in shown.text
    assert asked(family) == []
    await family.taps(shown, "Explain these 100")
    await shown.becomes("measured something")
    assert asked(family) == [many[:100]]


# Written after "Enter codes"


async def test_codes_are_entered_in_a_reply(family: Family) -> None:
    question = await enter_codes(family)
    assert question.asks_reply
    shown = await family.says("p0106 P0279", "Bluey: error codes")
    await shown.becomes("The code P0106 tells")
    assert asked(family) == [["P0106", "P0279"]]
    await family.says("thanks", "I read buttons and commands.")


async def test_a_text_without_a_code_is_answered_and_the_wait_goes_on(family: Family) -> None:
    await enter_codes(family)
    shown = await family.says("what do you mean", "I still wait")
    assert "or /cancel" in shown.text
    await (await family.says("P0106", "Bluey: error codes")).becomes("The code P0106 tells")
    assert asked(family) == [["P0106"]]


async def test_a_reply_with_a_word_that_is_no_code_ends_the_wait_and_sends_nothing_yet(
    family: Family,
) -> None:
    await enter_codes(family)
    shown = await family.says("P0106 P9999", "P9999: the second character is 0, 1, 2 or 3")
    assert asked(family) == []
    await family.says("thanks", "I read buttons and commands.")
    await family.taps(shown, "Explain it")
    await shown.becomes("The code P0106 tells")


async def test_cancel_ends_the_wait(family: Family) -> None:
    await enter_codes(family)
    await family.says("/cancel", "I don't wait for your answer any more.")
    await family.says("hello", "I read buttons and commands.")
    await family.says("P0106", "Nothing was sent yet.")
    assert asked(family) == []


async def test_the_wait_ends_by_itself_after_a_quarter_of_an_hour(family: Family) -> None:
    await enter_codes(family)
    family.clock.advance(14 * 60)
    await family.says("hello", "I still wait")
    family.clock.advance(61)
    await family.says("hello", "I read buttons and commands.")
    await family.says("P0106", "Nothing was sent yet.")
    assert asked(family) == []


async def test_the_wait_outlives_a_restart(family: Family) -> None:
    await enter_codes(family)
    await family.restart_bot()
    await (await family.says("P0106", "Bluey: error codes")).becomes("The code P0106 tells")


async def test_one_answer_ends_every_wait_however_often_the_button_was_tapped(family: Family) -> None:
    """Later texts are not searched for codes."""
    for _ in range(2):
        await enter_codes(family)
    await family.says("P0106", "Bluey: error codes")
    await family.says("thanks", "I read buttons and commands.")
    await enter_codes(family)
    await family.says("/codes P0300", "Bluey: error codes")
    await family.says("thanks", "I read buttons and commands.")
    assert asked(family) == [["P0106"], ["P0300"]]


async def test_the_answer_is_about_the_car_that_was_asked_about_last(family: Family) -> None:
    other = family.account.add_car(name="Muffin")
    family.dimo.share(other, family.license, permissions={1, 2})
    choice = await family.says("/cars", "Which car?")
    await family.taps(choice, "Look again")
    await choice.becomes(lambda shown: any("Muffin" in label for label in shown.labels))
    for name, car in {"Muffin": other, "Bluey": family.car}.items():
        await family.dad.sends_forged(pack(EnterCodes(CarId(car.token_id))), choice).answered()
        await family.dad.sees(f"Which error codes of {name}?", after=choice)
    await (await family.says("P0106", "Bluey: error codes")).becomes("The code P0106 tells")
    assert (asked(family), other.code_queries) == ([["P0106"]], [])


async def test_an_answer_is_taken_for_what_was_asked_last(family: Family) -> None:
    """A date for an invitation is not taken for a wrong code, and the question for codes stays open."""
    await enter_codes(family)
    invitation = await family.says("/invite", "Invite somebody to your cars")
    await family.taps(invitation, "Driver")
    await invitation.becomes("How long may they use your cars?")
    await family.taps(invitation, "Until a date…")
    await family.dad.sees("Until when? Write a date", after=invitation)
    await family.says("24 Dec", "Invitation for a driver")
    await (await family.says("P0106", "Bluey: error codes")).becomes("The code P0106 tells")


async def test_a_secret_in_a_reply_stays_a_secret(family: Family) -> None:
    """Linking is asked first: an address with a token is deleted, and never quoted as a wrong code."""
    await enter_codes(family)
    secret = family.dad.says(family.dimo.landing_url(family.account, family.license, state="x"))
    await family.dad.sees("That address does not come from a link", after=secret)
    await secret.disappears()
    assert not family.dad.private_chat.find("Not an error code")


# Written as plain text


@pytest.mark.both_databases
async def test_bare_codes_are_offered_and_sent_once_however_often_the_button_is_tapped(
    family: Family,
) -> None:
    shown = await family.says("P0106 p0279", "Look up P0106, P0279 for Bluey?")
    assert asked(family) == []
    send = shown.buttons[0].callback_data or ""
    taps = [family.dad.taps(shown, "Explain these 2") for _ in range(3)]
    for tap in taps:
        await tap.answered()
    await shown.becomes("The code P0106 tells")
    await family.dad.sends_forged(send, shown).answered()
    await family.settles()
    assert asked(family) == [["P0106", "P0279"]]


async def test_codes_within_a_plain_text_are_offered(family: Family) -> None:
    export = "Torque Fault Log\nVIN: WVWZZZ1KZAW123456\nP0171 (Pending): System Too Lean\nP0420*: Catalyst"
    shown = await family.says(export, "Look up P0171, P0420 for Bluey? Nothing was sent yet.")
    assert asked(family) == []
    await family.taps(shown, "Explain these 2")
    await shown.becomes("The code P0171 tells")
    shown = await family.says("my dash says P 0300", "did you mean P0300, for Bluey?")
    await family.taps(shown, "Explain P0300")
    await shown.becomes("The code P0300 tells")
    assert asked(family) == [["P0171", "P0420"], ["P0300"]]


async def test_in_a_group_only_a_list_of_codes_is_taken_for_codes(family: Family) -> None:
    group = await a_group(family)
    hint = group.last
    family.dad.says("P0106 is on again, P 0107", chat=group, reply_to=hint)
    said = family.dad.says("P0420", chat=group, reply_to=hint)
    await family.dad.sees("Look up P0420 for Bluey?", chat=group, after=said)
    assert not [message for message in group.from_bot if "P010" in message.text]


async def test_other_texts_are_not_taken_for_codes(family: Family) -> None:
    for text in ("P01 is on", "hello", "🙂", "PID 0D, B1S1, 2024-01-15", "WVWZZZ1KZAW123456"):
        await family.says(text, "I read buttons and commands.")
    assert asked(family) == []


# Delivered twice, forged, or from a stranger


@pytest.mark.both_databases
async def test_an_update_that_is_delivered_again_does_and_says_nothing(family: Family) -> None:
    """Telegram delivers updates again that it thinks were lost: commands, replies, offers and taps."""
    command = family.dad.says("/codes P0106")
    await (await family.dad.sees("error codes", after=command)).becomes("The code P0106 tells")
    await enter_codes(family)
    wrong = family.dad.says("hello")
    await family.dad.sees("I still wait", after=wrong)
    reply = family.dad.says("P0300")
    await (await family.dad.sees("error codes", after=reply)).becomes("The code P0300 tells")
    bare = family.dad.says("P0420")
    offer = await family.dad.sees("Nothing was sent yet", after=bare)
    tap = await family.taps(offer, "Explain it")
    await offer.becomes("The code P0420 tells")
    before = len(family.dad.private_chat.from_bot)
    for update in (command, wrong, reply, bare, tap):
        family.telegram.redeliver(update)
    await family.settles()
    assert len(family.dad.private_chat.from_bot) == before + 1  # the answer in `settles`
    assert asked(family) == [["P0106"], ["P0300"], ["P0420"]]


async def test_forged_buttons_reach_no_other_car_and_no_other_query(family: Family) -> None:
    mum, their_car = await family.add_relative("Mum", "Kitt")
    theirs = await family.says("P0420", "Look up P0420 for Kitt", person=mum)
    draft = offer_in(theirs)
    mine, car = await family.says("/codes", "Bluey: error codes"), CarId(family.car.token_id)
    their, unknown = CarId(their_car.token_id), "Those codes are not in my record any more."
    of_car: list[Tap] = [kind(their) for kind in (ShowCodes, EnterCodes, ReadCodes, ClearCodes, ShowWatch)]
    of_car += [SetWatch(their, 6), SendCodes(their, draft), TurnCodes(their, draft)]
    of_query: list[Tap] = [kind(car, draft) for kind in (SendCodes, TurnCodes, MuteCodes)]
    forged = dict.fromkeys(of_car, "That car is not linked here.") | dict.fromkeys(of_query, unknown)
    for tap, answer in forged.items():
        after = family.dad.private_chat.messages[-1]
        await family.dad.sends_forged(pack(tap), mine).answered()
        await family.dad.sees(answer, after=after)
    own = await family.says("P0300", "Look up")
    await family.dad.sends_forged(pack(TurnCodes(car, offer_in(own))), mine).answered()
    await family.dad.sees(unknown, after=own)  # it is only a draft
    assert (asked(family), their_car.code_queries) == ([], [])
    assert "Kitt" not in family.dad.private_chat.transcript()


async def test_a_stranger_learns_and_does_nothing(family: Family) -> None:
    shown = await (await family.says("/codes P0106", "error codes")).becomes("The code P0106 tells")
    offer = await family.says("P0420", "Nothing was sent yet")
    stranger, car = family.telegram.add_person("Mallory"), CarId(family.car.token_id)
    hello = await family.says("/start", "connect your DIMO account", person=stranger)
    for said in ("/codes", "/codes P0300", "/clearcodes", "P0300"):
        await family.says(said, "There is no car here for you.", person=stranger)
    taken = [button.callback_data or "" for message in (shown, offer) for button in message.buttons]
    guessed: list[Tap] = [ShowCodes(car), SetWatch(car, 6), UnmuteCodes(car), ReadCodes(car, 1)]
    for data in (*taken, *map(pack, guessed)):
        after = stranger.private_chat.messages[-1]
        await stranger.sends_forged(data, hello).answered()
        await stranger.sees("There is no car here for you.", after=after)
    assert asked(family) == [["P0106"]]
    seen = stranger.private_chat.transcript()
    assert not [word for word in ("Bluey", "P0106", "P0420", "Dad") if word in seen]


async def enter_codes(family: Family) -> Message:
    """Tap Enter codes under the history; returns the question."""
    history = await family.says("/codes", "error codes")
    await history.becomes(lambda shown: "Asking DIMO" not in shown.text)
    await family.taps(history, "Enter codes")
    return await family.dad.sees("Which error codes of Bluey?", after=history)


def offer_in(message: Message) -> CodeQueryId:
    """Return the codes that a message offers to send."""
    taps = [read(button.callback_data or "") for button in message.buttons]
    return next(tap.query for tap in taps if isinstance(tap, SendCodes))
